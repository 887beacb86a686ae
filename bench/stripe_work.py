"""One piece of work on a Stripe account, in a process of its own: `python bench/stripe_work.py extract URL HOME`.

Here: a bare extraction of everything, and a whole sync as `customers stripe sync` does it without Dagster, each with a
closing line of JSON: seconds of work, what was found. Not here: what the process cost (`stripe_accounts.py`).
"""

import argparse
import json
import math
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipelines.configuration.settings import Sources, StripeSource
from pipelines.home import Home
from pipelines.stripe.api.client import StripeAccount, open_account
from pipelines.stripe.api.keys import Key
from pipelines.stripe.api.rate_limits import limits_of
from pipelines.stripe.extract.plan import PlanOptions, ReadBefore, planned
from pipelines.stripe.extract.run import Manner, extract
from pipelines.stripe.extract.store import ExtractStore, opened
from pipelines.stripe.sync.context import Who
from pipelines.stripe.sync.sync_account import AccountSync, commit_account, read_account
from pipelines.warehouse.database import published, row_of

KEY = "rk_test_peer1NobodyPaysForThis"
SOURCE = "bench"
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
FOUND = """
    SELECT (SELECT count(*) FROM {0}charges) + (SELECT count(*) FROM {0}refunds) + (SELECT count(*) FROM {0}customers),
        (SELECT sum(amount) FROM {0}charges WHERE status = 'succeeded' AND captured),
        (SELECT sum(amount) FROM {0}refunds)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Work on a Stripe account.")
    parser.add_argument("work", choices=("extract", "sync"))
    parser.add_argument("url")
    parser.add_argument("home", type=Path)
    parser.add_argument("--now", type=int, default=1_793_491_200, help="up to when it is read, in epoch seconds")
    parser.add_argument("--per-second", type=float, default=math.inf)
    asked = parser.parse_args()
    told = extracted(asked) if asked.work == "extract" else synced(asked)
    print(json.dumps(told | {"peak_mb": peak()}))


def peak() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT / 1e6)


@contextmanager
def reached(asked: argparse.Namespace) -> Iterator[tuple[StripeSource, StripeAccount]]:
    rate = "unlimited" if math.isinf(asked.per_second) else asked.per_second
    source = StripeSource(kind="stripe", api_base=asked.url, requests_per_second=rate)
    with open_account(Key(KEY), source, limits_of(source, "test")) as account:
        yield source, account


def extracted(asked: argparse.Namespace) -> dict[str, object]:
    now = datetime.fromtimestamp(asked.now, UTC)
    plan = planned(PlanOptions("bench", "full", 45), ReadBefore(), now)
    with reached(asked) as (source, account), opened(asked.home, SOURCE) as store:
        started = time.perf_counter()
        extract(account, store, plan, Manner(lambda _: None, source.workers))
        return {"seconds": round(time.perf_counter() - started, 3)} | found(store)


def found(store: ExtractStore) -> dict[str, object]:
    counted = row_of(store.connection, FOUND.format(""))
    return dict(zip(("objects", "paid", "refunded"), map(int, map(str, counted or ())), strict=True))


def synced(asked: argparse.Namespace) -> dict[str, object]:
    home, now = Home(asked.home), datetime.fromtimestamp(asked.now, UTC)
    with reached(asked) as (source, account):
        declared = Sources(base_currency="USD", sources={SOURCE: source})
        started = time.perf_counter()
        sync = AccountSync(home, SOURCE, declared, Path(), Who("bench", f"run at {asked.now}", now))
        plan = read_account(sync, account)
        read, so_far = time.perf_counter(), peak()
        done = commit_account(sync, None)
        committed = time.perf_counter()
    with published(home.published) as connection:
        totals = row_of(connection, "SELECT count(*), sum(total_spent)::VARCHAR FROM customers") or (0, "")
    return {
        "mode": plan.mode,
        "read": round(read - started, 3),
        "book": round(committed - read, 3),
        "read_peak_mb": so_far,
        "objects": sum(done.read.values()),
        "changed": done.objects_changed,
        "customers": totals[0],
        "total_spent": totals[1],
    }


if __name__ == "__main__":
    main()
