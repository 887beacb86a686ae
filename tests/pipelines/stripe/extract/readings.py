"""Accounts of lists that are read into an extract."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.stripe.extract.plan import DAY, Mode, Plan, PlanOptions, ReadBefore, planned
from pipelines.stripe.extract.run import NOBODY_YET, WORKERS, CustomersBefore, Manner, Progress, extract
from pipelines.stripe.extract.store import Extracted, opened
from tests.pipelines.stripe.lists import Lists, charge, customer, refund

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


T = int(NOW.timestamp())


def plan_of(mode: Mode = "full", **more: Any) -> Plan:
    sequential = more.pop("sequential", None)
    before = ReadBefore(T - DAY)._replace(**more)
    return planned(PlanOptions("run-1", mode, 45, sequential), before, NOW)


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


def extracted(
    account: Lists,
    folder: Path,
    plan: Plan | None = None,
    customers: CustomersBefore = NOBODY_YET,
    workers: int = WORKERS,
) -> Extracted:
    with opened(folder, "billing", 0) as store:
        extract(account, store, plan or plan_of(), Manner(silent, workers), customers)
        return store.frames()


def ids(frame: pl.DataFrame) -> list[str]:
    return frame["id"].to_list()
