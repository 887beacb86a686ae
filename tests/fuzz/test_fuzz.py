"""Damaged files end in a judgement or in a refusal with a reason, in time and without much memory."""

import random

import pytest

from tests.fuzz import MUTATIONS, Mutation, damaged, ended, opened, peak_memory

TEXTS, OPENED, WHOLE = 300, 100, 20
MEGABYTES = 600


def test_damaged_texts_end_in_order_pit_09_pit_10_pit_18() -> None:
    before = peak_memory()
    ends = [ended(number) for number in range(TEXTS)]
    assert [end for end in ends if end.escaped] == []
    assert sum(end.outcome == "judged" for end in ends) > TEXTS / 4
    assert peak_memory() - before < MEGABYTES


def test_damaged_workbooks_are_opened_or_refused_pit_17_pit_19() -> None:
    assert [end for end in map(opened, range(OPENED)) if end.escaped] == []


def test_damaged_workbooks_end_in_order_pit_17_pit_19() -> None:
    ends = [ended(number, workbooks=True) for number in range(WHOLE)]
    assert [end for end in ends if end.escaped] == []


@pytest.mark.parametrize("workbooks", [False, True])
def test_the_damage_of_a_number_is_always_the_same(workbooks: bool) -> None:
    assert damaged(7, workbooks) == damaged(7, workbooks)
    assert len({damaged(number, workbooks)[1] for number in range(30)}) > 25


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_every_kind_of_damage_takes_an_empty_file(mutation: Mutation) -> None:
    assert isinstance(mutation(b"", random.Random(1)), bytes)
