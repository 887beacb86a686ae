"""Damaged files end in a validation or in a refusal with a reason, in time and without much memory."""

import os
import random

import pytest

from tests.fuzz import MUTATIONS, Ended, Mutation, damaged, ended, opened, peak_memory
from tests.fuzz.sharing import Tried, kind_of, share

pytestmark = pytest.mark.slow

TEXTS, OPENED, WHOLE = 300, 100, 20
MEGABYTES = 600


@pytest.mark.rule("PIT-09", "PIT-10", "PIT-18")
def test_damaged_texts_end_in_order() -> None:
    before = peak_memory()
    ends = [ended(number) for number in range(TEXTS)]
    assert [end for end in ends if end.escaped] == []
    assert sum(end.outcome == "validated" for end in ends) > TEXTS / 4
    assert peak_memory() - before < MEGABYTES


@pytest.mark.rule("PIT-17", "PIT-19")
def test_damaged_workbooks_are_opened_or_refused() -> None:
    assert [end for end in map(opened, range(OPENED)) if end.escaped] == []


@pytest.mark.rule("PIT-17", "PIT-19")
def test_damaged_workbooks_end_in_order() -> None:
    ends = [ended(number, workbooks=True) for number in range(WHOLE)]
    assert [end for end in ends if end.escaped] == []


@pytest.mark.parametrize("workbooks", [False, True])
def test_the_damage_of_a_number_is_always_the_same(workbooks: bool) -> None:
    assert damaged(7, workbooks) == damaged(7, workbooks)
    assert len({damaged(number, workbooks)[1] for number in range(30)}) > 25


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_every_kind_of_damage_takes_an_empty_file(mutation: Mutation) -> None:
    assert isinstance(mutation(b"", random.Random(1)), bytes)


def dying(number: int) -> Tried:
    """Dies of one file, as native code may, and tries no other."""
    if number == 21:
        os._exit(7)
    return Tried("text", Ended(number, "", "validated", 0.0), 1)


def test_a_file_that_ends_its_process_has_escaped_and_the_others_are_tried() -> None:
    found = [one.end for one in share(range(20, 24), dying)]
    assert [end.number for end in found if not end.escaped] == [20, 22, 23]
    assert [end.outcome for end in found if end.escaped] == ["escaped: the process ended with 7"]


def test_of_a_hundred_files_fifteen_are_workbooks() -> None:
    kinds = [kind_of(number) for number in range(300, 400)]
    assert (kinds.count("workbook, read"), kinds.count("workbook, opened"), kinds.count("text")) == (5, 10, 85)
