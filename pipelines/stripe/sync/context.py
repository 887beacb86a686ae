"""What a sync works with: the terms that are agreed on, what was read of the account, who asks, what it did.

Lives here: the four records. Not here: the steps (`sync_account.py`, `commit_sync.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

import polars as pl

from pipelines.configuration.settings import StripeSource
from pipelines.ledger.checks.verify import CheckResult
from pipelines.stripe.api.protocol import Stream


@dataclass(frozen=True)
class Terms:
    """A source's options and rates, and what this sync reads.

    `mode`: what the sync set out to read; `whole`: the lists that were read from their beginning, so that what is not
    in them is no more; `refunds_detailed`: refunds can be listed; `incremental_from`: charges and
    refunds that are older were not read again since the sync before, `customers_from`: customers that are; None where
    that does not matter.
    """

    source: str
    options: StripeSource
    base_currency: str
    rates: pl.DataFrame
    mode: Literal["full", "incremental"]
    whole: frozenset[Stream] = frozenset()
    refunds_detailed: bool = True
    incremental_from: datetime | None = None
    customers_from: datetime | None = None


@dataclass(frozen=True)
class Read:
    """A finished extract: what was read of an account, and how.

    `frames`: per list the columns of `schemas.stripe.READ`, each object once; `surprises`: objects that could not even
    be decoded; `upper_bound`: objects made before this instant were read.
    """

    extract_id: str
    frames: Mapping[Stream, pl.DataFrame]
    surprises: pl.DataFrame
    upper_bound: datetime
    livemode: bool | None = None


@dataclass(frozen=True)
class Who:
    """Who syncs, in which run, and when."""

    by: str
    run_id: str | None
    now: datetime


@dataclass(frozen=True)
class Synced:
    """What a sync did; `import_id` is None where nothing had changed."""

    source: str
    import_id: str | None
    mode: str
    upper_bound: datetime
    read: Mapping[Stream, int]
    objects_changed: int = 0
    late_changes: int = 0
    objects_rejected: int = 0
    customers_created: int = 0
    customers_updated: int = 0
    amount_change: Decimal = Decimal(0)
    warnings: Sequence[str] = ()
    check_results: tuple[CheckResult, ...] = ()
