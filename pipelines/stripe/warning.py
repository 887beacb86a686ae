"""What is noticed about a Stripe account and held against nobody: money that no total has, or that two may have.

Lives here: the warnings of a sync. Not here: the same money seen through a file (`pipelines/doubling.py`).
"""

from collections.abc import Iterator

from pipelines.doubling import double_counted
from pipelines.stripe.terms import Terms
from pipelines.warehouse import Connection, number_of, rows_of
from schemas.codes import message

ORPHANS = """
    SELECT count(*) FROM (FROM ledger.stripe_refunds WHERE source = ? AND counted)
    ANTI JOIN ledger.stripe_charges USING (source, charge_id)
    ANTI JOIN ledger.stripe_charges USING (source, payment_intent_id)
"""
"""Refunds of no known charge; two joins, because one with an OR compares every refund with every charge."""


def warnings_of(connection: Connection, terms: Terms) -> Iterator[str]:
    """The warnings of a source's state as it is in the open transaction, each with its code."""
    if not terms.refunds_detailed:
        yield _coded("REFUND_DETAIL_UNAVAILABLE")
    unknown = (
        "SELECT currency, sum(payment_count)::BIGINT AS payments, sum(total_spent) AS money FROM ledger.stripe_spend "
        "WHERE source = ? AND base_spent IS NULL GROUP BY currency ORDER BY currency"
    )
    for currency, payments, money in rows_of(connection, unknown, [terms.source]).iter_rows():
        yield _coded("CURRENCY_NOT_CONVERTED", found=f"{money} {currency}", expected=terms.base_currency, row=payments)
    lost = number_of(connection, ORPHANS, [terms.source])
    if lost:
        yield _coded("REFUNDS_WITHOUT_CHARGE", found=lost)
    apart = "SELECT count(*) FROM ledger.stripe_apart WHERE source = ?"
    guests = number_of(connection, apart, [terms.source])
    if guests:
        yield _coded("CHARGES_APART", found=guests)
    if terms.options.min_spend is not None:
        left = "SELECT count(DISTINCT customer_id) FROM ledger.stripe_spend WHERE source = ? AND NOT kept"
        yield _coded(
            "UNDER_MIN_SPEND", found=number_of(connection, left, [terms.source]), expected=terms.options.min_spend
        )
    yield from double_counted(connection)


def _coded(code: str, **details: object) -> str:
    return f"{code}: {message(code, 'en', **details)}"
