"""The wire to Stripe: what leaves, what comes back, and what becomes of everything that can go wrong in between."""

import copy
import json
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import stripe

from pipelines.configuration.settings import StripeSource
from pipelines.errors import (
    CursorGone,
    CustomersError,
    KeyRefused,
    ObjectGone,
    PermissionMissing,
    RequestRefused,
    SealBroken,
    StripeUnavailable,
)
from pipelines.stripe.api.client import API_VERSION, StripeAccount, open_account
from pipelines.stripe.api.keys import Key
from pipelines.stripe.api.protocol import Query, request_of
from pipelines.stripe.api.rate_limits import Limits
from pipelines.stripe.api.retry import BROKEN_TRIES, TOO_MANY_TRIES
from pipelines.stripe.api.transport import DIRECT, Route
from tests.pipelines.stripe import faults
from tests.pipelines.stripe.faults import LIVE_KEY, Act, Server, answer, error, page, serving
from tests.pipelines.stripe.waiting import Waiting

QUERY = Query("charges")
CHARGE = {"id": "ch_1", "object": "charge", "amount": 100}
NO_WAIT = (1.0, 1.0)
UNLIMITED = float("inf")


@contextmanager
def account_at(
    server: Server,
    waiting: Waiting | None = None,
    key: str = LIVE_KEY,
    timeout: tuple[float, float] = NO_WAIT,
    route: Route = DIRECT,
) -> Iterator[StripeAccount]:
    source = StripeSource(kind="stripe", api_base=server.address)
    limits = Limits(UNLIMITED, UNLIMITED, (waiting or Waiting()).pace)
    with open_account(Key(key), source, limits, route, timeout) as account:
        yield account


@pytest.fixture
def ask() -> Iterator[Callable[..., tuple[StripeAccount, Server, Waiting]]]:
    """An account whose server plays the acts."""
    with ExitStack() as stack:

        def opened(*acts: Act, **options: object) -> tuple[StripeAccount, Server, Waiting]:
            waiting = Waiting()
            server = stack.enter_context(serving(*acts))
            return stack.enter_context(account_at(server, waiting, **options)), server, waiting  # type: ignore[arg-type]  # tests know them

        yield opened


Ask = Callable[..., tuple[StripeAccount, Server, Waiting]]


def refusal(account: StripeAccount, query: Query = QUERY) -> CustomersError:
    with pytest.raises(CustomersError) as told:
        account.page(query)
    return told.value


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
    sdk = account._sdk
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


@pytest.mark.scenario(37)
@pytest.mark.parametrize(
    ("code", "named"),
    [("api_key_expired", "it has expired"), ("", "unknown or was revoked")],
)
def test_a_revoked_key_fails_at_once(ask: Ask, code: str, named: str) -> None:
    account, server, waiting = ask(error(401, code, "Invalid API Key provided: rk_live_****QRST"))
    told = refusal(account)
    assert isinstance(told, KeyRefused)
    assert named in str(told)
    assert "rk_live_…QRST" in str(told)
    assert "request req_told" in str(told)
    assert (len(server.seen), waiting.slept) == (1, [])


@pytest.mark.scenario(37)
def test_a_key_revoked_between_pages_is_told(ask: Ask) -> None:
    account, _, _ = ask(page(CHARGE, has_more=True), error(401))
    account.page(QUERY)
    assert isinstance(refusal(account), KeyRefused)


NO_RIGHT = (
    "The provided key 'rk_live_*****QRST' does not have the required permissions for this endpoint on account "
    "'acct_1'. Having the '{}' permission would allow this request to continue."
)


@pytest.mark.scenario(38)
@pytest.mark.parametrize(
    ("stream", "message", "permission"),
    [
        ("charges", NO_RIGHT.format("rak_charge_read"), "rak_charge_read"),
        ("refunds", NO_RIGHT.format("rak_refund_read"), "rak_refund_read"),
        ("customers", "You lack a permission.", "rak_customer_read"),
    ],
)
def test_a_missing_permission_is_named(ask: Ask, stream: str, message: str, permission: str) -> None:
    account, server, _ = ask(error(403, message=message))
    told = refusal(account, Query(stream))  # type: ignore[arg-type]  # parametrised
    assert isinstance(told, PermissionMissing)
    assert told.permission == permission
    assert f"may not read {stream}: it lacks {permission}" in str(told)
    assert len(server.seen) == 1


@pytest.mark.scenario(56)
def test_a_403_that_names_no_permission_is_tried_again_and_never_a_missing_one(ask: Ask) -> None:
    account, server, _ = ask(error(403, message="We are unable to serve this request."), page(CHARGE))
    assert b"ch_1" in account.page(Query("refunds"))
    assert len(server.seen) == 2
    account, _, _ = ask(error(403, message="We are unable to serve this request."))
    assert isinstance(refusal(account, Query("refunds")), StripeUnavailable)
    account, server, _ = ask(error(403, "account_invalid", "The account does not exist."))
    assert isinstance(refusal(account, Query("refunds")), KeyRefused)
    assert len(server.seen) == BROKEN_TRIES


@pytest.mark.scenario(57)
@pytest.mark.parametrize(
    ("act", "advice", "words"),
    [
        (error(401, message="This key may not be used from your IP address."), "Allow the address", "your IP address"),
        (error(403, "account_invalid", "Access was revoked."), "customers stripe connect", "Access was revoked"),
        (error(403, message="Unable to serve."), "run the sync again", "Unable to serve"),
    ],
)
def test_each_refusal_has_its_own_advice_and_stripes_words(ask: Ask, act: Act, advice: str, words: str) -> None:
    told = str(refusal(ask(act)[0]))
    assert advice in told and words in told


@pytest.mark.scenario(39)
def test_too_many_twice_then_well(ask: Ask) -> None:
    account, server, waiting = ask(error(429), error(400, "rate_limit"), page(CHARGE))
    assert b"ch_1" in account.page(QUERY)
    assert len(server.seen) == 3
    assert len(waiting.slept) >= 2
    assert all(0.5 <= seconds <= 8 for seconds in waiting.slept)


@pytest.mark.scenario(39)
def test_retry_after_is_honoured(ask: Ask) -> None:
    account, _, waiting = ask(error(429, Retry_After="2", Stripe_Rate_Limited_Reason="endpoint-rate"), page())
    account.page(QUERY)
    assert sum(waiting.slept) >= 2


@pytest.mark.scenario(39)
def test_a_lock_that_is_held_counts_as_too_many(ask: Ask) -> None:
    account, server, _ = ask(error(429, "lock_timeout", Stripe_Should_Retry="true"), page())
    account.page(QUERY)
    assert len(server.seen) == 2


@pytest.mark.scenario(39)
def test_too_many_for_ever_fails_with_the_reason(ask: Ask) -> None:
    account, server, waiting = ask(error(429, Stripe_Rate_Limited_Reason="global-concurrency"))
    told = refusal(account)
    assert isinstance(told, StripeUnavailable)
    assert "global-concurrency" in str(told)
    assert "request req_told" in str(told)
    assert len(server.seen) == TOO_MANY_TRIES
    assert sum(waiting.slept) <= 60


@pytest.mark.scenario(39)
def test_who_is_told_to_wait_too_long_gives_up(ask: Ask) -> None:
    account, server, waiting = ask(error(429, Retry_After="3600"))
    assert "3600 s" in str(refusal(account))
    assert (len(server.seen), waiting.slept) == (1, [])


def test_too_many_from_a_proxy_is_too_many(ask: Ask) -> None:
    account, server, waiting = ask(answer(429, b"<html>slow down</html>", Retry_After="4"), page())
    account.page(QUERY)
    assert len(server.seen) == 2
    assert max(waiting.slept) == 4


FAULTS: dict[str, Act] = {
    "500": error(500),
    "500 that need not be retried": error(500, Stripe_Should_Retry="false"),
    "503": answer(503, {}),
    "502 with HTML": faults.BAD_GATEWAY,
    "409": error(409),
    "reset": faults.reset,
    "no reply": faults.NO_REPLY,
    "cut body": faults.CUT,
    "cut chunk": faults.CUT_CHUNK,
    "cut body of untold length": faults.CUT_UNTOLD,
    "random bytes": faults.NOISE,
    "not gzip": faults.NOT_GZIP,
    "200 with HTML": faults.HTML,
    "200 with other JSON": faults.OTHER_JSON,
    "200 with nothing": answer(200, b""),
    "400 that may be retried": error(400, Stripe_Should_Retry="true"),
}


@pytest.mark.scenario(41)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_happens_once_is_retried_once(ask: Ask, fault: str) -> None:
    account, server, waiting = ask(FAULTS[fault], page(CHARGE))
    assert b"ch_1" in account.page(QUERY)
    assert len(server.seen) == 2
    assert len(waiting.slept) == 1


@pytest.mark.scenario(41)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_fails(ask: Ask, fault: str) -> None:
    account, server, _ = ask(FAULTS[fault])
    told = refusal(account)
    assert isinstance(told, StripeUnavailable)
    assert "charges in 4 tries" in str(told)
    assert "run the sync again" in str(told)
    assert len(server.seen) == BROKEN_TRIES


@pytest.mark.scenario(41)
def test_a_stall_is_waited_out_and_retried() -> None:
    acts: list[Act] = [lambda handler: faults.stalled(server)(handler), page(CHARGE)]
    with serving(*acts) as server, account_at(server, timeout=(1.0, 0.1)) as account:
        assert b"ch_1" in account.page(QUERY)
        assert len(server.seen) == 2


def test_nobody_at_the_address_is_told() -> None:
    with serving(page()) as server:
        pass
    with account_at(server) as account:
        assert "no connection" in str(refusal(account))


@pytest.mark.rule("PIT-89")
def test_a_page_that_fails_twice_is_asked_for_smaller(ask: Ask) -> None:
    account, server, _ = ask(error(500), error(500), page())
    account.page(QUERY)
    assert [parse_qs(urlsplit(seen.path).query)["limit"] for seen in server.seen] == [["100"], ["100"], ["50"]]


@pytest.mark.parametrize("status", [400, 404])
def test_a_cursor_that_is_gone_is_told(ask: Ask, status: int) -> None:
    account, _, _ = ask(error(status, "resource_missing", "No such customer: 'cus_9'", "starting_after"))
    assert isinstance(refusal(account, Query("customers", cursor="cus_9")), CursorGone)


@pytest.mark.parametrize("status", [400, 404])
def test_an_object_that_is_gone_is_told(ask: Ask, status: int) -> None:
    account, _, _ = ask(error(status, "resource_missing", "No such charge: 'ch_9'", "id"))
    with pytest.raises(ObjectGone, match="ch_9"):
        account.one("charges", "ch_9")


def test_what_stripe_does_not_understand_is_told_in_its_words(ask: Ask) -> None:
    account, server, _ = ask(error(400, "parameter_unknown", "Received unknown parameter: creatd"))
    told = refusal(account)
    assert isinstance(told, RequestRefused)
    assert "unknown parameter: creatd" in str(told)
    assert len(server.seen) == 1


def test_an_address_that_is_not_stripes_is_told_at_once(ask: Ask) -> None:
    account, server, _ = ask(answer(404, b"<html>Not found</html>"))
    told = refusal(account)
    assert isinstance(told, RequestRefused)
    assert "is api_base right?" in str(told)
    assert len(server.seen) == 1


def test_threads_do_not_get_each_others_answers() -> None:
    def echo(handler: object) -> None:
        identity = handler.path.rsplit("/", 1)[1]  # type: ignore[attr-defined]  # a request handler
        answer(200, {"id": identity})(handler)  # type: ignore[arg-type]  # as above

    with serving(echo) as server, account_at(server) as account, ThreadPoolExecutor(8) as pool:
        names = [f"ch_{number}" for number in range(60)]
        bodies = list(pool.map(lambda name: account.one("charges", name), names))
    assert [body.decode() for body in bodies] == [f'{{"id": "{name}"}}' for name in names]


@pytest.mark.parametrize("key", [LIVE_KEY, faults.TEST_KEY, "a-key-of-another-shape"])
def test_no_key_is_sent_unencrypted_beyond_this_machine(key: str) -> None:
    source = StripeSource(kind="stripe", api_base="http://stripe.example")
    limits = Limits(UNLIMITED, UNLIMITED)
    with pytest.raises(KeyRefused, match="unencrypted"):
        open_account(Key(key), source, limits)


def everything_of(told: BaseException) -> str:
    """The error with all that a debugger would print of it."""
    shown = traceback.TracebackException.from_exception(told, capture_locals=True)
    return "".join(shown.format()) + repr(told) + repr(pickle.dumps(told)) + repr(told.__dict__)


@pytest.mark.rule("PIT-91")
@pytest.mark.parametrize("act", [error(401), error(403), error(400), error(429), faults.reset, faults.HTML])
def test_no_error_carries_the_key(ask: Ask, act: Act) -> None:
    account, _, _ = ask(act)
    told = refusal(account)
    assert told.__context__ is None
    assert LIVE_KEY not in everything_of(told)


@pytest.mark.rule("PIT-91")
def test_a_key_in_stripes_own_words_is_cut_out(ask: Ask) -> None:
    account, _, _ = ask(error(401, message=f"Invalid API Key provided: {LIVE_KEY}"))
    assert LIVE_KEY not in str(refusal(account))


@pytest.mark.rule("PIT-91")
@pytest.mark.parametrize("key", [LIVE_KEY, "a-key-of-another-shape"])
@pytest.mark.parametrize(
    "written", [str, lambda key: quote(f" {key}/"), lambda key: b64encode(f"{key}:".encode()).decode()]
)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500])
def test_whatever_a_server_echoes_no_key_is_read_from_it(
    ask: Ask, key: str, written: Callable[[str], str], status: int
) -> None:
    echo = written(key)
    named = {"Request_Id": f"req_{echo}", "Stripe_Rate_Limited_Reason": echo, "Retry_After": "0"}
    account, _, _ = ask(
        answer(status, {"error": {"message": f"no {echo}", "code": echo}, "id": echo}, **named), key=key
    )
    told = everything_of(refusal(account))
    assert key not in told and echo.strip("=") not in told


@pytest.mark.rule("PIT-91")
def test_a_key_in_an_object_reaches_no_row(ask: Ask) -> None:
    account, _, _ = ask(page({"id": "ch_1", "description": f"made with {LIVE_KEY}"}))
    assert (
        b"made with rk_live_\xe2\x80\xa6QRST"
        in json.dumps(json.loads(account.page(QUERY)), ensure_ascii=False).encode()
    )


@pytest.mark.rule("PIT-91")
def test_an_account_shows_and_gives_away_nothing(ask: Ask) -> None:
    account, _, _ = ask(page())
    assert LIVE_KEY not in repr(account) + str(vars(account))
    for take in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            take(account)


@pytest.mark.rule("PIT-91")
def test_nothing_is_printed_of_what_is_read(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    account, _, _ = ask(page({"id": "ch_1", "receipt_email": "ana@example.com"}))
    with caplog.at_level(logging.DEBUG):
        account.page(QUERY)
    assert logging.getLogger("stripe").getEffectiveLevel() == logging.WARNING
    assert "ana@example.com" not in caplog.text
    assert LIVE_KEY not in caplog.text


def test_stripe_is_told_nothing_about_this_machine(ask: Ask) -> None:
    account, server, _ = ask(page())
    account.page(QUERY)
    account.page(QUERY)
    assert stripe.enable_telemetry is False
    assert not any("Telemetry" in name for seen in server.seen for name in seen.headers)
