"""From a file to its staged file: secure the bytes, read them, validate every row, lay it all in staging.

Lives here: the order of those steps. Not here: the steps themselves, the file gate's limits among them
(`pipelines/validation/file_limits.py`), and nothing of the warehouse: what this leaves in `staging/<key>/` has changed
no table.
"""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import ValidationError

from pipelines.cards.card_numbers import without_card_numbers
from pipelines.cards.mask_cards import Cleared, clear_of_cards
from pipelines.configuration.settings import FileSource, Sources
from pipelines.configuration.sources_file import faults_of
from pipelines.durable import flush
from pipelines.errors import FileRefused, WrongUse
from pipelines.home import Home
from pipelines.intake.earlier_files import earlier_encodings
from pipelines.intake.import_request import Content, Options, Request
from pipelines.intake.inbox import shown_name
from pipelines.intake.limited_reading import read_allowed
from pipelines.interrupts import go_on
from pipelines.mapping import saved_mappings
from pipelines.mapping.map_columns import map_columns
from pipelines.mapping.template_check import check_template
from pipelines.models import staged_file as filed
from pipelines.models.column_mapping import ColumnMapping
from pipelines.models.context import Terms
from pipelines.models.sheet import ROW, Sheet
from pipelines.models.staged_file import ReasonRecord, StagedFile
from pipelines.progress import Report, silent
from pipelines.reading.layout.duplicate_titles import refuse_repeated
from pipelines.rejects.recall import Recalled, recall
from pipelines.titles.own_exports import check_not_counted_here
from pipelines.titles.reject_columns import take_off, unguarded_export
from pipelines.validation import file_limits
from pipelines.validation.example_rows import without_examples
from pipelines.validation.rejections import codes_of
from pipelines.validation.validate import ValidationResult, validate
from pipelines.warehouse.database import ROW_GROUP, customer_ids
from schemas.profiles import Profile

NEEDED = (filed.ACCEPTED, filed.DETAILS, filed.REJECTED, filed.ORIGINS)
"""What a staged file is committed from, beside the original. The rows that were read are a copy for people."""


def file_away(
    request: Request,
    content: Content,
    home: Home,
    sources: Sources,
    report: Report = silent,
    known: Home | None = None,
) -> StagedFile:
    """Validate a file and lay its staged file, with rows, accepted and rejected, into `staging/<key>/`.

    `known`: where saved mappings and earlier imports are known, if not in `home`.

    A refused file has a staged file too: its reason is what the sender gets back. Raises nothing for a bad file.
    """
    folder = _emptied(content, home)
    source = _with_options(sources.source(request.arrival.source), request.options)
    try:
        cleared = _cleared(request, content, source, sources, known or home, report)
    except FileRefused as refusal:
        unread = _refusal(refusal) | {"searched": False}
        return _saved(home, _blank(request, content, source).model_copy(update=unread))
    with ThreadPoolExecutor(max_workers=1) as background:
        secured = background.submit(_secure, cleared.original, folder)
        staged_file = _validated(request, content, cleared, source, sources, known or home, folder, report, background)
        secured.result()
    return _saved(home, staged_file)


def give_up(request: Request, content: Content, home: Home, message: str) -> StagedFile:
    """The staged file of a file that we, not its sender, failed at: it stays where it is, history names it."""
    _emptied(content, home)
    told = {"verdict": "failed", "message": without_card_numbers(message), "searched": False}
    return _saved(home, _blank(request, content, FileSource()).model_copy(update=told))


def _saved(home: Home, staged_file: StagedFile) -> StagedFile:
    """From here on the staged file waits to be committed; all that belongs to it lies beside it already, on the disk.

    Raises Interrupted where the process was told to end: what failed for that is no fault of the file.
    """
    go_on()
    placed = staged_file.model_copy(update={"attempt": home.attempt})
    folder = home.staging / staged_file.key
    flush(path for path in (folder / name for name in NEEDED) if path.exists())
    filed.save(folder, placed)
    return placed


def _emptied(content: Content, home: Home) -> Path:
    """The import's folder in staging, with nothing of an earlier attempt in it."""
    folder = home.staging / content.key
    folder.mkdir(parents=True, exist_ok=True)
    frames = (filed.ACCEPTED, filed.DETAILS, filed.REJECTED, filed.ORIGINS, filed.ORIGINAL)
    for leftover in (filed.STAGED_FILE, filed.OUTCOME, *frames):
        (folder / leftover).unlink(missing_ok=True)
    return folder


def _secure(data: bytes, folder: Path) -> None:
    """Lay the original, as it may be archived, beside what is read of it, on the disk before that is needed."""
    (folder / filed.ORIGINAL).write_bytes(data)
    flush([folder / filed.ORIGINAL])


def _cleared(
    request: Request, content: Content, source: FileSource, sources: Sources, known: Home, report: Report
) -> Cleared:
    """What was read of a file, and its original, both without card numbers: nothing is written before (SC-18).

    Where its bytes alone do not tell the encoding, the source's earlier files are asked.
    """
    report(f"reading {request.arrival.path.name}")
    profile, base = sources.profile_of(source), sources.base_currency

    def read(data: bytes) -> Sheet:
        try:
            return read_allowed(data, source, profile, base)
        except FileRefused as refusal:
            if refusal.reason.code != "ENCODING_UNDECIDABLE":
                raise
            return read_allowed(data, source, profile, base, earlier_encodings(known.published, request.arrival.source))

    return clear_of_cards(content.data, unguarded_export(take_off(read(content.data))), read, source.language)


def _validated(
    request: Request,
    content: Content,
    cleared: Cleared,
    source: FileSource,
    sources: Sources,
    known: Home,
    folder: Path,
    report: Report,
    background: Executor,
) -> StagedFile:
    profile = sources.profile_of(source)
    recalled = recall(cleared.sheet, known.published)
    sheet = recalled.sheet
    archived = shown_name(request.arrival.path) + cleared.suffix if cleared.suffix else None
    told = _as_read(sheet) | {"archived_name": archived, "base_currency": sources.base_currency}
    told |= {"address_first": profile.key[0] == "email"}
    blank = _blank(request, content, source).model_copy(update=told)
    terms = Terms(request.arrival.source, source, profile, sources.base_currency, request.as_of, recalled.seen)
    staged = background.submit(_write, sheet.rows, folder / filed.ROWS, small=False)
    try:
        file_limits.check_sheet(sheet, profile, source.language)
        mapping = _mapping(sheet, terms, sources.source(request.arrival.source), request, known, recalled)
        if source.on_overlap != "add":
            check_not_counted_here(sheet, mapping.titles, known.published, source.language)
        report(f"judging {request.arrival.path.name}: {sheet.row_count:,} rows")
        sheet = without_examples(sheet, profile)
        validation = validate(sheet, mapping, terms)
    except FileRefused as refusal:
        return blank.model_copy(update=_refusal(refusal) | {"rows_rejected": sheet.row_count})
    staged_file = blank.model_copy(update=_as_validated(sheet, mapping, validation))
    _write(validation.rejected, folder / filed.REJECTED)
    if sheet.origins.height:
        _write(sheet.origins, folder / filed.ORIGINS)
    try:
        _check_rejects(sheet, validation, profile, source.language)
    except FileRefused as refusal:
        return staged_file.model_copy(update=_refusal(refusal) | _nothing_accepted(validation))
    _write(_contributions(validation.accepted), folder / filed.ACCEPTED, small=False)
    if validation.details.height:
        _write(validation.details, folder / filed.DETAILS)
    staged.result()
    return staged_file


def _mapping(
    sheet: Sheet, terms: Terms, declared: FileSource, request: Request, known: Home, recalled: Recalled
) -> ColumnMapping:
    """What each column means: the caller's words, the source's, a saved mapping, then what titles and values say.

    Of a reject file that came back, the mapping by which its rows were rejected is the saved one; of an export of ours,
    what an import computes anew is left out.
    """
    if terms.profile.mapping_mode == "strict_template":
        refuse_repeated(sheet.titles, sheet.titles, {}, (), terms.language)
        check_template(sheet.titles, [column.title for column in terms.profile.template], terms.language)
    return map_columns(
        sheet.titles,
        terms.profile,
        request.options.mapping,
        request.options.ignore,
        terms.language,
        sheet.rows,
        recalled.saved or saved_mappings.load(known.mappings, request.arrival.source),
        {**recalled.own.fields, **declared.mapping},
        (*declared.ignore, *recalled.own.ignored),
    )


def _check_rejects(sheet: Sheet, validation: ValidationResult, profile: Profile, language: str) -> None:
    """Rows of a reject file that came back were bad before: they do not say that the file is misread (AMB-34)."""
    bad = validation.rejected.filter(severity="row")
    back = sheet.origins if profile.row_policy == "skip" else sheet.origins.clear()
    rejected = bad.join(back, on=ROW, how="anti").height
    file_limits.check_rejects(sheet.row_count - back.height - validation.set_aside, rejected, profile, language)


def _nothing_accepted(validation: ValidationResult) -> dict[str, object]:
    """Of a file with too many bad rows no row is taken: those at fault are rejected, the others left out with them."""
    skipped = validation.accepted.height + validation.set_aside
    return {"rows_accepted": 0, "rows_skipped": skipped, "amount_accepted": Decimal(0)}


def _contributions(accepted: pl.DataFrame) -> pl.DataFrame:
    """Accepted rows as they go into the ledger: the id for the key, without the columns that hold nothing."""
    filled = [column.name for column in accepted if column.null_count() < accepted.height]
    return accepted.select(filled).drop("customer_key", strict=False).hstack(customer_ids(accepted["customer_key"]))


def _with_options(source: FileSource, options: Options) -> FileSource:
    """The source as declared, with what the caller said on top."""
    said = {name: value for name, value in options.model_dump().items() if value is not None}
    both = {
        "mapping": dict(source.mapping) | dict(options.mapping),
        "ignore": (*source.ignore, *options.ignore),
    }
    try:
        return FileSource.model_validate(source.model_dump() | said | both)
    except ValidationError as error:
        raise WrongUse(faults_of(error)) from error


def _blank(request: Request, content: Content, source: FileSource) -> StagedFile:
    return StagedFile(
        key=content.key,
        source=request.arrival.source,
        file_name=shown_name(request.arrival.path),
        path=str(request.arrival.path),
        sha256=content.sha256,
        profile=source.profile,
        language=source.language,
        verdict="judged",
        amounts=source.amounts,
        on_overlap=source.on_overlap,
        as_of=request.as_of,
        started_at=request.started_at,
        imported_by=request.imported_by,
    )


def _as_read(sheet: Sheet) -> dict[str, object]:
    return {
        "format": sheet.format,
        "dialect": {name: value for name, value in asdict(sheet.dialect).items() if value is not None},
        "is_reject_file": sheet.is_reject_file,
        "rows_read": sheet.row_count,
        "rows_blank": sheet.blank_count,
    }


def _as_validated(sheet: Sheet, mapping: ColumnMapping, validation: ValidationResult) -> dict[str, object]:
    told = {"titles": list(sheet.titles), "styles": validation.styles}
    return {
        "mapping": _mapping_told(mapping) | told,
        "warnings": validation.warnings,
        "rows_accepted": validation.accepted.height,
        "rows_rejected": validation.rejected_count,
        "rows_skipped": validation.set_aside,
        "amount_accepted": validation.amount_accepted,
        "reject_codes": codes_of(validation.rejected),
    }


def _mapping_told(mapping: ColumnMapping) -> dict[str, object]:
    return {
        "fields": mapping.titles,
        "columns": [asdict(column) for column in mapping.columns],
        "ignored": list(mapping.ignored),
        "unmapped": list(mapping.unmapped),
    }


def _refusal(refusal: FileRefused) -> dict[str, object]:
    reason = refusal.reason
    value = None if reason.value is None else without_card_numbers(reason.value)
    record = ReasonRecord(code=reason.code, value=value, message=without_card_numbers(reason.message))
    return {"verdict": "refused", "reason": record, "message": without_card_numbers(str(refusal))}


def _write(rows: pl.DataFrame, path: Path, small: bool = True) -> None:
    """As Parquet. Compressing what is as large as the file costs as much as writing it."""
    compression: Literal["lz4", "uncompressed"] = "lz4" if small else "uncompressed"
    rows.write_parquet(path, compression=compression, statistics=False, row_group_size=ROW_GROUP)
