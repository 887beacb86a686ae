"""Identities that do not agree: references and addresses that an import gives otherwise than before (AMB-42).

Lives here: finding them among the customers of an import, and telling both sides. Not here: who is who
(`identity.py`), whose an address is (`customers/addresses.py`). Nobody but a person can know which is right, so these
are warnings.
"""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from pipelines.warehouse.database import Connection, frame_as, rows_of
from pipelines.warehouse.import_rows import add_warnings
from schemas.sentences.note import Note

MOST_NAMED = 10
MOST_ROWS = 5

MINE = """
    mine AS (
        SELECT customer_id, source, external_id, row_number FROM ledger.live_rows
        WHERE import_seq = $place AND external_id IS NOT NULL
    )
"""

EMAIL_CHANGED = f"""
    WITH {MINE}, holders AS (
        SELECT DISTINCT ids.source, ids.external_id, customers.customer_id, coalesce(email, name, '?') AS named
        FROM snapshot.main.customer_external_ids AS ids SEMI JOIN mine USING (source, external_id)
        JOIN snapshot.main.customers USING (customer_id)
    )
    SELECT external_id || ': ' || string_agg(named, ' / ' ORDER BY named) AS told,
        (SELECT list_sort(list(row_number)) FROM mine WHERE mine.external_id = holders.external_id) AS row_numbers
    FROM holders GROUP BY source, external_id HAVING count(*) > 1 ORDER BY external_id
"""
"""One reference in one source, several customers: their addresses identify them."""

EMAIL_REPLACED = """
    WITH listed AS (
        SELECT keyed_id, import_seq, row_number, position, external_id, email FROM ledger.live_rows
        SEMI JOIN (SELECT customer_id AS keyed_id FROM ledger.addresses WHERE import_seq = $place) AS theirs
            USING (keyed_id)
        WHERE email IS NOT NULL
    ),
    before AS (
        SELECT keyed_id, arg_max(email, position) AS email FROM listed WHERE import_seq < $place GROUP BY ALL
    ),
    now AS (
        SELECT keyed_id, any_value(external_id) AS external_id, arg_max(email, position) AS email,
            list(DISTINCT lower(email)) AS every, list_sort(list(row_number)) AS row_numbers
        FROM listed WHERE import_seq = $place GROUP BY ALL
    )
    SELECT row_numbers, concat(now.external_id || ': ',
        coalesce(before.email, list_filter(every, lambda one: one <> lower(now.email))[1]), ' → ', now.email) AS told
    FROM now LEFT JOIN before USING (keyed_id)
    WHERE lower(before.email) <> lower(now.email) OR len(every) > 1 ORDER BY told
"""
"""A customer known by its reference that has another address now: the newest is its own."""

MERGED_ONLY = """
    SELECT customer_id FROM (
        SELECT customer_id, keyed_id, source, count(DISTINCT external_id) AS reference_count FROM ledger.live_rows
        SEMI JOIN (SELECT survivor_id AS customer_id FROM ledger.merged_customers WHERE survivor_id <> customer_id)
            USING (customer_id)
        GROUP BY ALL
    ) GROUP BY customer_id HAVING max(reference_count) = 1
"""
"""Customers who have several references for somebody merged them; of each who was merged there is one."""

SEVERAL_EXTERNAL_IDS = f"""
    WITH {MINE}
    SELECT coalesce(any_value(email), any_value(name), '?') || ': '
        || string_agg(DISTINCT ids.external_id, ' / ' ORDER BY ids.external_id) AS told,
        (SELECT list_sort(list(row_number)) FROM mine WHERE mine.customer_id = ids.customer_id) AS row_numbers
    FROM snapshot.main.customer_external_ids AS ids
    SEMI JOIN mine USING (customer_id, source) JOIN snapshot.main.customers USING (customer_id)
    WHERE ids.customer_id NOT IN ({MERGED_ONLY})
    GROUP BY ids.customer_id, ids.source HAVING count(DISTINCT ids.external_id) > 1 ORDER BY told
"""
"""One customer, several references in one source; each stays."""

EMAIL_TAKEN = """
    SELECT concat(later.email, ': ', coalesce(owner.external_id, owner.name, owner.email), ' / ',
        coalesce(others.external_id, others.name, '?')) AS told,
        (SELECT list_sort(list(row_number)) FROM ledger.owned_contributions AS mine
            WHERE import_seq = $place AND mine.customer_id IN (later.customer_id::UUID, later.owner_id::UUID)
        ) AS row_numbers
    FROM later JOIN snapshot.main.customers AS owner ON owner.customer_id = later.owner_id::UUID
    JOIN snapshot.main.customers AS others ON others.customer_id = later.customer_id::UUID
    WHERE len(row_numbers) > 0 ORDER BY told
"""
"""An address that another customer has in the table."""

QUESTIONS = {
    "EMAIL_CHANGED": EMAIL_CHANGED,
    "EMAIL_REPLACED": EMAIL_REPLACED,
    "SEVERAL_EXTERNAL_IDS": SEVERAL_EXTERNAL_IDS,
}


def warn_of_identities(connection: Connection, languages: Mapping[int, str], later: pl.DataFrame) -> None:
    """Add the warnings to imports of the open transaction, each in the language of its sender.

    `later`: as `addresses.leave_to_one` gives it.
    """
    # Most lists have no reference, and three questions less.
    referring = _referring(connection, languages)
    for place, language in languages.items():
        asked = _asked(connection, place) if place in referring else ()
        add_warnings(connection, [place], [*asked, *_taken(connection, place, later)], language)


def _referring(connection: Connection, places: Iterable[int]) -> set[int]:
    """The imports with a reference, or with customers known by one: of the others there is nothing to ask."""
    listed = ", ".join(map(str, places)) or "NULL"
    query = f"""
        SELECT DISTINCT import_seq FROM ledger.contributions
        WHERE import_seq IN ({listed}) AND external_id IS NOT NULL
        UNION SELECT DISTINCT import_seq FROM ledger.addresses WHERE import_seq IN ({listed})
    """
    return set(rows_of(connection, query)["import_seq"])


def _asked(connection: Connection, place: int) -> Iterator[Note]:
    for code, query in QUESTIONS.items():
        yield from _warning(code, rows_of(connection, query, {"place": place}))


def _taken(connection: Connection, place: int, later: pl.DataFrame) -> Iterator[Note]:
    if later.height:
        with frame_as(connection, "later", later):
            yield from _warning("EMAIL_TAKEN", rows_of(connection, EMAIL_TAKEN, {"place": place}))


def _warning(code: str, found: pl.DataFrame) -> Iterator[Note]:
    """The warning, with the first of them and their rows."""
    if found.height:
        named = [
            Note("of_rows", value=told, count=len(rows), rows=rows[:MOST_ROWS])
            for told, rows in found.select("told", "row_numbers").head(MOST_NAMED).iter_rows()
        ]
        yield Note(code, found=found.height, value=named)
