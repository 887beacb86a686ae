"""Dates of which a spreadsheet swapped day and month: warned of, or rejected where chance cannot explain them."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import pytest

from pipelines.mapping.map_columns import map_columns
from pipelines.reading.read_file import read_file
from pipelines.validation.validate import ValidationResult, validate
from schemas.sentences.note import Note
from tests.support.factories import codes_by_row, terms
from tests.support.workbooks import ods, xls, xlsx

DAY_FIRST, MONTH_FIRST = ["25/03/2025", "19/03/2025"], ["03/25/2025", "03/19/2025"]
FEW = [date(2025, 5, 3), date(2025, 1, 4), date(2025, 4, 3)]
MANY = [*FEW, date(2025, 2, 5), date(2025, 6, 7)]
TITLES = ("First payment", "Last payment")


def verdict(columns: Sequence[Sequence[Any]], written: Callable[[Any], bytes] = xlsx) -> ValidationResult:
    """Customers with these dates, a column each; a shorter column is blank below its end."""
    count = max(map(len, columns))
    dates = [[column[row] if row < len(column) else "" for column in columns] for row in range(count)]
    rows = [[f"c{row}@example.com", "Ann", *cells] for row, cells in enumerate(dates)]
    sheet = read_file(written([["Email", "Name", *TITLES[: len(columns)]], *rows]))
    told = terms(locale="en")
    return validate(sheet, map_columns(sheet.titles, told.profile, rows=sheet.rows), told)


def csv(rows: Sequence[Sequence[Any]]) -> bytes:
    return "\n".join(",".join(map(str, row)) for row in rows).encode()


def warned(found: ValidationResult) -> list[Note]:
    return [note for note in found.warnings if note.code == "DATES_HALF_SWAPPED"]


@pytest.mark.matrix(3)
@pytest.mark.rule("PIT-108")
@pytest.mark.parametrize("written", [xlsx, xls, ods, csv])
@pytest.mark.parametrize("text", [DAY_FIRST, MONTH_FIRST, ["25.03.2025"], ["3-25-25"], ["3/25/2025 10:30"]])
def test_few_dates_whose_days_are_all_months_beside_text_are_warned_of_with_their_rows(
    text: list[str], written: Callable[[Any], bytes]
) -> None:
    [warning] = warned(verdict([[*FEW, *text]], written))
    assert (warning.parameters["found"], warning.parameters["header"]) == (3, "First payment")
    assert warning.parameters["row"] == "2, 3, 4"


@pytest.mark.matrix(3)
@pytest.mark.rule("PIT-108")
@pytest.mark.parametrize("written", [xlsx, xls, ods, csv])
@pytest.mark.parametrize("text", [DAY_FIRST, MONTH_FIRST])
def test_many_of_them_are_rejected_and_the_text_is_not(text: list[str], written: Callable[[Any], bytes]) -> None:
    found = verdict([[*MANY, *text]], written)
    assert codes_by_row(found) == {row: ["DATE_SWAPPED"] for row in range(2, 7)}
    assert found.accepted["row_number"].to_list() == [7, 8]
    assert not warned(found)


@pytest.mark.rule("PIT-108")
def test_times_of_day_do_not_hide_them() -> None:
    cells = [datetime.fromisoformat(f"{each}T10:30") for each in MANY]
    assert "DATE_SWAPPED" in str(codes_by_row(verdict([[*cells, *DAY_FIRST]])))


@pytest.mark.matrix(3)
@pytest.mark.rule("PIT-108")
@pytest.mark.parametrize(
    "column",
    [
        [*MANY, date(2025, 4, 13), *DAY_FIRST],
        [*MANY, *FEW],
        [*DAY_FIRST, "04/03/2025"],
        [*MANY, "2025-06-13", *DAY_FIRST],
        [*MANY, "March 25, 2025"],
        [*MANY, "2025/03/25"],
        [*MANY, *DAY_FIRST, *MONTH_FIRST],
    ],
)
@pytest.mark.parametrize("written", [xlsx, csv])
def test_dates_that_no_swap_explains_raise_no_alarm(column: list[Any], written: Callable[[Any], bytes]) -> None:
    found = verdict([column], written)
    assert not warned(found)
    assert "DATE_SWAPPED" not in str(codes_by_row(found))


@pytest.mark.rule("PIT-108")
def test_dates_on_the_first_of_each_month_are_only_warned_of() -> None:
    found = verdict([[*(date(2025, month, 1) for month in range(1, 9)), *DAY_FIRST]])
    assert found.rejected.is_empty()
    assert len(warned(found)) == 1


@pytest.mark.rule("PIT-108")
def test_text_that_the_spreadsheet_would_have_turned_leaves_a_doubt() -> None:
    found = verdict([[*MANY, *DAY_FIRST, "04/03/2025"]])
    assert found.rejected.is_empty()
    assert len(warned(found)) == 1


@pytest.mark.rule("PIT-108")
def test_the_other_dates_of_the_same_list_came_the_same_way() -> None:
    later = [date(2025, each.month + 1, each.day) for each in FEW]
    found = verdict([[*FEW, *DAY_FIRST], [*later]])
    assert [warning.parameters["header"] for warning in warned(found)] == [
        "First payment",
        "Last payment",
    ]


@pytest.mark.rule("PIT-108")
def test_a_second_column_with_days_above_twelve_is_not_suspect() -> None:
    found = verdict([[*FEW, *DAY_FIRST], [date(2025, 8, 20), date(2025, 8, 2)]])
    assert [warning.parameters["header"] for warning in warned(found)] == ["First payment"]


@pytest.mark.rule("PIT-108")
def test_the_two_halves_may_stand_in_two_columns() -> None:
    found = verdict([MANY, [*[""] * 5, *DAY_FIRST]])
    assert [warning.parameters["header"] for warning in warned(found)] == ["First payment"]
