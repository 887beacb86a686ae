"""Measures reading a Stripe account: `python bench/stripe_accounts.py --charges 200000`.

Here: accounts served by `python -m tests.stripe_peer` in a process of its own, each contender as another, what it cost,
and whether all found the same. Not here: the work (`stripe_work.py`), the peers (`peers/`), and any pass or fail on
timing. The exit code is 1 only when somebody crashed or found something else. The file is not called `stripe.py`,
because Python would take it for Stripe's SDK.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from measure import NOW, PEERS_PYTHON, ROOT, Cost, CrashError, crash, finished
from report import record

WORK = ROOT / "bench" / "stripe_work.py"
PEERS = {"Stripe's SDK, auto_paging_iter": "stripe_sdk.py", "dlt, REST API source": "stripe_dlt.py"}
OURS = "Customer Intake, extraction"
PER_ENDPOINT, LATENCY, PAGE = 25, 0.3, 100
END, HOUR = 1_793_491_200, 3600
FAST, MEMORY, SHARE, CORE, BOOKING, BOOKED_IN = 15_000, 400, 0.9, 0.5, 1500, 3.0


class Told(NamedTuple):
    """What a process took, and what it said."""

    cost: Cost
    told: dict[str, Any]


def main() -> int:
    asked = arguments()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    parts = {"extract": without_limit, "limit": at_the_limit, "peers": beside_peers, "sync": whole_syncs}
    try:
        wrong = [line for name, part in parts.items() if name not in asked.skip for line in part(asked)]
    except CrashError as told:
        print(told, file=sys.stderr)
        return 1
    print(*(f"DIFFERENT {line}" for line in wrong), sep="\n")
    return 1 if wrong else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure reading Stripe accounts.")
    parser.add_argument("--charges", type=int, default=200_000, help="a fifth as many customers, a twentieth refunds")
    parser.add_argument("--sample", type=int, default=20_000, help="charges of the account that the peers read too")
    parser.add_argument("--big", type=int, default=1_000_000, help="charges of the account that is kept up with")
    parser.add_argument("--peers-python", default=str(PEERS_PYTHON))
    parser.add_argument("--skip", action="append", default=[], choices=("extract", "limit", "peers", "sync"))
    return parser.parse_args()


@contextmanager
def served(charges: int, **options: float) -> Iterator[str]:
    """The address of an account in a process of its own."""
    sizes = {"charges": charges, "customers": charges // 5, "refunds": charges // 20}
    words = [f"--{name.replace('_', '-')}={value}" for name, value in (sizes | options).items()]
    command = [sys.executable, "-m", "tests.stripe_peer", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield (process.stdout or sys.stdin).readline().strip()
        finally:
            process.terminate()


def ask(url: str, question: str) -> Any:
    with urllib.request.urlopen(f"{url}/_peer/{question}", timeout=120) as answer:
        return json.load(answer)


def without_limit(asked: argparse.Namespace) -> Iterator[str]:
    """How fast an account is read that answers at once."""
    with served(asked.charges) as url, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        cost = run(OURS, work("extract", url, folder))
        expected = ask(url, "expected")
    rate = cost.told["objects"] / cost.told["seconds"]
    print(f"\n{cost.told['objects']:,} objects without a limit, extraction alone")
    print(f"  {rate:,.0f} objects/s in {cost.told['seconds']:.1f} s; {spent(cost)}")
    print(target(f"at least {FAST:,} objects/s", rate >= FAST), target(f"under {MEMORY} MB", cost.cost.peak < MEMORY))
    yield from differences(OURS, cost, expected)


def at_the_limit(asked: argparse.Namespace) -> Iterator[str]:
    """How much of what Stripe allows is used, and how little of the machine."""
    limits = {"per_second": 4 * PER_ENDPOINT, "per_endpoint": PER_ENDPOINT, "latency": LATENCY}
    with served(asked.charges, **limits) as url, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        cost = run(OURS, [*work("extract", url, folder), "--per-second", str(PER_ENDPOINT)])
        expected, requests = ask(url, "expected"), ask(url, "requests")
    one_after_the_other = expected["charges"] + expected["customers"]
    share = one_after_the_other / (PER_ENDPOINT * PAGE) / cost.told["seconds"]
    good, refused = (sum(row[2] for row in requests if row[1] == status) for status in (200, 429))
    print(f"\nthe same at {PER_ENDPOINT} requests/s an endpoint and {LATENCY * 1000:.0f} ms latency, charges first, ")
    print(f"customers after them: {share:.1%} of the {PER_ENDPOINT * PAGE:,} objects/s that the limit allows a list")
    print(f"  {cost.told['seconds']:.1f} s, {good:,} pages, {refused} answers 429; {spent(cost)}")
    core = cost.cost.cpu / cost.cost.wall
    print(target(f"at least {SHARE:.0%}", share >= SHARE), target(f"under {CORE:.0%} of a core", core < CORE))
    yield from differences(OURS, cost, expected)


def beside_peers(asked: argparse.Namespace) -> Iterator[str]:
    """The same account read by others; smaller, because one of them is slow."""
    with served(asked.sample) as url, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        commands = {OURS: work("extract", url, folder)} | {
            name: [python, str(ROOT / "bench" / "peers" / script), url, str(Path(folder, f"{script}.duckdb"))]
            for (name, script), python in zip(PEERS.items(), (sys.executable, asked.peers_python), strict=True)
        }
        costs = {name: run(name, command) for name, command in commands.items()}
        expected = ask(url, "expected")
    print(f"\n{costs[OURS].told['objects']:,} objects, without a limit; the right column is scaled up, not measured\n")
    ours = costs[OURS].told["seconds"]
    bigger = asked.charges / asked.sample
    print("| contender | objects/s | seconds | / ours | CPU s | peak MB |", f"s for {asked.charges:,} charges |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, cost in costs.items():
        seconds = cost.told["seconds"]
        figures = f"{cost.told['objects'] / seconds:,.0f} | {seconds:.1f} | {seconds / ours:.1f}x | {cost.cost.cpu:.1f}"
        print(f"| {name} | {figures} | {cost.cost.peak:.0f} | {seconds * bigger:.0f} |")
    read = {name: [one.cost] for name, one in costs.items()}
    record(f"Reading a Stripe account of {asked.sample:,} charges", read, OURS)
    for name, cost in costs.items():
        yield from differences(name, cost, expected)


def whole_syncs(asked: argparse.Namespace) -> Iterator[str]:
    """Whole syncs with their committing: everything, then what is new."""
    for charges in dict.fromkeys((asked.charges, asked.big)):
        with served(charges) as url, tempfile.TemporaryDirectory(prefix="bench-") as folder:
            print(f"\nwhole syncs of {charges:,} charges, with their committing")
            first = sync("everything", url, folder, END)
            record(f"A first Stripe sync of {charges:,} charges", {NOW: [first.cost]}, NOW)
            yield from () if first.told["changed"] == first.told["objects"] else ["not all objects were new"]
            ask(url, "grow?charges=100")
            again = sync("100 new charges", url, folder, END + HOUR)
            record(f"A Stripe sync of 100 charges after {charges:,}", {NOW: [again.cost]}, NOW)
            yield from () if again.told["changed"] == 100 else [f"{again.told['changed']} new charges, not 100"]
            print(target(f"booked in {BOOKED_IN:.0f} s", again.told["book"] < BOOKED_IN))


def sync(name: str, url: str, folder: str, now: int) -> Told:
    before = total(ask(url, "requests"))
    cost = run(name, [*work("sync", url, folder), "--now", str(now)])
    requests, told = total(ask(url, "requests")) - before, cost.told
    print(f"  {name}: {requests:,} requests, read in {told['read']:.1f} s, booked in {told['book']:.1f} s;", end=" ")
    print(f"{told['objects']:,} objects read, {told['changed']:,} changed; {spent(cost)}")
    print(f"  {told['customers']:,} customers, {told['total_spent']} USD; peak while reading {told['read_peak_mb']} MB")
    print(target(f"under {BOOKING} MB", cost.cost.peak < BOOKING))
    return cost


def total(requests: Sequence[Sequence[Any]]) -> int:
    return sum(int(row[2]) for row in requests)


def work(name: str, url: str, folder: str) -> list[str]:
    return [sys.executable, str(WORK), name, url, folder]


def run(name: str, command: Sequence[str]) -> Told:
    ended = finished(command, ROOT)
    if ended.exit_code:
        raise crash(name, ended)
    told = json.loads(ended.stdout.strip().splitlines()[-1])
    return Told(ended.cost._replace(work=told.get("seconds")), told)


def spent(one: Told) -> str:
    return f"process: {one.cost.wall:.1f} s, CPU {one.cost.cpu:.1f} s, peak {one.cost.peak:.0f} MB"


def target(text: str, met: bool) -> str:
    return f"  {'met' if met else 'MISSED'}: {text};"


def differences(name: str, cost: Told, expected: dict[str, Any]) -> Iterator[str]:
    wanted = {
        "objects": expected["charges"] + expected["refunds"] + expected["customers"],
        "paid": sum(expected["sums"].values()),
        "refunded": expected["refunded"],
    }
    for what, value in wanted.items():
        if cost.told[what] != value:
            yield f"{name}: {what} {cost.told[what]}, expected {value}"


if __name__ == "__main__":
    sys.exit(main())
