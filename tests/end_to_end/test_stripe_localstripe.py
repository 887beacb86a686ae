"""Syncs of localstripe, a Stripe server that nobody here wrote: as a process, from the command line to the tables."""

import time
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.home import Home
from tests.end_to_end.stripe_cli import call, declare, told
from tests.stripe_peer.localstripe import FAKETIME, KEY, pay, running, seed
from tests.stripe_peer.sdk import client_of
from tests.support.flow import table

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]
DAY = 86_400


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def connect_and_sync(tmp_path: Path, url: str, patch: pytest.MonkeyPatch, full: bool = False) -> None:
    declare(tmp_path, url, patch, sequential=True)
    told(call("stripe", "connect", "billing", "--json", given=KEY))
    time.sleep(1.1)  # what was made in the second in which a sync begins is left to the next one
    done = call("stripe", "sync", "billing", *(["--full"] if full else []))
    assert done.exit_code == 0, done.output


def money(home: Home) -> dict[str, tuple[Decimal, int, Decimal]]:
    rows = table(home).select("email", "total_spent", "payment_count", "refund_volume").rows()
    return {email: (spent, count, back) for email, spent, count, back in rows}


@pytest.mark.scenario(36)
def test_a_server_with_the_oldest_first_is_synced_and_synced_again(
    tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as url, client_of(url, KEY) as client:
        made = seed(url, customers=3, charges=104)
        client.v1.refunds.create({"charge": made["charges"][4].id, "amount": 250})
        connect_and_sync(tmp_path, url, monkeypatch)
        found = money(home)
        assert sum(count for _, count, _ in found.values()) == 104
        assert sum(spent for spent, _, _ in found.values()) == Decimal(sum(one.amount for one in made["charges"])) / 100
        assert found["person1@example.com"][2] == Decimal("2.5")
        pay(client, made["customers"][0].id, 9_999)
        connect_and_sync(tmp_path, url, monkeypatch)
        assert money(home)["person0@example.com"][0] == found["person0@example.com"][0] + Decimal("99.99")


@pytest.mark.rule("PIT-76")
@pytest.mark.scenario(7)
@pytest.mark.skipif(not FAKETIME.exists(), reason="needs Debian's libfaketime")
def test_a_refund_180_days_after_its_charge_is_found_by_the_next_sync(
    tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store.pickle"
    with running(store, "-200d") as url:
        (paid,) = seed(url, customers=1, charges=1)["charges"]
        connect_and_sync(tmp_path, url, monkeypatch)
    assert money(home) == {"person0@example.com": (Decimal(10), 1, Decimal(0))}
    with running(store, "-20d") as url, client_of(url, KEY) as client:
        given = client.v1.refunds.create({"charge": paid.id, "amount": 400})
        assert round((given.created - paid.created) / DAY) == 180
        connect_and_sync(tmp_path, url, monkeypatch)
    assert money(home) == {"person0@example.com": (Decimal(10), 1, Decimal(4))}
    assert table(home, "stripe_syncs").sort("change_number")["mode"].to_list() == ["full", "incremental"]
