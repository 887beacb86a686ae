"""The subject of an erasure: whom the ledger knows by what somebody named, and all that they are known by in it.

Lives here: finding them, and reading what has to be looked for. Not here: taking it out.
"""

import re
import uuid

import polars as pl

from pipelines.configuration.typed import Typed
from pipelines.conflicts.erased_people import email_key, erased_among, id_key
from pipelines.erasure.traces import ADDRESS, Traces
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.warehouse.database import Connection, frame_as, rows_of

FOUND = """
    SELECT DISTINCT customer_id::VARCHAR AS customer_id FROM (
        SELECT customer_id, email FROM ledger.contributions
        UNION ALL SELECT customer_id, email FROM ledger.stripe_contributions
        UNION ALL SELECT customer_id, email FROM ledger.stripe_customers WHERE customer_id IS NOT NULL
    ) WHERE customer_id::VARCHAR = lower($1) OR customer_id = md5_number('email:' || lower($1))::UUID
"""
IDS = f"""
    WITH found AS ({FOUND}) SELECT customer_id FROM found
    UNION SELECT customer_id::VARCHAR FROM ledger.merged_customers WHERE survivor_id IN (
        SELECT survivor_id FROM ledger.merged_customers WHERE customer_id::VARCHAR IN (SELECT customer_id FROM found))
"""
"""Everybody there ever was, whether an undo or a clean-up keeps them out of the table or not, with whom somebody merged
with them.
"""

EMAILS = """
    SELECT DISTINCT lower(email) AS told FROM (
        SELECT customer_id, email FROM ledger.contributions
        UNION ALL SELECT customer_id, email FROM ledger.stripe_contributions
        UNION ALL SELECT customer_id, email FROM ledger.stripe_customers
        UNION ALL SELECT customer_id, unnest([receipt_email, billing_email]) FROM ledger.stripe_charges
            JOIN ledger.stripe_payments USING (source, charge_id)
    ) SEMI JOIN subject USING (customer_id) WHERE email IS NOT NULL
    UNION
    SELECT lower(point.value) FROM (
        SELECT unnest(points) AS point FROM ledger.details SEMI JOIN own USING (import_seq, row_number)
    ) WHERE point.kind = 'email' AND lower(point.value) NOT IN (
        SELECT lower(email) FROM ledger.contributions ANTI JOIN subject USING (customer_id) WHERE email IS NOT NULL)
"""
"""Their own, and further ones that identify nobody else."""

PHONES = """
    SELECT DISTINCT told FROM (
        SELECT unnest([phone, mobile]) AS told FROM ledger.contributions SEMI JOIN subject USING (customer_id)
        UNION ALL SELECT unnest([contact_phone, contact_mobile]) FROM ledger.details
            SEMI JOIN own USING (import_seq, row_number)
        UNION ALL SELECT point.value FROM (
            SELECT unnest(points) AS point FROM ledger.details SEMI JOIN own USING (import_seq, row_number)
        ) WHERE point.kind <> 'address'
    ) WHERE regexp_full_match(told, '\\+[0-9]{7,15}')
"""
NAMES = """
    SELECT DISTINCT trim(told) AS told FROM (
        SELECT unnest([name, concat_ws(' ', first_name, last_name)]) AS told
        FROM ledger.contributions SEMI JOIN subject USING (customer_id)
        UNION ALL SELECT concat_ws(' ', contact_first_name, contact_last_name) FROM ledger.details
            SEMI JOIN own USING (import_seq, row_number)
        UNION ALL SELECT name FROM ledger.stripe_contributions SEMI JOIN subject USING (customer_id)
        UNION ALL SELECT name FROM ledger.stripe_customers SEMI JOIN subject USING (customer_id)
        UNION ALL SELECT billing_name FROM ledger.stripe_charges JOIN ledger.stripe_payments USING (source, charge_id)
            SEMI JOIN subject USING (customer_id)
    ) WHERE trim(told) <> ''
"""
STRIPE = "SELECT source, stripe_customer_id AS told FROM ledger.stripe_customers SEMI JOIN subject USING (customer_id)"
OWN_ROWS = """
    SELECT import_key, import_id, row_number FROM ledger.contributions SEMI JOIN subject USING (customer_id)
    JOIN ledger.imports USING (import_seq) ORDER BY import_id, row_number
"""


REFERENCES = """
    SELECT DISTINCT external_id AS told FROM ledger.contributions SEMI JOIN subject USING (customer_id)
    WHERE external_id IS NOT NULL
"""
RUNS = """
    SELECT DISTINCT run_id AS told FROM ledger.imports SEMI JOIN own USING (import_seq)
    WHERE format = 'manual' AND run_id IS NOT NULL
"""


class OwnRows(Typed):
    """The rows of one import that are the subject's: by the key and the id of the import."""

    import_key: str
    import_id: str
    rows: tuple[int, ...]


class Subject(Typed):
    """Who is erased: by which ids the ledger knows them, what else they are known by, and where their rows are.

    `stripe_ids`: source and id of each of their records in Stripe accounts. `references`: their ids in other systems;
    `run_ids`: the runs that entered something about them by hand.
    """

    erasure_id: str
    customer_ids: tuple[str, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    names: tuple[str, ...]
    stripe_ids: tuple[tuple[str, str], ...]
    own_rows: tuple[OwnRows, ...]
    references: tuple[str, ...] = ()
    run_ids: tuple[str, ...] = ()

    @property
    def traces(self) -> Traces:
        """What to look for in texts."""
        return Traces(self.emails, self.phones, self.names)

    @property
    def row_count(self) -> int:
        """Their accepted rows."""
        return sum(len(own.rows) for own in self.own_rows)

    def rows_of(self, import_key: str) -> tuple[int, ...]:
        """Their rows in the file of an import, by its id or its key."""
        return tuple(row for own in self.own_rows if import_key in (own.import_key, own.import_id) for row in own.rows)


def subject_of(connection: Connection, who: str, erasure_id: uuid.UUID) -> Subject:
    """Whom an address or a customer id names, with all that they are known by.

    Also somebody who never became a customer: whose address stands in rejected rows, or who is another's contact.

    Raises WrongUse where the ledger has nobody of that name, AlreadyDone where they were erased.
    """
    told = who.strip()
    ids = rows_of(connection, IDS, [told])["customer_id"].to_list()
    if not ids:
        _hold_to_traces(connection, told)
    with frame_as(connection, "chosen", pl.DataFrame({"id": ids}, schema={"id": pl.String})):
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE subject AS SELECT id::UUID AS customer_id FROM chosen;"
            "CREATE OR REPLACE TEMP TABLE own AS SELECT import_seq, row_number FROM ledger.contributions "
            "SEMI JOIN subject USING (customer_id)"
        )
    emails = [told.lower()] if re.fullmatch(ADDRESS, told) else []
    rows = rows_of(connection, OWN_ROWS).group_by("import_key", "import_id", maintain_order=True).agg("row_number")
    return Subject(
        erasure_id=str(erasure_id),
        customer_ids=tuple(ids),
        emails=tuple(dict.fromkeys((*emails, *_told(connection, EMAILS)))),
        phones=tuple(_told(connection, PHONES)),
        names=tuple(_told(connection, NAMES)),
        stripe_ids=tuple(rows_of(connection, STRIPE).iter_rows()),
        references=tuple(_told(connection, REFERENCES)),
        run_ids=tuple(_told(connection, RUNS)),
        own_rows=tuple(OwnRows(import_key=key, import_id=name, rows=tuple(own)) for key, name, own in rows.iter_rows()),
    )


def _told(connection: Connection, query: str) -> list[str]:
    return sorted(rows_of(connection, query)["told"].drop_nulls().to_list())


def _hold_to_traces(connection: Connection, told: str) -> None:
    """That the ledger has traces of an address that is no customer's."""
    if erased_among(connection, [email_key(told), id_key(told.lower())]):
        raise AlreadyDone("whom you name was erased already: nothing of them is left to erase")
    pattern = Traces((told.lower(),)).of_emails if re.fullmatch(ADDRESS, told) else None
    traced = (
        'SELECT 1 FROM ledger.rejected_rows WHERE regexp_matches("row"::VARCHAR, $1) OR '
        "regexp_matches(reasons::VARCHAR, $1) UNION ALL SELECT 1 FROM ledger.details WHERE "
        "regexp_matches(concat_ws(' ', contact_email, points::VARCHAR), $1) LIMIT 1"
    )
    if pattern is None or rows_of(connection, traced, [pattern]).is_empty():
        raise WrongUse(
            "nobody is known by what you name: give an e-mail address, or a customer_id of the table customers"
        )
