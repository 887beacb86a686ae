"""No key leaves but to Stripe, and none comes back: not in errors, objects, shown accounts or what is printed."""

import copy
import json
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
import stripe

from pipelines.configuration.settings import StripeSource
from pipelines.errors import (
    KeyRefused,
)
from pipelines.stripe.api.client import open_account
from pipelines.stripe.api.keys import Key
from pipelines.stripe.api.rate_limits import Limits
from tests.pipelines.stripe import faults
from tests.pipelines.stripe.api.asking import QUERY, UNLIMITED, Ask, refusal
from tests.pipelines.stripe.faults import LIVE_KEY, Act, answer, error, page


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
