"""Payment conflicts: rows of one number that say different things, and rows that tell of a payment again (PIT-100).

Lives here: finding them among the payments of an import, what is told of them, how much of its money was counted
before. Not here: what counts
(`customers/payments_once.py`): each payment does, whatever is told; nobody but a person can know which row is right.
"""

from collections.abc import Iterator
from decimal import Decimal

from pipelines.customers.payments_once import counted, superseded
from pipelines.models.staged_file import StagedFile
from pipelines.parsing.words.payment_identifiers import names_transactions, written_as_transactions
from pipelines.publishing.amounts_as_text import amount_text
from pipelines.warehouse.database import Connection, number_of, rows_of
from pipelines.warehouse.import_rows import add_warnings, take_off_repeated
from schemas.sentences.note import Note

MOST_NAMED = 5

ANY_NUMBER = """
    SELECT count(*) FROM (FROM ledger.contributions WHERE import_seq = ? AND payment_id IS NOT NULL LIMIT 1)
"""

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

CARRIED = """
    SELECT coalesce(sum(total_spent), 0) AS amount FROM ledger.live_rows {theirs} WHERE import_seq = $sequence
"""

COUNTED = "SELECT coalesce(sum(total_spent), 0) AS amount {counted}"

STEPS_BACK = """
    SELECT mine.payment_id AS number, mine.row_number AS row_number, earlier.row_number AS earlier_row,
        imports.import_id AS earlier_import, TRUE AS same_customer
    FROM ({superseded}) AS superseded
    JOIN ledger.live_rows AS mine ON mine.position = superseded.{mine}
    JOIN ledger.live_rows AS earlier ON earlier.position = superseded.{earlier}
    JOIN ledger.imports ON imports.import_seq = earlier.import_seq
    WHERE mine.import_seq = $sequence AND earlier.import_seq < $sequence AND mine.total_spent > 0 AND {about}
    ORDER BY mine.row_number
"""
"""Payments of an import that are back at a state which an earlier import had seen them leave."""

REFUND_KEPT = {
    "mine": "position",
    "earlier": "standing",
    "about": "coalesce(mine.refund_volume, 0) < coalesce(earlier.refund_volume, 0)",
}
CANCELLED_COUNTS_AGAIN = {"mine": "standing", "earlier": "position", "about": "earlier.payment_state = 'cancelled'"}

SPELT = r"ltrim(regexp_replace(regexp_replace(upper({id}), '\.0+$', ''), '[^\p{{L}}\p{{N}}]', '', 'g'), '0')"
"""What two spellings of one number share: `#00123`, `123` and `123.0`."""

SPELT_OTHERWISE = f"""
    WITH mine AS (
        SELECT *, ($sequence::BIGINT << 32) | row_number AS place FROM ledger.owned_contributions
        WHERE import_seq = $sequence AND payment_id IS NOT NULL AND payment_amount > 0 AND total_spent > 0
    )
    SELECT mine.payment_id || ' = ' || earlier.payment_id AS number, mine.row_number AS row_number,
        earlier.row_number AS earlier_row,
        CASE WHEN earlier.import_seq < $sequence THEN imports.import_id END AS earlier_import, TRUE AS same_customer
    FROM mine JOIN ledger.live_rows AS earlier USING (source, keyed_id, payment_day, payment_amount)
    JOIN ledger.imports ON imports.import_seq = earlier.import_seq
    WHERE earlier.total_spent > 0 AND earlier.position < mine.place AND earlier.payment_id <> mine.payment_id
        AND {SPELT.format(id="earlier.payment_id")} = {SPELT.format(id="mine.payment_id")}
    QUALIFY row_number() OVER (PARTITION BY mine.row_number ORDER BY earlier.position DESC) = 1
    ORDER BY mine.row_number
"""
"""Payments of one customer, day and amount whose numbers differ in case, signs or zeros alone: both count, and most
likely one was sent twice, for a spreadsheet drops zeros and a shop's export has a # before its numbers.
"""

CONFLICTS = """
    WITH mine AS (
        SELECT * FROM ledger.owned_contributions
        WHERE import_seq = $sequence AND payment_amount > 0 AND (total_spent > 0 OR payment_state = 'paid')
    )
    SELECT mine.payment_id AS number, mine.row_number AS row_number, earlier.row_number AS earlier_row,
        CASE WHEN earlier.import_seq < $sequence THEN imports.import_id END AS earlier_import,
        mine.keyed_id = earlier.keyed_id AS same_customer
    FROM mine JOIN ledger.live_rows AS earlier USING (source, payment_id) JOIN ledger.imports
        ON imports.import_seq = earlier.import_seq
    WHERE earlier.payment_amount > 0 AND earlier.total_spent > 0 AND earlier.position < ($sequence::BIGINT << 32) |
            mine.row_number
        AND (earlier.keyed_id, earlier.payment_amount, earlier.payment_day)
            IS DISTINCT FROM (mine.keyed_id, mine.payment_amount, mine.payment_day)
        AND earlier.position NOT IN (SELECT position FROM ({superseded}))
    QUALIFY row_number() OVER (PARTITION BY mine.row_number ORDER BY earlier.position DESC) = 1
    ORDER BY mine.row_number
"""


def warn_of_payments(connection: Connection, staged_file: StagedFile, sequence: int) -> None:
    """Add the warnings about an import's payments, where there are any, in the open transaction."""
    add_warnings(connection, [sequence], _conflicts(connection, staged_file, sequence), staged_file.language)


def _conflicts(connection: Connection, staged_file: StagedFile, sequence: int) -> Iterator[Note]:
    if not number_of(connection, ANY_NUMBER, [sequence]):
        return
    otherwise = rows_of(connection, SPELT_OTHERWISE, {"sequence": sequence})
    if otherwise.height:
        yield Note("PAYMENT_NUMBER_SPELT_OTHERWISE", found=otherwise.height, value=_named(otherwise.rows()))
    connection.execute(NUMBERS_AGAIN, {"sequence": sequence})
    if not number_of(connection, "SELECT count(*) FROM numbers_again"):
        return
    theirs = (
        "SEMI JOIN (SELECT customer_id FROM ledger.owned_contributions SEMI JOIN numbers_again "
        "USING (source, payment_id)) AS named USING (customer_id)"
    )
    query = AGAIN.format(superseded=superseded(theirs))
    again = int(rows_of(connection, query, {"sequence": sequence}).item())
    if again:
        amount = amount_text(_note_repeated(connection, sequence, theirs), staged_file.base_currency)
        yield Note("PAYMENT_TOLD_AGAIN", found=again, expected=staged_file.rows_accepted, amount=amount)
        for code, asked in (("REFUND_KEPT", REFUND_KEPT), ("CANCELLED_COUNTS_AGAIN", CANCELLED_COUNTS_AGAIN)):
            query = STEPS_BACK.format(superseded=superseded(theirs), **asked)
            back = rows_of(connection, query, {"sequence": sequence})
            if back.height:
                yield Note(code, found=back.height, value=_named(back.rows()))
    found = rows_of(connection, CONFLICTS.format(superseded=superseded(theirs)), {"sequence": sequence})
    transactions = [are_transactions(staged_file, str(number)) for number in found["number"]]
    contradicted = found.filter(transactions)
    if contradicted.height:
        yield Note("PAYMENT_CONTRADICTED", found=contradicted.height, value=_named(contradicted.rows()))
    several = found.filter([not each for each in transactions])
    repeated = several.filter(several["earlier_import"].is_not_null() & several["same_customer"])
    if repeated.height:
        yield Note("PAYMENT_NUMBER_AGAIN", found=repeated.height, value=_named(repeated.rows()))


def _note_repeated(connection: Connection, sequence: int, theirs: str) -> Decimal:
    """How much of an import's money the imports before it had counted; its entry says so, and what it added.

    What it added is the difference that it makes to what counts, so that the amounts of imports add up to the table.
    """
    before, after = (
        "SEMI JOIN (SELECT import_seq FROM ledger.imports WHERE import_seq "
        f"{limit} {sequence}) AS earlier USING (import_seq) {theirs}"
        for limit in ("<", "<=")
    )
    carried = rows_of(connection, CARRIED.format(theirs=theirs), {"sequence": sequence}).item()
    counts = [
        rows_of(connection, COUNTED.format(counted=counted("ledger.live_rows", among))).item()
        for among in (before, after)
    ]
    # What the rows carry, less what they added to the table.
    repeated = Decimal(carried) - (Decimal(counts[1]) - Decimal(counts[0]))
    take_off_repeated(connection, sequence, repeated)
    return repeated


def are_transactions(staged_file: StagedFile, number: str) -> bool:
    """Whether a number is that of one transaction, by the column's title or by itself; an order's may come again."""
    fields = (staged_file.mapping or {}).get("fields")
    title = str(fields.get("payment_id", "")) if isinstance(fields, dict) else None
    return names_transactions(title) or number.startswith(written_as_transactions())


def _named(rows: list[tuple[object, ...]]) -> list[str]:
    """Both rows of each of the first conflicts: `ch_1 (row 3; row 2 of shop-…)`."""
    return [
        f"{number} ({row} / {earlier if place is None else f'{place}:{earlier}'})"
        for number, row, earlier, place, _ in rows[:MOST_NAMED]
    ]
