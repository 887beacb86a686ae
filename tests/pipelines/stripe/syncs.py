"""Whole syncs over an account in memory: from its lists to the published tables."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.configuration.settings import Sources, StripeSource
from pipelines.home import Home
from pipelines.stripe.api.protocol import Account
from pipelines.stripe.sync.context import Synced, Who
from pipelines.stripe.sync.sync_account import AccountSync, commit_account, read_account

SOURCE = "billing"


def at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def sources(base_currency: str = "USD", **options: Any) -> Sources:
    return Sources(base_currency=base_currency, sources={SOURCE: StripeSource(kind="stripe", workers=4, **options)})


def read(home: Home, account: Account, now: int, full: bool = False, run: str = "a run", **options: Any) -> None:
    who = Who("tester", f"{run} at {now}", at(now))
    read_account(AccountSync(home, SOURCE, sources(**options), Path(), who, full), account)


def book(home: Home, now: int, **options: Any) -> Synced:
    who = Who("tester", None, at(now))
    return commit_account(AccountSync(home, SOURCE, sources(**options), Path(), who), None)


def sync(home: Home, account: Account, now: int, full: bool = False, run: str = "a run", **options: Any) -> Synced:
    """Read an account and commit it, as a run of `stripe_sync` does."""
    read(home, account, now, full, run, **options)
    return book(home, now, **options)
