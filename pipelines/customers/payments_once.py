"""Payments once: which rows of the ledger are superseded by a newer row of the same payment.

Lives here: the rule over several imports, as SQL. Not here: rows of one file (`pipelines/payments/same_payment.py`),
which imports are live (`pipelines/warehouse/database.py`), what a payment is worth (`pipelines/payments/payments.py`).

Order, invoice and receipt numbers come again for good reasons: instalments, two payers of one bill, a refund beside its
sale. So a payment is known by its number *and* its customer, day and stated amount, sign included, and as which of
several equal lines of its order (`pipelines/payments/order_lines.py`); whatever differs in one of them is another
payment, and is added (PIT-100). Nothing of it depends on what was live when a row came in: an undo in any order gives
what the remaining rows give.
"""

from schemas.ledger import EARLIEST, LATEST, SUMMED

STEPS = ("cancelled", "refunded")
"""States that follow upon a payment on another day: they are about money that was paid before."""

ATTEMPTS = ("pending", "failed")
"""States before the payment: what was paid is no less paid because a list says so that is older, or was sorted down."""

AGES = 1 << 62
"""More than any position in the ledger: attempts are older than all else, refunds newer."""

MONEY_AND_DAYS = (*SUMMED, *EARLIEST, *LATEST)

# By the key that the row came with: a merge of two customers makes no two payments one.
LINE = "keyed_id, source, payment_id, payment_amount, payment_line"


def superseded(among: str = "", rows: str = "ledger.live_rows") -> str:
    """The query for the `position` of each live row whose payment another row tells of, and of that one (`standing`).

    Rows of one payment: the newest stands; one that is pending or failed stands only among its like, for it is a step
    before the payment, and old lists come late. For the same reason one that is refunded stands before any other, and
    of rows of the newest state the one that tells of most money back: it does not come again in silence. A refund or a
    cancellation on a later day, where there is just one payment that it can be about, takes that payment's place,
    whichever came in first. A row without a day, as lists have of what was not paid yet, and the only dated one: as of
    one day.

    Args:
        among: what is joined to choose customers, all rows of theirs; all customers without it.
        rows: the live rows of files that are compared with each other.
    """
    steps, attempts = (", ".join(f"'{state}'" for state in states) for states in (STEPS, ATTEMPTS))
    return f"""
        WITH lines AS (
            SELECT {LINE} FROM {rows} {among} WHERE payment_amount IS NOT NULL
            GROUP BY ALL HAVING count(*) > 1
        ), told AS (
            SELECT position, payment_day, payment_state, coalesce(refund_volume, 0) AS back, {LINE},
                CASE WHEN payment_state IN ({attempts}) THEN position - {AGES}
                     WHEN payment_state = 'refunded' THEN position + {AGES} ELSE position END AS age
            FROM {rows} {among} SEMI JOIN lines USING ({LINE})
        ), newer AS (
            SELECT *, first_value(payment_state) OVER payment AS newest_state
            FROM told WINDOW payment AS (PARTITION BY payment_day, {LINE} ORDER BY age DESC)
        ), known AS (
            SELECT *, first_value(position) OVER (
                PARTITION BY payment_day, {LINE} ORDER BY payment_state = newest_state DESC, back DESC, age DESC
            ) AS standing
            FROM newer
        ), newest AS (
            FROM known WHERE position = standing
        ), pairs AS (
            SELECT paid.position AS paid, step.position AS step,
                step.payment_day IS NULL AND step.age < paid.age AS early
            FROM newest AS paid JOIN newest AS step USING ({LINE})
            WHERE paid.position <> step.position AND (
                paid.payment_state = 'paid' AND step.payment_state IN ({steps}) AND paid.payment_day <= step.payment_day
                OR step.payment_day IS NULL AND paid.payment_day IS NOT NULL
            )
            QUALIFY count(*) OVER (PARTITION BY paid) = 1 AND count(*) OVER (PARTITION BY step) = 1
        )
        SELECT position, standing FROM known WHERE position <> standing
        UNION ALL
        SELECT CASE WHEN early THEN step ELSE paid END, CASE WHEN early THEN paid ELSE step END FROM pairs
    """


def counted(rows: str, among: str = "") -> str:
    """The query for the rows of `rows`, a view of live contributions, that count: each payment once.

    Args:
        rows: the view, with `position`.
        among: as of `superseded`.
    """
    return f"FROM {rows} {among} {without_superseded(among)}"


def without_superseded(among: str = "") -> str:
    """What is joined to live contributions so that each payment counts once. Args: as of `superseded`."""
    return f"ANTI JOIN ({superseded(among)}) AS superseded USING (position)"


def without_repeated_money(rows: str, among: str = "") -> str:
    """The query for all rows of `rows`, where those that are superseded say whose they are and add no money.

    A customer, its name, its first import are not lost with the money (AU-23). Args: as of `counted`.
    """
    money = ", ".join(f"CASE WHEN again.position IS NULL THEN rows.{name} END AS {name}" for name in MONEY_AND_DAYS)
    return f"""
        SELECT rows.* REPLACE ({money}) FROM (FROM {rows} {among}) AS rows
        LEFT JOIN ({superseded(among)}) AS again USING (position)
    """
