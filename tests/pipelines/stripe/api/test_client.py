"""The wire to Stripe: what leaves, what comes back, and what becomes of everything that can go wrong in between."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pipelines.errors import (
    SealBroken,
    StripeUnavailable,
)
from pipelines.stripe.api.client import API_VERSION
from pipelines.stripe.api.protocol import Query, request_of
from pipelines.stripe.api.transport import Route
from tests.pipelines.stripe import faults
from tests.pipelines.stripe.api.asking import CHARGE, QUERY, Ask, account_at, refusal
from tests.pipelines.stripe.faults import LIVE_KEY, Server, answer, page, serving


def test_a_page_comes_as_stripe_wrote_it(ask: Ask) -> None:
    account, server, waiting = ask(answer(200, b'{"object":"list", "data":[],\n "has_more":false}'))
    body = account.page(Query("charges", gte=10, lt=20, cursor="ch_9", limit=7))
    assert bytes(body) == b'{"object":"list", "data":[],\n "has_more":false}'
    asked = urlsplit(server.seen[0].path)
    assert asked.path == "/v1/charges"
    assert parse_qs(asked.query) == {
        "limit": ["7"],
        "created[gte]": ["10"],
        "created[lt]": ["20"],
        "starting_after": ["ch_9"],
    }
    assert waiting.slept == []


def test_without_bounds_none_are_sent(ask: Ask) -> None:
    account, server, _ = ask(page())
    account.page(Query("customers"))
    assert server.seen[0].path == "/v1/customers?limit=100"


@pytest.mark.scenario(44)
def test_the_body_names_its_request(ask: Ask) -> None:
    account, _, _ = ask(answer(200, faults.EMPTY_PAGE, Request_Id="req_44"), answer(200, CHARGE, Request_Id="req_45"))
    assert request_of(account.page(QUERY)) == "request req_44"
    assert request_of(account.one("charges", "ch_1")) == "request req_45"
    assert request_of(b"{}") == "no request: a recording"


def test_single_objects_are_asked_for_by_their_id(ask: Ask) -> None:
    account, server, _ = ask(answer(200, {"id": "cus_1", "object": "customer", "deleted": True}))
    assert b'"deleted": true' in account.one("customers", "cus_1/../x y")
    assert server.seen[0].path == "/v1/customers/cus_1%2F..%2Fx%20y"


@pytest.mark.scenario(45)
def test_every_request_has_the_version_and_the_bearer_key(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", "utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    account, server, _ = ask(page(), answer(503, {}), answer(200, CHARGE))
    account.page(QUERY)
    account.one("charges", "ch_1")
    assert len(server.seen) == 3
    for seen in server.seen:
        assert seen.headers["Authorization"] == f"Bearer {LIVE_KEY}"
        assert seen.headers["Stripe-Version"] == API_VERSION == "2026-10-28.endive"
        assert seen.method == "GET"


@pytest.mark.rule("AU-28")
def test_nothing_but_reading_leaves(ask: Ask) -> None:
    account, server, _ = ask(page())
    sdk = account.sdk
    for change in (
        lambda: sdk.v1.refunds.create({"charge": "ch_1"}),
        lambda: sdk.v1.customers.delete("cus_1"),
        lambda: sdk.v1.customers.update("cus_1", {"name": "x"}),
        lambda: sdk.raw_request("post", "/v1/charges", amount=1),
    ):
        with pytest.raises(SealBroken, match="only reads"):
            change()
    assert server.seen == []


def test_a_redirect_does_not_take_the_key_along(ask: Ask) -> None:
    with serving(page()) as elsewhere:
        account, _, _ = ask(answer(302, b"", Location=elsewhere.address + "/v1/charges"))
        assert isinstance(refusal(account), StripeUnavailable)
        assert elsewhere.seen == []


def test_proxies_are_those_that_were_handed_in() -> None:
    with serving(page()) as proxy:
        away = Server("http://localhost:9")
        with account_at(away, route=Route({"http": proxy.address}), key="sk_test_1") as account:
            account.page(QUERY)
        assert proxy.seen[0].path == "http://localhost:9/v1/charges?limit=100"


def test_threads_do_not_get_each_others_answers() -> None:
    def echo(handler: object) -> None:
        identity = handler.path.rsplit("/", 1)[1]  # type: ignore[attr-defined]  # a request handler
        answer(200, {"id": identity})(handler)  # type: ignore[arg-type]  # as above

    with serving(echo) as server, account_at(server) as account, ThreadPoolExecutor(8) as pool:
        names = [f"ch_{number}" for number in range(60)]
        bodies = list(pool.map(lambda name: account.one("charges", name), names))
    assert [body.decode() for body in bodies] == [f'{{"id": "{name}"}}' for name in names]
