"""Stripe accounts as extracts, in a few words: what a test does not say is as usual."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pipelines.configuration.settings import StripeSource
from pipelines.home import Home
from pipelines.stripe.api.protocol import STREAMS, Stream
from pipelines.stripe.sync.commit_sync import commit_extract
from pipelines.stripe.sync.context import Read, Synced, Terms, Who
from pipelines.stripe.sync.exchange_rates import read_rates
from pipelines.stripe.sync.facts import SURPRISES
from schemas.stripe import READ
from tests.support.homes import begin

START = datetime(2026, 1, 1, tzinfo=UTC)
Object = dict[str, Any]


def moment(day: int) -> int:
    """Noon of a day, counted from the first of January, in epoch seconds."""
    return int((START + timedelta(days=day, hours=12)).timestamp())


def charge(identity: str, amount: int, customer: str | None = None, day: int = 1, **further: object) -> Object:
    """A charge that succeeded, in dollars."""
    usual = {"amount_captured": amount, "amount_refunded": 0, "currency": "usd", "status": "succeeded"}
    state = {"captured": True, "disputed": False, "livemode": False, "created": moment(day)}
    return {"id": f"ch_{identity}", "amount": amount, "customer": customer} | usual | state | further


def refund(identity: str, amount: int, of: str | None, day: int = 2, **further: object) -> Object:
    """A refund that succeeded, in dollars, of a charge."""
    told = {"currency": "usd", "status": "succeeded", "created": moment(day)}
    return {"id": f"re_{identity}", "amount": amount, "charge": f"ch_{of}" if of else None} | told | further


def customer(identity: str, email: str | None, name: str | None = None, day: int = 0, **further: object) -> Object:
    """A customer object."""
    told = {"created": moment(day), "livemode": False, "deleted": False}
    return {"id": f"cus_{identity}", "email": email, "name": name} | told | further


@dataclass(frozen=True)
class Account:
    """What an account holds."""

    charges: Sequence[Object] = ()
    refunds: Sequence[Object] = ()
    customers: Sequence[Object] = ()
    surprises: Sequence[Object] = field(default=())

    def frames(self) -> dict[Stream, pl.DataFrame]:
        held: dict[Stream, Sequence[Object]] = {
            "charges": self.charges, "refunds": self.refunds, "customers": self.customers
        }  # fmt: skip
        return {
            stream: pl.DataFrame([dict.fromkeys(READ[stream]) | one for one in held[stream]], schema=READ[stream])
            for stream in held
        }


def terms(
    full: bool = True, detailed: bool = True, base: str = "USD", rates: Path | None = None, **options: Any
) -> Terms:
    source = StripeSource(kind="stripe", **options)
    mode: Literal["full", "incremental"] = "full" if full else "incremental"
    whole = frozenset(STREAMS) if full else frozenset()
    return Terms("billing", source, base, read_rates(rates, base), mode, whole, detailed)


def sync(home: Home, account: Account, day: int = 30, on: Terms | None = None, **options: Any) -> Synced:
    """Commit an extract of this account, read up to the end of a day."""
    begin(home)
    bound = START + timedelta(days=day + 1)
    surprises = pl.DataFrame(account.surprises, schema=SURPRISES)
    read = Read(f"extract of day {day}", account.frames(), surprises, bound)
    return commit_extract(home, read, on or terms(**options), Who("tester", None, bound))
