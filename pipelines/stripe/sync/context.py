"""The terms of one sync: what is agreed on a source before its account is read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import polars as pl

from pipelines.configuration.settings import StripeSource
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
