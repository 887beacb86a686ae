"""Erasing in files: a person out of every file under CUSTOMERS_HOME that is ours.

Lives here: what is done with each kind of file. Not here: originals (`archived_files.py`), SQLite (`sqlite_files.py`),
the working database and the snapshot (`erase.py`). Done again after a crash, it comes to the same.

What lies in the inbox is its sender's: it is told, and when it is imported its rows about the person are not taken.
"""

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.durable import written
from pipelines.erasure.archived_files import names_person, replace_original
from pipelines.erasure.sqlite_files import clear_sqlite, is_sqlite
from pipelines.erasure.subject import Subject
from pipelines.erasure.traces import ADDRESS, Traces
from pipelines.erasure.typed_forms import cleared
from pipelines.home import Home
from pipelines.models.sheet import ROW
from pipelines.models.staged_file import ACCEPTED, CHOICES, ORIGINAL, REJECTED, ROWS, load_staged_file, save_record
from pipelines.rejects.write import OF_ERASED, write_missing
from pipelines.warehouse.database import Connection, own_database, rows_of

BESIDE_SQLITE = ("-wal", "-shm", "-journal")
LEGACY = ("cp1252", "cp1250", "iso-8859-2", "cp852", "cp437", "mac-roman", "cp1251", "cp1254", "cp1257")


@dataclass
class FilesErased:
    """What became of files: how many were written anew or dropped, which originals are gone, and which are left."""

    rewritten: int = 0
    gone: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def erase_files(connection: Connection, home: Home, subject: Subject) -> FilesErased:
    """Take a person out of every file of ours; the databases of the pipeline are their owner's to write anew."""
    done, traces = FilesErased(), subject.traces
    machine = Traces(subject.emails, subject.phones, subject.names, subject.customer_ids)
    dialects = _dialects(connection)
    for extract in sorted(home.extracts.glob("*.duckdb")):  # whatever was read of an account is read again
        with own_database(extract, lambda _: False):
            done.rewritten += 1
    _drop_reject_files(connection, home, traces)
    done.rewritten += _drop_reports(connection, home, subject, machine)
    for path in _files(home):
        name = str(path.relative_to(home.root))
        if not any(path.is_relative_to(folder) for folder in _ours(home)):
            done.left += [name] if names_person(path.read_bytes(), traces, LEGACY) else []
        elif path.name == ORIGINAL or path.is_relative_to(home.archive):
            _erase_original(path, subject, dialects, done, name)
        elif path.suffix == ".parquet":
            done.rewritten += _erase_frame(path, subject)
        elif is_sqlite(path):
            done.rewritten += bool(clear_sqlite(path, cleared(subject, machine)))
        else:
            _erase_text(path, machine, done, name)
    write_missing(connection, home)
    return done


def _ours(home: Home) -> tuple[Path, ...]:
    """The folders in which everything is ours; what lies elsewhere is somebody's own."""
    own = (home.archive, home.staging, home.mappings, home.logs, home.dagster, home.working.parent)
    return (*own, home.reports, home.templates)


def _files(home: Home) -> Iterator[Path]:
    """Every file but the databases of the pipeline, reject files, and the logs that belong to a database."""
    for path in sorted(home.root.rglob("*")):
        beside = path.name.endswith(BESIDE_SQLITE) or path.suffix in (".lock", ".wal")
        known = path in (home.working, home.published) or path.is_relative_to(home.rejects)
        if path.is_file() and not path.is_symlink() and not beside and not known:
            yield path


def _drop_reject_files(connection: Connection, home: Home, traces: Traces) -> None:
    """Reject files of which a row is gone, or that name them otherwise, are written again without them."""
    emptied = rows_of(
        connection,
        f"SELECT DISTINCT import_id FROM ledger.rejected_rows WHERE {OF_ERASED}",
    )["import_id"]
    for path in sorted(home.rejects.glob("*")):
        if path.stem in set(emptied) or names_person(path.read_bytes(), traces):
            path.unlink()


def _drop_reports(connection: Connection, home: Home, subject: Subject, traces: Traces) -> int:
    """Pages and lists that tell of them go whole, for they tell more than names and can be made again; how many.

    So do the reports of imports that count nothing: the ledger has none of their rows, and a report quotes cells.
    """
    uncounted = "SELECT import_id FROM ledger.imports WHERE status NOT LIKE 'done%'"
    quoting = set(rows_of(connection, uncounted)["import_id"])
    theirs = {f"customer-{identity}" for identity in subject.customer_ids}
    dropped = 0
    for path in sorted(home.reports.glob("*")):
        told = path.stem in theirs | quoting or subject.rows_of(path.stem.removeprefix("rows-"))
        if told or traces.are_in(html.unescape(path.read_text("utf-8"))):
            path.unlink()
            dropped += 1
    return dropped


def _dialects(connection: Connection) -> dict[str, dict[str, object]]:
    """How each import's file was read."""
    told = rows_of(connection, "SELECT import_id, dialect FROM ledger.imports WHERE dialect IS NOT NULL")
    return {identity: json.loads(dialect) for identity, dialect in told.iter_rows()}


def _erase_original(
    path: Path, subject: Subject, dialects: dict[str, dict[str, object]], done: FilesErased, name: str
) -> None:
    """An original of the archive or of a staged file, where it names them or holds rows that are known as theirs."""
    identity, dialect = path.parent.name, dialects.get(path.parent.name, {})
    rows = subject.rows_of(identity)
    encodings = (str(dialect["encoding"]),) if "encoding" in dialect else LEGACY
    if not rows and not names_person(path.read_bytes(), subject.traces, encodings):
        return
    done.rewritten += 1
    if not replace_original(path, rows, subject.traces, dialect):
        done.gone.append(name)


def _erase_frame(path: Path, subject: Subject) -> bool:
    """A staged frame without their rows; of one that waits, the record is told how many are gone."""
    frame = pl.read_parquet(path)
    about = _about(frame, path, subject)
    if not about.any():
        return False
    _correct_record(path, frame.filter(about), subject.erasure_id)
    with written(path) as unfinished:
        frame.filter(~about).write_parquet(unfinished)
    return True


def _about(frame: pl.DataFrame, path: Path, subject: Subject) -> pl.Series:
    """Which rows of a frame are theirs: by their numbers in a file that was imported, else by what they say."""
    traces = subject.traces
    told = pl.Series([" | ".join(map(str, row)) for row in frame.rows()], dtype=pl.String)
    about = pl.Series([False] * frame.height, dtype=pl.Boolean)
    if ROW in frame.columns:
        about |= frame[ROW].is_in([*subject.rows_of(path.parent.name), *_rows_as_sent(path, subject)])
    if traces.of_emails:
        about |= told.str.contains(traces.of_emails)
    for pattern in filter(None, (traces.of_phones, traces.of_names)):
        about |= told.str.contains(pattern) & ~told.str.contains(ADDRESS)
    return about


def _rows_as_sent(path: Path, subject: Subject) -> list[int]:
    """Which rows of a staged file are theirs by what was sent, for frames that hold a part of it, such as details. The
    rows as sent come last of a folder (`_files`), so that a death in between loses nothing.
    """
    sent = path.with_name(ROWS)
    if path.name == ROWS or not sent.exists():
        return []
    frame = pl.read_parquet(sent)
    return frame.filter(_about(frame, sent, subject))[ROW].to_list()


def _correct_record(path: Path, gone: pl.DataFrame, erasure_id: str) -> None:
    """Count the rows out of what the record says, once: a death may come between the record and its frame."""
    staged_file, frame = load_staged_file(path.parent), f"{erasure_id}/{path.name}"
    if staged_file is None or staged_file.result != "validated" or frame in staged_file.erased:
        return
    counts: dict[str, object] = {"erased": (*staged_file.erased, frame)}
    if path.name == ROWS:
        counts["rows_read"] = staged_file.rows_read - gone.height
    elif path.name == ACCEPTED:
        counts["rows_accepted"] = staged_file.rows_accepted - gone.height
        if "total_spent" in gone.columns:
            amounts = gone["total_spent"].drop_nulls().to_list()
            counts["amount_accepted"] = staged_file.amount_accepted - sum(amounts, Decimal(0))
    elif path.name == REJECTED:
        counts["rows_rejected"] = staged_file.rows_rejected - gone.filter(severity="row").height
    # What each choice would do is no longer that.
    (path.parent / CHOICES).unlink(missing_ok=True)
    save_record(path.parent, staged_file.model_copy(update=counts))


def _erase_text(path: Path, traces: Traces, done: FilesErased, name: str) -> None:
    """A text of ours: a log, a report, a saved mapping, a record of a run."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        done.left += [name] if names_person(content, traces, LEGACY) else []
        return
    if not traces.are_in(text):
        return
    done.rewritten += 1
    with written(path) as unfinished:
        unfinished.write_bytes(traces.taken_out(text).encode("utf-8"))
