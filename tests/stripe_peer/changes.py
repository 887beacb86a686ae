"""What happens to payments in a Stripe account: they are captured, refunded, disputed, and refunds come to nothing.

Each function changes all that Stripe changes with it, so that a charge and its refunds agree. Lives here: nothing that
Stripe would not do.
"""

from typing import Any

from tests.stripe_peer.account import FakeAccount
from tests.stripe_peer.objects import Object, refund, related

GIVES = {"pending", "requires_action", "succeeded"}
"""The states in which a refund counts as refunded on its charge."""


def give_back(account: FakeAccount, charge: str, identity: str, **terms: Any) -> Object:
    """Refund a charge, all of it or `amount`; returns the refund."""
    of = account.get(charge)
    made = refund(identity, of, **({"amount": of["amount"] - of["amount_refunded"]} | terms))
    account.add(made)
    if made["status"] in GIVES:
        _given(account, charge, made["amount"])
    return made


def refund_becomes(account: FakeAccount, identity: str, status: str) -> None:
    """Let a refund go on: to `succeeded`, or to `failed` or `canceled`, where its money comes back to the charge."""
    found = account.get(identity)
    account.add(refund(identity, account.get(found["charge"]), **_terms(found), status=status))
    counted = (status in GIVES) - (found["status"] in GIVES)
    _given(account, found["charge"], counted * found["amount"])


def capture(account: FakeAccount, charge: str, amount: int | None = None) -> None:
    """Take what was only authorised; of a smaller `amount` the rest is released, as a refund of its own."""
    authorised = account.get(charge)["amount"]
    taken = authorised if amount is None else amount
    account.change(charge, captured=True, amount_captured=taken, balance_transaction=related("txn", charge))
    if taken < authorised:
        give_back(account, charge, related("re", charge) + "released", amount=authorised - taken, reason=None)


def expire(account: FakeAccount, charge: str) -> None:
    """Let an authorisation have its seven days: Stripe releases it, and calls that a refund."""
    late = account.get(charge)["created"] + 7 * 86_400
    give_back(account, charge, related("re", charge) + "released", created=late, reason="expired_uncaptured_charge")


def fail(account: FakeAccount, charge: str) -> None:
    """Let a pending charge come to nothing."""
    told = {"failure_code": "debit_not_authorized", "failure_message": "The customer's bank returned the debit."}
    account.change(charge, status="failed", paid=False, captured=False, amount_captured=0, **told)


def dispute(account: FakeAccount, charge: str) -> None:
    """Let the payer dispute a charge."""
    account.change(charge, disputed=True)


def _given(account: FakeAccount, charge: str, amount: int) -> None:
    of = account.get(charge)
    refunded = of["amount_refunded"] + amount
    account.change(charge, amount_refunded=refunded, refunded=refunded >= of["amount"])


def _terms(found: Object) -> dict[str, Any]:
    return {field: found[field] for field in ("amount", "currency", "created", "reason")}
