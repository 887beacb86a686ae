"""Whole syncs over an account in memory: from its lists to the published tables."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.configuration.settings import Sources, StripeSource
from pipelines.home import Home
from pipelines.stripe.api.protocol import Account
from pipelines.stripe.sync.commit_sync import Synced, Who
from pipelines.stripe.sync.sync_account import commit_account, read_account

SOURCE = "billing"


def at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def sources(base_currency: str = "USD", **options: Any) -> Sources:
    return Sources(base_currency=base_currency, sources={SOURCE: StripeSource(kind="stripe", workers=4, **options)})


def read(home: Home, account: Account, now: int, full: bool = False, run: str = "a run", **options: Any) -> None:
    read_account(home, SOURCE, sources(**options).stripe_source(SOURCE), account, full, f"{run} at {now}", at(now))


def book(home: Home, now: int, **options: Any) -> Synced:
    return commit_account(home, SOURCE, sources(**options), Path(), None, Who("tester", None, at(now)))


def sync(home: Home, account: Account, now: int, full: bool = False, run: str = "a run", **options: Any) -> Synced:
    """Read an account and book it, as a run of `stripe_sync` does."""
    read(home, account, now, full, run, **options)
    return book(home, now, **options)
