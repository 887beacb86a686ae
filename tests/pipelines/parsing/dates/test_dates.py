"""Dates as people write them: the column's own rows prove the order of day and month, or nothing does."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.language.languages import month_first
from pipelines.parsing.dates.dates import SHOWN_ORDERS, parse_dates
from schemas.sentences.note import Note
from tests.support.factories import texts


def days(*written: str | None, locale: str | None = None) -> list[str | None]:
    """What each cell is read as: a day in ISO form, or the code of its fault."""
    parsed = parse_dates(texts(*written), locale)
    values = [None if value is None else value.isoformat() for value in parsed.values]
    return [fault or value for value, fault in zip(values, parsed.faults, strict=True)]


@pytest.mark.rule("PIT-34")
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-03-01", "2024-03-01"),
        ("2024/3/1", "2024-03-01"),
        ("2024.03.01", "2024-03-01"),
        ("01.02.2024", "2024-02-01"),
        ("1.2.2024", "2024-02-01"),
        ("13/02/2024", "2024-02-13"),
        ("02/13/2024", "2024-02-13"),
        ("13-02-2024", "2024-02-13"),
        ("05/05/2024", "2024-05-05"),
        ("29/02/2024", "2024-02-29"),
        ("2024-03-01 10:00", "2024-03-01"),
        ("2024-03-01T10:00:59", "2024-03-01"),
        ("2024-03-01 10:00:59.123456", "2024-03-01"),
        ("2024-03-01T10:00:00Z", "2024-03-01"),
        ("2024-03-01 10:00:00 UTC", "2024-03-01"),
        ("31/01/2024 9:05", "2024-01-31"),
    ],
)
def test_a_date_with_one_meaning_is_read(written: str, read: str) -> None:
    assert days(written) == [read]


@pytest.mark.rule("PIT-39")
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-01-31T23:30:00-05:00", "2024-02-01"),
        ("2024-02-01T00:30:00+01:00", "2024-01-31"),
        ("2024-01-31 23:30:00 +0000", "2024-01-31"),
        ("2024-01-31 23:30:00+0000", "2024-01-31"),
        ("2024-02-01 00:30:00.5+0200", "2024-01-31"),
        ("2024-01-31T23:30:00Z", "2024-01-31"),
    ],
)
def test_an_instant_with_an_offset_is_a_day_in_utc(written: str, read: str) -> None:
    assert days(written) == [read]


@pytest.mark.rule("PIT-36")
@pytest.mark.parametrize(
    "written",
    [
        "31/04/2024",
        "29/02/2023",
        "2023-02-29",
        "2024-13-01",
        "2024-00-10",
        "00/02/2024",
        "32.01.2024",
        "20241301",
        "19000230",
        "01032024",
        "1709251200",
        "45352",
        "1 foo 2024",
        "yesterday",
        "12:30",
        "2024-03",
        "01/02",
        "1/2/3/2024",
    ],
)
def test_what_is_no_day_of_the_calendar_is_refused(written: str) -> None:
    assert days(written, "13/01/2024") == ["INVALID_DATE", "2024-01-13"]


@pytest.mark.rule("PIT-26")
@pytest.mark.parametrize("token", ["-", "—", "n/a", "NULL", "nan", None])
def test_a_token_for_no_value_is_blank_and_no_fault(token: str | None) -> None:
    assert days(token, "13/01/2024") == [None, "2024-01-13"]


@pytest.mark.rule("PIT-34")
@pytest.mark.parametrize(
    ("column", "read"),
    [
        (["01/02/2024", "26/06/2024"], ["2024-02-01", "2024-06-26"]),
        (["01/02/2024", "06/26/2024"], ["2024-01-02", "2024-06-26"]),
        (["01/02/2024", "26-06-2024"], ["2024-02-01", "2024-06-26"]),
        (["01/02/2024", "26/06/2024", "2024-12-11"], ["2024-02-01", "2024-06-26", "2024-12-11"]),
        (["01.02.2024", "06/26/2024", "01/02/2024"], ["2024-02-01", "2024-06-26", "2024-01-02"]),
        (["01/02/2024", "26.06.2024"], ["AMBIGUOUS_DATE", "2024-06-26"]),
    ],
)
def test_one_row_above_twelve_settles_the_order_of_its_column(column: list[str], read: list[str]) -> None:
    assert days(*column) == read
    assert days(*reversed(column)) == read[::-1]


@pytest.mark.rule("PIT-34")
def test_rows_of_the_minority_order_are_refused_and_the_others_kept() -> None:
    column = ["26/06/2024", "27/06/2024", "06/26/2024", "01/02/2024"]
    assert days(*column) == ["2024-06-26", "2024-06-27", "DATE_FORMAT_CONFLICT", "2024-02-01"]


@pytest.mark.rule("PIT-34")
def test_where_both_orders_are_proven_equally_often_no_order_is_taken() -> None:
    for locale in (None, "fr", "en"):
        column = days("26/06/2024", "06/26/2024", "01/02/2024", "03/03/2024", locale=locale)
        assert column == ["DATE_FORMAT_CONFLICT", "DATE_FORMAT_CONFLICT", "AMBIGUOUS_DATE", "2024-03-03"]


@pytest.mark.rule("PIT-34")
def test_without_a_proof_or_a_locale_a_date_is_ambiguous() -> None:
    assert days("01/02/2024", "03/03/2024") == ["AMBIGUOUS_DATE", "2024-03-03"]


@pytest.mark.rule("PIT-34")
@pytest.mark.parametrize(
    ("locale", "order", "read"),
    [
        ("fr", "day first", "2024-02-01"),
        ("pl", "day first", "2024-02-01"),
        ("en-GB", "day first", "2024-02-01"),
        ("en", "month first", "2024-01-02"),
        ("en-US", "month first", "2024-01-02"),
    ],
)
def test_where_no_row_decides_the_locale_does_with_a_warning_and_a_count(locale: str, order: str, read: str) -> None:
    parsed = parse_dates(texts("01/02/2024", "01/02/2024", "03/03/2024", "2024-03-03"), locale)
    assert parsed.values[0].isoformat() == read
    assert (parsed.style, parsed.faults.null_count()) == (order, 4)
    assert parsed.notes == (Note("DATES_BY_LOCALE", found=2, expected=SHOWN_ORDERS[order], value=locale),)


@pytest.mark.parametrize("column", [["01/02/2024", "13/01/2024"], ["2024-02-01"], ["03/03/2024"], [None]])
def test_the_locale_says_nothing_where_the_rows_do(column: list[str | None]) -> None:
    assert parse_dates(texts(*column), "en").notes == ()


@pytest.mark.parametrize(
    ("locale", "first"), [(None, None), ("fr", False), ("pl", False), ("en-GB", False), ("en", True), ("en-US", True)]
)
def test_a_locale_says_whether_dates_start_with_the_month(locale: str | None, first: bool | None) -> None:
    assert month_first(locale) is first


DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
FORMS = {
    "%d/%m/%Y": ("26/06/2024", "day first"),
    "%d-%m-%Y": ("26-06-2024", "day first"),
    "%m/%d/%Y": ("06/26/2024", "month first"),
}


@pytest.mark.rule("PIT-34")
@pytest.mark.parametrize("form", FORMS)
@given(column=st.lists(DAYS, max_size=12), place=st.integers(0, 12))
def test_any_column_with_one_decisive_row_is_read_back_exactly(form: str, column: list[date], place: int) -> None:
    decisive, order = FORMS[form]
    written = [day.strftime(form) for day in column]
    written.insert(place, decisive)
    parsed = parse_dates(texts(*written), None)
    assert parsed.values.to_list() == [*column[:place], date(2024, 6, 26), *column[place:]]
    assert (parsed.style, parsed.faults.null_count()) == (order, len(written))


@pytest.mark.matrix(2)
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%SZ"])
@given(column=st.lists(DAYS, max_size=12))
def test_forms_that_need_no_decision_are_read_back_exactly(form: str, column: list[date]) -> None:
    parsed = parse_dates(texts(*(day.strftime(form) for day in column)), None)
    assert parsed.values.to_list() == column
    assert parsed.notes == ()


@pytest.mark.slow
@given(st.lists(st.from_regex(r"\A[0-3]?[0-9][/.-][0-3]?[0-9][/.-]20[0-9]{2}\Z") | st.none(), max_size=8))
def test_every_cell_is_a_day_or_a_fault_or_blank(written: list[str | None]) -> None:
    parsed = parse_dates(texts(*written), None)
    for text, value, fault in zip(written, parsed.values, parsed.faults, strict=True):
        assert (value is None) == (fault is not None or text is None)
        assert fault is None or text is not None
