"""Merging and separating: somebody decides that two customers are one, or that they are two, and it stays decided.

Lives here: both transactions, whom each is about, its entry in the history. Not here: what decisions come to
(`pipelines/duplicates/merged_customers.py`), whose a row is then (`pipelines/warehouse/owned_views.py`).

The money of both is the survivor's, to the cent: a payment of either stays one, even where both have one of the same
number. What rows say later under either key is the survivor's too. A separation takes that back, and keeps two who look
alike from being proposed again.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.configuration.typed import Typed
from pipelines.conflicts.double_counting import double_counted
from pipelines.customers.affected import imports_are_affected
from pipelines.customers.derive import derive
from pipelines.duplicates.merged_customers import (
    Decision,
    Families,
    MergeChoice,
    Pair,
    all_decisions,
    kept_apart,
    merges_among,
    merges_between,
    merges_of,
    settle,
)
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger.checks.verify import CheckResult
from pipelines.ledger.transaction import (
    ChecksFailed,
    current_as_of,
    ledger_transaction,
    next_over,
    note_change,
    verified,
)
from pipelines.parsing.emails import parse_emails
from pipelines.publishing.find_customer import FoundCustomer, find_customer
from pipelines.warehouse.database import Connection, customer_uuids, row_of, rows_of, transaction
from pipelines.warehouse.import_rows import ImportRow, insert_import, next_import_seq
from schemas.sentences.languages import IN_TABLES
from schemas.sentences.note import Note

MARK_LENGTH = 12

SPENT = """
    SELECT coalesce(sum(total_spent), 0), coalesce(sum(payment_count), 0), coalesce(sum(refund_volume), 0)
    FROM snapshot.main.customers
"""
PART_OF_ANOTHER = """
    SELECT customer_id::VARCHAR FROM ledger.merged_customers
    WHERE customer_id <> survivor_id AND customer_id::VARCHAR IN (SELECT unnest(?))
"""


DECIDED_BY = """
    SELECT import_id, choice, survivor_id::VARCHAR AS survivor_id, other_id::VARCHAR AS other_id
    FROM ledger.merges JOIN ledger.imports USING (import_seq)
    WHERE run_id IN (SELECT unnest($runs)) AND import_id NOT IN (FROM ledger.undone)
    ORDER BY import_seq DESC, survivor_id, other_id
"""


class Merged(Typed):
    """What a decision did: its entry in the history, whom it is about, and who is part of them now, or no more."""

    import_id: str
    customer_id: str
    others: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deciding:
    """Who decides, when, and in which run."""

    by: str
    now: datetime
    run_id: str | None = None


def merge_customers(home: Home, survivor: str, other: str, who: Deciding) -> Merged:
    """Let one customer be part of another from now on: its rows, those to come too, are the survivor's (MO-22).

    Args:
        home: the folders.
        survivor: who stays, with its customer_id and its address; as `find_customer` takes it.
        other: who becomes part of it.
        who: who decides.

    Raises:
        WrongUse: not one customer is known by that, or both are the same one. AlreadyDone: they are one already.
    """

    def pairs(connection: Connection, writer: Connection) -> list[Pair]:
        stays, goes = find_customer(writer, survivor), find_customer(writer, other)
        if stays.customer_id == goes.customer_id:
            if _merged_id(connection, other) or _merged_id(connection, survivor):
                raise AlreadyDone(f"{survivor} and {other} are one customer already: {stays.customer_id}")
            raise WrongUse(f"{survivor} and {other} are the same customer, {stays.customer_id}; name two")
        return [(stays.customer_id, goes.customer_id)]

    return _decide(home, "merged", pairs, who)


def separate_customers(home: Home, one: str, other: str | None, who: Deciding) -> Merged:
    """Let merged customers be two again, or note of two who look alike that they are not one.

    Args:
        home: the folders.
        one: a customer who was merged into another, which alone leaves it then; else everybody leaves who was merged
            into this one. A customer_id, an address and so on, as `find_customer` takes it.
        other: with it, these two are separate: the merge by which they became one is taken back.
        who: who decides.

    Raises:
        WrongUse: not one customer is known by that, or nobody is part of it. AlreadyDone: that was decided already.
    """

    def pairs(connection: Connection, writer: Connection) -> list[Pair]:
        decisions = all_decisions(connection)
        found = find_customer(writer, one)
        if other is None:
            return _merges_of(connection, decisions, one, found)
        return _apart(decisions, meant(writer, one), meant(writer, other))

    return _decide(home, "separate", pairs, who)


def decided_already(home: Home, run_ids: Sequence[str]) -> Merged | None:
    """What one of these runs decided, all of which ended before anybody heard of it; None where none did or it was
    undone since. Whom a separation is about is told by what stands, so that asking again would be another one.

    Args:
        home: the folders.
        run_ids: the runs that were asked for the same.
    """
    if not run_ids:
        return None
    with ledger_transaction(home) as connection:
        found = rows_of(connection, DECIDED_BY, {"runs": list(run_ids)})
        decided = [row for row in found.iter_rows() if row[0] == found["import_id"][0]]
        return _told(connection, decided[0][0], decided[0][1], [row[2:] for row in decided]) if decided else None


def meant(connection: Connection, named: str) -> str:
    """The customer_id that somebody means: of one who is part of another its own. Raises WrongUse, as `find_customer`.

    Args:
        connection: as `find_customer` takes it.
        named: what they know of the customer.
    """
    return _merged_id(connection, named) or find_customer(connection, named).customer_id


def _merges_of(connection: Connection, decisions: Sequence[Decision], one: str, found: FoundCustomer) -> list[Pair]:
    """The merges that a separation of one customer takes back."""
    merges = merges_of(decisions, _merged_id(connection, one) or found.customer_id)
    if not merges:
        raise WrongUse(
            f"nobody is part of {found.called}; two customers who only look alike are kept apart with "
            "`customers separate A B --by NAME`"
        )
    return merges


def _apart(decisions: list[Decision], one: str, other: str) -> list[Pair]:
    """The merges to take back until two customers are two; of two who are, the pair itself."""
    if one == other:
        raise WrongUse(f"both are the same customer, {one}, whom no merge joined: name two")
    if taken := merges_between(decisions, one, other):
        return taken
    families = Families(merges_among(decisions))
    ends = families.head(one), families.head(other)
    if {ends, ends[::-1]} & {*kept_apart(decisions)}:
        raise AlreadyDone(f"{ends[0]} and {ends[1]} are decided to be two customers already")
    return [ends]


def _merged_id(connection: Connection, named: str) -> str | None:
    """The customer who is part of another now and whom this id, or this address, identified."""
    text = pl.Series([named.strip()])
    ids = [text[0].lower(), *customer_uuids("email:" + parse_emails(text)[1]).drop_nulls()]
    found = row_of(connection, PART_OF_ANOTHER, [ids])
    return str(found[0]) if found else None


def _decide(
    home: Home,
    choice: MergeChoice,
    pairs_of: Callable[[Connection, Connection], list[Pair]],
    who: Deciding,
) -> Merged:
    """Note the decision on these pairs with its entry in the history, and derive everybody whom it is about."""
    with ledger_transaction(home) as connection:
        as_of = current_as_of(connection)
        with next_over(connection, home) as writer, transaction(connection):
            # Sorted, so that the same decision has the same digest.
            pairs = sorted(pairs_of(connection, writer))
            before = row_of(writer, SPENT)
            note_change(connection, as_of)
            entry = _write_entry(connection, choice, pairs, who)
            settle(connection)
            imports_are_affected(connection, [entry.import_seq])
            derive(connection, writer, as_of, False, "data")
            verified(connection)
            # Beside the checks, which compare customers with their rows: money may move, and none may come or go.
            _same_money(before, row_of(writer, SPENT))
            return _told(connection, entry.import_id, choice, pairs)


def _told(connection: Connection, import_id: str, choice: MergeChoice, pairs: Sequence[Pair]) -> Merged:
    return Merged(
        import_id=import_id,
        customer_id=pairs[0][0],
        others=tuple(other for _, other in pairs),
        warnings=tuple(note.line(IN_TABLES) for note in double_counted(connection)) if choice == "merged" else (),
    )


def _write_entry(connection: Connection, choice: MergeChoice, pairs: Sequence[Pair], who: Deciding) -> ImportRow:
    """The decision as an entry that an undo takes back; it names ids alone, for people are erased from the tables."""
    import_seq = next_import_seq(connection)
    digest = hashlib.sha256(f"{import_seq} {pairs} {who.by} {who.now.isoformat()}".encode()).hexdigest()
    name = "merge" if choice == "merged" else "separate"
    told = "is_part_of" if choice == "merged" else "is_another_customer"
    listed = "customers_who_are_one" if choice == "merged" else "customers_who_are_two"
    entry = ImportRow(
        import_seq=import_seq,
        import_key=f"{name}-{digest[:MARK_LENGTH]}",
        import_id=f"{name}-{digest[:MARK_LENGTH]}",
        source="merge" if choice == "merged" else "separation",
        file_name=Note(listed).sentence(IN_TABLES),
        sha256=digest,
        format=name,
        profile=name,
        status="done",
        started_at=who.now,
        finished_at=who.now,
        imported_by=who.by,
        run_id=who.run_id,
        message="; ".join(Note(told, found=other, expected=survivor).sentence(IN_TABLES) for survivor, other in pairs),
    )
    insert_import(connection, entry)
    for survivor, other in pairs:
        connection.execute("INSERT INTO ledger.merges VALUES (?, ?, ?, ?)", [import_seq, choice, survivor, other])
    return entry


def _same_money(before: object, after: object) -> None:
    """Neither a merge nor a separation may change what all customers spent; raises ChecksFailed."""
    if before != after:
        raise ChecksFailed(
            (
                CheckResult(
                    "merges_keep_money", "customers", False, f"total, count, refunds: {before} before, {after} now"
                ),
            )
        )
