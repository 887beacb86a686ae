"""Stripe from the command line: connect, sync, sync again, clean up, over a real HTTP server and a real Dagster."""

import base64
import logging
import pickle
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap

from assets.definitions import build_definitions
from assets.instance.environment import environment
from assets.instance.resources import Clock, Progress, workspace_of
from assets.stripe_resource import Accounts
from pipelines.home import Home
from tests.end_to_end.stripe_cli import DAY, MASTER, START, account, call, declare, told
from tests.stripe_peer import changes, faults, objects
from tests.stripe_peer.account import KEY, FakeAccount
from tests.stripe_peer.server import Server, serving
from tests.support.flow import table

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture
def stripe() -> FakeAccount:
    return account()


@pytest.fixture
def server(stripe: FakeAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving(stripe) as server:
        declare(tmp_path, server.url, monkeypatch)
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def totals(home: Home) -> tuple[int, Decimal, int, Decimal]:
    """Customers, what they spent, how often, what they were given back."""
    found = table(home)
    return found.height, found["total_spent"].sum(), found["payment_count"].sum(), found["refund_volume"].sum()


def expected(stripe: FakeAccount) -> tuple[int, Decimal, int, Decimal]:
    charges = [stripe.get(identity) for identity in stripe.ids("charges")]
    spent, back = sum(one["amount"] for one in charges), sum(one["amount_refunded"] for one in charges)
    return len(stripe.ids("customers")), Decimal(spent) / 100, len(charges), Decimal(back) / 100


@pytest.mark.rule("AU-28", "AU-31")
def test_an_account_is_connected_synced_and_kept_up_with(stripe: FakeAccount, server: Server, home: Home) -> None:
    assert told(call("stripe", "connect", "billing", "--json", given=f"{KEY}\n"))["connection"]["stored"]
    first = call("stripe", "sync", "billing")
    assert first.exit_code == 0, first.output
    assert totals(home) == expected(stripe)
    assert table(home, "stripe_syncs")["mode"].to_list() == ["full"]
    before = len(server.requests)
    assert call("stripe", "sync", "billing").exit_code == 0
    assert (totals(home), table(home, "stripe_syncs").height) == (expected(stripe), 1)
    assert len(server.requests) - before <= 7, "nothing is asked for but the lists"
    stripe.add(objects.charge("ch_new", amount=777, customer="cus_007", created=START + 30 * DAY))
    changes.give_back(stripe, "ch_0200", "re_new", amount=5, created=START + 31 * DAY)
    assert call("stripe", "sync", "billing", "--full").exit_code == 0
    assert totals(home) == expected(stripe)
    assert table(home, "import_history").height == 2
    assert {request.method for request in server.requests} == {"GET"}


@pytest.mark.rule("AU-32")
def test_a_minimum_is_set_and_taken_away(
    server: Server, stripe: FakeAccount, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.add(objects.customer("cus_low", email="low@example.com", created=START))
    stripe.add(objects.charge("ch_low", amount=999, customer="cus_low", created=START))
    declare(tmp_path, server.url, monkeypatch, min_spend=10)
    call("stripe", "connect", "billing", given=KEY)
    assert call("stripe", "sync", "billing").exit_code == 0
    assert "low@example.com" not in table(home)["email"].to_list()
    declare(tmp_path, server.url, monkeypatch)
    assert call("stripe", "sync", "billing").exit_code == 0
    assert totals(home) == expected(stripe)


def emails(home: Home) -> set[str]:
    return set(table(home)["email"])


@pytest.mark.rule("AU-33", "AU-39")
@pytest.mark.scenario(49, 12)
def test_low_spenders_are_cleaned_up_stay_out_and_come_back(server: Server, home: Home, stripe: FakeAccount) -> None:
    for name, amount in (("under", 999), ("exact", 1000), ("above", 1001)):
        stripe.add(objects.customer(f"cus_{name}", email=f"{name}@example.com", created=START))
        stripe.add(objects.charge(f"ch_{name}", amount=amount, customer=f"cus_{name}", created=START))
    call("stripe", "connect", "billing", given=KEY)
    call("stripe", "sync", "billing")
    everybody = emails(home)
    stale = told(call("cleanup", "--json"))
    assert [one["email"] for one in stale["candidates"]] == ["under@example.com"]
    stripe.add(objects.customer("cus_none", email="none@example.com", created=START))
    call("stripe", "sync", "billing")
    refused = call("cleanup", "--confirm", stale["confirm"], "--by", "Zoé")
    assert refused.exit_code in (2, 3) and "is not the mark of who would go now" in refused.stderr
    assert emails(home) == everybody | {"none@example.com"}
    fresh = told(call("cleanup", "--json"))
    assert {one["email"] for one in fresh["candidates"]} == {"under@example.com", "none@example.com"}
    assert call("cleanup", "--confirm", fresh["confirm"], "--by", "Zoé").exit_code == 0
    kept = everybody - {"under@example.com"}
    assert emails(home) == kept
    stripe.add(objects.charge("ch_more", amount=500, customer="cus_above", created=START + DAY))
    assert call("stripe", "sync", "billing", "--full").exit_code == 0
    assert emails(home) == kept, "a sync brings nobody back"
    stripe.add(objects.charge("ch_back", amount=1, customer="cus_under", created=START + DAY))
    assert call("stripe", "sync", "billing").exit_code == 0
    assert emails(home) == kept | {"under@example.com"}, "who reaches the threshold is back"


NEEDLES = {
    "the key": KEY.encode(),
    "the key without its prefix": KEY.removeprefix("rk_test_").encode(),
    "the key in base64": base64.b64encode(KEY.encode()).rstrip(b"="),
    "the key in hex": KEY.encode().hex().encode(),
    "the master key": MASTER.encode(),
    "the master key, open": base64.b64decode(MASTER),
}


def leaks(text: bytes) -> list[str]:
    return [name for name, needle in NEEDLES.items() if needle in text]


@pytest.mark.rule("AU-30")
@pytest.mark.scenario(47)
def test_after_syncs_that_went_well_and_badly_no_key_is_anywhere(
    server: Server, home: Home, stripe: FakeAccount, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        said = [call("stripe", "connect", "billing", given=KEY), call("stripe", "sync", "billing")]
        server.faults.append(faults.revoked("charges", server.numbers["charges"] + 2, KEY))
        said.append(call("stripe", "sync", "billing", "--full"))
    assert [result.exit_code for result in said] == [0, 0, 2]
    assert "it has expired" in said[-1].stderr
    assert leaks("".join(result.output + result.stderr + caplog.text for result in said).encode()) == []
    found = {path: leaks(path.read_bytes()) for path in home.root.rglob("*") if path.is_file()}
    assert any("dagster" in path.parts for path in found) and any(path.suffix == ".duckdb" for path in found)
    assert {path: names for path, names in found.items() if names} == {}
    for path in home.root.rglob("*.duckdb"):
        assert leaks(contents(path)) == [], path
    assert leaks(location().encode()) == []


def contents(path: Path) -> bytes:
    """All that the tables of a database hold, as text: its file is compressed."""
    with duckdb.connect(path, read_only=True) as connection:
        tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        rows = [connection.execute(f'FROM "{schema}"."{name}"').fetchall() for schema, name in tables]
    assert sum(map(len, rows)) > 0
    return repr(rows).encode()


def location() -> str:
    """What the UI and GraphQL are told of the code location, and every default of its run configuration."""
    defs = build_definitions(workspace_of(environment()), Clock(), Progress())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Dagster's own snapshot reads what Dagster deprecates
        return dg.serialize_value(RepositorySnap.from_def(defs.get_repository_def()))


@pytest.mark.rule("AU-30")
@pytest.mark.scenario(47)
def test_an_open_account_goes_into_no_pickle_and_shows_no_key(server: Server, home: Home) -> None:
    call("stripe", "connect", "billing", given=KEY)
    workspace = workspace_of(environment())
    source = workspace.sources().stripe_source("billing")
    opened = Accounts().open(home, "billing", source, workspace.declared_in)
    assert leaks(repr(opened).encode()) == []
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(opened)
    assert leaks(pickle.dumps(Accounts())) == []
