"""Payment lists: what one payment contributes, and which payments count.

Lives here: the words of payment statuses, the turning of a payment into amounts, count and days. Not here:
counting a payment id once (`customers/merging.py`), reading the columns.
"""

import polars as pl

from pipelines.files.parsing import Parsed, when
from pipelines.files.title_spelling import normalise
from schemas.base import MONEY

PENDING, PAID, FAILED, CANCELLED, REFUNDED = "pending", "paid", "failed", "cancelled", "refunded"
COUNTING = (PAID, REFUNDED)

WORDS: dict[str, str] = {
    word: state
    for state, words in {
        PENDING: [
            "pending",
            "incomplete",
            "uncaptured",
            "unpaid",
            "requires payment method",
            "requires action",
            "requires capture",
            "requires confirmation",
            "en attente",
            "impaye",
            "impayee",
            "non paye",
            "non payee",
        ],
        PAID: [
            "paid",
            "succeeded",
            "successful",
            "success",
            "complete",
            "completed",
            "captured",
            "settled",
            "fulfilled",
            "partially paid",
            "disputed",
            "paye",
            "payee",
            "regle",
            "reglee",
            "reussi",
            "reussie",
            "encaisse",
            "encaissee",
            "termine",
            "terminee",
        ],
        FAILED: [
            "failed",
            "failure",
            "declined",
            "expired",
            "abandoned",
            "blocked",
            "echoue",
            "echouee",
            "refuse",
            "refusee",
            "expire",
            "expiree",
            "abandonne",
            "abandonnee",
        ],
        CANCELLED: ["canceled", "cancelled", "void", "voided", "annule", "annulee"],
        REFUNDED: [
            "refunded",
            "partially refunded",
            "partial refund",
            "rembourse",
            "remboursee",
            "partiellement rembourse",
            "partiellement remboursee",
        ],
    }.items()
    for word in words
}
"""The state of a payment by the word for it. One that was made and later refunded counts, its refund beside it; money
not received does not. The states of one payment follow each other: pending, paid, refunded or cancelled."""


def parse_statuses(text: pl.Series) -> Parsed:
    """The state of each payment; a blank status is paid, an unknown one is UNKNOWN_PAYMENT_STATUS."""
    words = text.drop_nulls().unique()
    meaning = pl.Series([WORDS.get(normalise(word)) for word in words], dtype=pl.String)
    values = when(text.is_null(), PAID, text.replace_strict(words, meaning, default=None))
    return Parsed(values, when(values.is_null(), "UNKNOWN_PAYMENT_STATUS", None))


def contributed(rows: pl.DataFrame) -> list[pl.Expr]:
    """What a payment adds: its amount, a count of one and its day (contract page, profile `payments`).

    A negative amount is a refund: it adds to `refund_volume`, and neither counts nor moves a date. A payment
    that does not count contributes its customer alone.
    """
    amount, day = pl.col("amount"), pl.col("payment_date")
    counts = pl.col("payment_status").is_in(COUNTING) if "payment_status" in rows.columns else pl.lit(True)
    paid = counts & (amount >= 0)
    refund = counts & (amount < 0)
    told = pl.col("refunded_amount").abs() if "refunded_amount" in rows.columns else pl.lit(None, MONEY)
    nothing = pl.lit(0).cast(MONEY)
    return [
        pl.when(paid).then(amount).otherwise(nothing).alias("total_spent"),
        pl.when(paid).then(1).otherwise(0).cast(pl.Int64).alias("payment_count"),
        pl.when(refund).then(pl.max_horizontal(-amount, told)).when(paid).then(told).alias("refund_volume"),
        pl.when(paid).then(day).alias("first_payment_date"),
        pl.when(paid).then(day).alias("last_payment_date"),
    ]
