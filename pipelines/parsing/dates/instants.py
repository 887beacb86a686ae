"""Instants: a day, a time and how far it is from UTC, as programs write them (RFC 3339).

Lives here: a column of such text into instants in UTC. Not here: days, which people write (`dates.py`).
"""

import re
from datetime import UTC, datetime

import polars as pl

from pipelines.models.parsed_column import Parsed, when
from schemas.base import INSTANT

WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)", re.ASCII)


def parse_instants(text: pl.Series) -> Parsed:
    """The instant of each text, in UTC. Fault: INVALID_INSTANT, for one without an offset too: no zone is guessed.

    `text` is trimmed, null where blank.
    """
    distinct = text.drop_nulls().unique()
    instants = pl.Series([_instant(written) for written in distinct], dtype=INSTANT)
    values = text.replace_strict(distinct, instants, default=None, return_dtype=INSTANT)
    return Parsed(values, when(text.is_not_null() & values.is_null(), "INVALID_INSTANT", None))


def _instant(written: str) -> datetime | None:
    # RFC 3339 allows `t` and `z` in lower case.
    spelled = written.upper()
    if not WRITTEN.fullmatch(spelled):
        return None
    try:
        return datetime.fromisoformat(spelled).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day or hour; the first or last hours of the calendar
        return None
