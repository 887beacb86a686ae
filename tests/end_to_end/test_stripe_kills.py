"""A sync that is killed and run again comes to what an undisturbed one comes to: stripe.md 6.4, scenarios 31 and 32.

The sync that dies is a process of its own: it ends by `os._exit` after a page, or at a step of the commit, with no
farewell. The one that follows runs here, at the same moment or later, and every published table is held against that of
a sync that nothing disturbed.
"""

import importlib
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.home import Home
from pipelines.publishing.tables import TABLES
from pipelines.stripe.extract import run
from pipelines.stripe.extract.store import ExtractStore
from pipelines.warehouse.database import published, rows_of
from tests.pipelines.stripe.syncs import sync
from tests.stripe_peer import changes, objects
from tests.stripe_peer.account import InProcess
from tests.support.flow import table

pytestmark = pytest.mark.slow

NOW = objects.CREATED + 40 * 86_400
LATER = NOW + 3600
NEXT = NOW + 86_400
KILLED = 9
CHARGES, CUSTOMERS, REFUNDS = 520, 260, 120
PAGES = 6 + 3 + 2
"""How many a sync reads of `account()` page after page."""

WHEN = ("finished_at", "rejected_at", "synced_at")
"""What says when somebody ran a sync, and nothing of the account."""

Tables = dict[str, pl.DataFrame]
Kill = tuple[str, ...]


def account(grown: bool = False) -> InProcess:
    """An account that every process makes anew; `grown`: a day later, with charges, a refund and a new address."""
    made = InProcess(
        [
            *(_customer(number) for number in range(CUSTOMERS)),
            *(_charge(number) for number in range(CHARGES)),
            objects.charge("ch_guest", amount=333, created=objects.CREATED, email="guest@example.com"),
        ]
    )
    for number in range(REFUNDS):
        changes.give_back(made, f"ch_{number * 3:04}", f"re_{number:04}", amount=50, created=NOW - 90 * (number + 1))
    if grown:
        made.add(*(_charge(number, created=NOW + 60 * number) for number in range(CHARGES, CHARGES + 30)))
        changes.give_back(made, "ch_0500", "re_late", amount=7, created=NOW + 99)
        made.change("cus_0007", email="moved@example.com")
        made.delete("cus_0011")
    return made


def _customer(number: int) -> dict[str, Any]:
    email = f"person{number % 250}@example.com" if number % 40 else None
    return objects.customer(f"cus_{number:04}", email=email, name=f"Person {number}", created=objects.CREATED + number)


def _charge(number: int, created: int | None = None) -> dict[str, Any]:
    status, currency = ("failed" if number % 17 == 0 else "succeeded"), ("eur" if number % 11 == 0 else "usd")
    made = objects.CREATED + 5000 * number if created is None else created
    owner = f"cus_{number * 7 % CUSTOMERS:04}"
    identity = f"ch_{number:04}"
    return objects.charge(identity, amount=100 + number, currency=currency, customer=owner, created=made, status=status)


def end() -> None:
    """End this process as kill -9 does: nothing is flushed, closed or rolled back."""
    os._exit(KILLED)


def die_after_pages(wanted: int) -> None:
    """End this process when so many pages are committed; they are committed one by one as far as may be."""
    commit, pages = ExtractStore.commit, 0

    def committed(store: ExtractStore, steps: Any) -> None:
        nonlocal pages
        commit(store, steps)
        pages += sum(1 for step in steps if step.page)
        if pages >= wanted:
            end()

    run.COMMIT_PAGES = 1
    ExtractStore.commit = committed  # type: ignore[method-assign]  # this process ends there


def die_at(module: str, name: str, when: str) -> None:
    """End this process before or after a function of the product."""
    owner: Any = importlib.import_module(module)
    for part in name.split(".")[:-1]:
        owner = getattr(owner, part)
    last = name.rpartition(".")[2]
    real: Callable[..., Any] = getattr(owner, last)

    def dying(*arguments: Any, **options: Any) -> Any:
        if when == "before":
            end()
        real(*arguments, **options)
        end()

    setattr(owner, last, dying)


def sync_until_killed(root: Path, kill: Kill, grown: bool, now: int, options: dict[str, Any]) -> None:
    """The sync that dies; runs in a process of its own."""
    if kill[0] == "page":
        die_after_pages(int(kill[1]))
    else:
        die_at(*kill)
    sync(Home(root), account(grown), now, run="the first", **options)


def killed(home: Home, kill: Kill, *, grown: bool = False, now: int = NOW, **options: Any) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=sync_until_killed, args=(home.root, kill, grown, now, options))
    process.start()
    process.join(600)
    assert process.exitcode == KILLED, f"not killed at {kill}"


def everything(home: Home) -> Tables:
    """Every published table, but when it was that somebody synced."""
    with published(home.published) as connection:
        tables = {name: rows_of(connection, f"FROM {name} ORDER BY ALL") for name in (*TABLES, "spend_by_currency")}
    return {name: rows.drop(WHEN, strict=False) for name, rows in tables.items()}


def assert_same(found: Tables, expected: Tables) -> None:
    differing = [name for name in expected if not found[name].equals(expected[name])]
    assert not differing, f"{differing} are not as in an undisturbed run"


def undisturbed(root: Path, **options: Any) -> tuple[Tables, int]:
    """What a sync comes to, and how many requests it takes."""
    home, whole = Home(root), account()
    sync(home, whole, NOW, run="the first", **options)
    return everything(home), whole.asked.total()


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tables, int]:
    return undisturbed(tmp_path_factory.mktemp("one by one"), sequential=True)


@pytest.fixture(scope="module")
def side_by_side(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tables, int]:
    return undisturbed(tmp_path_factory.mktemp("side by side"), sequential=False)


def resume(home: Home, now: int, grown: bool = False, **options: Any) -> int:
    """Sync again; returns how many pages were asked for."""
    fresh = account(grown)
    sync(home, fresh, now, run="the second", **options)
    return fresh.asked.total()


@pytest.mark.scenario(31)
@pytest.mark.parametrize("page", range(1, PAGES + 1, 2))
def test_killed_after_any_page_a_sync_comes_to_the_same(home: Home, page: int, one_by_one: tuple[Tables, int]) -> None:
    expected, requests = one_by_one
    assert requests == PAGES
    killed(home, ("page", str(page)), sequential=True)
    assert not home.published.exists(), "nothing is published of a sync that did not end"
    assert resume(home, LATER if page % 2 else NOW, sequential=True) <= requests - page
    assert_same(everything(home), expected)


@pytest.mark.scenario(31)
@pytest.mark.parametrize("page", [1, 6])
def test_killed_while_ranges_are_read_side_by_side_a_sync_comes_to_the_same(
    home: Home, page: int, side_by_side: tuple[Tables, int], one_by_one: tuple[Tables, int]
) -> None:
    assert_same(side_by_side[0], one_by_one[0])
    killed(home, ("page", str(page)), sequential=False)
    resume(home, LATER, sequential=False)
    assert_same(everything(home), one_by_one[0])


@pytest.mark.scenario(31)
@pytest.mark.parametrize("kill", [("page", "2"), ("pipelines.stripe.sync.commit_sync", "verified", "after")])
def test_an_incremental_sync_that_is_killed_comes_to_the_same(home: Home, tmp_path: Path, kill: Kill) -> None:
    other = Home(tmp_path / "undisturbed")
    for one in (home, other):
        sync(one, account(), NOW, sequential=False)
    sync(other, account(grown=True), NEXT, run="the first", sequential=False)
    before = everything(home)
    killed(home, kill, grown=True, now=NEXT, sequential=False)
    assert_same(everything(home), before)
    resume(home, NEXT + 3600, grown=True, sequential=False)
    assert_same(everything(home), everything(other))


STEPS = {
    "before it books": ("pipelines.stripe.sync.sync_account", "commit_extract", "before"),
    "before the ledger's commit": ("pipelines.stripe.sync.commit_sync", "verified", "after"),
    "after the ledger's commit": ("pipelines.publishing.snapshot", "copy_facts", "before"),
    "before the swap": ("pipelines.publishing.snapshot", "swap", "before"),
    "after the swap": ("pipelines.publishing.snapshot", "swap", "after"),
    "before it forgets the extract": ("pipelines.stripe.extract.store", "ExtractStore.discard", "before"),
    "after it forgot the extract": ("pipelines.stripe.extract.store", "ExtractStore.discard", "after"),
}
COMMITTED = tuple(STEPS)[2:]


@pytest.mark.scenario(32)
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_of_the_commit_a_sync_comes_to_the_same(
    home: Home, step: str, one_by_one: tuple[Tables, int]
) -> None:
    expected, requests = one_by_one
    killed(home, STEPS[step], sequential=True)
    again = resume(home, LATER if list(STEPS).index(step) % 2 else NOW, sequential=True)
    assert again == (requests if step in COMMITTED else 0)
    assert_same(everything(home), expected)
    assert table(home, "import_history").height == table(home, "stripe_syncs").height == 1
