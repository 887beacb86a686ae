"""What is noticed about a Stripe account and held against nobody: money that no total has, or that two may have.

Lives here: the warnings of a sync. Not here: the same money seen through a file
(`pipelines/conflicts/double_counting.py`).
"""

from collections.abc import Iterator

import polars as pl

from pipelines.conflicts.double_counting import double_counted
from pipelines.stripe.sync.context import Terms
from pipelines.warehouse.database import Connection, number_of, value_of
from schemas.sentences.note import Note

ORPHANS = """
    SELECT count(*) FROM (FROM ledger.stripe_refunds WHERE source = ? AND counted)
    ANTI JOIN ledger.stripe_charges USING (source, charge_id)
    ANTI JOIN ledger.stripe_charges USING (source, payment_intent_id)
"""
"""Refunds of no known charge; two joins, because one with an OR compares every refund with every charge."""


def warnings_of(connection: Connection, terms: Terms, unconverted: pl.DataFrame) -> Iterator[Note]:
    """The warnings of a source's state as it is in the open transaction, each with its code.

    In: `unconverted`: money without a rate, as `aggregate.unconverted`.
    """
    if not terms.refunds_detailed:
        yield _refunds_unseen(connection, terms)
    for currency, payments, money, last_day, first_rate in unconverted.iter_rows():
        told = {"found": f"{money} {currency}", "expected": terms.base_currency, "count": payments}
        if first_rate is None:
            yield Note("CURRENCY_NOT_CONVERTED", **told)
        else:
            yield Note("CHARGES_BEFORE_RATES", **told, last_day=last_day, first_rate=first_rate)
    lost = number_of(connection, ORPHANS, [terms.source])
    if lost:
        yield Note("REFUNDS_WITHOUT_CHARGE", found=lost)
    apart = "SELECT count(*) FROM ledger.stripe_apart WHERE source = ?"
    guests = number_of(connection, apart, [terms.source])
    if guests:
        yield Note("CHARGES_APART", found=guests)
    if terms.options.min_spend is not None:
        left = "SELECT count(DISTINCT customer_id) FROM ledger.stripe_spend WHERE source = ? AND NOT kept"
        yield Note(
            "UNDER_MIN_SPEND", found=number_of(connection, left, [terms.source]), expected=terms.options.min_spend
        )
    yield from double_counted(connection)


def _refunds_unseen(connection: Connection, terms: Terms) -> Note:
    """That refunds cannot be listed: since when, and what is not seen before the next full sweep (scenarios 54, 55)."""
    query = "SELECT refunds_read_at::DATE::VARCHAR FROM ledger.stripe_state WHERE source = ?"
    since = value_of(connection, query, [terms.source])
    days, sweep = terms.options.look_back_days, terms.options.full_sweep
    return Note("REFUND_DETAIL_UNAVAILABLE", found=since, expected=days, value=sweep)
