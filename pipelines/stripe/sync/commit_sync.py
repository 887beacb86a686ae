"""Committing a sync: what was read of a Stripe account becomes the source's state in the ledger, in one transaction.

Lives here: the steps of that transaction in their order, each on the one `SyncInProgress`. Not here: reading the
account (`pipelines/stripe/extract/run.py`), whether it is the one of the last time (`known_source.py`), the difference
(`account_state.py`), taking an account's data out (`pipelines/ledger/take_out_account.py`).
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from pipelines.conflicts.erased_people import masked
from pipelines.customers.affected import AFFECTED
from pipelines.customers.derive import Derived, derive
from pipelines.customers.low_spend import tell_kept_away
from pipelines.home import Home
from pipelines.identity import import_id, import_key
from pipelines.ledger.checks.verify import CheckResult
from pipelines.ledger.import_in_progress import found
from pipelines.ledger.transaction import latest_as_of, ledger_transaction, next_over, note_change, verified
from pipelines.ledger.write_import import hold_to_currency
from pipelines.progress import Report, silent
from pipelines.stripe.api.protocol import STREAMS
from pipelines.stripe.sync.account_state import Restated, restate, write_state
from pipelines.stripe.sync.context import Read, Synced, Terms, Who
from pipelines.stripe.sync.facts import flatten
from pipelines.stripe.sync.known_source import hold_to_one_mode, hold_to_one_source
from pipelines.stripe.sync.warnings import warnings_of
from pipelines.warehouse.database import (
    Connection,
    frame_as,
    number_of,
    published,
    row_of,
    rows_of,
    transaction,
    value_of,
)
from pipelines.warehouse.import_rows import ImportRow, add_warnings, insert_import, next_import_seq, update_import
from schemas.sentences.languages import IN_TABLES
from schemas.sentences.note import Note

FORMAT = "stripe"


@dataclass
class SyncInProgress:
    """A sync on its way into the ledger: what was read, on what terms, and what each step has found so far.

    `restated`: what differs from the state before; `surprises`: objects that are no facts and were not told of before,
    `known_surprises`: how many were. `import_seq` and `import_id`: of its entry in the history; `change`: the number of
    the ledger's change. `writer` writes the next snapshot. `earlier_as_of` and `as_of`: the day that priorities were
    counted to, and are.
    """

    connection: Connection
    read: Read
    terms: Terms
    who: Who
    report: Report
    restated: Restated | None = None
    surprises: pl.DataFrame = field(default_factory=pl.DataFrame)
    known_surprises: int = 0
    erased_count: int = 0
    writer: Connection | None = None
    earlier_as_of: date | None = None
    as_of: date | None = None
    change: int = 0
    import_seq: int = 0
    import_id: str | None = None
    derived: Derived | None = None
    check_results: tuple[CheckResult, ...] = ()

    @property
    def source(self) -> str:
        """The source whose account it is."""
        return self.terms.source

    @property
    def differs(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.restated) or self.surprises.height > 0

    @property
    def day_moved(self) -> bool:
        """Whether priorities are counted to another day than before."""
        return self.earlier_as_of not in (None, self.as_of)

    @property
    def objects_read(self) -> int:
        """The objects of all lists, with those that could not be decoded."""
        return sum(frame.height for frame in self.read.frames.values()) + self.read.surprises.height

    @property
    def unlisted(self) -> Sequence[Note]:
        """The warning that the list of customers lacks some, or has erased people, told where nothing else changed too
        (scenario 52).
        """
        told = {"CUSTOMERS_NOT_LISTED": found(self.restated).unlisted_customers, "ERASED_LEFT_OUT": self.erased_count}
        return [Note(code, found=count) for code, count in told.items() if count]


def commit_extract(home: Home, read: Read, terms: Terms, who: Who, report: Report = silent) -> Synced:
    """Commit what was read, in one transaction with the mark up to where it was read (stripe.md 6.2).

    Committed again after a crash, it comes to the same. Where nothing differs, it is noted that the account was looked
    at, and no more. Raises AccountChanged, ChecksFailed; nothing is written then.
    """
    report(f"comparing {sum(frame.height for frame in read.frames.values()):,} objects with the ledger")
    with ledger_transaction(home) as connection:
        sync = SyncInProgress(connection, read, terms, who, report)
        compare(sync)
        if sync.differs:
            with next_over(connection, home) as sync.writer, transaction(connection):
                for step in STEPS:
                    step(sync)
        else:
            # No snapshot is made for a look at an account that found nothing.
            with transaction(connection):
                note_read(sync)
    return _summary(home, sync)


def compare(sync: SyncInProgress) -> None:
    """Find out what differs from the ledger, and that it is the account that the source had before."""
    hold_to_one_mode(sync.connection, sync.read, sync.source)
    hold_to_one_source(sync.connection, sync.read, sync.source)
    flat = flatten(sync.read.frames, sync.source)
    odd = pl.concat([sync.read.surprises, flat.surprises])
    of_others = masked(sync.connection, flat.charges, flat.customers, sync.source)
    sync.erased_count = of_others.erased_count
    told = flat._replace(charges=of_others.charges, customers=of_others.customers, surprises=odd)
    sync.restated = restate(sync.connection, told, sync.terms)
    sync.surprises = _unknown(sync.connection, odd, sync.source)
    sync.known_surprises = odd.height - sync.surprises.height


def note_new_day(sync: SyncInProgress) -> None:
    """Number the change of the ledger; a sync never moves the day back."""
    today = sync.who.now.date()
    sync.earlier_as_of = latest_as_of(sync.connection)
    # An import may have been made as of a later day.
    sync.as_of = max(today, sync.earlier_as_of or today)
    note_change(sync.connection, sync.as_of)
    sync.change = number_of(sync.connection, "SELECT max(number) FROM ledger.changes")


def note_read(sync: SyncInProgress) -> None:
    """The mark up to where the account was read: it moves only with all that was read, and back only where it lies
    ahead of now, set by a clock that was fast (scenario 60). From here on its payments are told one by one.
    """
    connection, read, terms = sync.connection, sync.read, sync.terms
    hold_to_currency(connection, terms.base_currency)
    returned = "upper_bound, swept_at, anchor_charge_id, livemode, refunds_read_at"
    before = row_of(connection, f"DELETE FROM ledger.stripe_state WHERE source = ? RETURNING {returned}", [sync.source])
    read_to = read.upper_bound
    # What this sync did not find out stays as it was noted.
    bound, swept, anchor, livemode, refunds = before or (read_to, read_to, None, None, None)
    ahead = isinstance(bound, datetime) and bound > sync.who.now
    seen = read.frames["charges"]["livemode"].drop_nulls().head(1).to_list() or [read.livemode]
    connection.execute(
        "INSERT INTO ledger.stripe_state VALUES (?, greatest(?::TIMESTAMPTZ, ?::TIMESTAMPTZ), ?::TIMESTAMPTZ, ?, "
        "?, ?, ?, ?::TIMESTAMPTZ, TRUE)",
        [
            sync.source,
            read_to,
            read_to if ahead else bound,
            read_to if terms.mode == "full" else swept,
            read.extract_id,
            terms.options.amount_field,
            anchor or _oldest_charge(read),
            seen[0] if livemode is None else livemode,
            read_to if terms.refunds_detailed else refunds,
        ],
    )


def write_history(sync: SyncInProgress) -> None:
    """The sync's line in the history, and in the list of syncs."""
    connection, source, bound = sync.connection, sync.source, sync.read.upper_bound.isoformat()
    digest = hashlib.sha256(f"{source} {bound} {sync.terms.mode}".encode()).hexdigest()
    key = import_key(source, digest)
    # Two syncs to the same bound, after a crash or a change of settings, are two entries.
    earlier = number_of(connection, "SELECT count(*) FROM ledger.imports WHERE import_key = ?", [key])
    sync.import_seq, sync.import_id = next_import_seq(connection), import_id(key, earlier)
    row = ImportRow(
        import_seq=sync.import_seq,
        import_key=key,
        import_id=sync.import_id,
        source=source,
        file_name=_named(source),
        sha256=digest,
        format=FORMAT,
        profile=FORMAT,
        status="done_with_rejects" if sync.surprises.height else "done",
        started_at=sync.read.upper_bound,
        finished_at=sync.who.now,
        imported_by=sync.who.by,
        run_id=sync.who.run_id,
        message=Note(
            "objects_changed", found=found(sync.restated).objects_changed, expected=sync.objects_read
        ).sentence(IN_TABLES),
        dialect=json.dumps({"mode": sync.terms.mode, "upper_bound": bound}),
        rows_read=sync.objects_read,
        rows_accepted=sync.objects_read - sync.surprises.height - sync.known_surprises,
        rows_rejected=sync.surprises.height,
        rows_skipped=sync.known_surprises,
    )
    insert_import(connection, row)
    _insert_sync(sync)


def write_differences(sync: SyncInProgress) -> None:
    """Bring the new state into the ledger, and say in the history what it added and what is noticed about it."""
    connection, restated = sync.connection, found(sync.restated)
    # The amount of a sync is what it changed: an account is state, and states its total each time.
    before = number_of_money(connection, sync.source)
    write_state(connection, restated, sync.import_seq, sync.change)
    update_import(connection, sync.import_seq, amount_accepted=number_of_money(connection, sync.source) - before)
    warnings = [*warnings_of(connection, sync.terms, restated.unconverted), *sync.unlisted]
    add_warnings(connection, [sync.import_seq], warnings, IN_TABLES)


def write_surprises(sync: SyncInProgress) -> None:
    """Objects that are no facts are rejected rows: with their id, the reason and all that Stripe said."""
    told = sync.surprises.with_columns(
        pl.format("{} {}", pl.col("stream").str.strip_chars_end("s"), "id").alias("named"),
        pl.struct("stream", "id", "reason")
        .map_elements(lambda odd: Note("SURPRISING_OBJECT", **odd).sentence(IN_TABLES), return_dtype=pl.String)
        .alias("message"),
    )
    with frame_as(sync.connection, "surprises", told):
        sync.connection.execute(
            "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, "
            "stream AS sheet, 'row' AS severity, [{'code': 'SURPRISING_OBJECT', 'field': NULL, 'header': NULL, "
            "'value': id, 'message': message}] AS reasons, row, ?::TIMESTAMPTZ AS rejected_at FROM surprises",
            [sync.import_id, sync.source, _named(sync.source), sync.who.now],
        )


def derive_customers(sync: SyncInProgress) -> None:
    """Fold the customers that the new state moves, and count them in its entry."""
    connection = sync.connection
    sync.report("folding customers")
    derived = derive(connection, found(sync.writer), found(sync.as_of), sync.day_moved, "data")
    present = f"SELECT count(DISTINCT customer_id) FROM ledger.live SEMI JOIN {AFFECTED} USING (customer_id)"
    unchanged = int(derived.known["unchanged"].sum())
    update_import(
        connection,
        sync.import_seq,
        customers_created=number_of(connection, present) - derived.known.height - derived.away.height,
        customers_updated=derived.known.height - unchanged,
        customers_unchanged=unchanged,
        customers_kept_away=derived.away.height,
    )
    tell_kept_away(connection, derived.away, {sync.import_seq: "en"})


def check(sync: SyncInProgress) -> None:
    """Rows and money are conserved; raises ChecksFailed where they are not."""
    sync.report("checking")
    sync.check_results = verified(sync.connection, sync.day_moved)


STEPS: tuple[Callable[[SyncInProgress], None], ...] = (
    note_new_day,
    note_read,
    write_history,
    write_differences,
    write_surprises,
    derive_customers,
    check,
)


def _unknown(connection: Connection, surprises: pl.DataFrame, source: str) -> pl.DataFrame:
    """The surprising objects that were not told of before as they are now."""
    known = "SELECT row::VARCHAR FROM ledger.rejected_rows WHERE source = ?"
    with frame_as(connection, "surprises", surprises):
        told = rows_of(connection, f"SELECT row FROM surprises WHERE row::JSON::VARCHAR IN ({known})", [source])
    return surprises.join(told, on="row", how="anti", maintain_order="left")


def number_of_money(connection: Connection, source: str) -> Decimal:
    """What customers get of a Stripe source now, in the base currency."""
    query = "SELECT coalesce(sum(total_spent), 0) FROM ledger.live_accounts WHERE source = ?"
    return Decimal(str(value_of(connection, query, [source])))


def _named(source: str) -> str:
    """What stands in the history in place of a file's name."""
    return f"Stripe account of {source}"


def _oldest_charge(read: Read) -> str | None:
    """A charge by which the account is known again."""
    # Charges are never deleted, and the oldest is in every list that is read whole.
    oldest = read.frames["charges"].sort("created", "id").head(1)
    return oldest["id"].to_list()[0] if oldest.height else None


def _insert_sync(sync: SyncInProgress) -> None:
    sync.connection.execute(
        "INSERT INTO ledger.stripe_syncs VALUES (?, ?, ?, ?, ?::TIMESTAMPTZ, ?, ?, ?, ?, ?, ?::TIMESTAMPTZ)",
        [
            sync.source,
            sync.import_id,
            sync.change,
            sync.terms.mode,
            sync.read.upper_bound,
            *(sync.read.frames[stream].height for stream in STREAMS),
            found(sync.restated).objects_changed,
            found(sync.restated).late_changes,
            sync.who.now,
        ],
    )


def _summary(home: Home, sync: SyncInProgress) -> Synced:
    """What a sync did, as the history says it; of one that found no difference, the warnings that stand anyway."""
    counts = {stream: sync.read.frames[stream].height for stream in STREAMS}
    synced = Synced(
        sync.source, sync.import_id, sync.terms.mode, sync.read.upper_bound, counts, check_results=sync.check_results
    )
    if sync.import_id is None:
        return replace(synced, warnings=[note.line(IN_TABLES) for note in sync.unlisted])
    query = """
        SELECT objects_changed, late_changes, rows_rejected AS objects_rejected, customers_created, customers_updated,
            amount_accepted AS amount_change, warnings
        FROM import_history JOIN stripe_syncs USING (import_id) WHERE import_id = ?
    """
    with published(home.published) as connection:
        return replace(synced, **rows_of(connection, query, [sync.import_id]).row(0, named=True))
