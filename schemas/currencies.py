"""Currencies: codes, how many decimals their amounts have, and the signs and words by which people write them.

Lives here: reading `vocabulary/currencies.csv`, the one table for titles, values and Stripe. Its decimals are those of
ISO 4217 (PIT-31); its marks are in lower case and without spaces. Not here: taking a cell or a title apart.
"""

from functools import cache
from typing import NamedTuple

from schemas.wordlists import wordlist


class Currency(NamedTuple):
    """A currency that is in use.

    `signs` mean money wherever they stand; `abbreviations` are short enough to be other words too; `names` are words of
    some languages.
    """

    code: str
    decimals: int
    stripe_decimals: int
    signs: tuple[str, ...]
    abbreviations: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def marks(self) -> tuple[str, ...]:
        """All that stands for the currency beside its code."""
        return self.signs + self.abbreviations + self.names


@cache
def currencies() -> dict[str, Currency]:
    """Every currency in use, by its ISO 4217 code."""
    return {
        line["code"]: Currency(
            line["code"],
            int(line["decimals"]),
            int(line["stripe_decimals"]),
            tuple(line["signs"].split()),
            tuple(line["abbreviations"].split()),
            tuple(line["names"].split()),
        )
        for line in wordlist("currencies")
    }


def decimals_of(currency: str) -> int:
    """Decimals of a currency's minor unit; 2 where it is not known."""
    known = currencies().get(currency)
    # A currency that is not in use any more: of those now in use most have two.
    return known.decimals if known else 2


def _stripe_codes(decimals: int) -> frozenset[str]:
    return frozenset(code for code, known in currencies().items() if known.stripe_decimals == decimals)


STRIPE_NO_DECIMALS = _stripe_codes(0)
STRIPE_THREE_DECIMALS = _stripe_codes(3)
"""What Stripe sends: ISK and UGX in hundredths, though they have none (docs.stripe.com/currencies, special cases)."""
