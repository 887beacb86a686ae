"""What a key may read: one small request per resource, all told together (AU-29, stripe.md 4.4).

Lives here: the resources, what is lost without each, asking. Not here: what follows for a source (`connection.py`).
"""

import json
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from pipelines.configuration.typed import Typed
from pipelines.errors import ObjectGone, PermissionMissing, RequestRefused
from pipelines.stripe.api.client import PERMISSIONS, StripeAccount
from pipelines.stripe.api.keys import Mode

State = Literal["granted", "missing", "unknown"]

_ACCOUNT = re.compile(r"\bacct_\w+")


class Resource(NamedTuple):
    """Something a key may read, whether a sync needs it, and what is lost without."""

    name: str
    is_needed: bool
    without: str


RESOURCES = (
    Resource("customers", True, "no sync"),
    Resource("charges", True, "no sync"),
    Resource("refunds", False, "refunds are taken from the charges' own totals, without dates and states"),
    Resource("invoices", False, "nothing is lost: no field is taken from invoices"),
    Resource("events", False, "nothing is lost: the sync reads lists"),
    Resource("account", False, "the account's id is not shown"),
)


class Right(Typed):
    """What a key may do with one resource; `unknown` where the server has no such thing."""

    resource: str
    permission: str
    state: State
    is_needed: bool
    without: str


class Probe(NamedTuple):
    """A right, and what the answer told besides: whether the data is live, and the account's id."""

    right: Right
    mode: Mode | None = None
    account: str | None = None


def probe(account: StripeAccount) -> tuple[Probe, ...]:
    """Ask for one object of each resource.

    Raises KeyRefused, StripeUnavailable; a missing permission is no error here.
    """
    return tuple(_probe(account, resource) for resource in RESOURCES)


def _probe(account: StripeAccount, resource: Resource) -> Probe:
    try:
        body = account.first(resource.name)
    except PermissionMissing as error:
        # Stripe's refusal may name the account, which a restricted key often cannot read.
        return Probe(_right(resource, "missing", error.permission), account=_account_in(str(error)))
    except (RequestRefused, ObjectGone):
        # A local server that lacks the others is good enough.
        if resource.is_needed:
            raise
        return Probe(_right(resource, "unknown"))
    if resource.name == "account":
        return Probe(_right(resource, "granted"), account=json.loads(body).get("id"))
    return Probe(_right(resource, "granted"), mode=next(map(_mode, json.loads(body)["data"]), None))


def _right(resource: Resource, state: State, permission: str | None = None) -> Right:
    """`permission`: as Stripe named it when it refused; else the one known of."""
    return Right(
        resource=resource.name,
        permission=permission or PERMISSIONS[resource.name],
        state=state,
        is_needed=resource.is_needed,
        without=resource.without,
    )


def _mode(head: Mapping[str, object]) -> Mode | None:
    live = head.get("livemode")
    return None if live is None else "live" if live else "test"


def _account_in(text: str) -> str | None:
    """The account that Stripe names when it refuses something."""
    found = _ACCOUNT.search(text)
    return found[0] if found else None
