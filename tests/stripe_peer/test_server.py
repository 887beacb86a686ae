"""The server, judged by Stripe's own SDK: every object once, every fault as stripe.md 4.2 measured it, limits, time."""

import itertools
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
import stripe

from tests.stripe_peer import answers, faults, limits
from tests.stripe_peer.__main__ import served
from tests.stripe_peer.account import EVERYTHING, KEY, FakeAccount, Key
from tests.stripe_peer.answers import Answer
from tests.stripe_peer.contract import violations
from tests.stripe_peer.faults import Fault
from tests.stripe_peer.limits import Bucket
from tests.stripe_peer.objects import API_VERSION, CREATED, charge, customer, refund
from tests.stripe_peer.sdk import client_of
from tests.stripe_peer.server import Server, serving


@pytest.fixture(scope="module")
def account() -> FakeAccount:
    """150 charges, three of each second; a customer and a refund per ten of them."""
    made = [charge(f"ch_{number}", created=CREATED + number // 3) for number in range(150)]
    people = [customer(f"cus_{number}") for number in range(15)]
    return FakeAccount([*made, *people, *(refund(f"re_{number}", made[number * 10]) for number in range(15))])


def read(url: str, path: str = "/v1/charges?limit=1", key: str = KEY) -> tuple[int, Any]:
    """One request without the SDK: status and decoded body."""
    request = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


@pytest.mark.parametrize("stream", ["charges", "customers", "refunds"])
def test_the_sdk_pages_through_a_list_and_gets_every_object_once_in_order(account: FakeAccount, stream: str) -> None:
    with serving(account) as server, client_of(server.url) as client:
        found = getattr(client.v1, stream).list({"limit": 100}).auto_paging_iter()
        assert [one.id for one in found] == account.ids(stream)
        assert len(server.requests) == -(-len(account.ids(stream)) // 100)


def test_the_sdk_pages_through_a_range_from_both_ends(account: FakeAccount) -> None:
    bounds = {"limit": 7, "created": {"gte": CREATED + 5, "lt": CREATED + 15}}
    expected = [identity for identity in account.ids("charges") if 15 <= int(identity[3:]) < 45]
    with serving(account) as server, client_of(server.url) as client:
        assert [one.id for one in client.v1.charges.list(bounds).auto_paging_iter()] == expected
        backwards = client.v1.charges.list(bounds | {"ending_before": expected[-1]}).auto_paging_iter()
        assert [one.id for one in backwards] == expected[-2::-1]


def test_pages_are_packed_for_who_takes_them_so(account: FakeAccount) -> None:
    with serving(account, packed=True) as server, client_of(server.url) as client:
        reply = client.raw_request("get", "/v1/charges", limit=2)
        assert reply.headers["Content-Encoding"] == "gzip"
        assert [found["id"] for found in reply.data["data"]] == account.ids("charges")[:2]
        assert read(server.url)[0] == 200


def test_what_the_sdk_reads_are_its_own_objects_and_single_ones_too(account: FakeAccount) -> None:
    with serving(account) as server, client_of(server.url) as client:
        one = client.v1.charges.retrieve("ch_7")
        assert isinstance(one, stripe.Charge)
        assert one.billing_details.address is not None
        assert violations("charge", json.loads(str(one))) == []
        with pytest.raises(stripe.InvalidRequestError) as missing:
            client.v1.customers.retrieve("cus_none")
        assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")


def test_the_log_shows_what_was_sent(account: FakeAccount) -> None:
    with serving(account) as server, client_of(server.url) as client:
        client.raw_request("get", "/v1/charges", limit=3, created={"gte": 5, "lt": 9})
        (request,) = server.requests
        assert (request.method, request.path, request.endpoint, request.status) == (
            "GET",
            "/v1/charges",
            "charges",
            200,
        )
        assert request.parameters == {"limit": "3", "created[gte]": "5", "created[lt]": "9"}
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["stripe-version"] == API_VERSION


REFUSALS = [
    (faults.revoked("charges", 1, KEY), stripe.AuthenticationError, 401, 1),
    (faults.limited("charges", 1, {"Retry-After": "2"}), stripe.RateLimitError, 429, 1),
    (faults.failing("charges", 1, 500, times=None), stripe.APIError, 500, 2),
    (faults.failing("charges", 1, 500, None, {"Stripe-Should-Retry": "false"}), stripe.APIError, 500, 1),
    (faults.failing("charges", 1, 409, times=None), stripe.APIError, 409, 2),
    (faults.saying("charges", 1, answers.locked(), times=None), stripe.RateLimitError, 429, 2),
    (faults.failing("charges", 1, 503, times=None), stripe.APIError, 503, 2),
    (faults.gateway("charges", 1, 502, times=None), stripe.APIError, 502, 2),
    (faults.gateway("charges", 1, 200, times=None), stripe.APIError, 200, 1),
    (faults.torn("reset", "charges", 1, times=None), stripe.APIConnectionError, None, 2),
    (faults.torn("empty", "charges", 1, times=None), stripe.APIConnectionError, None, 2),
    (faults.torn("cut", "charges", 1, times=None), stripe.APIConnectionError, None, 1),
    (faults.torn("garbage", "charges", 1, times=None), stripe.APIConnectionError, None, 2),
    (faults.stalled("charges", 1, 60.0, times=None), stripe.APIConnectionError, None, 2),
]


@pytest.mark.parametrize(
    ("fault", "error", "status", "requests"),
    REFUSALS,
    ids=lambda value: f"{value.how}" if isinstance(value, Fault) else None,
)
def test_the_sdk_sees_each_fault_as_it_was_measured(
    account: FakeAccount, fault: Fault, error: type[stripe.StripeError], status: int | None, requests: int
) -> None:
    timeout = 0.3 if fault.how == "stall" else 60.0
    with serving(account, faults=[fault]) as server, client_of(server.url, retries=1, timeout=timeout) as client:
        with pytest.raises(error) as raised:
            client.raw_request("get", "/v1/charges", limit=100)
        assert raised.value.http_status == status
        assert arrived(server, requests) == requests


def arrived(server: Server, least: int) -> int:
    """How many requests came; on a busy machine the last one may be read after its client gave up."""
    patience = time.monotonic() + 60
    while len(server.requests) < least and time.monotonic() < patience:
        time.sleep(0.01)
    return len(server.requests)


@pytest.mark.parametrize("how", ["reset", "empty", "garbage"])
def test_a_fault_strikes_once_and_the_sdk_gets_over_it(account: FakeAccount, how: faults.How) -> None:
    with (
        serving(account, faults=[faults.torn(how, "charges", 2)]) as server,
        client_of(server.url, retries=2) as client,
    ):
        found = [one.id for one in client.v1.charges.list({"limit": 100}).auto_paging_iter()]
        assert found == account.ids("charges")
        assert [request.status for request in server.requests] == [200, 0, 200]


def test_a_limited_answer_names_its_reason_and_when_to_come_back(account: FakeAccount) -> None:
    planned = [faults.limited("charges", 1, {"Retry-After": "2"}, reason="global-concurrency")]
    with serving(account, faults=planned) as server, client_of(server.url) as client:
        with pytest.raises(stripe.RateLimitError) as raised:
            client.raw_request("get", "/v1/charges")
        assert raised.value.headers["Retry-After"] == "2"
        assert raised.value.headers["Stripe-Rate-Limited-Reason"] == "global-concurrency"


def test_a_key_revoked_in_the_middle_stays_revoked(account: FakeAccount) -> None:
    with serving(account, faults=[faults.revoked("*", 2, KEY)]) as server:
        assert [read(server.url)[0] for _ in range(3)] == [200, 401, 401]


def test_permissions_reach_the_sdk_in_stripes_words() -> None:
    allowed = FakeAccount(keys={KEY: Key(EVERYTHING - {"refunds"})})
    with serving(allowed) as server, client_of(server.url) as client:
        with pytest.raises(stripe.PermissionError, match="'rak_refund_read' permission"):
            client.v1.refunds.list()
        assert client.v1.accounts.retrieve_current().id == allowed.identity
        assert client.v1.events.list().data == []
        assert client.v1.invoices.list().data == []


def test_accounts_are_told_apart_by_their_keys() -> None:
    mine = FakeAccount([charge("ch_1")], keys={"rk_test_mine": Key()})
    yours = FakeAccount([charge("ch_2")], keys={"rk_live_yours": Key()})
    with serving(mine, yours) as server:
        assert read(server.url, key="rk_test_mine")[1]["data"][0]["id"] == "ch_1"
        assert read(server.url, key="rk_live_yours")[1]["data"][0]["id"] == "ch_2"
        assert read(server.url, "/v1/charges/ch_1", key="rk_live_yours")[0] == 404
        assert read(server.url, key="rk_test_other")[0] == 401


def test_only_get_does_anything_and_there_is_nothing_elsewhere(account: FakeAccount) -> None:
    with serving(account) as server, client_of(server.url) as client:
        with pytest.raises(stripe.PermissionError, match="rak_customer_write"):
            client.v1.customers.create({"email": "a@example.com"})
        assert [request.method for request in server.requests] == ["POST"]
        assert read(server.url, "/v1/payouts")[0] == 404


def test_a_bucket_holds_a_fifth_of_a_second_and_fills_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock: Iterator[float] = itertools.chain([0.0] * 7, [0.1] * 9)
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    bucket = Bucket(25)

    def granted() -> bool:
        there = bucket.fill()
        if there:
            bucket.take()
        return there

    assert [granted() for _ in range(6)] == [True] * 5 + [False]
    assert [granted() for _ in range(4)] == [True] * 2 + [False] * 2


def test_an_endpoint_has_its_limit_and_the_account_its_own(account: FakeAccount) -> None:
    def reasons(rates: dict[str, float], *endpoints: str) -> list[str]:
        server = Server([account], **rates)  # type: ignore[arg-type]  # rates alone
        asked = [
            server.reply("GET", f"/v1/{endpoint}", {"authorization": f"Bearer {KEY}"})[0] for endpoint in endpoints
        ]
        return [answer.headers.get("Stripe-Rate-Limited-Reason", "") for answer in asked]

    assert reasons({"per_endpoint": 5}, "charges", "charges", "refunds") == ["", "endpoint-rate", ""]
    assert reasons({"per_second": 5}, "charges", "refunds") == ["", "global-rate"]
    assert reasons({}, "charges", "charges") == ["", ""]


def test_who_asks_too_fast_gets_the_rate_and_429_for_the_rest(account: FakeAccount) -> None:
    """Threads ask until the limit was met; how fast they come to it is the machine's affair."""
    with serving(account, per_endpoint=5) as server, client_of(server.url) as client:
        started = time.monotonic()

        def hammer(_: int) -> None:
            while server.statuses["charges", 429] < 20:
                try:
                    client.raw_request("get", "/v1/charges", limit=1)
                except stripe.RateLimitError as limited:
                    assert limited.headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(hammer, range(4)))
        assert 1 <= server.statuses["charges", 200] <= 2 + 5 * (time.monotonic() - started)


def test_latency_is_waited_for_side_by_side(account: FakeAccount) -> None:
    """One after the other, they would wait for 6.4 seconds."""
    with serving(account, latency=0.4) as server:
        started = time.monotonic()
        with ThreadPoolExecutor(16) as threads:
            statuses = [status for status, _ in threads.map(lambda _: read(server.url), range(16))]
        assert statuses == [200] * 16
        assert 0.4 <= time.monotonic() - started < 6


def test_a_big_account_in_a_process_of_its_own_tells_what_is_to_be_found() -> None:
    with served(charges=300, customers=50, refunds=40) as url, client_of(url) as client:
        expected = read(url, "/_peer/expected")[1]
        charges = [found.to_dict() for found in client.v1.charges.list({"limit": 100}).auto_paging_iter()]
        counted = [found for found in charges if found["status"] == "succeeded" and found["captured"]]
        refunds = list(client.v1.refunds.list({"limit": 100}).auto_paging_iter())
        assert (len(charges), len(refunds), len(counted)) == (300, 40, expected["counted"])
        assert sum(found["amount"] for found in counted) == sum(expected["sums"].values())
        assert sum(found.amount for found in refunds) == expected["refunded"]
        assert sum(found["amount_refunded"] for found in charges) == expected["refunded"]
        assert {problem for found in charges for problem in violations("charge", found)} == set()
        newest = charges[0]["created"]
        assert read(url, "/_peer/grow?charges=3")[1]["charges"] == 303
        assert len(client.v1.charges.list({"created": {"gt": newest}}).data) == 3
        assert ["charges", 200, 4] in read(url, "/_peer/requests")[1]


def test_an_answer_of_the_benchmarks_own_is_no_request_of_the_account(account: FakeAccount) -> None:
    with serving(account, extra=lambda path, _: Answer(200, json.dumps(path).encode())) as server:
        assert read(server.url, "/_peer/expected") == (200, "/_peer/expected")
        assert server.requests == []
