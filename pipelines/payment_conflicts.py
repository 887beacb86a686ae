"""Payment conflicts: rows of one number that say different things, and rows that tell of a payment again (PIT-100).

Lives here: finding them among the payments of an import, what is told of them. Not here: what counts
(`customers/payments_once.py`): each payment does, whatever is told; nobody but a person can know which row is right.
"""

from collections.abc import Iterator
from functools import cache

from pipelines.customers.payments_once import superseded
from pipelines.files.filing import Filing
from pipelines.files.title_spelling import normalise
from pipelines.warehouse import Connection, number_of, rows_of
from schemas.codes import message
from schemas.wordlists import wordlist

MOST_NAMED = 5

NUMBERS_AGAIN = """
    CREATE OR REPLACE TEMP TABLE numbers_again AS
    SELECT source, payment_id FROM ledger.live_rows SEMI JOIN (
        SELECT source, payment_id FROM ledger.contributions WHERE import_seq = $sequence AND payment_id IS NOT NULL
    ) AS mine USING (source, payment_id) GROUP BY ALL HAVING count(*) > 1
"""
"""Most lists have none: what follows is looked for among these alone."""

AGAIN = """
    WITH superseded AS ({superseded})
    SELECT count(*) FROM ledger.live_rows
    WHERE import_seq = $sequence AND payment_id IS NOT NULL
        AND (payment_amount IS NULL OR position IN (SELECT unnest([position, standing]) FROM superseded))
"""
"""Within an import each payment has one row left, so that what is superseded, or supersedes, is of another one too."""

CONFLICTS = """
    WITH mine AS (
        SELECT * FROM ledger.contributions
        WHERE import_seq = $sequence AND payment_amount > 0 AND (total_spent > 0 OR payment_state = 'paid')
    )
    SELECT mine.payment_id AS number, mine.row_number AS row_number, earlier.row_number AS earlier_row,
        CASE WHEN earlier.import_seq < $sequence THEN imports.import_id END AS earlier_import,
        mine.customer_id = earlier.customer_id AS same_customer
    FROM mine JOIN ledger.live_rows AS earlier USING (source, payment_id) JOIN ledger.imports
        ON imports.import_seq = earlier.import_seq
    WHERE earlier.payment_amount > 0 AND earlier.total_spent > 0 AND earlier.position < ($sequence::BIGINT << 32) |
            mine.row_number
        AND (earlier.customer_id, earlier.payment_amount, earlier.payment_day)
            IS DISTINCT FROM (mine.customer_id, mine.payment_amount, mine.payment_day)
        AND earlier.position NOT IN (SELECT position FROM ({superseded}))
    QUALIFY row_number() OVER (PARTITION BY mine.row_number ORDER BY earlier.position DESC) = 1
    ORDER BY mine.row_number
"""


def tell_conflicts(connection: Connection, filing: Filing, sequence: int) -> None:
    """Add the warnings about an import's payments, where there are any, in the open transaction."""
    told = list(_conflicts(connection, filing, sequence))
    if told:
        connection.execute(
            "UPDATE ledger.imports SET warnings = list_concat(warnings, ?) WHERE import_seq = ?", [told, sequence]
        )


def _conflicts(connection: Connection, filing: Filing, sequence: int) -> Iterator[str]:
    connection.execute(NUMBERS_AGAIN, {"sequence": sequence})
    if not number_of(connection, "SELECT count(*) FROM numbers_again"):
        return
    theirs = (
        "SEMI JOIN (SELECT customer_id FROM ledger.contributions SEMI JOIN numbers_again USING (source, payment_id)) "
        "AS named USING (customer_id)"
    )
    query = AGAIN.format(superseded=superseded(theirs))
    again = int(rows_of(connection, query, {"sequence": sequence}).item())
    if again:
        yield _coded("PAYMENT_TOLD_AGAIN", filing, found=again, expected=filing.rows_accepted)
    found = rows_of(connection, CONFLICTS.format(superseded=superseded(theirs)), {"sequence": sequence})
    transactions = [are_transactions(filing, str(number)) for number in found["number"]]
    contradicted = found.filter(transactions)
    if contradicted.height:
        yield _coded("PAYMENT_CONTRADICTED", filing, found=contradicted.height, value=_named(contradicted.rows()))
    several = found.filter([not each for each in transactions])
    repeated = several.filter(several["earlier_import"].is_not_null() & several["same_customer"])
    if repeated.height:
        yield _coded("PAYMENT_NUMBER_AGAIN", filing, found=repeated.height, value=_named(repeated.rows()))


def are_transactions(filing: Filing, number: str) -> bool:
    """Whether a number is that of one transaction, by the column's title or by itself; an order's may come again."""
    fields = (filing.mapping or {}).get("fields")
    title = f" {normalise(str(fields.get('payment_id', '')))}" if isinstance(fields, dict) else ""
    return any(f" {word}" in title for word in _words("title")) or number.startswith(_words("value"))


@cache
def _words(where: str) -> tuple[str, ...]:
    return tuple(line["word"] for line in wordlist("payment_identifiers") if line["where"] == where)


def _named(rows: list[tuple[object, ...]]) -> str:
    """Both rows of each of the first conflicts: `ch_1 (row 3; row 2 of shop-…)`."""
    named = [
        f"{number} ({row} / {earlier if place is None else f'{place}:{earlier}'})"
        for number, row, earlier, place, _ in rows[:MOST_NAMED]
    ]
    return ", ".join(named)


def _coded(code: str, filing: Filing, **details: object) -> str:
    return f"{code}: {message(code, filing.language, **details)}"
