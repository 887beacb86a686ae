"""An account at Stripe, read through the official SDK: authentication, typed errors, a pinned version of the API.

Lives here: the requests and what each kind of answer means. Not here: how a request leaves (`transport.py`), how often
it is tried (`retry.py`), how fast (`rate_limits.py`). Every error is raised after the SDK's own was dropped: frames of
the SDK hold the key.
"""

import json
import logging
import re
from collections.abc import Mapping
from typing import Any, NoReturn, Self
from urllib.parse import quote, urlsplit

import stripe

from pipelines.configuration.settings import StripeSource
from pipelines.errors import CursorGone, KeyRefused, ObjectGone, Permanent, PermissionMissing, RequestRefused, TryAgain
from pipelines.stripe.api.keys import Key, redacted
from pipelines.stripe.api.protocol import Body, Query, Stream
from pipelines.stripe.api.rate_limits import Limits
from pipelines.stripe.api.retry import Broken, TooMany, persist
from pipelines.stripe.api.transport import DIRECT, TIMEOUT, Answer, Route, Timeout, Wire

API_VERSION = "2026-10-28.endive"
SMALLER_PAGE = 50
TOO_LARGE_AFTER = 2
DEPTH_OF_A_LIST = 2
PERMISSIONS = {
    "customers": "rak_customer_read",
    "charges": "rak_charge_read",
    "refunds": "rak_charge_read",
    "invoices": "rak_invoice_read",
    "events": "rak_event_read",
    "account": "rak_accounts_kyc_basic_read",
}
WHY_REFUSED = {
    "api_key_expired": "it has expired",
    "account_invalid": "the account does not exist or gives it no access",
    "platform_api_key_expired": "it has expired",
}
LOCAL = ("localhost", "127.0.0.1", "::1")

_PERMISSION = re.compile(r"\brak_[a-z_]+")
_REVOKED = re.compile(r"revoked|does not have access|no longer|has been (?:closed|rejected)", re.IGNORECASE)
_ADDRESS = re.compile(r"\bIP\b|\bip address", re.IGNORECASE)

stripe.enable_telemetry = False  # it would write a file in the home folder and tell Stripe how long requests took


Found = Body | TooMany | Broken


PAGE, OBJECT = b'"has_more"', b'"id"'
_SHAPES: dict[bytes, dict[str, type]] = {PAGE: {"data": list, "has_more": bool}, OBJECT: {"id": str}}


class StripeAccount:
    """An account that is asked over the network (see `Account`); several threads may ask at once."""

    def __init__(self, key: Key, api_base: str, limits: Limits, wire: Wire) -> None:
        """Made by `open_account`."""
        self._hint = key.hint
        self._base = api_base.rstrip("/")
        self._limits = limits
        self._wire = wire
        self.sdk = stripe.StripeClient(
            key.reveal(),
            base_addresses={"api": self._base},
            stripe_version=API_VERSION,
            max_network_retries=0,  # `retry.py` counts all tries and keeps them to the limits
            http_client=wire,
        )

    def page(self, query: Query) -> Body:
        """As `Account.page`. A page that Stripe fails to make twice is asked for in a smaller size (PIT-89)."""
        created = {"gte": query.gte, "lt": query.lt}
        bounds = {name: value for name, value in created.items() if value is not None}
        asked: dict[str, Any] = {"created": bounds} if bounds else {}
        if query.cursor is not None:
            asked["starting_after"] = query.cursor

        def attempt(broken: int) -> Found:
            limit = query.limit if broken < TOO_LARGE_AFTER else min(query.limit, SMALLER_PAGE)
            return self._ask(f"/v1/{query.stream}", PAGE, {"limit": limit, **asked})

        return persist(attempt, query.stream, self._limits)

    def one(self, stream: Stream, identity: str) -> Body:
        """As `Account.one`."""
        # An id comes from Stripe's answers, and may hold whatever a broken one says.
        path = f"/v1/{stream}/{quote(identity, safe='')}"
        return persist(lambda _: self._ask(path, OBJECT, {}), f"{stream}, one by one", self._limits)

    def first(self, resource: str) -> Body:
        """The newest object of any list, as a page of one; of `account`, the account itself. Raises as `page`."""
        shape, asked = (OBJECT, {}) if resource == "account" else (PAGE, {"limit": 1})
        return persist(lambda _: self._ask(f"/v1/{resource}", shape, asked), resource, self._limits)

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Stripe account at {self._base}, key {self._hint}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an open Stripe account holds a key and is never pickled")

    def _ask(self, path: str, shape: bytes, asked: Mapping[str, Any]) -> Found:
        """One try. Raises what no other try would change."""
        found: Found | Permanent | TryAgain
        try:
            # The SDK's own objects cost 670 µs of CPU a charge (stripe 16.1), thirty times as much as decoding a page.
            self.sdk.raw_request("get", path, **asked)
        except stripe.StripeError as error:
            found = _as_our_error(error, self._wire.last, path, self._hint)
        else:
            found = _sound(self._wire.last, shape)
        # Outside of the handler: the SDK's error would hang on ours as its context, with the key in its frames.
        if isinstance(found, Exception):
            raise found
        return found


def open_account(
    key: Key, source: StripeSource, limits: Limits, route: Route = DIRECT, timeout: Timeout = TIMEOUT
) -> StripeAccount:
    """The account that a source names, to be read with the key. Nothing is sent yet.

    Raises KeyRefused where the key, a test one too, would travel unencrypted beyond this machine.
    """
    address = urlsplit(source.api_base)
    if address.scheme != "https" and address.hostname not in LOCAL:
        raise KeyRefused(f"a key is not sent to {source.api_base} unencrypted; write https:// under api_base")
    logging.getLogger("stripe").setLevel(logging.WARNING)  # below, it prints addresses and bodies
    return StripeAccount(key, source.api_base, limits, Wire(route, timeout, key.sieve()))


def _sound(answer: Answer | None, shape: bytes) -> Body | Broken:
    """A body that is whole and of the kind that was asked for.

    One that says where it ends was held to it by the HTTP client; only of others all of it is parsed here.
    """
    if answer is None:
        return Broken("nothing", "no request id")
    body = answer.body.strip()
    # A page of 400 kB is not parsed twice: the HTTP client holds a framed body to its length.
    sound = body.startswith(b"{") and body.endswith(b"}") and shape in body
    if sound and not answer.is_framed:
        sound = _parses(body, shape)
    if not sound:
        return Broken(f"status {answer.status} with a body that is not Stripe's", answer.request)
    return Body(answer.body, answer.request)


def _parses(body: bytes, shape: bytes) -> bool:
    try:
        told = json.loads(body)
    except ValueError:
        return False
    return isinstance(told, dict) and all(isinstance(told.get(name), kind) for name, kind in _SHAPES[shape].items())


def _as_our_error(
    error: stripe.StripeError, answer: Answer | None, path: str, hint: str
) -> Permanent | TryAgain | TooMany | Broken:
    """What the SDK's error means: worth another try, or not."""
    if answer is None:
        return Broken(str(error.user_message), "no request id")
    # The SDK retries no 429 (stripe 16.1).
    if isinstance(error, stripe.RateLimitError) or answer.status == 429:
        return TooMany(_seconds(answer), answer.headers.get("Stripe-Rate-Limited-Reason", ""), answer.request)
    told = _error_body(error)
    if answer.status == 404 and not told:
        return RequestRefused(
            f"there is no {path} at the address asked, and who says so is not Stripe; is api_base right?"
        )
    # 408 and 409 may pass; so does what no error object of Stripe's says: a proxy or a gateway answered.
    is_refusal = 400 <= answer.status < 500 and answer.status not in (408, 409) and bool(told)
    if not is_refusal or answer.headers.get("Stripe-Should-Retry") == "true":
        return Broken(_broken(answer, told), answer.request)
    # Taken for a missing permission, it would let a list that is refused for a day count as never readable.
    if answer.status == 403 and not _is_of_permission(told):
        return Broken(_broken(answer, told), answer.request, _access_lost(told, answer, hint))
    return _refusal(told, answer, path, hint)


def _is_of_permission(told: Mapping[str, Any]) -> bool:
    """Whether a 403 is about what the key may read; any other may pass, and says nothing of a list (scenario 56)."""
    words = str(told.get("message") or "")
    return told.get("code") not in WHY_REFUSED and bool(_PERMISSION.search(words) or "permission" in words.lower())


def _access_lost(told: Mapping[str, Any], answer: Answer, hint: str) -> KeyRefused | None:
    """What stands behind a 403 that stays: the account took its access back; else None, and time may help."""
    words = str(told.get("message") or "")
    if told.get("code") not in WHY_REFUSED and not _REVOKED.search(words):
        return None
    return KeyRefused(
        f"the key {hint} has no access to the account any more: it was revoked there, or the account was closed. "
        f"Connect it again with a key of that account: `customers stripe connect`. "
        f"Stripe says: {redacted(words)} ({answer.request})"
    )


def _refusal(told: Mapping[str, Any], answer: Answer, path: str, hint: str) -> Permanent | TryAgain:
    """Stripe's no, in its own words, with what to do."""
    words = f"Stripe says: {redacted(str(told.get('message') or 'nothing'))} ({answer.request})"
    resource = path.split("/")[2]
    if answer.status == 401 and _ADDRESS.search(words):
        return KeyRefused(
            f"Stripe does not take the key {hint} from this machine's address. Allow the address in the key's settings "
            f"in Stripe's dashboard; the key itself is fine. {words}"
        )
    if answer.status == 401:
        why = WHY_REFUSED.get(str(told.get("code")), "it is unknown or was revoked")
        advice = "Make a new one and store it with `customers stripe connect`"
        return KeyRefused(f"Stripe does not take the key {hint}: {why}. {advice}. {words}")
    if answer.status == 403:
        return _permission_missing(words, resource, hint)
    is_missing = told.get("code") == "resource_missing"
    if is_missing and path.count("/") == DEPTH_OF_A_LIST:  # nothing but the cursor can be missing there
        return CursorGone(f"the object after which the page of {resource} begins is gone. {words}")
    if answer.status == 404 or is_missing:
        return ObjectGone(f"{path} is not in the account. {words}")
    advice = "its API may have changed, or this software is wrong; report it"
    return RequestRefused(f"Stripe refuses {path} with status {answer.status}: {advice}. {words}")


def _permission_missing(words: str, resource: str, hint: str) -> PermissionMissing:
    named = _PERMISSION.search(words)
    permission = named[0] if named else PERMISSIONS.get(resource, f"read of {resource}")
    return PermissionMissing(
        f"the key {hint} may not read {resource}: it lacks {permission}. Give it the permission in Stripe's dashboard, "
        f"or make a new key; nothing else needs to change. {words}",
        permission,
    )


def _error_body(error: stripe.StripeError) -> Mapping[str, Any]:
    """What Stripe says in its error; empty where the answer is not Stripe's.

    Read from the body, as the SDK leaves out the code of a 401.
    """
    body = error.json_body
    found = body.get("error") if isinstance(body, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _broken(answer: Answer, told: Mapping[str, Any]) -> str:
    words = redacted(str(told.get("message") or "")) or "a body that is not Stripe's"
    return f"status {answer.status} with {words}"


def _seconds(answer: Answer) -> float | None:
    """What `Retry-After` asks for; None where it is absent or no number."""
    asked = answer.headers.get("Retry-After", "")
    # Also allowed to be a date by HTTP; Stripe sends seconds.
    return float(asked) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", asked) else None
