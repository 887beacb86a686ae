"""Dates with names, times, short years and serials: the ways people and programs write a day."""

from datetime import date

import polars as pl
import pytest
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.language.languages import LANGUAGES
from pipelines.models.sheet import DAY_ZERO, DAY_ZERO_OF_1904
from pipelines.parsing.dates.dates import parse_dates
from schemas.sentences.note import Note
from tests.pipelines.parsing.dates.test_dates import DAYS, days
from tests.support.factories import texts


@pytest.mark.rule("PIT-38")
@pytest.mark.parametrize(
    "written",
    [
        "1 mars 2024",
        "1er mars 2024",
        "lundi 1 mars 2024",
        "le 1 mars 2024",
        "March 1, 2024",
        "Mar 1 2024",
        "Mon, 1 Mar 2024",
        "1st March 2024",
        "1st of March 2024",
        "1. März 2024",
        "1 marca 2024",
        "1 marca 2024 r.",
        "1 III 2024",
        "1.III.2024",
        "1 de marzo de 2024",
        "sexta-feira, 1 de março de 2024",
        "1 maart 2024",
        "1 marzo 2024",
        "01-Mar-2024",
        "01-Mar-24",
        "1 mars '24",
        "Mar 1, 24",
        "2024 Mar 1",
        "2024-Mar-01",
        "mar 1 mar 2024",
        "20240301",
        "2024 03 01",
        "2024. 03. 01.",
        "01.03.2024.",
        "01.03.24",
        "March 1, 2024 at 6:11 a.m.",
        "6:11 a.m. March 1, 2024",
        "1 mars 2024 à 14h40",
        "Fri Mar 01 12:00:00 2024",
        "1 Mar 2024 10:30 PM",
        "2024-03-01T12:30:00.000Z",
        "2024-03-01 12:30:00 UTC",
        "2024-03-01 12:30 GMT",
    ],
)
def test_a_date_with_one_meaning_is_read(written: str) -> None:
    assert days(written) == ["2024-03-01"]
    assert days(written, "13/01/2024", locale="fr") == ["2024-03-01", "2024-01-13"]


@pytest.mark.rule("PIT-38")
@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("1. Jänner 2024", 1),
        ("1. Feber 2024", 2),
        ("1. Mrz 2024", 3),
        ("01-Mrz-24", 3),
        ("1 czerw 2024", 6),
        ("1 de setiembre de 2024", 9),
        ("1 sett 2024", 9),
        ("pn, 1 VII 2024", 7),
    ],
)
def test_names_of_months_that_babel_lacks_are_in_our_list(written: str, month: int) -> None:
    assert days(written) == [f"2024-{month:02}-01"]


@pytest.mark.rule("PIT-38")
@pytest.mark.parametrize(
    "written",
    [
        "Mar-24",
        "mars 2024",
        "March 1",
        "31 avril 2024",
        "1 brumaire 2024",
        "1 mars 1234",
        "12-14 mars 2024",
        "5-5 juin 2021",
        "2024-W09-5",
        "2024-061",
        "2024061",
        "2024-22-06",
        "06/2017/22",
        "22 2017 06",
        "13 05 mars",
        "98-Mar-01",
        "1 mars 2024 25:00",
        "2024-03-01 24:00",
        "2024-03-01 12:60",
        "2024-03-01 12:30 EST",
        "2024-03-01 12:30 +1500",
        "2024-03-01 12:30 Europe/Paris",
        "Wed Aug 27 13:08:45 +0000 2008 x",
        "next friday",
        "2024Q1",
        "1/2-2024",
        "２０２４-03-01",
        "+2024-03-01",
        "24-3-2024-1",
        "01.02/2024",
    ],
)
def test_what_is_not_one_whole_date_is_refused(written: str) -> None:
    assert days(written, "13/01/2024") == ["INVALID_DATE", "2024-01-13"]


@pytest.mark.rule("PIT-39")
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("31 Jan 2024 11:30 PM -0500", "2024-02-01"),
        ("31 Jan 2024 11:30 AM -0500", "2024-01-31"),
        ("1 Feb 2024 12:30 am +01:00", "2024-01-31"),
        ("Thu Feb 01 2024 00:30:00 GMT+0100 (CET)", "2024-01-31"),
        ("Thu, 01 Feb 2024 00:30:00 +0000 (UTC)", "2024-02-01"),
        ("01/02/2024 00:30 UTC+2", "2024-01-31"),
        ("2024-01-31T23:30:00.123-05", "2024-02-01"),
    ],
)
def test_any_written_offset_takes_the_day_to_utc(written: str, read: str) -> None:
    assert days(written, "13/01/2024") == [read, "2024-01-13"]


@pytest.mark.rule("PIT-35")
@pytest.mark.parametrize(
    ("column", "locale", "read"),
    [
        (["01/02/03"], None, ["AMBIGUOUS_DATE"]),
        (["01/02/03"], "fr", ["2003-02-01"]),
        (["01/02/03"], "en-US", ["2003-01-02"]),
        (["01/02/03"], "en-CA", ["AMBIGUOUS_DATE"]),
        (["13/02/24"], None, ["AMBIGUOUS_DATE"]),
        (["13/02/24"], "fr", ["2024-02-13"]),
        (["13/02/24", "13/02/2024"], None, ["2024-02-13", "2024-02-13"]),
        (["13/02/24", "31/12/68", "01/02/99"], None, ["2024-02-13", "2068-12-31", "1999-02-01"]),
        (["2/13/24", "01/02/03"], None, ["2024-02-13", "2003-01-02"]),
        (["31/01/24", "1/2/24"], None, ["2024-01-31", "2024-02-01"]),
        (["98-05-31", "01-02-03"], None, ["1998-05-31", "2001-02-03"]),
        (["03/03/03"], None, ["2003-03-03"]),
        (["31/04/24"], "fr", ["INVALID_DATE"]),
    ],
)
def test_a_year_of_two_digits_is_read_where_the_column_or_the_locale_says_where_it_stands(
    column: list[str], locale: str | None, read: list[str]
) -> None:
    assert days(*column, locale=locale) == read
    assert days(*reversed(column), locale=locale) == read[::-1]


@pytest.mark.rule("PIT-35")
def test_two_digit_years_are_counted_in_a_warning() -> None:
    parsed = parse_dates(texts("13.02.24", "1 mars 99", "2024-01-01"), None)
    assert parsed.notes == (Note("SHORT_YEARS", found=2),)


@pytest.mark.rule("PIT-36")
def test_serials_are_days_in_a_workbook_and_nothing_in_text() -> None:
    column = texts("45352", "45352.75", "32873", "99999", "01/03/2024")
    kept = parse_dates(column, "fr", day_zero=DAY_ZERO)
    assert kept.values.to_list() == [date(2024, 3, 1), date(2024, 3, 1), None, None, date(2024, 3, 1)]
    assert kept.faults.to_list() == [None, None, "INVALID_DATE", "INVALID_DATE", None]
    assert parse_dates(column, "fr").faults.to_list() == ["INVALID_DATE"] * 4 + [None]


@pytest.mark.rule("PIT-37")
def test_days_counted_from_1904_are_so_in_typed_cells_and_in_text() -> None:
    column, typed = texts("43890", "43890", "2024-03-01"), pl.Series([True, False, True])
    parsed = parse_dates(column, None, typed, day_zero=DAY_ZERO_OF_1904)
    assert parsed.values.to_list() == [date(2024, 3, 1)] * 3
    assert parsed.style == "serial and days from 1904"


@pytest.mark.rule("PIT-37")
def test_days_of_rows_that_came_back_are_counted_as_their_workbook_did() -> None:
    seen = frozenset(["day first", "days from 1904"])
    back = parse_dates(texts("43890", "01/02/2024"), None, pl.Series([True, False]), None, seen)
    assert back.values.to_list() == [date(2024, 3, 1), date(2024, 2, 1)]
    assert parse_dates(texts("43890"), None, None, DAY_ZERO, seen).values.to_list() == [date(2024, 3, 1)]


@pytest.mark.rule("PIT-34", "PIT-36")
def test_typed_cells_are_read_as_they_are_and_prove_nothing_for_text() -> None:
    column = texts("2024-02-13", "2024-03-01 23:59:59", "45352", "45352.5", "true", "#N/A", "12.5", "01/02/2024", None)
    typed = pl.Series([True] * 7 + [False, False])
    parsed = parse_dates(column, None, typed, day_zero=DAY_ZERO)
    assert parsed.values.to_list()[:4] == [date(2024, 2, 13), *[date(2024, 3, 1)] * 3]
    assert parsed.faults.to_list()[4:] == ["INVALID_DATE", None, "INVALID_DATE", "AMBIGUOUS_DATE", None]


@pytest.mark.parametrize(
    ("column", "style", "evidence"),
    [
        (["01/02/2024", "26/06/2024", None, "27/06/2024"], "day first", (1, 3)),
        (["2024-01-01", "06/26/2024"], "month first", (1,)),
        (["x", "2024-01-01", "2024-01-02"], "year first", (1, 2)),
        (["1 mars 2024"], "month named", ()),
        (["01.02.2024"], "day first", ()),
        (["x"], None, ()),
    ],
)
def test_the_style_is_told_with_the_rows_that_decided_it(
    column: list[str], style: str | None, evidence: tuple[int, ...]
) -> None:
    parsed = parse_dates(texts(*column), None)
    assert (parsed.style, parsed.evidence) == (style, evidence)


@pytest.mark.matrix(5)
@pytest.mark.rule("PIT-38")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["long", "full", "medium"])
@settings(max_examples=25)
@given(column=st.lists(DAYS, min_size=1, max_size=6))
def test_any_date_with_a_month_name_in_our_languages_is_read_back(language: str, form: str, column: list[date]) -> None:
    written = [format_date(day, "d MMM y" if form == "medium" else form, locale=language) for day in column]
    parsed = parse_dates(texts(*written), None)
    assert parsed.values.to_list() == column
    assert parsed.notes == ()


WRITTEN = st.sampled_from(
    [
        *("01/02/2024", "26/06/2024", "06/26/2024", "01/02/03", "13/02/24", "02/13/24", "98-05-31", "1 mars 2024"),
        *("2024-02-01", "01.02.24", "05/05/2024", "31/04/2024", "x", "2024-01-31T23:30:00-05:00", "12. 11. 2024"),
    ]
)


@pytest.mark.slow
@given(st.lists(WRITTEN, max_size=8).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(range(len(rows))))))
def test_no_order_of_rows_changes_what_a_cell_is_read_as(drawn: tuple[list[str], list[int]]) -> None:
    rows, places = drawn
    for locale in (None, "fr", "en"):
        told = days(*rows, locale=locale)
        assert days(*(rows[place] for place in places), locale=locale) == [told[place] for place in places]
