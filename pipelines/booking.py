"""Booking: judged files into the ledger, and the customers they touch, in one transaction.

Lives here: what each fact becomes in the working database, undo, rebuild, prioritising again; each is one
transaction that ends with the checks or not at all. Not here: reading files (`files/`), the fold and the
formula (`customers/`), the snapshot (`publish.py`).
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pipelines.customers.deriving import Derived, derive
from pipelines.customers.touching import touch_everybody, touch_imports, touch_nobody
from pipelines.errors import SealBroken, WrongUse
from pipelines.files import filing as filed
from pipelines.files.filing import Filing, Outcome, ReasonRecord
from pipelines.identity import import_id
from pipelines.reporting import Report, silent
from pipelines.settings import Home
from pipelines.snapshot import is_current, ledger_version, next_snapshot
from pipelines.verifying import Verdict, verify
from pipelines.warehouse import (
    UUID_OF_HALVES,
    Connection,
    frame_as,
    number_of,
    row_of,
    transaction,
    value_of,
    working,
)
from schemas.codes import message


@dataclass(frozen=True)
class Booked:
    """What a transaction did: the outcome of each file, and the checks that it passed."""

    outcomes: tuple[Outcome, ...]
    verdicts: tuple[Verdict, ...]


_NOTHING = Booked((), ())


class ChecksFailed(SealBroken):
    """A conservation check failed: the transaction was rolled back, nothing was written."""

    def __init__(self, verdicts: tuple[Verdict, ...]) -> None:
        self.verdicts = verdicts
        failed = [f"{verdict.name}: {verdict.found}" for verdict in verdicts if not verdict.passed]
        super().__init__(f"nothing was written, because {'; '.join(failed)}")


def book(home: Home, filings: Sequence[Filing], run_id: str | None, now: datetime, report: Report = silent) -> Booked:
    """Book filings in their order: ledger, rejected rows, history, customers and priorities at once.

    Raises ChecksFailed, with everything rolled back. A file whose bytes are in the ledger already changes nothing
    (contract page 6, rule 1).
    """
    report("booking")
    with _desk(home) as connection:
        slips = [_repeated(connection, filing) for filing in filings]
        new = [filing for filing, slip in zip(filings, slips, strict=True) if slip is None]
        booked = _book_new(connection, home, new, run_id, now, report) if new else _NOTHING
        entered = iter(booked.outcomes)
        outcomes = tuple(_outcome(connection, slip) if slip else next(entered) for slip in slips)
    return Booked(outcomes, booked.verdicts)


def undo(home: Home, wanted: str, by: str, now: datetime) -> int:
    """Take out exactly what one import contributed; returns how many customers went with it (RF-27, RF-30).

    Raises WrongUse for an import that does not exist, has nothing to undo, or is undone already.
    """
    with _desk(home) as connection:
        sequence, as_of = _undoable(connection, wanted), current_as_of(connection)
        with _next(connection, home) as writer, transaction(connection):
            _note_change(connection, as_of)
            connection.execute("INSERT INTO ledger.decisions VALUES ('undo', ?, ?, ?, NULL)", [wanted, by, now])
            touch_imports(connection, [sequence])
            derived = derive(connection, writer, as_of, False, "undo")
            connection.execute(
                "UPDATE ledger.decisions SET customer_count = ? WHERE kind = 'undo' AND import_id = ?",
                [derived.removed_count, wanted],
            )
            _verified(connection)
    return derived.removed_count


def rebuild(home: Home) -> None:
    """Fold every customer again from the ledger; the tables come out as they were."""
    with working(home.working) as connection:
        _make_anew(connection, home)


def prioritise_all(home: Home, as_of: date) -> None:
    """Every customer's priority as of a day; what changes, changed by the clock alone (AMB-03)."""
    with _desk(home) as connection:
        moved = current_as_of(connection) != as_of
        with _next(connection, home) as writer, transaction(connection):
            _note_change(connection, as_of)
            touch_nobody(connection)
            derive(connection, writer, as_of, moved, "clock")
            _verified(connection, moved)


def publish(home: Home) -> None:
    """Swap the snapshot in again as the ledger stands; made anew where it is missing or behind."""
    with _desk(home) as connection:
        current_as_of(connection)
        with _next(connection, home):
            pass


def current_as_of(connection: Connection) -> date:
    """The day that priorities are counted to now; WrongUse before the first import."""
    found = _latest_as_of(connection)
    if found is None:
        raise WrongUse("nothing was imported yet: import a file first")
    return found


def _latest_as_of(connection: Connection) -> date | None:
    found = value_of(connection, "SELECT arg_max(as_of_date, number) FROM ledger.changes")
    return found if isinstance(found, date) else None


@contextmanager
def _desk(home: Home) -> Iterator[Connection]:
    """The working database, and beside it a snapshot that is not behind: what a crash left is mended first."""
    with working(home.working) as connection:
        if ledger_version(connection) and not is_current(connection, home.published):
            _make_anew(connection, home)
        yield connection


@contextmanager
def _next(connection: Connection, home: Home) -> Iterator[Connection]:
    """The next snapshot over the present one; the first of all starts empty."""
    with next_snapshot(connection, home.published, fresh=ledger_version(connection) == 0) as writer:
        yield writer


def _make_anew(connection: Connection, home: Home) -> None:
    as_of = current_as_of(connection)
    with next_snapshot(connection, home.published, fresh=True) as writer, transaction(connection):
        touch_everybody(connection)
        derive(connection, writer, as_of, False, "data")
        _verified(connection)


def _book_new(
    connection: Connection,
    home: Home,
    filings: Sequence[Filing],
    run_id: str | None,
    now: datetime,
    report: Report,
) -> Booked:
    """Filings whose bytes are not in the ledger. Only judged ones touch customers and can move the day."""
    with _next(connection, home) as writer, transaction(connection):
        earlier = _latest_as_of(connection)
        judged = [filing.as_of for filing in filings if filing.verdict == "judged"]
        as_of = max(judged, default=earlier or filings[0].as_of)
        _note_change(connection, as_of)
        slips = [_enter(connection, home, filing, run_id, now) for filing in filings]
        sequences = [slip.sequence for slip in slips if slip.sequence is not None]
        touch_imports(connection, sequences) if sequences else touch_nobody(connection)
        moved = earlier not in (None, as_of)
        report("folding customers")
        derived = derive(connection, writer, as_of, moved, "data")
        _count_customers(connection, derived, sequences)
        report("checking")
        verdicts = _verified(connection, moved)
        outcomes = tuple(_outcome(connection, slip) for slip in slips)
        report("publishing")
    return Booked(outcomes, verdicts)


def _note_change(connection: Connection, as_of: date) -> None:
    """Number this change of the ledger."""
    connection.execute("INSERT INTO ledger.changes SELECT coalesce(max(number), 0) + 1, ? FROM ledger.changes", [as_of])


@dataclass(frozen=True)
class _Slip:
    """A filing on its way through the transaction: its import, and its place in the ledger if it has one."""

    filing: Filing
    import_id: str
    sequence: int | None
    reasons: tuple[ReasonRecord, ...] = ()


def _enter(connection: Connection, home: Home, filing: Filing, run_id: str | None, now: datetime) -> _Slip:
    """The facts of one filing: history, contributions, rejected rows, and the original in the archive."""
    repeated = _repeated(connection, filing)
    if repeated:
        return repeated
    identity = import_id(filing.key, _undone_attempts(connection, filing))
    _forget_attempt(connection, identity)
    _archive(home, filing, identity)
    sequence = number_of(connection, "SELECT coalesce(max(import_seq), 0) + 1 FROM ledger.imports")
    _insert_import(connection, filing, identity, sequence, run_id, now)
    if filing.verdict != "judged":
        _insert_refusal(connection, filing, identity, now)
        reasons = (filing.reason,) if filing.reason else ()
        return _Slip(filing, identity, None, reasons)
    _insert_contributions(connection, home, filing, sequence)
    _insert_rejected(connection, home, filing, identity, now)
    return _Slip(filing, identity, sequence)


def _repeated(connection: Connection, filing: Filing) -> _Slip | None:
    """The slip of a filing whose bytes are in the ledger already; None for a new one."""
    live = value_of(
        connection,
        "SELECT import_id FROM ledger.imports ANTI JOIN ledger.undone USING (import_id) "
        "WHERE source = ? AND sha256 = ? AND status LIKE 'done%'",
        [filing.source, filing.sha256],
    )
    if live is None:
        return None
    text = message("ALREADY_IMPORTED", found=live)
    return _Slip(filing, str(live), None, (ReasonRecord(code="ALREADY_IMPORTED", value=str(live), message=text),))


def _undone_attempts(connection: Connection, filing: Filing) -> int:
    counted = "SELECT count(*) FROM ledger.imports SEMI JOIN ledger.undone USING (import_id) WHERE import_key = ?"
    return number_of(connection, counted, [filing.key])


def _forget_attempt(connection: Connection, identity: str) -> None:
    """A refused or failed attempt at the same bytes makes room for the new one: its latest word counts."""
    for table in ("ledger.imports", "ledger.rejected_rows"):
        connection.execute(f"DELETE FROM {table} WHERE import_id = ?", [identity])


def _archive(home: Home, filing: Filing, identity: str) -> None:
    """The original under its import's name, before the transaction ends: an import is never without it."""
    folder = home.archive / identity
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / filing.file_name
    target.unlink(missing_ok=True)
    os.link(home.staging / filing.key / filed.ORIGINAL, target)


def _insert_import(
    connection: Connection, filing: Filing, identity: str, sequence: int, run_id: str | None, now: datetime
) -> None:
    values: dict[str, object] = {
        "import_seq": sequence,
        "import_key": filing.key,
        "import_id": identity,
        "status": _status(filing),
        "rows_merged": 0,
        "customers_created": 0,
        "customers_updated": 0,
        "customers_unchanged": 0,
        "mapping": filed.as_json(filing.mapping),
        "dialect": filed.as_json(filing.dialect),
        "warnings": list(filing.warnings),
        "finished_at": now,
        "run_id": run_id,
        "message": filing.message,
    } | {
        name: getattr(filing, name)
        for name in [
            "source",
            "file_name",
            "sha256",
            "format",
            "profile",
            "rows_read",
            "rows_blank",
            "rows_accepted",
            "rows_rejected",
            "amount_accepted",
            "started_at",
            "imported_by",
        ]
    }
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO ledger.imports ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def _status(filing: Filing) -> Literal["done", "done_with_rejects", "refused", "failed"]:
    if filing.verdict == "refused" or filing.verdict == "failed":
        return filing.verdict
    return "done_with_rejects" if filing.rows_rejected else "done"


def _insert_refusal(connection: Connection, filing: Filing, identity: str, now: datetime) -> None:
    """A refused file is one rejected row of severity `file`, with its reason."""
    if filing.reason is None:
        return
    connection.execute(
        "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, "
        "'file' AS severity, [{'code': ?, 'field': NULL, 'header': NULL, 'value': ?, 'message': ?}] AS reasons, "
        "?::TIMESTAMPTZ AS rejected_at",
        [identity, filing.source, filing.file_name, *filing.reason.model_dump().values(), now],
    )


def _insert_contributions(connection: Connection, home: Home, filing: Filing, sequence: int) -> None:
    connection.execute(
        f"INSERT INTO ledger.contributions BY NAME SELECT ?::INTEGER AS import_seq, ? AS source, {UUID_OF_HALVES} "
        "AS customer_id, * EXCLUDE (id_high, id_low) FROM read_parquet(?)",
        [sequence, filing.source, str(home.staging / filing.key / filed.ACCEPTED)],
    )


def _insert_rejected(connection: Connection, home: Home, filing: Filing, identity: str, now: datetime) -> None:
    connection.execute(
        "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, row_number, "
        "'row' AS severity, reasons, row, ?::TIMESTAMPTZ AS rejected_at FROM read_parquet(?)",
        [identity, filing.source, filing.file_name, now, str(home.staging / filing.key / filed.REJECTED)],
    )


def _count_customers(connection: Connection, derived: Derived, sequences: Sequence[int]) -> None:
    """How many customers each import created, changed and left alone (MO-22).

    A customer that was not there before was created by the first of these imports that has it.
    """
    if not sequences:
        return
    with frame_as(connection, "known_halves", derived.known):
        connection.execute(
            f"""
            WITH shares AS (
                SELECT DISTINCT import_seq, customer_id FROM ledger.contributions
                WHERE import_seq IN ({_numbers(sequences)})
            ), firsts AS (SELECT customer_id, min(import_seq) AS first FROM shares GROUP BY customer_id),
            known AS (SELECT {UUID_OF_HALVES} AS customer_id, unchanged FROM known_halves),
            counted AS (
                SELECT shares.import_seq, count(*) AS everyone, count(*) FILTER (known.unchanged) AS unchanged,
                    count(*) FILTER (known.customer_id IS NULL AND first = shares.import_seq) AS created
                FROM shares JOIN firsts USING (customer_id) LEFT JOIN known USING (customer_id) GROUP BY ALL
            )
            UPDATE ledger.imports SET rows_merged = rows_accepted - everyone,
                customers_created = created, customers_unchanged = unchanged,
                customers_updated = everyone - created - unchanged
            FROM counted WHERE counted.import_seq = imports.import_seq
            """
        )


def _numbers(sequences: Sequence[int]) -> str:
    return ", ".join(str(int(sequence)) for sequence in sequences)


def _verified(connection: Connection, everyone: bool = False) -> tuple[Verdict, ...]:
    verdicts = verify(connection, everyone)
    if not all(verdict.passed for verdict in verdicts):
        raise ChecksFailed(verdicts)
    return verdicts


def _outcome(connection: Connection, slip: _Slip) -> Outcome:
    """What became of a filing; of one that was imported before, nothing but that."""
    filing = slip.filing
    already = slip.sequence is None and filing.verdict == "judged"
    counts = {} if already else _counts(connection, slip.import_id)
    told: dict[str, Any] = {} if already else filing.model_dump(include=COUNTED)
    return Outcome(
        import_id=slip.import_id,
        source=filing.source,
        file_name=filing.file_name,
        status="refused" if already else _status(filing),
        message=_told(filing, slip, counts),
        reasons=slip.reasons,
        **(counts | told),
    )


def _counts(connection: Connection, identity: str) -> dict[str, int]:
    names = ("rows_merged", "customers_created", "customers_updated", "customers_unchanged")
    found = row_of(connection, f"SELECT {', '.join(names)} FROM ledger.imports WHERE import_id = ?", [identity])
    return {name: int(str(count)) for name, count in zip(names, found or (), strict=False)}


COUNTED = {
    "reject_codes",
    "warnings",
    "rows_read",
    "rows_blank",
    "rows_accepted",
    "rows_rejected",
    "amount_accepted",
}


def _told(filing: Filing, slip: _Slip, counts: dict[str, int]) -> str:
    if slip.reasons:
        return slip.reasons[0].message
    if filing.verdict == "failed":
        return filing.message or "failed"
    return (
        f"{filing.rows_accepted} of {filing.rows_read} rows accepted: {counts['customers_created']} customers created, "
        f"{counts['customers_updated']} updated, {counts['customers_unchanged']} unchanged"
    )


def _undoable(connection: Connection, wanted: str) -> int:
    found = row_of(connection, "SELECT import_seq, status FROM ledger.imports WHERE import_id = ?", [wanted])
    if found is None:
        raise WrongUse(f"there is no import {wanted!r}; `customers history --all` lists them")
    if not str(found[1]).startswith("done"):
        raise WrongUse(f"import {wanted} was {found[1]}: it contributed nothing that could be undone")
    if value_of(connection, "SELECT count(*) FROM ledger.undone WHERE import_id = ?", [wanted]):
        raise WrongUse(f"import {wanted} is undone already")
    return int(str(found[0]))


def clear_away(home: Home, filing: Filing) -> None:
    """After the commit: the file leaves the inbox, the frames that were booked leave staging.

    A file that changed since it was read stays: it is another file now.
    """
    folder = home.staging / filing.key
    for name in (filed.ACCEPTED, filed.REJECTED, filed.ORIGINAL, filed.FILING):
        (folder / name).unlink(missing_ok=True)
    path = Path(filing.path)
    if filing.verdict != "failed" and path.is_relative_to(home.inbox) and _unchanged(path, filing.sha256):
        path.unlink()


def _unchanged(path: Path, sha256: str) -> bool:
    if not path.exists():
        return False
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
