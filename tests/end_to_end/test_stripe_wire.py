"""Whole syncs over a bad wire, under a limit, and beside others: stripe.md 6.4, scenarios 33, 40 and 41."""

import contextlib
import math
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from pipelines.configuration.settings import StripeSource
from pipelines.errors import StripeUnavailable, WarehouseBusy, WrongUse
from pipelines.home import Home
from pipelines.stripe.api.client import StripeAccount, open_account
from pipelines.stripe.api.keys import Key
from pipelines.stripe.api.rate_limits import Limits, limits_of
from pipelines.stripe.api.retry import BROKEN_TRIES
from pipelines.stripe.extract.store import opened
from pipelines.stripe.sync import sync_account
from tests.pipelines.stripe.syncs import book, read, sync
from tests.pipelines.stripe.waiting import Waiting
from tests.stripe_peer import faults, objects
from tests.stripe_peer.account import KEY, FakeAccount, InProcess
from tests.stripe_peer.bulk import END, Bulk
from tests.stripe_peer.faults import Fault
from tests.stripe_peer.server import Server, serving
from tests.support.flow import import_text, table

pytestmark = pytest.mark.slow

NOW = objects.CREATED + 86_400
STALL, PATIENCE = 7.0, 4.0
CHARGES = 1_150
RATE = 10

FAULTS: dict[str, Callable[..., Fault]] = {
    "500": faults.failing,
    "503": partial(faults.failing, status=503),
    "reset": partial(faults.torn, "reset"),
    "empty": partial(faults.torn, "empty"),
    "cut": partial(faults.torn, "cut"),
    "garbage": partial(faults.torn, "garbage"),
    "html": partial(faults.gateway, status=200),
    "429": faults.limited,
    "stall": partial(faults.stalled, seconds=STALL),
}


def found_charges() -> list[objects.Object]:
    customer = objects.customer("cus_1", email="ana@example.com", name="Ana")
    paid = [objects.charge(f"ch_{n:04}", customer="cus_1", created=objects.CREATED + n) for n in range(CHARGES)]
    return [customer, *paid]


@pytest.fixture(scope="module")
def stripe() -> FakeAccount:
    return FakeAccount(found_charges())


@contextlib.contextmanager
def reached(server: Server) -> Iterator[StripeAccount]:
    """The account behind a server, asked as fast as it answers; pauses between tries take no time."""
    source = StripeSource(kind="stripe", api_base=server.url)
    limits = Limits(math.inf, math.inf, Waiting().pace)
    with open_account(Key(KEY), source, limits, timeout=(60.0, PATIENCE)) as account:
        yield account


def assert_complete(home: Home) -> None:
    row = table(home).row(0, named=True)
    assert (str(row["total_spent"]), row["payment_count"]) == (f"{CHARGES * 10}.000", CHARGES)


@pytest.mark.scenario(41)
def test_every_fault_of_the_wire_once_and_the_sync_is_right(home: Home, stripe: FakeAccount) -> None:
    planned = [fault("charges", 2 * number + 1) for number, fault in enumerate(FAULTS.values())]
    with serving(stripe, faults=planned) as server, reached(server) as account:
        sync(home, account, NOW, sequential=True)
        pages = -(-CHARGES // 100)
        assert server.numbers["charges"] == pages + len(planned), "each fault costs one more request"
    assert_complete(home)


@pytest.mark.scenario(41)
def test_faults_that_stay_publish_nothing_and_the_next_sync_is_right(home: Home, stripe: FakeAccount) -> None:
    for name, fault in FAULTS.items():
        if name in ("429", "stall"):  # one is scenario 39, the other takes four timeouts
            continue
        with serving(stripe, faults=[fault("charges", 2, times=None)]) as server, reached(server) as account:
            with pytest.raises(StripeUnavailable):
                sync(home, account, NOW, sequential=True)
            assert server.numbers["charges"] <= BROKEN_TRIES + 1
        assert not home.published.exists()
    with serving(stripe) as server, reached(server) as account:
        sync(home, account, NOW + 60, sequential=True)
        assert server.numbers["charges"] < -(-CHARGES // 100), "what the others had read is not read again"
    assert_complete(home)


@pytest.mark.scenario(40)
def test_who_asks_for_more_than_the_limit_gets_most_of_it_from_the_start(home: Home) -> None:
    """Over its first seconds, with the one fall of the rate in them; in a minute it is 90 % (`test_rate_limits.py`).

    So few a second that a machine with other things to do can do as many.
    """
    big = Bulk(seed=1, charges=4_200, customers=10, refunds=10)
    told = StripeSource(kind="stripe", requests_per_second=12)
    with serving(big, per_endpoint=RATE) as server:
        source = told.model_copy(update={"api_base": server.url})
        with open_account(Key(KEY), source, limits_of(source, "test")) as account:
            read(home, account, END, sequential=False)
        asked = [request for request in server.requests if request.endpoint == "charges"]
    good = [request.at for request in asked if request.status == 200]
    assert len(good) >= 42
    assert len(good) / (good[-1] - good[0]) >= 0.6 * RATE
    assert 1 - len(good) / len(asked) < 0.1, len(asked) - len(good)


@contextlib.contextmanager
def held(account: InProcess, home: Home) -> Iterator[threading.Event]:
    """A sync in another thread that stands still in the middle of its reading until the event is set."""
    inside, go_on = threading.Event(), threading.Event()

    def stand_still(_: FakeAccount) -> None:
        inside.set()
        assert go_on.wait(300)

    account.before("charges", 3, stand_still)
    thread = threading.Thread(target=sync, args=(home, account, NOW), kwargs={"run": "first", "sequential": True})
    thread.start()
    try:
        assert inside.wait(300)
        yield go_on
    finally:
        go_on.set()
        thread.join(300)
        assert not thread.is_alive()


@pytest.mark.scenario(33)
def test_while_an_account_is_read_files_go_on_and_a_second_sync_is_refused(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held(InProcess(found_charges()), home), monkeypatch.context() as impatient:
        impatient.setattr(sync_account, "opened", partial(opened, wait_seconds=0.0))
        with pytest.raises(WarehouseBusy):
            sync(home, InProcess(found_charges()), NOW, run="second", sequential=True)
        assert import_text(home, "email,name,total_spent\nbo@example.com,Bo,5\n").status == "done"
        assert table(home)["email"].to_list() == ["bo@example.com"]
    assert dict(table(home).select("email", "payment_count").rows()) == {
        "ana@example.com": CHARGES, "bo@example.com": None
    }  # fmt: skip


@pytest.mark.scenario(33)
def test_a_second_sync_waits_reads_nothing_twice_and_nothing_is_committed_twice(home: Home) -> None:
    second = InProcess(found_charges())
    with held(InProcess(found_charges()), home) as go_on:
        waits = threading.Thread(target=read, args=(home, second, NOW), kwargs={"run": "second", "sequential": True})
        waits.start()
        waits.join(0.3)
        assert waits.is_alive(), "it waits for the first"
        go_on.set()
        waits.join(300)
    with contextlib.suppress(WrongUse):  # the first may have committed what both came to
        book(home, NOW, sequential=True)
    assert_complete(home)
    assert table(home, "stripe_syncs").height == 1
