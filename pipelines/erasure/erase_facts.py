"""Erasing facts: a person out of every table of the ledger, inside its open transaction.

Lives here: the steps in their order, each on the one `Erasing`. Not here: the transaction around them and files
(`erase.py`), accounts (`erase_accounts.py`), what is looked for (`traces.py`).

What other people's rows say stays, but for the person's address in them. The generic steps reach every table there is,
so that a new one needs no line here: a row under the person's id goes, an address in any text is taken out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.conflicts.erased_people import DIGEST, email_key, id_key, stripe_key
from pipelines.erasure.erase_accounts import empty_records, move_charges_apart
from pipelines.erasure.subject import Subject
from pipelines.erasure.traces import ADDRESS, ERASED
from pipelines.rejects.write import ERASED_PERSON
from pipelines.warehouse.database import Connection, frame_as, row_of, rows_of
from pipelines.warehouse.import_rows import add_warnings
from pipelines.warehouse.ledger_tables import columns_of_ledger
from schemas.codes import message
from schemas.sentences.note import Note

NOBODY = DIGEST.format(key="('erased:' || customer_id::VARCHAR)")
"""Of merged customers each keeps its own, for of each a payment counts."""

ANONYMOUS = f"""
    INSERT INTO ledger.erased_rows BY NAME
    SELECT import_seq, source, left({NOBODY}, 32)::UUID AS customer_id, row_number,
        {DIGEST.format(key="('payment:' || payment_id)")} AS payment_id,
        payment_amount, payment_line, payment_day, payment_state, total_spent, payment_count, refund_volume
    FROM ledger.contributions SEMI JOIN subject USING (customer_id)
"""

EMPTIED = """
    UPDATE ledger.rejected_rows SET "row" = CASE WHEN "row" IS NOT NULL THEN '{}' END, typed = NULL,
        reasons = [{'code': ?, 'field': NULL, 'header': NULL, 'value': NULL, 'message': ?}]
    FROM theirs WHERE rejected_rows.rowid = theirs.place
"""


OF_ERASURES = ("erasing", "erased_keys", "erasure_salt", "shape", "steps")
"""Tables whose texts are no sender's; the first is emptied with the last step of an erasure."""


@dataclass(frozen=True)
class Erasing:
    """An erasure in progress: in which open transaction, whom, by whom, when, and the deployment's salt."""

    connection: Connection
    subject: Subject
    by: str
    now: datetime
    salt: str


def note_erasure(erasing: Erasing) -> None:
    """That somebody is erased, what keeps them away, and, until all files are done, who it is."""
    connection, subject = erasing.connection, erasing.subject
    connection.execute(
        "INSERT INTO ledger.erasure_salt SELECT ? WHERE NOT EXISTS (FROM ledger.erasure_salt)", [erasing.salt]
    )
    connection.execute(
        "INSERT INTO ledger.erasures BY NAME SELECT ?::UUID AS erasure_id, ? AS erased_by, "
        "?::TIMESTAMPTZ AS erased_at, ? AS row_count",
        [subject.erasure_id, erasing.by, erasing.now, subject.row_count],
    )
    keys = [
        *map(email_key, subject.emails),
        *map(id_key, subject.customer_ids),
        *(stripe_key(source, identity) for source, identity in subject.stripe_ids),
    ]
    with frame_as(connection, "told", pl.DataFrame({"key": keys}, schema={"key": pl.String})):
        connection.execute(
            f"INSERT INTO ledger.erased_keys SELECT ?::UUID, {DIGEST.format(key='key')} FROM told", [subject.erasure_id]
        )
    connection.execute(
        "INSERT INTO ledger.erasing VALUES (?::UUID, ?)", [subject.erasure_id, subject.model_dump_json()]
    )


def keep_money(erasing: Erasing) -> None:
    """The money of their rows stays, in nobody's name; what else the rows say goes."""
    connection = erasing.connection
    connection.execute(ANONYMOUS)
    for table in ("details", "custom_fields"):
        connection.execute(
            f"DELETE FROM ledger.{table} WHERE (import_seq, row_number) IN (SELECT (import_seq, row_number) FROM own)"
        )
    connection.execute("DELETE FROM ledger.contributions WHERE customer_id IN (FROM subject)")


def empty_rejected_rows(erasing: Erasing) -> None:
    """Of rejected rows about them it stays that there was one."""
    connection, traces = erasing.connection, erasing.subject.traces
    told = rows_of(
        connection,
        "SELECT rowid AS place, import_id, row_number, concat_ws(' ', \"row\"::VARCHAR, reasons::VARCHAR) AS told "
        "FROM ledger.rejected_rows",
    )
    own = pl.DataFrame(
        [(rows.import_id, row) for rows in erasing.subject.own_rows for row in rows.rows],
        schema={"import_id": pl.String, "row_number": pl.Int64},
        orient="row",
    ).with_columns(own=pl.lit(True))
    among = told.join(own, on=["import_id", "row_number"], how="left")
    about = pl.lit(False)
    if traces.of_emails:
        about |= pl.col("told").str.contains(traces.of_emails)
    for pattern in filter(None, (traces.of_phones, traces.of_names)):
        about |= pl.col("told").str.contains(pattern) & ~pl.col("told").str.contains(ADDRESS)
    theirs = among.filter(pl.col("own").fill_null(False) | about)
    with frame_as(connection, "theirs", theirs.select("place")):
        connection.execute(EMPTIED, [ERASED_PERSON, message(ERASED_PERSON, "en")])
    identities = [*dict.fromkeys((*theirs["import_id"], *(rows.import_id for rows in erasing.subject.own_rows)))]
    _tell_imports(connection, identities)


def _tell_imports(connection: Connection, identities: list[str]) -> None:
    """Say in the history that these imports are not any more as they came."""
    found = rows_of(
        connection,
        "SELECT import_seq FROM ledger.imports WHERE import_id IN (SELECT unnest($ids)) AND format <> 'stripe'",
        {"ids": identities},
    )
    add_warnings(connection, found["import_seq"].to_list(), [Note("ORIGINAL_WITHOUT_ERASED")], "en")


def remove_ids(erasing: Erasing) -> None:
    """Whatever stands under their id, in any table: decisions about them, their priorities, their addresses."""
    connection = erasing.connection
    for table, column, kind in columns_of_ledger():
        if kind == "UUID" and column != "erasure_id":
            connection.execute(f'DELETE FROM ledger.{table} WHERE "{column}" IN (FROM subject)')


def leave_others_without_address(erasing: Erasing) -> None:
    """Where their address stands in another customer's row, as a contact's or as one of several, it is blank there."""
    connection, emails = erasing.connection, list(erasing.subject.emails)
    connection.execute(
        "UPDATE ledger.contributions SET email = NULL WHERE lower(email) IN (SELECT unnest(?))", [emails]
    )
    connection.execute(
        "UPDATE ledger.details SET contact_email = NULL, contact_first_name = NULL, contact_last_name = NULL, "
        "contact_phone = NULL, contact_mobile = NULL, points = NULL WHERE lower(contact_email) IN (SELECT unnest(?))",
        [emails],
    )


def clear_texts(erasing: Erasing) -> None:
    """Their address out of every text of the ledger; out of what is told of imports their numbers and names too."""
    connection, traces = erasing.connection, erasing.subject.traces
    for table, column, kind in columns_of_ledger():
        if table in OF_ERASURES or not ("VARCHAR" in kind or kind == "JSON"):
            continue
        patterns = traces.patterns if table == "imports" else [traces.of_emails] if traces.of_emails else []
        for pattern in patterns:
            _clear(connection, f"ledger.{table}", f'"{column}"', kind, pattern)


def _clear(connection: Connection, table: str, column: str, kind: str, pattern: str) -> None:
    text = f"{column}::VARCHAR" if kind in ("VARCHAR", "JSON") else f"to_json({column})::VARCHAR"
    if row_of(connection, f"SELECT 1 FROM {table} WHERE regexp_matches({text}, ?) LIMIT 1", [pattern]) is None:
        return
    put = f"\\1{ERASED}\\3"
    taken = f"regexp_replace(regexp_replace({text}, $1, $2, 'g'), $1, $2, 'g')"
    back = taken if kind == "VARCHAR" else f"{taken}::JSON" if kind == "JSON" else f"({taken}::JSON)::{kind}"
    connection.execute(f"UPDATE {table} SET {column} = {back} WHERE regexp_matches({text}, $1)", [pattern, put])


STEPS: tuple[Callable[[Erasing], None], ...] = (
    note_erasure,
    empty_rejected_rows,
    keep_money,
    lambda erasing: move_charges_apart(erasing.connection),
    lambda erasing: empty_records(erasing.connection, erasing.subject),
    remove_ids,
    leave_others_without_address,
    clear_texts,
)
