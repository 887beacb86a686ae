"""Connecting a source: the right kind of key, of the right mode, with the right permissions, of the same account."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipelines.configuration.settings import StripeSource
from pipelines.errors import KeyRefused, PermissionMissing, RequestRefused, SecretError, StripeUnavailable, WrongUse
from pipelines.home import Home
from pipelines.stripe.api.keys import Key
from pipelines.stripe.api.protocol import Query
from pipelines.stripe.credentials import connection, vault
from pipelines.stripe.credentials.connection import AccountSource, Connection, Line
from pipelines.stripe.credentials.vault import Ring
from tests.pipelines.stripe.credentials.test_vault import BOTH, NOW, ONE, TWO
from tests.pipelines.stripe.faults import EMPTY_PAGE, LIVE_KEY, TEST_KEY, Act, Server, answer, error, serving
from tests.pipelines.stripe.waiting import Waiting

OTHER_TEST_KEY = "rk_test_" + "O" * 24
NO_RIGHT = "The provided key does not have the required permissions for this endpoint on account 'acct_7'. {}"
EVERYTHING = ("customers", "charges", "refunds", "invoices", "events", "account")


def account(live: bool = False, without: tuple[str, ...] = (), identity: str = "acct_7", charge: str = "ch_1") -> Act:
    """A small account that answers by path."""
    head = {"id": charge, "livemode": live}

    def act(handler: BaseHTTPRequestHandler) -> None:
        resource, _, one = handler.path.split("?")[0].removeprefix("/v1/").partition("/")
        if resource in without:
            message = NO_RIGHT.format(f"Having the 'rak_{resource[:-1]}_read' permission would allow it.")
            error(403, message=message)(handler)
        elif one:
            (answer(200, head) if one == charge else error(404, "resource_missing"))(handler)
        elif resource == "account":
            answer(200, {"id": identity, "object": "account", "email": "owner@example.com"})(handler)
        else:
            objects = [head] if resource in ("charges", "customers") else []
            answer(200, EMPTY_PAGE | {"data": objects})(handler)

    return act


def line() -> Line:
    return Line(timeout=(60.0, 60.0), pace=Waiting().pace)


def at(server: Server, **told: Any) -> StripeSource:
    return StripeSource.model_validate({"kind": "stripe", "api_base": server.address, **told})


def billing(server: Server, name: str = "billing", **more: Any) -> AccountSource:
    return AccountSource(name, at(server), line=line(), **more)


def connect(home: Home, server: Server, key: str = TEST_KEY, ring: Ring = ONE, **more: Any) -> Connection:
    anchor = more.pop("anchor", None)
    source = billing(server, anchor=anchor)
    return connection.connect(home, source._replace(declared=at(server, **more)), Key(key), ring, NOW)


@contextmanager
def at_stripe(monkeypatch: pytest.MonkeyPatch, act: Act) -> Iterator[tuple[StripeSource, Server]]:
    """A source that counts as Stripe itself, though it is here."""
    monkeypatch.setattr(StripeSource, "is_stripe_itself", True)
    with serving(act) as server:
        yield at(server), server


@pytest.mark.rule("AU-29")
def test_a_key_is_tried_and_sealed(home: Home) -> None:
    with serving(account()) as server:
        found = connect(home, server)
    assert [seen.path.split("?")[0].removeprefix("/v1/") for seen in server.seen] == list(EVERYTHING)
    assert {right.state for right in found.rights} == {"granted"}
    assert (found.mode, found.account, found.hint) == ("test", "acct_7", "rk_test_…WXYZ")
    assert (found.stored, found.was_known, found.warnings) == (True, False, ())
    envelope = vault.load(home, "billing")
    assert envelope is not None
    assert vault.unseal(envelope, ONE).reveal() == TEST_KEY
    assert (envelope.mode, envelope.account, envelope.sealed_at) == ("test", "acct_7", NOW)


@pytest.mark.rule("PIT-101")
def test_an_account_belongs_to_one_source_by_its_id(home: Home) -> None:
    with serving(account()) as server:
        connect(home, server)
        with pytest.raises(KeyRefused, match="belongs to the source billing already: it opens acct_7"):
            connection.connect(home, billing(server, "again"), Key(OTHER_TEST_KEY), ONE, NOW)
        assert vault.load(home, "again") is None
        assert connect(home, server, OTHER_TEST_KEY).stored
        connection.forget(home, "billing")
        assert connection.connect(home, billing(server, "again"), Key(TEST_KEY), ONE, NOW).stored


def test_live_and_test_data_of_one_account_are_two_sources(home: Home) -> None:
    with serving(account()) as tests, serving(account(live=True)) as live:
        connect(home, tests)
        assert connection.connect(home, billing(live, "live"), Key(LIVE_KEY), ONE, NOW).stored


def test_an_account_that_does_not_tell_its_id_is_known_by_the_charges_of_other_sources(home: Home) -> None:
    with serving(account(without=("account",), charge="ch_of_billing")) as server:
        tried = (Key(TEST_KEY), ONE, NOW)
        with pytest.raises(KeyRefused, match="the charge ch_of_billing of billing is there"):
            connection.connect(home, billing(server, "again", others={"billing": "ch_of_billing"}), *tried)
        assert connection.connect(home, billing(server, "again", others={"shop": "ch_of_shop"}), *tried).stored
        with pytest.raises(KeyRefused, match="belongs to the source shop"):
            connection.check(home, billing(server, "again", others={"shop": "ch_of_billing"}), ONE)


def test_the_stored_key_opens_the_account(home: Home) -> None:
    with serving(account()) as server:
        connect(home, server)
        with connection.open_source(home, "billing", at(server), ONE, line()) as opened:
            assert b"ch_1" in opened.page(Query("charges"))
        assert server.seen[-1].headers["Authorization"] == f"Bearer {TEST_KEY}"


@pytest.mark.scenario(38)
def test_without_the_right_to_refunds_it_works_with_less(home: Home) -> None:
    with serving(account(without=("refunds", "events", "account"))) as server:
        found = connect(home, server)
    missing = {right.resource: right for right in found.rights if right.state == "missing"}
    assert set(missing) == {"refunds", "events", "account"}
    assert missing["refunds"].permission == "rak_refund_read", "as Stripe names it"
    assert "charges' own totals" in missing["refunds"].without
    assert found.stored
    assert found.account == "acct_7", "the refusal names it"


@pytest.mark.scenario(38)
@pytest.mark.rule("AU-29")
def test_everything_that_is_missing_is_named_at_once(home: Home) -> None:
    act = account(without=("customers", "charges", "refunds"))
    with serving(act) as server, pytest.raises(PermissionMissing) as told:
        connect(home, server)
    for named in (
        "rak_customer_read",
        "rak_charge_read",
        "rak_refund_read",
        connection.KEY_LINK,
        "billing",
        "rk_test_…WXYZ",
    ):
        assert named in str(told.value)
    assert told.value.permission == "rak_customer_read"
    assert vault.load(home, "billing") is None


@pytest.mark.scenario(37)
def test_a_refused_key_is_not_stored_and_the_old_one_stays(home: Home) -> None:
    with serving(account()) as server:
        connect(home, server)
    before = vault.path_of(home, "billing").read_bytes()
    with serving(error(401, "api_key_expired")) as server:
        with pytest.raises(KeyRefused, match="it has expired"):
            connect(home, server, OTHER_TEST_KEY)
        assert len(server.seen) == 1
    assert vault.path_of(home, "billing").read_bytes() == before


def test_an_account_that_cannot_be_reached_stores_nothing(home: Home) -> None:
    with serving(error(500)) as server, pytest.raises(StripeUnavailable):
        connect(home, server)
    assert vault.load(home, "billing") is None


def test_what_a_local_server_lacks_is_unknown(home: Home) -> None:
    def local(handler: BaseHTTPRequestHandler) -> None:
        known = ("/v1/customers", "/v1/charges", "/v1/refunds")
        (answer(200, EMPTY_PAGE) if handler.path.startswith(known) else answer(404, b"404: Not Found"))(handler)

    with serving(local) as server:
        found = connect(home, server, "sk_test_12345")
    assert [right.state for right in found.rights] == ["granted"] * 3 + ["unknown"] * 3
    assert (found.mode, found.account) == ("test", None)


def test_a_server_without_charges_is_no_account(home: Home) -> None:
    with serving(error(400, message="No such thing")) as server, pytest.raises(RequestRefused, match="No such thing"):
        connect(home, server)


@pytest.mark.parametrize(
    ("key", "named"),
    [("pk_test_" + "x" * 24, "publishable"), ("whsec_1234567890123456789012", "no key of Stripe's")],
)
def test_keys_of_the_wrong_kind_are_refused_before_any_request(
    home: Home, monkeypatch: pytest.MonkeyPatch, key: str, named: str
) -> None:
    with at_stripe(monkeypatch, account()) as (source, server), pytest.raises(KeyRefused, match=named) as told:
        connection.connect(home, AccountSource("billing", source, line=line()), Key(key), ONE, NOW)
    assert connection.KEY_LINK in str(told.value)
    assert key not in str(told.value)
    assert server.seen == []


@pytest.mark.rule("AU-28")
def test_the_link_that_makes_a_key_asks_for_the_three_rights_to_read_and_no_other() -> None:
    asked_for = parse_qs(urlsplit(connection.KEY_LINK).query)["permissions[]"]
    assert asked_for == ["rak_customer_read", "rak_charge_read", "rak_invoice_read"]


@pytest.mark.rule("AU-27")
def test_a_restricted_key_works_without_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with at_stripe(monkeypatch, account()) as (source, _):
        found = connection.connect(home, AccountSource("billing", source, line=line()), Key(TEST_KEY), ONE, NOW)
    assert (found.stored, found.warnings) == (True, ())


@pytest.mark.rule("AU-27")
def test_a_secret_key_works_with_a_warning(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with at_stripe(monkeypatch, account()) as (source, _):
        key = Key("sk_test_" + "x" * 24)
        found = connection.connect(home, AccountSource("billing", source, line=line()), key, ONE, NOW)
    assert found.stored
    assert len(found.warnings) == 1
    assert "a secret key" in found.warnings[0]
    assert connection.KEY_LINK in found.warnings[0]


def test_a_local_server_takes_any_key(home: Home) -> None:
    with serving(account()) as server:
        assert connect(home, server, "anything").stored


@pytest.mark.scenario(42)
@pytest.mark.parametrize(("key", "mode"), [(LIVE_KEY, "test"), (TEST_KEY, "live")])
def test_a_key_of_the_other_mode_is_refused(home: Home, key: str, mode: str) -> None:
    with serving(account()) as server:
        with pytest.raises(KeyRefused, match="never mixed"):
            connect(home, server, key, mode=mode)
        assert server.seen == []


@pytest.mark.scenario(42)
def test_a_source_keeps_the_mode_of_its_first_key(home: Home) -> None:
    with serving(account()) as server:
        connect(home, server)
        with pytest.raises(KeyRefused, match="billing is for test data"):
            connect(home, server, LIVE_KEY)


@pytest.mark.scenario(42)
@pytest.mark.parametrize(("key", "told"), [(LIVE_KEY, {}), ("anything", {"mode": "live"})])
def test_objects_of_the_other_mode_are_refused(home: Home, key: str, told: dict[str, str]) -> None:
    with (
        serving(account(live=False)) as server,
        pytest.raises(KeyRefused, match="opens test data, billing is for live"),
    ):
        connect(home, server, key, **told)
    assert vault.load(home, "billing") is None


@pytest.mark.scenario(43)
def test_a_key_of_another_account_is_refused(home: Home) -> None:
    with serving(account()) as server:
        connect(home, server, anchor="ch_1")
        before = vault.path_of(home, "billing").read_bytes()
        with pytest.raises(KeyRefused, match="another account or mode than billing: the charge ch_gone"):
            connect(home, server, OTHER_TEST_KEY, anchor="ch_gone")
        with pytest.raises(KeyRefused, match="ch_gone"):
            connection.check(home, billing(server, anchor="ch_gone"), ONE)
    assert vault.path_of(home, "billing").read_bytes() == before


@pytest.mark.scenario(43)
def test_the_account_is_known_by_its_id_too(home: Home) -> None:
    with serving(account()) as server:
        connect(home, server)
    with serving(account(identity="acct_8")) as server, pytest.raises(KeyRefused, match=r"acct_8.*acct_7"):
        connect(home, server, OTHER_TEST_KEY)


def test_the_same_key_again_changes_nothing(home: Home) -> None:
    with serving(account()) as server:
        first = connect(home, server)
        before = vault.path_of(home, "billing").read_bytes()
        again = connect(home, server)
        other = connect(home, server, OTHER_TEST_KEY)
    assert (first.was_known, again.was_known, other.was_known) == (False, True, False)
    assert vault.path_of(home, "billing").read_bytes() != before


def test_the_same_key_again_takes_the_newest_master_key(home: Home) -> None:
    with serving(account()) as server:
        connect(home, server)
        again = connect(home, server, ring=BOTH)
    envelope = vault.load(home, "billing")
    assert envelope is not None
    assert (again.was_known, envelope.master_key) == (True, "k2")


def test_a_key_whose_master_key_is_lost_is_stored_anew(home: Home) -> None:
    with serving(account()) as server:
        connect(home, server)
        with pytest.raises(SecretError, match="customers stripe connect"):
            connection.check(home, billing(server), TWO)
        assert connect(home, server, ring=TWO).stored
        assert connection.check(home, billing(server), TWO).stored


def test_checking_changes_nothing(home: Home) -> None:
    with serving(account()) as server:
        connect(home, server)
        before = vault.path_of(home, "billing").read_bytes()
        found = connection.check(home, billing(server, anchor="ch_1"), BOTH)
    assert (found.stored, found.sealed_at, found.account) == (True, NOW, "acct_7")
    assert vault.path_of(home, "billing").read_bytes() == before


def test_a_recording_takes_no_key(home: Home) -> None:
    source = StripeSource(kind="stripe", recorded="samples/stripe")
    with pytest.raises(WrongUse, match="recording"):
        connection.connect(home, AccountSource("billing", source), Key(TEST_KEY), ONE, NOW)


def test_what_a_probe_may_cost_keeps_to_the_limits(home: Home) -> None:
    with serving(account()) as server:
        clock = Waiting()
        source = billing(server)._replace(line=Line(timeout=(60.0, 60.0), pace=clock.pace))
        connection.connect(home, source, Key(TEST_KEY), ONE, NOW)
    assert math.isclose(clock.now, 5 / 20 - 0.05, abs_tol=0.01)
