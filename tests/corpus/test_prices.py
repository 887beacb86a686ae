"""Amounts as real pages write them, each alone in its column: read exactly or refused, never misread (PIT-21)."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.models.parsed_column import cleaned
from pipelines.parsing.numbers.numbers import parse_amounts
from tests.corpus import Line
from tests.support.factories import texts

pytestmark = pytest.mark.slow

OUT_OF_SCOPE = {
    "34.992001": "more decimals than any currency",
    "1.11000000000000009770": "more decimals than any currency",
    "205,68 € 205.68": "two amounts",
    "$ 281.40 $ 265.70": "two amounts",
    "R$ 139,99 R$ 135,99": "two amounts",
    "$..75": "two decimal marks",
}
"""Entries that are no amount of a customer list: they are refused."""


def measure(corpus: Path) -> list[Line]:
    """Three lines: the unambiguous amounts, what no cell alone decides, and what is no single amount."""
    entries = [json.loads(line) for line in (corpus / "prices" / "prices.jsonl").read_text("utf-8").splitlines()]
    read = [(entry, _read(entry["input"])) for entry in entries]
    scope = [(entry, value) for entry, value in read if entry["input"] not in OUT_OF_SCOPE]
    plain = [(entry, value) for entry, value in scope if not entry["ambiguous"] and entry["expected"] is not None]
    either = [(entry, value) for entry, value in scope if entry["ambiguous"]]
    none = [(e, value) for e, value in read if e["input"] in OUT_OF_SCOPE or e["expected"] is None]
    refused = sum(value is None for _, value in none)
    return [
        _line("prices: unambiguous amounts", plain),
        _line("prices: undecidable alone", either),
        Line("prices: no single amount", len(none), refused, len(none) - refused, "right is refused"),
    ]


def _read(written: str) -> Decimal | None:
    value: Decimal | None = parse_amounts(cleaned(texts(written)), 3, None).values[0]
    return value


def _line(topic: str, read: list[tuple[dict[str, str], Decimal | None]]) -> Line:
    right = sum(value == Decimal(entry["expected"]) for entry, value in read if value is not None)
    wrong = sum(value is not None for _, value in read) - right
    return Line(topic, len(read), right, wrong)


def test_every_unambiguous_amount_is_read_and_none_is_misread(corpus: Path) -> None:
    plain, either, none = measure(corpus)
    assert (plain.right, plain.wrong) == (plain.cases, 0)
    assert either.wrong == 0
    assert none.right == none.cases
