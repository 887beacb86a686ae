"""The fold: what contributions of one customer become, whatever their order, and never more than their sum."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.errors import SchemaError

from pipelines.customers.merge import fold
from schemas.base import MONEY
from schemas.customers import FoldedCustomers
from schemas.ledger import EARLIEST, FIRST_SEEN, LATEST, NEWEST, SUMMED
from tests.support.factories import contributions

Values = Mapping[str, Any]


def folded(*rows: Values) -> dict[str, Any]:
    """The one customer that these contributions make."""
    return FoldedCustomers.validate(fold(contributions(*rows))).row(0, named=True)


def values(field: str, *given_values: object) -> list[Values]:
    """Contributions of one customer that differ in one field."""
    return [{field: value} for value in given_values]


@pytest.mark.rule("AU-24", "PIT-27")
@pytest.mark.parametrize("field", ["total_spent", "refund_volume"])
@pytest.mark.parametrize(
    ("added", "total"),
    [
        (["10", "20.50"], "30.5"),
        (["0.1"] * 10, "1"),
        (["10", None], "10"),
        ([None, "0"], "0"),
        (["0", "0"], "0"),
        ([None], None),
        ([None, None, None], None),
        (["0.001", "0.001"], "0.002"),
    ],
)
def test_amounts_add_up_and_nothing_but_blanks_stays_blank(
    field: str, added: list[str | None], total: str | None
) -> None:
    rows = values(field, *(None if amount is None else Decimal(amount) for amount in added))
    assert folded(*rows)[field] == (None if total is None else Decimal(total))


@pytest.mark.rule("AMB-07", "PIT-27")
@pytest.mark.parametrize(("added", "count"), [([1, 2, 3], 6), ([1, None], 1), ([None, None], None), ([0, 0], 0)])
def test_payment_counts_add_up_like_amounts(added: list[int | None], count: int | None) -> None:
    assert folded(*values("payment_count", *added))["payment_count"] == count


@pytest.mark.rule("PIT-23")
def test_no_float_comes_near_a_sum() -> None:
    rows = values("total_spent", *[Decimal("0.1"), Decimal("0.2")] * 5000)
    assert folded(*rows)["total_spent"] == 1500
    assert fold(contributions(*rows)).schema["total_spent"] == MONEY


@pytest.mark.rule("AMB-06")
def test_a_reported_average_is_never_added_the_newest_wins() -> None:
    rows = values("reported_monthly_spend", Decimal(80), Decimal(60), None)
    assert folded(*rows)["reported_monthly_spend"] == 60


@pytest.mark.rule("AU-23", "AMB-12", "AMB-13", "PIT-73")
@pytest.mark.parametrize("field", [name for name in NEWEST if name != "reported_monthly_spend"])
def test_the_newest_text_wins_and_a_blank_never_erases(field: str) -> None:
    assert folded(*values(field, "old", "new", None))[field] == "new"
    assert folded(*values(field, None, "only", None))[field] == "only"
    assert folded(*values(field, None, None))[field] is None


@pytest.mark.rule("AMB-12")
def test_every_field_keeps_its_own_newest_value() -> None:
    customer = folded({"name": "Ann", "city": "Lyon"}, {"name": "Anna"}, {"company": "ACME"})
    assert (customer["name"], customer["city"], customer["company"]) == ("Anna", "Lyon", "ACME")


@pytest.mark.rule("PIT-44")
def test_the_first_spelling_of_the_address_stays() -> None:
    assert folded(*values("email", None, "Ann@X.fr", "ann@x.fr"))["email"] == "Ann@X.fr"


@pytest.mark.rule("AU-25")
@pytest.mark.parametrize(
    ("field", "kept"), [("first_payment_date", date(2024, 1, 2)), ("last_payment_date", date(2024, 3, 4))]
)
def test_dates_widen_and_null_never_wins(field: str, kept: date) -> None:
    days = (None, date(2024, 3, 4), date(2024, 1, 2), date(2024, 2, 3), None)
    assert folded(*values(field, *days))[field] == kept
    assert folded(*values(field, None, None))[field] is None


def test_sources_are_each_named_once_in_their_order() -> None:
    assert folded(*values("source", "shop", "crm", "shop", "app"))["sources"] == ["app", "crm", "shop"]


def test_the_first_and_the_latest_import_are_kept() -> None:
    customer = folded(*values("import_seq", 7, 3, 5))
    assert (customer["first_import"], customer["last_import"]) == (3, 7)


@pytest.mark.rule("AMB-13", "PIT-68")
def test_newest_means_the_later_import_then_the_later_row() -> None:
    rows = [
        {"import_seq": 2, "row_number": 2, "name": "newest import, earlier row"},
        {"import_seq": 2, "row_number": 9, "name": "newest"},
        {"import_seq": 1, "row_number": 99, "name": "older import, later row"},
    ]
    assert folded(*rows)["name"] == "newest"
    assert folded(*reversed(rows))["name"] == "newest"


@pytest.mark.rule("AMB-42")
def test_customers_are_told_apart_by_both_halves_of_their_id() -> None:
    ids = [(1, 1), (1, 2), (2, 1), (1, 2), (3, 3)]
    rows = [{"id_high": high, "id_low": low, "total_spent": Decimal(2**n)} for n, (high, low) in enumerate(ids)]
    totals = fold(contributions(*rows)).select("id_high", "id_low", "total_spent").sort("id_high", "id_low").rows()
    assert totals == [(1, 1, 1), (1, 2, 10), (2, 1, 4), (3, 3, 16)]


def test_two_rows_of_one_customer_break_the_contract_of_the_fold() -> None:
    customer = fold(contributions({}))
    with pytest.raises(SchemaError):
        FoldedCustomers.validate(pl.concat([customer, customer]))


def test_no_contributions_make_no_customers() -> None:
    assert FoldedCustomers.validate(fold(contributions())).height == 0


FULL: dict[str, Any] = {
    "email": "Ann@X.fr",
    **dict.fromkeys((name for name in NEWEST if name != "reported_monthly_spend"), "text"),
    "reported_monthly_spend": Decimal("1.5"),
    "total_spent": Decimal("10.25"),
    "payment_count": 3,
    "refund_volume": Decimal(0),
    "first_payment_date": date(2024, 1, 1),
    "last_payment_date": date(2024, 2, 2),
}


@pytest.mark.parametrize("first", [FULL, {}, {"total_spent": Decimal(5)}], ids=["full", "blank", "one_value"])
def test_a_customer_of_one_contribution_is_as_if_it_were_folded(first: Values) -> None:
    assert folded(first) == folded(first, {}) == folded({}, first)


ROWS = st.fixed_dictionaries(
    {
        "id_high": st.sampled_from([0, 2**64 - 1]),
        "id_low": st.sampled_from([0, 2**64 - 1]),
        "source": st.sampled_from(["shop", "crm"]),
    },
    optional={
        "email": st.sampled_from(["a@x.fr", "A@X.fr", None]),
        "name": st.sampled_from(["Ann", "Anna", None]),
        "city": st.sampled_from(["Lyon", None]),
        "total_spent": st.decimals(-(10**9), 10**9, places=3) | st.none(),
        "refund_volume": st.decimals(0, 10**9, places=3) | st.none(),
        "payment_count": st.integers(0, 10**6) | st.none(),
        "reported_monthly_spend": st.decimals(0, 10**6, places=3) | st.none(),
        "first_payment_date": st.dates(date(2000, 1, 1), date(2030, 1, 1)) | st.none(),
        "last_payment_date": st.dates(date(2000, 1, 1), date(2030, 1, 1)) | st.none(),
    },
)
ADDED = ("total_spent", "payment_count", "refund_volume")


@st.composite
def ledgers(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Contributions in the order of their import and row."""
    rows = draw(st.lists(ROWS, max_size=12))
    sequences = sorted(draw(st.lists(st.integers(1, 4), min_size=len(rows), max_size=len(rows))))
    pairs = zip(rows, sequences, strict=True)
    return [row | {"import_seq": sequence, "row_number": n} for n, (row, sequence) in enumerate(pairs, 2)]


def naive(rows: Sequence[Values]) -> dict[tuple[int, int], dict[str, Any]]:
    """The rules of the ledger's columns, row by row in plain Python."""
    customers: dict[tuple[int, int], dict[str, Any]] = {}
    for row in rows:
        fresh = {"sources": [], "first_import": row["import_seq"]}
        customer = customers.setdefault((row["id_high"], row["id_low"]), fresh)
        customer["sources"] = sorted({*customer["sources"], row["source"]})
        customer["last_import"] = row["import_seq"]
        for name, value in row.items():
            customer[name] = _merged(name, customer.get(name), value)
    return customers


def _merged(name: str, old: Any, new: Any) -> Any:
    if old is None or new is None:
        return new if old is None else old
    if name in SUMMED:
        return old + new
    if name in FIRST_SEEN:
        return old
    return min(old, new) if name in EARLIEST else max(old, new) if name in LATEST else new


def by_id(customers: pl.DataFrame) -> dict[tuple[int, int], dict[str, Any]]:
    return {(row["id_high"], row["id_low"]): row for row in customers.iter_rows(named=True)}


@pytest.mark.rule("AU-23", "AU-24", "AU-25", "AU-26")
@given(ledgers())
def test_the_fold_is_the_plain_loop_over_the_rules(rows: list[dict[str, Any]]) -> None:
    found = by_id(FoldedCustomers.validate(fold(contributions(*rows))))
    expected = naive(rows)
    assert found.keys() == expected.keys()
    for key, customer in found.items():
        assert customer == {name: expected[key].get(name) for name in customer}


@pytest.mark.rule("PIT-68")
@given(rows=ledgers(), data=st.data())
def test_the_order_in_which_rows_and_columns_come_changes_nothing(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    frame = contributions(*rows)
    columns = data.draw(st.permutations(frame.columns))
    places = data.draw(st.permutations(range(frame.height)))
    assert by_id(fold(frame[places].select(columns))) == by_id(fold(frame))


@given(ledgers())
def test_money_and_counts_are_conserved(rows: list[dict[str, Any]]) -> None:
    frame = contributions(*rows)
    customers = fold(frame)
    assert [customers[name].sum() for name in ADDED] == [frame[name].sum() for name in ADDED]
