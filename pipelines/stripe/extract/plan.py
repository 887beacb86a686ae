"""What one sync reads of an account: which lists, since when, until when.

Lives here: the plan and the arithmetic of its bounds (stripe.md section 6.2). Not here: when a sync is due, when a
full sweep is (`sources.yaml`, the schedules), the reading (`run.py`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from pipelines.stripe.api.protocol import STREAMS, Stream
from pipelines.stripe.extract.ranges import Range, first_range

Mode = Literal["full", "incremental"]

DAY = 86_400
LEAST_OVERLAP = 600
"""Seconds that every sync reads again at least: what was made before its bound may show up minutes later."""
WATERMARK_DAYS = 30
"""An older watermark asks for a full sweep."""
CLOCKS_DIFFER = DAY
"""Seconds that a watermark may lie ahead of now: every list is read over longer than that anyway. One further ahead was
set by a clock that went wrong, and nobody knows what was missed since (scenario 60)."""
# Up to a hundred pages, all are read: no list can be asked which of them changed.
CUSTOMERS_READ_WHOLE = 10_000
CUSTOMERS_OVERLAP = DAY
# Twenty pages, which requests side by side hardly speed up; localstripe 1.15 has no list by `created`.
SEQUENTIAL_BELOW = 2_000


class Known(BaseModel):
    """How many objects of an account the ledger holds, per list, and when the `newest` of them was made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    charges: int = 0
    refunds: int = 0
    customers: int = 0
    newest: int = 0

    @property
    def objects(self) -> int:
        """All of them."""
        return self.charges + self.refunds + self.customers


class Plan(BaseModel):
    """One sync of an account, fixed when it begins, so that whoever resumes it reads the same.

    `upper_bound`: what was created then or later is left to the next sync. `since`: per list, from when it is read;
    None: all of it. `again`: ids to read one by one, of objects that may still change but are older (PIT-77, PIT-78).
    `sequential`: one page after the other, without saying anything of time. `expected`: about how many objects come.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str
    mode: Mode
    started_at: datetime
    upper_bound: int
    since: dict[Stream, int | None] = dict.fromkeys(STREAMS)
    again: dict[Stream, tuple[str, ...]] = {}
    sequential: bool = False
    expected: int | None = None

    @property
    def whole(self) -> tuple[Stream, ...]:
        """The lists that are read whole: what is in the ledger and not in them is gone (stripe.md scenario 19)."""
        return tuple(stream for stream in STREAMS if self.since[stream] is None)

    @property
    def ranges(self) -> tuple[Range, ...]:
        """What is to fetch at the beginning: a range per list."""
        return tuple(
            first_range(stream, self.since[stream], self.upper_bound, sequential=self.sequential) for stream in STREAMS
        )


class ReadBefore(NamedTuple):
    """What earlier syncs read: the upper bound of the last that succeeded (None: there was none), how much the ledger
    holds of the account (None: nothing is known of it), the ids that are to be read again.
    """

    watermark: int | None = None
    known: Known | None = None
    again: Mapping[Stream, tuple[str, ...]] = MappingProxyType({})


class PlanOptions(NamedTuple):
    """What is asked of a sync. `sequential`: to read page after page; None: as the size of the account suggests."""

    run_id: str
    mode: Mode
    look_back_days: int
    sequential: bool | None = None


def planned(options: PlanOptions, before: ReadBefore, now: datetime) -> Plan:
    """The plan of a sync that begins `now` (stripe.md section 6.2, PIT-79).

    The upper bound is now, and never before what was read already: a clock that is slow makes nothing vanish
    (scenario 53).
    """
    watermark, known, sequential = before.watermark, before.known, options.sequential
    upper_bound = max(int(now.timestamp()), known.newest + 1 if known else 0)
    usable = watermark is not None and watermark - upper_bound <= CLOCKS_DIFFER
    last = min(watermark, upper_bound) if watermark is not None and usable else None
    one_by_one = (known is not None and known.objects < SEQUENTIAL_BELOW) if sequential is None else sequential
    full = options.mode == "full" or last is None or upper_bound - last > WATERMARK_DAYS * DAY
    bounds = dict.fromkeys(STREAMS) if full or one_by_one else _bounds(last or 0, options.look_back_days, known)
    return Plan(
        run_id=options.run_id,
        mode="full" if full else "incremental",
        started_at=now,
        upper_bound=upper_bound,
        since=bounds,
        again=dict(before.again),
        sequential=one_by_one,
        expected=known.objects if known and set(bounds.values()) == {None} else None,
    )


def is_resumable(plan: Plan, now: datetime) -> bool:
    """Whether an unfinished sync is young enough to be gone on with; else it begins anew (stripe.md section 6.2)."""
    return timedelta(0) <= now - plan.started_at < timedelta(days=1)


def _bounds(watermark: int, look_back_days: int, known: Known | None) -> dict[Stream, int | None]:
    """From when each list is read: charges and refunds over the look-back, customers since about the last sync."""
    # No list can be asked what changed, only what was created: what may still change is read again.
    since = max(0, watermark - max(look_back_days * DAY, LEAST_OVERLAP))
    few = known is None or known.customers <= CUSTOMERS_READ_WHOLE
    return {"charges": since, "refunds": since, "customers": None if few else max(0, watermark - CUSTOMERS_OVERLAP)}
