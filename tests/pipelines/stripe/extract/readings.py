"""Accounts of lists that are read into an extract."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipelines.stripe.extract.plan import DAY, Plan, planned
from pipelines.stripe.extract.run import Progress, extract
from pipelines.stripe.extract.store import Extracted, opened
from tests.pipelines.stripe.lists import Lists, charge, customer, refund

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


T = int(NOW.timestamp())


def plan_of(mode: str = "full", **more: object) -> Plan:
    told: dict[str, object] = {"watermark": T - DAY, "look_back_days": 45, "known": None, **more}
    return planned(mode, "run-1", NOW, **told)  # type: ignore[arg-type]  # fields of a plan


def silent(progress: Progress) -> None:
    """Tell nobody."""


def account_of(count: int, **more: object) -> Lists:
    """An account over a year: `count` charges, a tenth of that refunds, a fifth customers, one of whom has no list."""
    return Lists(
        [charge(n, T - 1 - n * (365 * DAY // max(count, 1)), customer=f"cus_{n // 5:06d}") for n in range(count)],
        [refund(n, T - 5 - n * DAY) for n in range(count // 10)],
        [customer(n, T - 400 * DAY + n) for n in range(1, count // 5)],
        **more,  # type: ignore[arg-type]  # arguments of the account
    )


def extracted(account: Lists, folder: Path, plan: Plan | None = None, **more: object) -> Extracted:
    with opened(folder, "billing", 0) as store:
        extract(account, store, plan or plan_of(), silent, **more)  # type: ignore[arg-type]  # options of extract
        return store.frames()


def ids(frame: pl.DataFrame) -> list[str]:
    return frame["id"].to_list()
