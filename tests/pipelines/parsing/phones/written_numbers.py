"""Phone numbers as people write them."""

import polars as pl

from pipelines.parsing.phones.phones import parse_phones
from tests.support.factories import texts


def read(text: str | None, country: str | None = "FR", typed: bool = False) -> tuple[str | None, str | None]:
    """Number and fault of one cell."""
    parsed = parse_phones(texts(text), country, typed=pl.Series([typed]))
    return parsed.values[0], parsed.faults[0]
