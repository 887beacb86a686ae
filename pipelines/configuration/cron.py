"""Schedules of five fields: whether a text is one, and ever comes due.

Lives here: every use of cronsim. Not here: what runs by a schedule (`assets/schedules.py`).
"""

import re
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat"
FIELD = rf"(?:[\d*/,-]|{NAMES})+"
FIELDS = re.compile(rf"{FIELD}(?: +{FIELD}){{4}}", re.IGNORECASE)
"""cronsim 2.8 takes a sixth field for seconds too, and letters and signs (`L`, `#`) that not every cron knows."""

ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def second_time_after(schedule: str, instant: datetime) -> datetime:
    """The second time after an instant that a schedule comes due; one that comes but once, that time."""
    coming = CronSim(schedule, instant)
    first = next(coming)
    return next(coming, first)


def fault_of_schedule(schedule: str) -> str | None:
    """What is wrong with a schedule, or None; a day that never comes (30 February) is wrong too."""
    if not FIELDS.fullmatch(schedule.strip()):
        return "no schedule of five fields"
    try:
        # Only asking for the next time shows a day that never comes.
        next(CronSim(schedule, ANY_DAY))
    except CronSimError as error:
        return str(error).lower()
    except StopIteration:
        return "a day that never comes"
    return None
