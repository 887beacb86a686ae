"""The preview of a file: how it was understood and what importing it would do, without doing it.

Lives here: validating into a folder that goes away again, rehearsing the commit, gathering what a person wants to see.
Not here: any rule of its own: it walks the same path as an import (AU-16, SC-17), over all rows.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl

from pipelines.configuration.settings import Sources
from pipelines.configuration.typed import Typed
from pipelines.home import Home
from pipelines.intake.import_request import Request, content_of
from pipelines.intake.process_file import process_file
from pipelines.intake.run_folders import PREVIEWS, claimed
from pipelines.ledger.commit_imports import rehearse
from pipelines.mapping import saved_mappings
from pipelines.models.column_mapping import ColumnMapping, MappedColumn
from pipelines.models.staged_file import REJECTED, ROWS, Outcome, StagedFile
from pipelines.progress import Report, silent

SAMPLES = 3
REJECTS = 10


class PreviewedColumn(Typed):
    """One column of the file: what it is taken for, how surely, why, and what stands in it."""

    header: str
    field: str | None
    rank: int | None = None
    confidence: float | None = None
    how: str
    samples: tuple[str, ...] = ()


class PreviewedReject(Typed):
    """One row, or one value, that would be rejected."""

    row_number: int
    severity: str
    code: str
    header: str | None
    value: str | None
    message: str


class Preview(Typed):
    """How a file was understood, and the exact outcome of importing it now."""

    file_name: str
    source: str
    profile: str
    format: str | None
    dialect: dict[str, object]
    columns: tuple[PreviewedColumn, ...]
    styles: dict[str, object]
    warnings: tuple[str, ...]
    first_rejects: tuple[PreviewedReject, ...]
    outcome: Outcome


def preview(request: Request, home: Home, sources: Sources, report: Report = silent) -> Preview:
    """Validate a file and rehearse its commit; nothing of it stays, in the warehouse or in the folders."""
    home.staging.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=PREVIEWS, dir=home.staging) as folder, claimed(home, Path(folder)):
        place = Path(folder)
        asked = replace(request, attempt=place.name)
        staged_file = process_file(asked, content_of(request.arrival), home, sources, report)
        report("rehearsing")
        # A preview before the first import makes no warehouse: its ledger goes away with the folder.
        ledger = home if home.working.exists() else Home(place)
        (outcome,) = rehearse(ledger, place, [staged_file], request.started_at)
        return _preview_of(staged_file, outcome, staged_file.folder(home.staging))


def save_mapping(home: Home, shown: Preview) -> None:
    """Keep the mapping of a preview for its source: from now on it is how files of the source are read."""
    mapping = ColumnMapping(
        columns=tuple(
            MappedColumn(column.header, column.field, column.rank or 1, column.confidence or 1.0, "saved")
            for column in shown.columns
            if column.field
        ),
        ignored=tuple(column.header for column in shown.columns if column.how == "ignored"),
    )
    saved_mappings.save(home.mappings, shown.source, mapping, [column.header for column in shown.columns])


def _preview_of(staged_file: StagedFile, outcome: Outcome, folder: Path) -> Preview:
    mapping = staged_file.mapping or {}
    return Preview(
        file_name=staged_file.file_name,
        source=staged_file.source,
        profile=staged_file.profile,
        format=staged_file.format,
        dialect=staged_file.dialect or {},
        columns=_columns(mapping, folder / ROWS),
        styles=mapping.get("styles", {}),  # type: ignore[arg-type]  # a mapping's JSON
        warnings=staged_file.warnings,
        first_rejects=_rejects(folder / REJECTED),
        outcome=outcome,
    )


def _columns(mapping: dict[str, object], path: Path) -> tuple[PreviewedColumn, ...]:
    """Every column in the file's order of meaning: mapped, ignored, kept, not recognised."""
    if not path.exists():
        return ()
    # Samples of a million rows are found among the first.
    rows = pl.scan_parquet(path).head(1000).collect()
    known: list[dict[str, object]] = list(mapping.get("columns", []))  # type: ignore[call-overload]  # JSON: a list of objects
    others = [
        {"title": title, "field": None, "how": how}
        for how, key in (("ignored", "ignored"), ("kept", "kept"), ("not recognised", "unmapped"))
        for title in mapping.get(key, [])  # type: ignore[attr-defined]  # JSON: a list of titles
    ]
    return tuple(
        PreviewedColumn.model_validate(
            {"header": column["title"], "samples": _samples(rows[str(column["title"])])}
            | {name: value for name, value in column.items() if name != "title"}
        )
        for column in [*known, *others]
    )


def _samples(cells: pl.Series) -> tuple[str, ...]:
    return tuple(cells.filter(cells.str.strip_chars() != "").unique(maintain_order=True).head(SAMPLES))


def _rejects(path: Path) -> tuple[PreviewedReject, ...]:
    if not path.exists():
        return ()
    reasons = pl.scan_parquet(path).head(REJECTS).collect().explode("reasons").unnest("reasons")
    names = tuple(PreviewedReject.model_fields)
    return tuple(PreviewedReject.model_validate(row) for row in reasons.select(names).iter_rows(named=True))
