"""Columns that look like money though no field was found for them: a total that is counted nowhere must not go by.

Lives here: telling such a column from quantities, percents and coordinates, and the warning. Not here: what titles mean
(`pipelines/titles/known_titles.py`, `pipelines/titles/title_grammar.py`).
"""

import re
from collections.abc import Sequence
from functools import cache

from pipelines.language.spelling import words_of
from pipelines.mapping.value_evidence import sample
from pipelines.models.column_mapping import ColumnMapping
from pipelines.models.context import Terms
from pipelines.models.sheet import Sheet
from pipelines.parsing.numbers.currency_marks import read_edges
from pipelines.titles.amount_titles import read_amount_title
from pipelines.titles.known_titles import means_nothing
from schemas.sentences.note import Note
from schemas.wordlists import wordlist

ENOUGH, FEW = 0.8, 2
CELL = re.compile(r"([^0-9]{0,20})([0-9](?:[0-9., '’]*[0-9])?)([^0-9]{0,20})")
CENTS, FINER = re.compile(r"[.,][0-9]{2}$"), re.compile(r"[.,][0-9]{3,}$")
TYPED_CENTS = re.compile(r"[.][0-9]{1,2}$")
MONEY = frozenset({"amount", "total", "gross", "price", "lifetime", "paid", "sale", "donation"})
"""What words of titles say of money (`schemas/vocabulary/title_words.csv`)."""


def money_left_out(sheet: Sheet, mapping: ColumnMapping) -> tuple[str, ...]:
    """The titles of the columns that are not recognised, not known to be another thing, and look like money."""
    return tuple(title for title in mapping.unmapped if not means_nothing(title) and _looks_like_money(title, sheet))


def told(title: str, sheet: Sheet, terms: Terms) -> Note:
    """The warning of one such column."""
    values = sample(sheet.rows, title)
    field = "total_spent" if terms.profile.grain == "customer" else "amount"
    shown = None if values is None or values.is_empty() else values[0]
    return Note("MONEY_LEFT_OUT", header=title, found=shown, expected=field)


def _looks_like_money(title: str, sheet: Sheet) -> bool:
    words = set(words_of(title))
    values = sample(sheet.rows, title)
    if values is None or len(values) < FEW or words & _listed("measures", "measure"):
        return False
    cells = [CELL.fullmatch(value) for value in values]
    edges = [
        read_edges(cell[1].replace("\u00a0", " "), cell[3].replace("\u00a0", " ")) if cell else None for cell in cells
    ]
    numbers = [(cell[2], edge) for cell, edge in zip(cells, edges, strict=True) if cell and edge]
    if len(numbers) < ENOUGH * len(values):
        return False
    says = read_amount_title(title)
    # A currency in the title, or a word for money, is enough whatever the cells look like.
    if says.mark or any(words & _listed("title_words", role) for role in MONEY):
        return True
    marked = sum(edge.currencies is not None for _, edge in numbers)
    return marked >= ENOUGH * len(values) or _has_cents([body for body, _ in numbers], title in sheet.typed)


def _has_cents(bodies: Sequence[str], typed: bool) -> bool:
    """Whether numbers have two decimals; those of workbooks, which show no zero at the end, at most two."""
    # Three decimals are a weight or a place on earth; `1.234` alone may be thousands.
    if any(FINER.search(body) for body in bodies if not re.fullmatch(r"[0-9]{1,3}(?:[.,][0-9]{3})+", body)):
        return False
    cents = sum(bool((TYPED_CENTS if typed else CENTS).search(body)) for body in bodies)
    # A workbook holds 12.50 as 12.5 and 12.00 as 12, so that fewer cells show decimals.
    return cents >= (0.5 if typed else ENOUGH) * len(bodies)


@cache
def _listed(name: str, meaning: str) -> frozenset[str]:
    return frozenset(line["word"] for line in wordlist(name) if line["meaning"] == meaning)
