"""Payment identifiers: whether a number is that of one transaction, or of an order or invoice that may come again.

Lives here: reading `schemas/vocabulary/payment_identifiers.csv`. Not here: what follows
(`pipelines/payments/order_lines.py`, `pipelines/conflicts/payment_conflicts.py`).
"""

from functools import cache

from pipelines.language.spelling import normalise
from schemas.wordlists import wordlist


def names_transactions(title: str | None) -> bool:
    """Whether a title says that the numbers below it are of transactions; without a title nothing does."""
    spelled = f" {normalise(title or '')}"
    return any(f" {word}" in spelled for word in _words("title"))


def written_as_transactions() -> tuple[str, ...]:
    """What numbers begin with that are of transactions whatever their title: Stripe's `ch_`."""
    return _words("value")


@cache
def _words(where: str) -> tuple[str, ...]:
    return tuple(line["word"] for line in wordlist("payment_identifiers") if line["where"] == where)
