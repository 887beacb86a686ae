"""Rows that add the others up: found by their name when they say nothing else, in every language of ours."""

import polars as pl
import pytest

from pipelines.validation.total_rows import total_rows
from schemas.wordlists import words
from tests.support.factories import texts


@pytest.mark.parametrize(
    "name", ["Total", "TOTAL :", "Total général", "Razem:", "Ogółem", "Summe", "Totaal", "Totale generale", "Soma"]
)
def test_a_row_that_says_nothing_but_total_is_one(name: str) -> None:
    assert total_rows(texts("Durand", name, None), [texts("Paris", None, None)]).to_list() == [False, True, False]


def test_a_customer_called_total_says_more_than_its_name() -> None:
    assert not total_rows(texts("Total", "Totalisator", "Sum"), [texts("Paris", None, "75001")]).any()


def test_a_file_of_names_alone_may_have_a_total_too() -> None:
    assert total_rows(texts("Ann", "Total"), []).to_list() == [False, True]
    assert total_rows(pl.Series([], dtype=pl.String), []).is_empty()


def test_every_listed_word_is_a_total_whatever_its_case() -> None:
    for spelled in (str.lower, str.upper, str.title):
        assert total_rows(texts(*map(spelled, words("total_rows", "total", "total_only"))), []).all()
