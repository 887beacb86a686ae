"""Columns of numbers, and what reading them gives."""

from pipelines.models.parsed_column import cleaned
from pipelines.parsing.numbers.numbers import parse_counts
from tests.support.factories import texts

NBSP, NARROW, THIN = "\u00a0", "\u202f", "\u2009"


def counts(*written: str | None) -> list[str | None]:
    """What each cell of a column of counts is read as, or the code of its fault."""
    parsed = parse_counts(cleaned(texts(*written)))
    values = [None if value is None else str(value) for value in parsed.values]
    return [fault or value for value, fault in zip(values, parsed.faults, strict=True)]
