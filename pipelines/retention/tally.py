"""Tallies: what of each kind is past its period, in numbers.

Lives here: the numbers, of files and of Dagster's runs alike. Not here: finding what is old (`past_period.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Tally:
    """What of one kind is past its period.

    `kept_days`: the period, None for ever. `count`: imports for originals and what was read of them, files for reports
    and logs, runs. `byte_count`: what they take on the disk. `oldest`: the instant that the oldest is counted from.
    """

    kind: str
    kept_days: int | None
    count: int = 0
    byte_count: int = 0
    oldest: datetime | None = None


def tally(kind: str, kept_days: int | None, found: Iterable[tuple[datetime, int]]) -> Tally:
    """The numbers of a kind, from the instant and the bytes of each thing that is past its period."""
    listed = list(found)
    oldest = min((since for since, _ in listed), default=None)
    return Tally(kind, kept_days, len(listed), sum(size for _, size in listed), oldest)
