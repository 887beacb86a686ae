"""Stripe's objects as API 2026-10-28.endive sends them: charges, refunds, customers, and what probes ask for.

A test says what it is about; everything else takes a value that Stripe might send, drawn from the object's own id, so
that the same words always give the same object. Lives here: single objects. Not here: the card of a charge
(`details.py`), an account of them (`account.py`), the check that their shape is the SDK's (`contract.py`).
"""

from collections.abc import Mapping
from typing import Any

from tests.stripe_peer.details import card, draw, letters, outcome, related

Object = dict[str, Any]

API_VERSION = "2026-10-28.endive"
ACCOUNT = "acct_1NfakePeerAccount"
CREATED = 1_767_225_600
"""2026-01-01T00:00:00Z, when whatever says nothing else was made."""

NO_ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
DECLINES = {
    "card_declined": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}


def charge(
    identity: str,
    *,
    amount: int = 1000,
    currency: str = "usd",
    customer: str | None = None,
    created: int = CREATED,
    status: str = "succeeded",
    captured: bool | None = None,
    amount_captured: int | None = None,
    amount_refunded: int = 0,
    email: str | None = None,
    name: str | None = None,
    address: Mapping[str, str] | None = None,
    failure_code: str | None = None,
    livemode: bool = False,
    **other: Any,
) -> Object:
    """A payment by card. `captured` follows from `status`, `amount_captured` from `captured`, unless they are said.

    `email`, `name` and `address` are those of the billing details; `other` overrides any field of the object as it is.
    """
    failed = status == "failed"
    taken = not failed if captured is None else captured
    waits = not taken and not failed
    code = failure_code or ("card_declined" if failed else None)
    held = (amount if taken else 0) if amount_captured is None else amount_captured
    made = {
        "id": identity,
        "object": "charge",
        "amount": amount,
        "amount_captured": held,
        "amount_refunded": amount_refunded,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": related("txn", identity) if taken and status == "succeeded" else None,
        "billing_details": {
            "address": {**NO_ADDRESS, **(address or {})},
            "email": email,
            "name": name,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "CUSTOMER INTAKE",
        "captured": taken,
        "created": created,
        "currency": currency,
        "customer": customer,
        "description": f"Invoice {draw(identity, 'invoice', 100_000):05}",
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": code,
        "failure_message": DECLINES.get(code, "The payment failed.") if code else None,
        "fraud_details": {},
        "livemode": livemode,
        "metadata": {"order_id": str(draw(identity, "order", 10_000_000)), "channel": "web"},
        "on_behalf_of": None,
        "outcome": outcome(identity, failed),
        "paid": not failed,
        "payment_intent": related("pi", identity),
        "payment_method": related("pm", identity),
        "payment_method_details": {"card": card(identity, amount, waits, created), "type": "card"},
        "presentment_details": None,
        "radar_options": {},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None if failed else f"https://pay.stripe.com/receipts/payment/{letters(identity)}",
        "refunded": 0 < amount <= amount_refunded,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }
    return made | other


def refund(
    identity: str,
    of: Mapping[str, Any] | str,
    *,
    amount: int | None = None,
    currency: str | None = None,
    created: int | None = None,
    status: str = "succeeded",
    reason: str | None = "requested_by_customer",
    **other: Any,
) -> Object:
    """Money given back of a charge, or of the id of one: all of it, a day later, unless more is said."""
    given = {"id": of, "amount": 1000, "currency": "usd", "created": CREATED} if isinstance(of, str) else of
    failed = {"failure_balance_transaction": related("txn", identity), "failure_reason": "expired_or_canceled_card"}
    waiting = {"pending_reason": "processing"}
    made = {
        "id": identity,
        "object": "refund",
        "amount": given["amount"] if amount is None else amount,
        "balance_transaction": related("txn", identity),
        "charge": given["id"],
        "created": given["created"] + 86_400 if created is None else created,
        "currency": currency or given["currency"],
        "destination_details": {
            "card": {
                "reference": f"{draw(identity, 'reference', 10**9):023}",
                "reference_status": "available",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        **(failed if status == "failed" else waiting if status == "pending" else {}),
        "metadata": {},
        "payment_intent": given.get("payment_intent", related("pi", given["id"])),
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }
    return made | other


def customer(
    identity: str,
    *,
    email: str | None = None,
    name: str | None = None,
    created: int = CREATED,
    currency: str | None = "usd",
    phone: str | None = None,
    address: Mapping[str, str] | None = None,
    livemode: bool = False,
    **other: Any,
) -> Object:
    """A customer; one without `email` or `name` has none."""
    made = {
        "id": identity,
        "object": "customer",
        "address": {**NO_ADDRESS, **address} if address else None,
        "balance": 0,
        "business_name": None,
        "created": created,
        "currency": currency,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": email,
        "individual_name": None,
        "invoice_prefix": f"{draw(identity, 'prefix', 2**32):08X}",
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": related("pm", identity),
            "footer": None,
            "rendering_options": None,
        },
        "livemode": livemode,
        "metadata": {},
        "name": name,
        "next_invoice_sequence": draw(identity, "sequence", 40) + 1,
        "phone": phone,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    return made | other


def deleted(identity: str) -> Object:
    """All that Stripe keeps of a customer that was deleted."""
    return {"id": identity, "object": "customer", "deleted": True}


def account(identity: str = ACCOUNT) -> Object:
    """The account itself, as far as a key that may read it is told."""
    return {
        "id": identity,
        "object": "account",
        "business_type": "company",
        "charges_enabled": True,
        "country": "FR",
        "created": CREATED,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "billing@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
    }
