"""What no test reads of a charge, and what makes it as large and as deep as Stripe's: its card, outcome and receipt.

All of it is drawn from the object's id. Not here: what a test may ask for (`objects.py`).
"""

import zlib
from typing import Any

BRANDS = (("visa", "4242"), ("mastercard", "4444"), ("amex", "8431"), ("visa", "5556"), ("discover", "9424"))


def draw(identity: str, about: str, size: int) -> int:
    """A number below `size` that the object's id decides."""
    return zlib.crc32(f"{about} {identity}".encode()) % size


def related(prefix: str, identity: str) -> str:
    """The id of something that belongs to an object: Stripe's own share most of their letters too."""
    return f"{prefix}_{identity.partition('_')[2]}"


def letters(identity: str) -> str:
    """Text as long as the token of a receipt's address."""
    return (
        f"CAcaFwoV{draw(identity, 'receipt', 2**32):08x}"
        + "YWNjdF8xTmZha2VQZWVyQWNjb3VudCiQ1LnABjIGZmFrZXBlZXI6LBYt" * 2
    )


def outcome(identity: str, failed: bool) -> dict[str, Any]:
    """What the bank and Stripe made of a charge."""
    return {
        "advice_code": "try_again_later" if failed else None,
        "network_advice_code": None,
        "network_decline_code": "05" if failed else None,
        "network_status": "declined_by_network" if failed else "approved_by_network",
        "reason": "generic_decline" if failed else None,
        "risk_level": "normal",
        "risk_score": draw(identity, "risk", 65),
        "seller_message": "The bank did not return any further details with this decline."
        if failed
        else "Payment complete.",
        "type": "issuer_declined" if failed else "authorized",
    }


def card(identity: str, amount: int, waits: bool, created: int) -> dict[str, Any]:
    """The card of a charge; one that `waits` is only authorised, for a week."""
    brand, last4 = BRANDS[draw(identity, "brand", len(BRANDS))]
    return {
        "amount_authorized": amount,
        "authorization_code": f"{draw(identity, 'authorization', 10**6):06}",
        "brand": brand,
        **({"capture_before": created + 7 * 86_400} if waits else {}),
        "checks": {"address_line1_check": None, "address_postal_code_check": "pass", "cvc_check": "pass"},
        "country": ("US", "FR", "PL", "DE")[draw(identity, "country", 4)],
        "exp_month": draw(identity, "month", 12) + 1,
        "exp_year": 2027 + draw(identity, "year", 6),
        "extended_authorization": {"status": "disabled"},
        "fingerprint": f"Fp{draw(identity, 'fingerprint', 2**32):08x}Qx7Lmz",
        "funding": ("credit", "debit")[draw(identity, "funding", 2)],
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": brand,
        "network_token": {"used": False},
        "network_transaction_id": f"{draw(identity, 'network', 10**9):015}",
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": {
            "authentication_flow": "frictionless",
            "electronic_commerce_indicator": "05",
            "exemption_indicator": None,
            "result": "authenticated",
            "result_reason": None,
            "transaction_id": f"{draw(identity, 'secure', 2**32):08x}-6e2b-4f1a-9d70-5b1c0f3a2e88",
            "version": "2.2.0",
        },
        "wallet": None,
    }
