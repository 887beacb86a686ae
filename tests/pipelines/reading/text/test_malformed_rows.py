"""One row spoilt among good ones: it is rejected or the file refused, and no other row comes out otherwise (PIT-10,
PIT-105). And the opposite: well-formed lists of many dialects have no reject.
"""

from random import Random
from typing import Any

import polars as pl
import pytest

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from pipelines.models.sheet import ROW, Sheet
from pipelines.reading.read_file import read_file
from pipelines.validation.validate import validate
from tests.support.factories import terms
from tests.support.malformed_lists import FAULTS, Written, good_list, spoil

Values = dict[str, Any]
LISTS, PARTS = 336, 4


def sheet_or_code(content: bytes) -> Sheet | str:
    try:
        return read_file(content)
    except FileRefused as refused:
        return refused.reason.code


def cells(sheet: Sheet) -> dict[int, tuple[str, ...]]:
    """By row number the cells of every row that could be read."""
    return {number: tuple(row) for number, *row in sheet.rows.iter_rows()}


def validated_rows(sheet: Sheet) -> dict[int, Values | None] | str:
    """By row number what a row gives, without what is blank; None where it is rejected. Or why the file is refused."""
    told = terms()
    try:
        mapping = map_columns(sheet.titles, told.profile, rows=sheet.rows)
    except FileRefused as refused:
        return refused.reason.code
    validation = validate(sheet, mapping, told)
    rows = validation.accepted.select(pl.exclude(ROW)).iter_rows(named=True)
    given = [{name: value for name, value in row.items() if value is not None} for row in rows]
    rejected = dict.fromkeys(validation.rejected.filter(severity="row")[ROW].to_list())
    return dict(zip(validation.accepted[ROW].to_list(), given, strict=True)) | rejected


def is_told(good: Sheet, bad: Sheet | str, number: int) -> bool:
    """Whether a spoilt row is rejected, or the file refused, or the row gives what it did; and all others are the same.

    What rows give is parsed only where the spoilt one could be read and is another: the others are the same cells. A
    line break that lost its quotes makes two rows of one, so that the rows below have another number.
    """
    if isinstance(bad, str):
        return True
    before, after = cells(good), cells(bad)
    others = [row for place, row in before.items() if place != number]
    left = [place for place, row in after.items() if row not in others]
    if bad.titles != good.titles or [row for place, row in after.items() if place not in left] != others:
        return False
    if not left:
        return bad.faulty.height > 0
    first, then = validated_rows(good), validated_rows(bad)
    return isinstance(then, str) or all(
        then[place] in (None, isinstance(first, dict) and first[number]) for place in left
    )


def silent(seed: int, lists: int) -> list[tuple[str, str, str]]:
    """Of so many lists with each fault once, the spoilt rows that were changed in silence: the fault, before, after."""
    random, found = Random(seed), []
    for _ in range(lists):
        written = good_list(random, trailing=random.choice([0, 0, 0, 1, 2]))
        good = read_file(written.content)
        assert good.faulty.is_empty(), written
        for fault in FAULTS:
            place, spoilt = spoil(written, fault, random)
            if spoilt.records != written.records and not is_told(good, sheet_or_code(spoilt.content), place + 1):
                found.append((fault.__name__, written.records[place], spoilt.records[place]))
    return found


@pytest.mark.rule("PIT-10", "PIT-105")
def test_a_malformed_row_is_not_changed_in_silence() -> None:
    assert silent(seed=99, lists=20) == []


@pytest.mark.rule("PIT-10", "PIT-105")
@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_malformed_row_of_two_thousand_is_changed_in_silence(part: int) -> None:
    assert silent(seed=part, lists=LISTS // PARTS) == []


def well_formed(seed: int, count: int) -> list[tuple[Written, Any]]:
    """Of so many good lists in many dialects, those that are refused or have a reject."""
    random, found = Random(seed), []
    for _ in range(count):
        written = good_list(random, trailing=random.choice([0, 0, 1, 3]))
        sheet = sheet_or_code(written.content)
        whole = not isinstance(sheet, str) and sheet.rows.height == len(written.records) - 1
        if isinstance(sheet, str) or not whole or sheet.faulty.height:
            found.append((written, sheet))
    return found


@pytest.mark.rule("PIT-09", "PIT-10")
def test_well_formed_lists_of_many_dialects_have_no_reject() -> None:
    assert well_formed(seed=5, count=60) == []


@pytest.mark.rule("PIT-09", "PIT-10")
@pytest.mark.slow
def test_five_hundred_well_formed_lists_have_no_reject() -> None:
    assert well_formed(seed=11, count=500) == []


def test_the_rows_of_well_formed_lists_are_accepted() -> None:
    random = Random(3)
    for _ in range(15):
        sheet = read_file(good_list(random).content)
        rows = validated_rows(sheet)
        assert not isinstance(rows, str)
        assert None not in rows.values()
