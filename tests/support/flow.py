"""The whole flow without Dagster, as short calls: import a file, undo it, read what analysts read."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.intake.attempts import begun
from pipelines.intake.import_request import Options, Request, content_of
from pipelines.intake.inbox import Arrival, waiting
from pipelines.intake.process_file import process_file
from pipelines.intake.run_folders import claimed
from pipelines.ledger import commit_imports
from pipelines.ledger.undo import undo_import
from pipelines.models.staged_file import Outcome, StagedFile, attempt_of
from pipelines.warehouse.database import rows_of
from tests.support.homes import begin, once, snapshot_of

AS_OF = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def file_one(home: Home, path: Path, source: str, sources: Sources | None = None, **options: object) -> StagedFile:
    """Validate one file into staging."""
    arrival = Arrival(path, source)
    as_of, started_at = options.pop("as_of", AS_OF), options.pop("started_at", NOW)
    attempt = str(options.pop("attempt", ""))
    request = Request(arrival, "tester", started_at, as_of, Options.model_validate(options), attempt)
    return process_file(request, content_of(arrival), home, sources or Sources())


def commit_all(home: Home, staged_files: Sequence[StagedFile]) -> list[Outcome]:
    """Commit staged files in one transaction."""
    begin(home)
    return list(commit_imports.commit_staged_files(home, staged_files, None, NOW).outcomes)


def import_file(home: Home, path: Path, source: str = "shop", **options: object) -> Outcome:
    """Import one file and publish."""
    return commit_all(home, [file_one(home, path, source, **options)])[0]


def import_text(home: Home, text: str, source: str = "shop", name: str = "list.csv", **options: object) -> Outcome:
    """Import a file with this text."""
    path = home.root / "drops" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return import_file(home, path, source, **options)


first_import = once(import_text)
"""The first import of a home: the same text on the same terms is imported once a process, and copied."""


def run_inbox(home: Home, run: str, sources: Sources | None = None, **options: object) -> list[Outcome]:
    """What a run does with the inbox: stage everything that waits, as its own, then commit all that is staged."""
    attempt = attempt_of(run)
    begin(home)
    with begun(home, run, {}):
        for arrival in waiting(home.inbox):
            content = content_of(arrival)
            request = Request(arrival, "tester", NOW, AS_OF, Options.model_validate(options), attempt)
            with claimed(home, home.staging / attempt / content.key):
                process_file(request, content, home, sources or Sources())
        return list(commit_imports.commit_waiting(home, run, NOW).outcomes)


def drop(home: Home, text: str, source: str = "shop", name: str = "list.csv") -> Path:
    """A file in the inbox, whole at once."""
    path = home.inbox / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def undo(home: Home, import_id: str) -> int:
    """Undo an import; returns the customers that went."""
    return undo_import(home, import_id, "tester", NOW).customers_removed


def table(home: Home, name: str = "customers") -> pl.DataFrame:
    """A published table, its rows in a fixed order."""
    return tables(home, [name])[name]


def derived(home: Home) -> dict[str, pl.DataFrame]:
    """The tables that are functions of the ledger."""
    beside = ("contacts", "ranked_contact_points", "group_members", "customer_custom_fields", "payments")
    return tables(home, ("customers", "customer_priority", *beside))


def tables(home: Home, names: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Published tables, read of one snapshot, their rows in a fixed order."""
    with snapshot_of(home) as connection:
        return {name: rows_of(connection, f"FROM {name} ORDER BY ALL") for name in names}
