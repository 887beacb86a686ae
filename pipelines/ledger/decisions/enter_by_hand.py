"""Entering customers by hand: somebody adds one, changes one or gives fields back to the files (MO-01, MO-02, MO-06).

Lives here: the transaction of such an entry and its rehearsal, whom it is about, what it did. Not here: what may be
stated and whether it is valid (`pipelines/manual_entry/`), its facts (`write_entry.py`), that they win over files
(`pipelines/customers/update_rules.py`), its undo, which is that of any import (`undo.py`).

An entry is an import of one row: it has its line in the history, with who and when, and goes with its undo as if it had
never been. What it states counts until somebody states otherwise or releases the field, whatever files come, go or are
replaced before and after it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.configuration.settings import FileSource, Sources
from pipelines.configuration.typed import Typed
from pipelines.conflicts.erased_people import anybody_erased, erased_among, id_key, without_addresses
from pipelines.customers.affected import imports_are_affected
from pipelines.customers.derive import derive
from pipelines.duplicates.merged_customers import settle
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger.decisions.write_entry import Signature, lead_here, said_already, write_entry
from pipelines.ledger.import_outcome import count_customers
from pipelines.ledger.transaction import (
    current_as_of,
    latest_as_of,
    ledger_transaction,
    next_over,
    note_change,
    rehearsal,
    verified,
)
from pipelines.ledger.write_import import hold_to_currency
from pipelines.manual_entry.asked import Asked
from pipelines.manual_entry.read_entry import Entering, Entry, EntryRefused, read_entry
from pipelines.parsing.emails import parse_emails
from pipelines.publishing.find_customer import find_customer
from pipelines.warehouse.database import (
    Connection,
    customer_uuids,
    number_of,
    row_of,
    rows_of,
    transaction,
)
from schemas.sentences.note import Note
from schemas.ways_in.manual_entry import STATABLE, HandRule

LATEST_ENTRY = """
    SELECT import_id, import_seq FROM ledger.imports WHERE import_seq = (
        SELECT max(import_seq) FROM ledger.live_rows JOIN ledger.imports USING (import_seq)
        WHERE customer_id = $id::UUID AND format = 'manual'
    )
"""
THERE = "FROM snapshot.main.customers WHERE customer_id = $id::UUID OR lower(email) = lower($email)"
UNDONE = """
    INSERT INTO ledger.decisions BY NAME
    SELECT 'undo' AS kind, ? AS import_id, ? AS decided_by, ?::TIMESTAMPTZ AS decided_at
"""

Row = Mapping[str, object]
"""A customer as the table has it; nothing of one who is not there."""

LEANED_ON = ("country",)
"""What is known of a customer that new values are read by: a national number is one of its country."""


@dataclass(frozen=True)
class Order:
    """What somebody wants entered: what is asked for, of whom (`who`; a new customer is asked of nobody), by whom."""

    asked: Asked
    signature: Signature
    who: str | None = None


class Change(Typed):
    """One field of an entry: by what it counts from now on, what the table said before and says now."""

    field: str
    rule: HandRule
    before: str | None
    after: str | None


class Entered(Typed):
    """What an entry did: its line in the history, whom it is about, field by field."""

    import_id: str
    customer_id: str
    called: str
    is_new: bool
    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()


def enter_by_hand(home: Home, sources: Sources, order: Order) -> Entered:
    """Add a customer, or change one, as somebody states by hand.

    Raises WrongUse for a new customer who is there already, a known one whom nobody knows; EntryRefused for a value
    that is not valid; AlreadyDone where people decided exactly this before. Nothing is written then.
    """
    with (
        ledger_transaction(home) as connection,
        next_over(connection, home) as writer,
        transaction(connection),
    ):
        return _enter(connection, writer, sources, order)


def rehearse_entry(home: Home, sources: Sources, order: Order) -> Entered:
    """What an entry would do: it is done, and taken back before it ends. Raises as `enter_by_hand`."""
    done: list[Entered] = []
    with ledger_transaction(home) as connection, rehearsal(connection, home) as writer:
        done.append(_enter(connection, writer, sources, order))
    return done[0]


def entered_already(home: Home, sources: Sources, order: Order) -> Entered:
    """What is told of an entry that an attempt made which died before anybody heard of it: it is taken out once more
    to see what was there before it, and that is taken back.
    """
    done: list[Entered] = []
    with ledger_transaction(home) as connection, rehearsal(connection, home) as writer:
        _, entry, customer_id = _read(writer, sources, order)
        line = rows_of(connection, LATEST_ENTRY, {"id": customer_id}).row(0, named=True)
        after = _by_id(writer, customer_id)
        undo = [line["import_id"], order.signature.by, order.signature.now]
        connection.execute(UNDONE, undo)
        settle(connection)
        imports_are_affected(connection, [line["import_seq"]])
        derive(connection, writer, current_as_of(connection), False, "undo")
        done.append(_told(line["import_id"], sources, entry, (_by_id(writer, customer_id), after)))
    return done[0]


def _read(connection: Connection, sources: Sources, order: Order) -> tuple[Row, Entry, str]:
    """The customer that is meant as the table has it, nobody for a new one; the valid entry, whose id it is for."""
    asked, signature = order.asked, order.signature
    before = {} if order.who is None else _by_id(connection, find_customer(connection, order.who).customer_id)
    leaned_on = {name: str(before[name]) for name in LEANED_ON if before.get(name)}
    entry = read_entry(asked, sources, Entering(signature.by, signature.now, leaned_on))
    return before, entry, str(before["customer_id"]) if before else _new_id(connection, entry)


def _enter(connection: Connection, writer: Connection, sources: Sources, order: Order) -> Entered:
    signature = order.signature
    before, entry, customer_id = _read(writer, sources, order)
    if said_already(connection, entry, customer_id) and (before or _by_id(writer, customer_id)):
        raise AlreadyDone("that was entered by hand already, and counts; nothing was changed")
    if not before:
        _hold_to_new(connection, writer, entry, customer_id)
    address_id = _new_address(connection, writer, entry, customer_id) if before else None
    _hold_to_erased(connection, entry, customer_id)
    hold_to_currency(connection, sources.base_currency)
    as_of = latest_as_of(connection) or signature.now.date()
    note_change(connection, as_of)
    line = write_entry(connection, entry, customer_id if before else _keyed_id(entry), signature)
    if address_id:
        lead_here(connection, line.import_seq, address_id, customer_id)
    imports_are_affected(connection, [line.import_seq])
    derived = derive(connection, writer, as_of, False, "data")
    count_customers(connection, derived, {line.import_seq: entry.language})
    verified(connection)
    return _told(line.import_id, sources, entry, (before, _by_id(writer, customer_id)))


def _told(import_id: str, sources: Sources, entry: Entry, rows: tuple[Row, Row]) -> Entered:
    """What an entry did, by the customer's row before and after it."""
    before, after = rows
    return Entered(
        import_id=import_id,
        customer_id=str(after["customer_id"]),
        called=_called(after),
        is_new=entry.asked.action == "add",
        changes=tuple(_changes(entry, before, after)),
        warnings=(*entry.warnings, *_told_of_owners(sources, entry)),
    )


def _new_address(connection: Connection, writer: Connection, entry: Entry, customer_id: str) -> str | None:
    """The id of whom another address that is stated would make, which is this customer from now on; None where the
    address leads here already. Raises WrongUse where it is another customer's.
    """
    stated = entry.asked.stated.get("email", "").strip()
    if not stated:
        return None
    address_id = _owner(connection, customer_uuids("email:" + parse_emails(pl.Series([stated]))[1])[0])
    if address_id == customer_id:
        return None
    there = rows_of(writer, THERE, {"id": address_id, "email": stated}).filter(pl.col("customer_id") != customer_id)
    if there.height:
        other = _called(there.row(0, named=True))
        raise WrongUse(f"{stated} is the address of another customer, {other}: if both are one, `customers merge` them")
    _hold_to_removed(connection, stated, address_id)
    return address_id


def _by_id(writer: Connection, customer_id: str) -> Row:
    found = rows_of(writer, "FROM snapshot.main.customers WHERE customer_id = $id::UUID", {"id": customer_id})
    return found.row(0, named=True) if found.height else {}


def _new_id(connection: Connection, entry: Entry) -> str:
    return _owner(connection, _keyed_id(entry))


def _keyed_id(entry: Entry) -> str:
    """The id that a new customer's own key gives: its row keeps it, whoever it is one with."""
    return str(customer_uuids(pl.Series([entry.customer_key], dtype=pl.String))[0])


def _hold_to_new(connection: Connection, writer: Connection, entry: Entry, customer_id: str) -> None:
    """Raises WrongUse where the new customer is one that is there already, or one that a clean-up removed."""
    email = entry.asked.stated.get("email", "").strip()
    there = rows_of(writer, THERE, {"id": customer_id, "email": email})
    if there.height:
        called = _called(there.row(0, named=True))
        raise WrongUse(f"there is a customer {called} already: change it with `customers edit {called} field=value`")
    _hold_to_removed(connection, email, customer_id)


def _hold_to_removed(connection: Connection, email: str, customer_id: str) -> None:
    if number_of(connection, "SELECT count(*) FROM ledger.live WHERE customer_id = ?::UUID", [customer_id]):
        raise WrongUse(
            f"{email or 'this customer'} was removed by a low-spend clean-up, and would stay away: undo that clean-up "
            f"first; `customers history --all` names it"
        )


def _hold_to_erased(connection: Connection, entry: Entry, customer_id: str) -> None:
    """Raises EntryRefused where the customer, or whom a value names, was erased: nobody comes back unseen (PIT-72)."""
    if not anybody_erased(connection):
        return
    told = tuple(entry.asked.stated.values())
    if without_addresses(connection, told) != told or erased_among(connection, [id_key(customer_id)]):
        raise EntryRefused(f"nothing was written. {Note('ERASED_PERSON').line(entry.language)}")


def _owner(connection: Connection, keyed_id: str) -> str:
    """The customer whose the rows of a key are, whoever was merged with whom."""
    merged = "SELECT survivor_id::VARCHAR FROM ledger.merged_customers WHERE customer_id = ?::UUID"
    found = row_of(connection, merged, [keyed_id])
    return str(found[0]) if found else keyed_id


def _called(customer: Row) -> str:
    """What a customer is called by in a command."""
    return str(customer.get("email") or customer.get("customer_id"))


def _changes(entry: Entry, before: Row, after: Row) -> Iterable[Change]:
    for name in STATABLE:
        if name in entry.rules:
            yield Change(
                field=name, rule=entry.rules[name], before=_shown(before.get(name)), after=_shown(after.get(name))
            )


def _shown(value: object) -> str | None:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def _told_of_owners(sources: Sources, entry: Entry) -> Iterable[str]:
    """What another system owns and a person stated all the same: it counts, and whoever states it is told (UP-01)."""
    for name, source in sources.sources.items():
        owners = source.owners(name) if isinstance(source, FileSource) else {}
        for field in entry.asked.stated:
            if field in owners:
                note = Note("OWNED_FIELD_BY_HAND", found=field, expected=owners[field], header=name)
                yield note.line(entry.language)
