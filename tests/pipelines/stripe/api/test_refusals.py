"""What Stripe refuses, and what it says too often, is told in its words, tried again where that may help."""

from urllib.parse import parse_qs, urlsplit

import pytest

from pipelines.errors import (
    CursorGone,
    KeyRefused,
    ObjectGone,
    PermissionMissing,
    RequestRefused,
    StripeUnavailable,
)
from pipelines.stripe.api.protocol import Query
from pipelines.stripe.api.retry import BROKEN_TRIES, TOO_MANY_TRIES
from tests.pipelines.stripe import faults
from tests.pipelines.stripe.api.asking import CHARGE, QUERY, Ask, account_at, refusal
from tests.pipelines.stripe.faults import Act, answer, error, page, serving


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
    with serving(*acts) as server, account_at(server, timeout=(60.0, 0.3)) as account:
        assert b"ch_1" in account.page(QUERY)
        assert len(server.seen) > 1


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
