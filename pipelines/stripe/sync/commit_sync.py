"""Syncing: what was read of a Stripe account becomes the source's state in the ledger.

Lives here: the step from a finished extract to a commit, its entry in the history, what is told of it. Not here:
reading the account (`pipelines/stripe/extract/run.py`), the difference (`account_state.py`), the transaction
(`pipelines/ledger/replace_account.py`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import polars as pl

from pipelines.customers.affected import AFFECTED
from pipelines.customers.derive import Derived
from pipelines.customers.low_spend import tell_kept_away
from pipelines.errors import AccountTaken, ModesMixed
from pipelines.home import Home
from pipelines.identity import import_id, import_key
from pipelines.ledger.checks import CheckResult
from pipelines.ledger.replace_account import commit_state
from pipelines.ledger.write_import import hold_to_currency
from pipelines.progress import Report, silent
from pipelines.stripe.api.protocol import STREAMS, Stream
from pipelines.stripe.sync.account_state import Restated, restate, write_state
from pipelines.stripe.sync.context import Terms
from pipelines.stripe.sync.facts import flatten
from pipelines.stripe.sync.warnings import warnings_of
from pipelines.warehouse.database import Connection, frame_as, number_of, published, row_of, rows_of, value_of
from pipelines.warehouse.import_rows import ImportRow, add_warnings, insert_import, next_import_seq, update_import
from schemas.codes import message

FORMAT = "stripe"


@dataclass(frozen=True)
class Read:
    """A finished extract: what was read of an account, and how.

    `frames`: per list the columns of `schemas.stripe.READ`, each object once; `surprises`: objects that could not even
    be decoded; `upper_bound`: objects made before this instant were read.
    """

    extract_id: str
    frames: Mapping[Stream, pl.DataFrame]
    surprises: pl.DataFrame
    upper_bound: datetime
    livemode: bool | None = None


@dataclass(frozen=True)
class Who:
    """Who syncs, in which run, and when."""

    by: str
    run_id: str | None
    now: datetime


@dataclass(frozen=True)
class Synced:
    """What a sync did; `import_id` is None where nothing had changed."""

    source: str
    import_id: str | None
    mode: str
    upper_bound: datetime
    read: Mapping[Stream, int]
    objects_changed: int = 0
    late_changes: int = 0
    objects_rejected: int = 0
    customers_created: int = 0
    customers_updated: int = 0
    amount_change: Decimal = Decimal(0)
    warnings: Sequence[str] = ()
    check_results: tuple[CheckResult, ...] = ()


def commit_extract(home: Home, read: Read, terms: Terms, who: Who, report: Report = silent) -> Synced:
    """Commit what was read, in one transaction with the mark up to where it was read (stripe.md 6.2).

    Committed again after a crash, it comes to the same. Raises AccountChanged, ChecksFailed; nothing is written then.
    """
    report(f"comparing {sum(frame.height for frame in read.frames.values()):,} objects with the ledger")
    unlisted: list[str] = []

    def compared(connection: Connection) -> _Sync:
        sync = _compared(connection, read, terms, who)
        unlisted.extend(sync.unlisted)
        return sync

    entered = commit_state(home, who.now.date(), compared, report)
    counts = {stream: read.frames[stream].height for stream in STREAMS}
    plain = Synced(
        terms.source, entered.import_id, terms.mode, read.upper_bound, counts, check_results=entered.check_results
    )
    return _told(home, plain) if entered.import_id else replace(plain, warnings=unlisted)


def _compared(connection: Connection, read: Read, terms: Terms, who: Who) -> "_Sync":
    hold_to_one_mode(connection, read, terms.source)
    hold_to_one_source(connection, read, terms.source)
    flat = flatten(read.frames, terms.source)
    odd = pl.concat([read.surprises, flat.surprises])
    facts = flat._replace(surprises=odd)
    fresh = _unknown(connection, odd, terms.source)
    return _Sync(read, terms, who, restate(connection, facts, terms), fresh, odd.height - fresh.height)


def _unknown(connection: Connection, surprises: pl.DataFrame, source: str) -> pl.DataFrame:
    """The surprising objects that were not told of before as they are now."""
    known = "SELECT row::VARCHAR FROM ledger.rejected_rows WHERE source = ?"
    with frame_as(connection, "surprises", surprises):
        told = rows_of(connection, f"SELECT row FROM surprises WHERE row::JSON::VARCHAR IN ({known})", [source])
    return surprises.join(told, on="row", how="anti", maintain_order="left")


def hold_to_one_mode(connection: Connection, read: Read, source: str) -> None:
    """A source is one account in one mode; live and test money are never mixed (PIT-87, scenario 42)."""
    noted = value_of(connection, "SELECT livemode FROM ledger.stripe_state WHERE source = ?", [source])
    seen = pl.concat([read.frames[stream]["livemode"] for stream in ("charges", "customers")]).drop_nulls()
    modes = {mode for mode in (noted, read.livemode, *seen.unique()) if mode is not None}
    if len(modes) > 1:
        raise ModesMixed(
            f"{source}: objects in live mode and in test mode meet; a source is one account in one mode. Connect the "
            f"key of the mode it had with `customers stripe connect {source}`, or declare another source"
        )


def hold_to_one_source(connection: Connection, read: Read, source: str) -> None:
    """An account belongs to one source: what was read under another name already would count twice (PIT-101).

    Ids of charges and customers are Stripe's own, no two accounts or modes share one.
    """
    keys: dict[Stream, str] = {"charges": "charge_id", "customers": "stripe_customer_id"}
    for stream, identity in keys.items():
        with frame_as(connection, "read_now", read.frames[stream].select(pl.col("id").alias(identity))):
            found = row_of(
                connection,
                f"SELECT source, min({identity}) FROM ledger.stripe_{stream} SEMI JOIN read_now USING ({identity}) "
                "WHERE source <> ? GROUP BY source ORDER BY source LIMIT 1",
                [source],
            )
        if found:
            raise AccountTaken(
                f"{source}: {found[1]} was read already, under the source {found[0]}: both read one account, whose "
                f"money would count twice. Nothing was changed. Sync {found[0]} alone, or take its data out first with "
                f"`customers stripe forget {found[0]} --with-data --by NAME`"
            )


@dataclass(frozen=True)
class _Sync:
    """A sync on its way through the transaction (`states.State`)."""

    read: Read
    terms: Terms
    who: Who
    restated: Restated
    surprises: pl.DataFrame
    known_surprises: int

    @property
    def differs(self) -> bool:
        return bool(self.restated) or self.surprises.height > 0

    @property
    def unlisted(self) -> Sequence[str]:
        """The warning that the list of customers lacks some, told where nothing else changed too (scenario 52)."""
        count = self.restated.unlisted_customers
        return [f"CUSTOMERS_NOT_LISTED: {message('CUSTOMERS_NOT_LISTED', 'en', found=count)}"] if count else []

    def note(self, connection: Connection) -> None:
        """The mark up to where the account was read: it moves only with all that was read, and back only where it lies
        ahead of now, set by a clock that was fast (scenario 60). From here on its payments are told one by one.
        """
        hold_to_currency(connection, self.terms.base_currency)
        returned = "upper_bound, swept_at, anchor_charge_id, livemode, refunds_read_at"
        before = row_of(
            connection, f"DELETE FROM ledger.stripe_state WHERE source = ? RETURNING {returned}", [self.terms.source]
        )
        read_to = self.read.upper_bound
        bound, swept, anchor, livemode, refunds = before or (read_to, read_to, None, None, None)
        ahead = isinstance(bound, datetime) and bound > self.who.now
        seen = self.read.frames["charges"]["livemode"].drop_nulls().head(1).to_list() or [self.read.livemode]
        connection.execute(
            "INSERT INTO ledger.stripe_state VALUES (?, greatest(?::TIMESTAMPTZ, ?::TIMESTAMPTZ), ?::TIMESTAMPTZ, ?, "
            "?, ?, ?, ?::TIMESTAMPTZ, TRUE)",
            [
                self.terms.source,
                read_to,
                read_to if ahead else bound,
                self.read.upper_bound if self.terms.mode == "full" else swept,
                self.read.extract_id,
                self.terms.options.amount_field,
                anchor or self._anchor(),
                seen[0] if livemode is None else livemode,
                self.read.upper_bound if self.terms.refunds_detailed else refunds,
            ],
        )

    def _anchor(self) -> str | None:
        """A charge by which the account is known again: the oldest."""
        oldest = self.read.frames["charges"].sort("created", "id").head(1)
        return oldest["id"].to_list()[0] if oldest.height else None

    def write(self, connection: Connection) -> str:
        given = number_of_money(connection, self.terms.source)
        sequence = next_import_seq(connection)
        change = number_of(connection, "SELECT max(number) FROM ledger.changes")
        identity = self._write(connection, sequence)
        write_state(connection, self.restated, sequence, change)
        change_of_money = number_of_money(connection, self.terms.source) - given
        update_import(connection, sequence, amount_accepted=change_of_money)
        warnings = [*warnings_of(connection, self.terms, self.restated.unconverted), *self.unlisted]
        add_warnings(connection, [sequence], warnings)
        self._write_surprises(connection, identity)
        self._write_sync(connection, identity, change)
        return identity

    def count(self, connection: Connection, identity: str, derived: Derived) -> None:
        present = f"SELECT count(DISTINCT customer_id) FROM ledger.live SEMI JOIN {AFFECTED} USING (customer_id)"
        unchanged = int(derived.known["unchanged"].sum())
        place = number_of(connection, "SELECT import_seq FROM ledger.imports WHERE import_id = ?", [identity])
        update_import(
            connection,
            place,
            customers_created=number_of(connection, present) - derived.known.height - derived.away.height,
            customers_updated=derived.known.height - unchanged,
            customers_unchanged=unchanged,
            customers_kept_away=derived.away.height,
        )
        tell_kept_away(connection, derived.away, {place: "en"})

    @property
    def _read_count(self) -> int:
        return sum(frame.height for frame in self.read.frames.values()) + self.read.surprises.height

    def _write(self, connection: Connection, sequence: int) -> str:
        """The sync's entry in the history."""
        source, bound = self.terms.source, self.read.upper_bound.isoformat()
        digest = hashlib.sha256(f"{source} {bound} {self.terms.mode}".encode()).hexdigest()
        key = import_key(source, digest)
        earlier = number_of(connection, "SELECT count(*) FROM ledger.imports WHERE import_key = ?", [key])
        identity = import_id(key, earlier)
        row = ImportRow(
            import_seq=sequence,
            import_key=key,
            import_id=identity,
            source=source,
            file_name=f"Stripe account of {source}",
            sha256=digest,
            format=FORMAT,
            profile=FORMAT,
            status="done_with_rejects" if self.surprises.height else "done",
            started_at=self.read.upper_bound,
            finished_at=self.who.now,
            imported_by=self.who.by,
            run_id=self.who.run_id,
            message=f"{self.restated.objects_changed} of {self._read_count} objects are new or not as they were",
            dialect=json.dumps({"mode": self.terms.mode, "upper_bound": bound}),
            rows_read=self._read_count,
            rows_accepted=self._read_count - self.surprises.height - self.known_surprises,
            rows_rejected=self.surprises.height,
            rows_skipped=self.known_surprises,
        )
        insert_import(connection, row)
        return identity

    def _write_surprises(self, connection: Connection, identity: str) -> None:
        """Objects that are no facts are rejected rows: with their id, the reason and all that Stripe said."""
        told = self.surprises.with_columns(
            pl.format("{} {}", pl.col("stream").str.strip_chars_end("s"), "id").alias("named"),
            pl.struct("stream", "id", "reason")
            .map_elements(lambda odd: message("SURPRISING_OBJECT", **odd), return_dtype=pl.String)
            .alias("message"),
        )
        with frame_as(connection, "surprises", told):
            connection.execute(
                "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, "
                "stream AS sheet, 'row' AS severity, [{'code': 'SURPRISING_OBJECT', 'field': NULL, 'header': NULL, "
                "'value': id, 'message': message}] AS reasons, row, ?::TIMESTAMPTZ AS rejected_at FROM surprises",
                [identity, self.terms.source, f"Stripe account of {self.terms.source}", self.who.now],
            )

    def _write_sync(self, connection: Connection, identity: str, change: int) -> None:
        connection.execute(
            "INSERT INTO ledger.stripe_syncs VALUES (?, ?, ?, ?, ?::TIMESTAMPTZ, ?, ?, ?, ?, ?, ?::TIMESTAMPTZ)",
            [
                self.terms.source,
                identity,
                change,
                self.terms.mode,
                self.read.upper_bound,
                *(self.read.frames[stream].height for stream in STREAMS),
                self.restated.objects_changed,
                self.restated.late_changes,
                self.who.now,
            ],
        )


def number_of_money(connection: Connection, source: str) -> Decimal:
    """What customers get of a Stripe source now, in the base currency."""
    query = "SELECT coalesce(sum(total_spent), 0) FROM ledger.live_accounts WHERE source = ?"
    return Decimal(str(value_of(connection, query, [source])))


def _told(home: Home, synced: Synced) -> Synced:
    """What the history says of a sync."""
    query = """
        SELECT objects_changed, late_changes, rows_rejected AS objects_rejected, customers_created, customers_updated,
            amount_accepted AS amount_change, warnings
        FROM import_history JOIN stripe_syncs USING (import_id) WHERE import_id = ?
    """
    with published(home.published) as connection:
        told = rows_of(connection, query, [synced.import_id]).row(0, named=True)
    return replace(synced, **told)
