"""Lists that name both sides of a payment, who sends and who gets it, as PayPal's do: which of them is the customer.

Lives here: choosing the side, and telling what the shop itself paid. Not here: the words of directions
(`pipelines/parsing/words/payment_directions.py`). Where money goes out the sender is the shop: it is no customer of its
own (PIT-102).
"""

import polars as pl

from pipelines.models.parsed_column import when
from pipelines.parsing.words.payment_directions import IN, OTHER, OUT

# A minus or a bracket before the digits, or a minus behind them, as some ledgers write it; the text is not parsed yet.
NEGATIVE = r"^[^\d]*[-−(]|-$"


def customers(sender: pl.Series, recipient: pl.Series, amount: pl.Series, direction: pl.Series | None) -> pl.Series:
    """Whose payment each row is: of money that comes in the sender's, of money that goes out the recipient's.

    Args:
        sender: addresses, null where blank.
        recipient: addresses, null where blank.
        amount: text, null where blank.
        direction: as `parse_directions` reads it, where there is a column.
    """
    goes_out = _is_negative(amount)
    return when(goes_out if direction is None else goes_out | (direction == OUT).fill_null(False), recipient, sender)


def without_own_purchases(direction: pl.Series, amount: pl.Series) -> pl.Series:
    """The directions, where a sale of a negative amount is one that the shop itself paid: nobody's payment."""
    return when((direction == IN) & _is_negative(amount), OTHER, direction)


def _is_negative(amount: pl.Series) -> pl.Series:
    return amount.str.contains(NEGATIVE).fill_null(False)
