"""From a file to its filing: secure the bytes, read them, judge every row, lay it all in staging.

Lives here: the order of those steps, and the file gate's own limit. Not here: the steps themselves, and
nothing of the warehouse: what this leaves in `staging/<key>/` has changed no table.
"""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path

import polars as pl

from pipelines.errors import FileRefused
from pipelines.files import filing as filed
from pipelines.files.arriving import Arrival
from pipelines.files.filing import Filing, ReasonRecord
from pipelines.files.headers import ColumnMapping, map_columns
from pipelines.files.judging import Judgement, Terms, judge
from pipelines.files.reading import read_file
from pipelines.files.sheet import Sheet
from pipelines.identity import import_key
from pipelines.reporting import Report, silent
from pipelines.settings import FileSource, Home, Sources, Typed
from pipelines.warehouse import ROW_GROUP, customer_ids
from schemas.profiles import PROFILES


class Options(Typed):
    """What the caller says about the files of one import; what is not said, the source says."""

    profile: str | None = None
    locale: str | None = None
    mapping: Mapping[str, str] = {}
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """Who imports what, when, and as of which day."""

    arrival: Arrival
    imported_by: str
    started_at: datetime
    as_of: date
    options: Options = field(default_factory=Options)


@dataclass(frozen=True)
class Content:
    """The bytes of a file, read once: what is hashed, archived, read and judged is the same."""

    data: bytes
    sha256: str
    key: str


def content_of(arrival: Arrival) -> Content:
    """Read a file once and for all."""
    data = arrival.path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return Content(data=data, sha256=digest, key=import_key(arrival.source, digest))


def file_away(request: Request, content: Content, home: Home, sources: Sources, report: Report = silent) -> Filing:
    """Judge a file and lay its filing, with rows, accepted and rejected, into `staging/<key>/`.

    A refused file has a filing too: its reason is what the sender gets back. Raises nothing for a bad file.
    """
    folder = _secured(content, home)
    source = _with_options(sources.source(request.arrival.source), request.options)
    try:
        filing = _judged(request, content, source, sources.base_currency, folder, report)
    except FileRefused as refusal:
        filing = _blank(request, content, source).model_copy(update=_refusal(refusal))
    filed.save(folder, filing)
    return filing


def give_up(request: Request, content: Content, home: Home, message: str) -> Filing:
    """The filing of a file that we, not its sender, failed at: it stays in the inbox, history names it."""
    folder = _secured(content, home)
    failed = _blank(request, content, FileSource()).model_copy(update={"verdict": "failed", "message": message})
    filed.save(folder, failed)
    return failed


def _secured(content: Content, home: Home) -> Path:
    """The import's folder in staging with the original in it, and nothing of an earlier attempt."""
    folder = home.staging / content.key
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in (filed.FILING, filed.OUTCOME):
        (folder / leftover).unlink(missing_ok=True)
    (folder / filed.ORIGINAL).write_bytes(content.data)
    return folder


def _judged(
    request: Request, content: Content, source: FileSource, base_currency: str, folder: Path, report: Report
) -> Filing:
    profile = PROFILES[source.profile]
    if len(content.data) > profile.max_bytes:
        raise FileRefused("FILE_TOO_LARGE", source.language, found=len(content.data), expected=profile.max_bytes)
    report(f"reading {request.arrival.path.name}")
    sheet = read_file(content.data, source.language)
    blank = _blank(request, content, source).model_copy(update=_as_read(sheet))
    terms = Terms(request.arrival.source, source, profile, base_currency, request.as_of)
    with ThreadPoolExecutor(max_workers=1) as background:
        staged = background.submit(_write, sheet.rows, folder / filed.ROWS)
        try:
            mapping = map_columns(sheet.titles, profile, source.mapping, source.ignore, source.language)
        except FileRefused as refusal:
            return blank.model_copy(update=_refusal(refusal) | {"rows_rejected": sheet.row_count})
        report(f"judging {request.arrival.path.name}")
        judgement = judge(sheet, mapping, terms)
        _write(_contributions(judgement.accepted), folder / filed.ACCEPTED)
        _write(judgement.rejected, folder / filed.REJECTED)
        staged.result()
    return blank.model_copy(update=_as_judged(mapping, judgement))


def _contributions(accepted: pl.DataFrame) -> pl.DataFrame:
    """Accepted rows as they go into the ledger: the id for the key, without the columns that hold nothing."""
    filled = [column.name for column in accepted if column.null_count() < accepted.height]
    return accepted.select(filled).drop("customer_key", strict=False).hstack(customer_ids(accepted["customer_key"]))


def _with_options(source: FileSource, options: Options) -> FileSource:
    """The source as declared, with what the caller said on top."""
    said = {
        "profile": options.profile or source.profile,
        "locale": options.locale or source.locale,
        "mapping": dict(source.mapping) | dict(options.mapping),
        "ignore": (*source.ignore, *options.ignore),
    }
    return FileSource.model_validate(source.model_dump() | said)


def _blank(request: Request, content: Content, source: FileSource) -> Filing:
    return Filing(
        key=content.key,
        source=request.arrival.source,
        file_name=request.arrival.path.name,
        path=str(request.arrival.path),
        sha256=content.sha256,
        profile=source.profile,
        verdict="judged",
        as_of=request.as_of,
        started_at=request.started_at,
        imported_by=request.imported_by,
    )


def _as_read(sheet: Sheet) -> dict[str, object]:
    return {
        "format": sheet.format,
        "dialect": {name: value for name, value in asdict(sheet.dialect).items() if value is not None},
        "rows_read": sheet.row_count,
        "rows_blank": sheet.blank_count,
    }


def _as_judged(mapping: ColumnMapping, judgement: Judgement) -> dict[str, object]:
    return {
        "mapping": {
            "fields": mapping.titles,
            "ignored": list(mapping.ignored),
            "unmapped": list(mapping.unmapped),
            "styles": judgement.styles,
        },
        "warnings": judgement.warnings,
        "rows_accepted": judgement.accepted.height,
        "rows_rejected": judgement.rejected.height,
        "amount_accepted": judgement.amount_accepted,
        "reject_codes": _codes(judgement.rejected),
    }


def _codes(rejected: pl.DataFrame) -> dict[str, int]:
    codes = rejected["reasons"].explode().drop_nulls()
    if codes.is_empty():
        return {}
    counted = codes.struct.field("code").value_counts(sort=True)
    return dict(counted.iter_rows())


def _refusal(refusal: FileRefused) -> dict[str, object]:
    reason = refusal.reason
    record = ReasonRecord(code=reason.code, value=reason.value, message=reason.message)
    return {"verdict": "refused", "reason": record, "message": str(refusal)}


def _write(rows: pl.DataFrame, path: Path) -> None:
    rows.write_parquet(path, compression="lz4", row_group_size=ROW_GROUP)
