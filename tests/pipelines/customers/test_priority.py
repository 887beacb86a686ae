"""The formula: total over months decides, exactly; the boundaries belong to the higher priority."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.customers.priority import months_since, prioritise
from pipelines.publishing.tables import view_query
from schemas.base import MONEY
from schemas.customers import CustomerPriority

AS_OF = date(2026, 1, 15)
THREE_MONTHS_BEFORE = date(2025, 10, 15)
ONE_MONTH_BEFORE = date(2025, 12, 15)


def customers_of(*rows: tuple[str | None, date | None, str | None]) -> pl.DataFrame:
    """Customers of a total, a first payment and a reported monthly spend each."""
    exact = [
        (None if total is None else Decimal(total), first, None if reported is None else Decimal(reported))
        for total, first, reported in rows
    ]
    schema = {"total_spent": MONEY, "first_payment_date": pl.Date(), "reported_monthly_spend": MONEY}
    return pl.DataFrame(exact, schema=schema, orient="row")


def priorities(
    total: str | None, first: date | None, reported: str | None = None, as_of: date = AS_OF
) -> dict[str, object]:
    """One customer's priority."""
    return prioritise(customers_of((total, first, reported)), as_of).row(0, named=True)


def reason_of(total: str | None, first: date | None, reported: str | None) -> str:
    """Why a customer has its priority, as the table says it."""
    computed = prioritise(customers_of((total, first, reported)), AS_OF)
    shown = computed.with_columns(
        customer_id=1, email=pl.lit("a@example.com"), as_of_date=AS_OF, previous_priority=None
    )
    customers = shown.select("customer_id", "email", "reported_monthly_spend")
    with duckdb.connect() as connection:
        connection.register("customers", customers)
        connection.register("computed_priorities", shown.drop("email", "reported_monthly_spend"))
        row = connection.execute(f"SELECT reason FROM ({view_query('customer_priority')})").fetchone()
    return str(row and row[0])


def months(first: date, as_of: date) -> int:
    return int(pl.select(months_since(pl.lit(first), as_of)).item())


def months_by_duckdb(pairs: Sequence[tuple[date, date]]) -> list[int]:
    """The months between each first payment and its day, as the database counts them."""
    formula = "greatest(1, datesub('month', first, as_of))"
    days = "SELECT unnest(?::DATE[]) AS first, unnest(?::DATE[]) AS as_of"
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT {formula} FROM ({days})", [list(side) for side in zip(*pairs, strict=True)])
        return [int(count) for (count,) in rows.fetchall()]


@pytest.mark.rule("AMB-01", "AU-43", "AU-44", "AU-45", "AU-46", "PIT-94")
@pytest.mark.parametrize(
    ("total", "priority"),
    [
        ("1000000", "high"),
        ("100.001", "high"),
        ("100", "high"),
        ("99.999", "medium"),
        ("75", "medium"),
        ("50.001", "medium"),
        ("50", "medium"),
        ("49.999", "low"),
        ("0.001", "low"),
        ("0", "low"),
    ],
)
def test_the_formula_decides_at_the_boundaries(total: str, priority: str) -> None:
    assert priorities(total, ONE_MONTH_BEFORE)["priority"] == priority
    assert priorities(None, None, reported=total)["priority"] == priority


@pytest.mark.rule("AU-43", "AU-44", "AU-45")
def test_what_each_priority_is_for_stands_with_its_column() -> None:
    told = CustomerPriority.to_schema().columns["priority"].description
    assert told == (
        "high, best opportunities for expansion: 100 a month or more; medium, good potential: 50 or more; "
        "low, lower priority: less"
    )


@pytest.mark.rule("AU-46", "AMB-04", "PIT-30")
@pytest.mark.parametrize(
    ("total", "priority", "shown"),
    [
        ("300", "high", "100"),
        ("299.999", "medium", "100"),
        ("299.99", "medium", "99.997"),
        ("150", "medium", "50"),
        ("149.999", "low", "50"),
        ("149.99", "low", "49.997"),
        ("100", "low", "33.333"),
        ("200", "medium", "66.667"),
        ("0.001", "low", "0"),
        ("0.002", "low", "0.001"),
    ],
)
def test_nothing_is_rounded_before_it_is_compared(total: str, priority: str, shown: str) -> None:
    found = priorities(total, THREE_MONTHS_BEFORE)
    assert (found["months"], found["priority"], found["monthly_spend"]) == (3, priority, Decimal(shown))


MONTHS = [
    (date(2026, 1, 15), AS_OF, 1),
    (date(2026, 1, 12), AS_OF, 1),
    (date(2025, 12, 16), AS_OF, 1),
    (date(2025, 12, 15), AS_OF, 1),
    (date(2025, 11, 16), AS_OF, 1),
    (date(2025, 11, 15), AS_OF, 2),
    (date(2025, 11, 14), AS_OF, 2),
    (date(2025, 1, 15), AS_OF, 12),
    (date(2025, 1, 16), AS_OF, 11),
    (date(2016, 1, 15), AS_OF, 120),
    (date(2026, 1, 16), AS_OF, 1),
    (date(2026, 6, 1), AS_OF, 1),
    (date(2024, 1, 31), date(2024, 2, 1), 1),
    (date(2024, 1, 31), date(2024, 2, 29), 1),
    (date(2024, 1, 31), date(2024, 3, 1), 1),
    (date(2024, 1, 31), date(2024, 3, 30), 1),
    (date(2024, 1, 31), date(2024, 3, 31), 2),
    (date(2024, 1, 30), date(2024, 2, 29), 1),
    (date(2024, 1, 29), date(2024, 3, 28), 1),
    (date(2024, 1, 29), date(2024, 3, 29), 2),
    (date(2023, 12, 31), date(2024, 2, 28), 1),
    (date(2023, 12, 31), date(2024, 2, 29), 2),
    (date(2022, 12, 31), date(2023, 2, 28), 2),
    (date(2023, 12, 30), date(2024, 2, 29), 2),
    (date(2024, 2, 29), date(2025, 2, 27), 11),
    (date(2024, 2, 29), date(2025, 2, 28), 12),
    (date(2024, 2, 29), date(2028, 2, 28), 47),
    (date(2024, 2, 29), date(2028, 2, 29), 48),
    (date(2023, 2, 28), date(2024, 2, 28), 12),
    (date(2023, 2, 28), date(2024, 2, 29), 12),
    (date(2024, 8, 31), date(2024, 9, 30), 1),
    (date(2024, 8, 31), date(2024, 11, 30), 3),
    (date(1999, 12, 31), date(2000, 12, 30), 11),
]


@pytest.mark.rule("AU-46", "AMB-02", "PIT-43", "PIT-95")
@pytest.mark.parametrize(("first", "as_of", "expected"), MONTHS)
def test_months_are_whole_calendar_months_and_end_with_the_month(first: date, as_of: date, expected: int) -> None:
    assert months(first, as_of) == expected


@pytest.mark.rule("AMB-02")
def test_months_are_those_of_the_database() -> None:
    expected = [count for _, _, count in MONTHS]
    assert months_by_duckdb([(first, as_of) for first, as_of, _ in MONTHS]) == expected


DAYS = st.dates(date(1970, 1, 1), date(2100, 12, 31))
MONTH_ENDS = st.builds(
    lambda year, month, back: date(year, month, monthrange(year, month)[1] - back),
    st.integers(1970, 2100),
    st.integers(1, 12),
    st.integers(0, 3),
)


@pytest.mark.rule("AMB-02")
@settings(max_examples=20)
@given(st.lists(st.tuples(DAYS | MONTH_ENDS, DAYS | MONTH_ENDS), min_size=20, max_size=60))
def test_months_of_any_two_days_are_those_of_the_database(pairs: list[tuple[date, date]]) -> None:
    assert [months(first, as_of) for first, as_of in pairs] == months_by_duckdb(pairs)


@given(first=DAYS, earlier=DAYS, later=DAYS)
def test_months_never_go_back_as_time_goes_on(first: date, earlier: date, later: date) -> None:
    earlier, later = min(earlier, later), max(earlier, later)
    assert 1 <= months(first, earlier) <= months(first, later)


@pytest.mark.rule("AMB-05", "PIT-42", "PIT-96")
@pytest.mark.parametrize(
    ("total", "first", "reported", "basis", "priority"),
    [
        ("300", THREE_MONTHS_BEFORE, None, "computed", "high"),
        ("300", THREE_MONTHS_BEFORE, "10", "computed", "high"),
        ("0", THREE_MONTHS_BEFORE, "500", "computed", "low"),
        ("300", None, "60", "reported", "medium"),
        (None, THREE_MONTHS_BEFORE, "60", "reported", "medium"),
        (None, None, "100", "reported", "high"),
        ("1000000", None, None, "none", "low"),
        (None, THREE_MONTHS_BEFORE, None, "none", "low"),
        (None, None, None, "none", "low"),
    ],
)
def test_the_computed_value_wins_then_the_reported_one_then_low(
    total: str | None, first: date | None, reported: str | None, basis: str, priority: str
) -> None:
    found = priorities(total, first, reported)
    assert (found["basis"], found["priority"]) == (basis, priority)
    assert (found["months"] is None) == (basis != "computed")
    assert (found["monthly_spend"] is None) == (basis == "none")


@pytest.mark.rule("PIT-95")
def test_a_customer_of_three_days_is_counted_one_month() -> None:
    found = priorities("120", date(2026, 1, 12))
    assert (found["months"], found["monthly_spend"], found["priority"]) == (1, Decimal(120), "high")


@pytest.mark.rule("PIT-98")
def test_time_alone_lowers_a_priority() -> None:
    by_month = [priorities("100", date(2026, 1, 1), as_of=date(2026, month, 1))["priority"] for month in (2, 3, 4)]
    assert by_month == ["high", "medium", "low"]


@pytest.mark.parametrize(
    ("total", "first", "reported", "reason"),
    [
        ("300", THREE_MONTHS_BEFORE, None, "total over months: 100 or more a month"),
        ("299.99", THREE_MONTHS_BEFORE, None, "total over months: 50 or more and under 100 a month"),
        ("3", THREE_MONTHS_BEFORE, None, "total over months: under 50 a month"),
        (None, None, "100", "reported monthly spend: 100 or more a month"),
        (None, None, "1", "reported monthly spend: under 50 a month"),
        (None, None, None, "neither a total with a first payment nor a reported monthly spend"),
    ],
)
def test_the_reason_is_the_rule_that_decided_in_words(
    total: str | None, first: date | None, reported: str | None, reason: str
) -> None:
    assert reason_of(total, first, reported) == reason


@pytest.mark.rule("AMB-05")
@pytest.mark.parametrize(
    ("reported", "remarked"),
    [("100", False), ("120", False), ("80", False), ("120.001", True), ("79.999", True), ("0", True), (None, False)],
)
def test_a_reported_average_that_differs_by_more_than_a_fifth_is_remarked(reported: str | None, remarked: bool) -> None:
    reason = reason_of("300", THREE_MONTHS_BEFORE, reported)
    assert reason.startswith("total over months: 100 or more a month")
    assert ("more than 20 %" in reason) == remarked


def test_customers_keep_their_order_and_their_other_columns() -> None:
    customers = customers_of(("1", AS_OF, None), ("500", AS_OF, None)).with_columns(id=pl.Series(["b", "a"]))
    assert prioritise(customers, AS_OF).select("id", "priority").rows() == [("b", "low"), ("a", "high")]


def test_no_customers_have_no_priorities() -> None:
    assert prioritise(customers_of(), AS_OF).height == 0


@pytest.mark.rule("AMB-04")
@given(thousandths=st.integers(0, 10**15 - 1), first=st.dates(date(1990, 1, 1), AS_OF))
def test_the_comparison_is_that_of_whole_numbers(thousandths: int, first: date) -> None:
    found = priorities(str(Decimal(thousandths) / 1000), first)
    span = months(first, AS_OF)
    exact = "high" if thousandths >= 100_000 * span else "medium" if thousandths >= 50_000 * span else "low"
    assert found["priority"] == exact
    assert isinstance(found["monthly_spend"], Decimal)
    assert abs(found["monthly_spend"] * span * 1000 - thousandths) * 2 <= span
