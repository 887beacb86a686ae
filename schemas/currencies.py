"""How many decimals an amount of a currency may have: by ISO 4217 (PIT-31), and as Stripe sends them."""

NO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def decimals_of(currency: str) -> int:
    """Decimals of a currency's minor unit: 0, 3, else 2."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


STRIPE_NO_DECIMALS = NO_DECIMALS - {"ISK", "UGX"}
STRIPE_THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
"""What Stripe sends: ISK and UGX in hundredths, though they have none (docs.stripe.com/currencies, special cases)."""
