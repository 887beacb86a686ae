"""What Stripe says, word for word as far as words are known: pages, objects, refusals.

Lives here: bodies and statuses. Not here: when they are said (`account.py`), how they travel (`server.py`).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

NONE: Mapping[str, str] = MappingProxyType({})
PERMISSIONS = {
    "account": "rak_accounts_kyc_basic_read",
    "charges": "rak_charge_read",
    "customers": "rak_customer_read",
    "events": "rak_event_read",
    "invoices": "rak_invoice_read",
    "refunds": "rak_refund_read",
}
"""What a restricted key must have been given, per endpoint."""


class Answer(NamedTuple):
    """One reply, before it becomes bytes on a wire."""

    status: int
    body: bytes
    headers: Mapping[str, str] = NONE


def rendered(found: Any) -> bytes:
    """An object as text, indented as deep as it stands inside a page."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2).replace(b"\n", b"\n    ")


def page(stream: str, bodies: Iterable[bytes], has_more: bool) -> Answer:
    """A page of a list of rendered objects."""
    within = b",\n    ".join(bodies)
    data = b"[\n    %b\n  ]" % within if within else b"[]"
    rest = b'"has_more": %b,\n  "url": "/v1/%b"\n}\n' % (b"true" if has_more else b"false", stream.encode())
    return Answer(200, b'{\n  "object": "list",\n  "data": %b,\n  %b' % (data, rest))


def refused(
    status: int, text: str, code: str | None = None, param: str | None = None, headers: Mapping[str, str] = NONE
) -> Answer:
    """A refusal."""
    address = {"doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"} if code else {}
    told = {"code": code, "message": text, "param": param} | address
    error = {key: value for key, value in sorted(told.items()) if value} | {"type": "invalid_request_error"}
    return Answer(status, rendered({"error": error}), headers)


def masked(key: str) -> str:
    """A key as Stripe repeats it: its kind and its last four characters."""
    kind = key[: key.rfind("_") + 1]
    return f"{kind}{'*' * max(4, len(key) - len(kind) - 4)}{key[-4:]}"


def no_key() -> Answer:
    """Nobody said who asks."""
    how = "in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
    return refused(401, f"You did not provide an API key. You need to provide your API key {how}")


def wrong_key(key: str) -> Answer:
    """Nobody has that key, or somebody took it back."""
    return refused(401, f"Invalid API Key provided: {masked(key)}")


def expired_key(key: str) -> Answer:
    """That key had its time."""
    return refused(401, f"Expired API Key provided: {masked(key)}", "api_key_expired")


def not_allowed(key: str, account: str, permission: str) -> Answer:
    """That key may not do this."""
    return refused(
        403,
        f"The provided key '{masked(key)}' does not have the required permissions for this endpoint on account "
        f"'{account}'. Having the '{permission}' permission would allow this request to continue.",
    )


def no_such(kind: str, identity: str, param: str = "id", status: int = 404) -> Answer:
    """There is no such object."""
    return refused(status, f"No such {kind}: '{identity}'", "resource_missing", param)


def no_such_address(method: str, path: str) -> Answer:
    """The API has nothing there."""
    return refused(404, f"Unrecognized request URL ({method}: {path}).")


def too_many(reason: str, headers: Mapping[str, str] = NONE) -> Answer:
    """Too fast. `reason`: global-rate, endpoint-rate, …; Stripe sends a Retry-After rarely, if ever."""
    text = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
    return refused(429, text, "rate_limit", headers={"Stripe-Rate-Limited-Reason": reason, **headers})


def locked() -> Answer:
    """Another request holds the object: a 429 that has nothing to do with speed."""
    text = "This object cannot be accessed right now because another API request is currently accessing it."
    return refused(429, text, "lock_timeout", headers={"Stripe-Should-Retry": "true"})


def broken(status: int, headers: Mapping[str, str] = NONE) -> Answer:
    """Something is wrong at Stripe."""
    text = "Sorry! There was an error while talking to one of our backends. Support has been notified."
    return Answer(status, rendered({"error": {"message": text, "type": "api_error"}}), headers)
