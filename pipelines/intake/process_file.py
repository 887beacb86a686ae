"""The way of one file: read, map, validate, stage. What it leaves in `staging/<key>/` has changed no table.

Lives here: the steps in their order, each on the one `FileInProgress`. Not here: what a step knows (`reading/`,
`mapping/`, `validation/`, `cards/`), what the staged file says of it all (`staged_record.py`), the inbox and the locks
around it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import polars as pl
from pydantic import ValidationError

from pipelines.cards.mask_cards import clear_of_cards
from pipelines.configuration.settings import FileSource, Sources
from pipelines.configuration.sources_file import faults_of
from pipelines.conflicts.own_exports import without_known
from pipelines.durable import flush
from pipelines.errors import FileRefused, WrongUse
from pipelines.frames_on_disk import FramesOnDisk
from pipelines.home import Home
from pipelines.intake import staged_record
from pipelines.intake.completeness import FRAMES
from pipelines.intake.earlier_files import earlier_encodings
from pipelines.intake.file_in_progress import FileInProgress
from pipelines.intake.import_request import Content, Options, Request
from pipelines.intake.limited_reading import Beside, read_allowed
from pipelines.interrupts import go_on
from pipelines.mapping import saved_mappings
from pipelines.mapping.event_keys import map_event_keys
from pipelines.mapping.kept_columns import named, with_kept
from pipelines.mapping.map_columns import map_columns
from pipelines.mapping.template_check import check_template
from pipelines.models.sheet import ROW, Sheet
from pipelines.models.staged_file import (
    ACCEPTED,
    AS_SENT,
    CHOICES,
    CUSTOM_FIELDS,
    DETAILS,
    ORIGINAL,
    ORIGINS,
    OUTCOME,
    REJECTED,
    ROWS,
    STAGED_FILE,
    StagedFile,
    save_record,
)
from pipelines.progress import Report, silent
from pipelines.reading.events.json_lines import is_event_text
from pipelines.reading.layout.duplicate_titles import refuse_repeated
from pipelines.reference_tables.read_tables import read_tables
from pipelines.rejects.recall import recall
from pipelines.titles.own_exports import check_not_counted_here
from pipelines.titles.reject_columns import take_off, unguarded_export
from pipelines.validation import file_limits
from pipelines.validation.example_rows import without_examples
from pipelines.validation.validate import validate
from pipelines.warehouse.database import customer_ids
from schemas.sentences.note import Note

T = TypeVar("T")


def process_file(
    request: Request, content: Content, home: Home, sources: Sources, report: Report = silent
) -> StagedFile:
    """Lead a file through all steps, and lay its staged file, with rows, accepted and rejected, into staging, where the
    request's attempt and the content's key say.

    Args:
        request: who imports which file for which source, with which options.
        content: its bytes, read once.
        home: in whose staging it is laid, and where saved mappings and earlier imports are known.
        sources: what is declared.
        report: is told of each step.

    Returns:
        The staged file; a refused file has one too: its reason is what the sender gets back.

    Raises:
        WrongUse: options that contradict what is declared, a reference table that cannot be used. Interrupted: the
        process was told to end. Nothing for a bad file.
    """
    source = _with_options(sources.source(request.arrival.source), request.options)
    with ThreadPoolExecutor(max_workers=1) as background:
        folder = _emptied(request, content, home)
        disk = FramesOnDisk(folder)
        file = FileInProgress(request, content, source, sources, home, folder, report, background, disk)
        try:
            for step in STEPS:
                step(file)
                file.disk.release()
        except FileRefused as refusal:
            file.refusal = refusal
        return stage(file)


def give_up(request: Request, content: Content, home: Home, message: str) -> StagedFile:
    """The staged file of a file that we, not its sender, failed at: it stays where it is, history names it."""
    return _saved(_emptied(request, content, home), staged_record.of_failed(request, content, message))


def read(file: FileInProgress) -> None:
    """From bytes to a sheet of text without card numbers; the original, without them too, is secured (SC-18).

    Where the bytes alone do not tell the encoding, the source's earlier files are asked.
    """
    file.report(f"reading {file.request.arrival.path.name}")
    if is_event_text(file.content.data):
        file.hold_events()
    read_here = partial(_read, file)
    # Our columns and apostrophes go before the search for cards and all else: they are no text of the sender's.
    sheet = unguarded_export(take_off(read_here(file.content.data)))
    cleared = clear_of_cards(file.content.data, sheet, read_here, file.source.language)
    # The original is written and flushed while the file is mapped and validated.
    file.writes.append(file.background.submit(_secure, cleared.original, file.folder))
    # From here on nobody needs the bytes: what was read of them is at hand, the original on its way to the disk.
    file.cleared = replace(cleared, sheet=cleared.sheet.laid(file.disk), original=b"")
    file.content.let_go()
    del sheet, cleared
    file.recalled = recall(file.cleared.sheet, file.home.published)
    if file.recalled.of_events:
        file.hold_events()
    file.sheet = file.recalled.sheet
    file.write(file.sheet.rows, ROWS, small=False)
    # After the rows were laid down: a file that is refused here was read, and its rows count as rejected.
    file_limits.check_sheet(file.sheet, file.profile, file.source.language)


def map_titles(file: FileInProgress) -> None:
    """What each column means: the caller's words, the source's, a saved mapping, then what titles and values say.

    Of a reject file that came back, the mapping by which its rows were rejected is the saved one; of an export of ours,
    what an import computes anew is left out. Columns that the source keeps are given no field by guess.
    """
    sheet, recalled, options = _found(file.sheet), _found(file.recalled), file.request.options
    # As declared, without the caller's options, which `map_columns` weighs apart.
    declared, language = file.sources.source(file.request.arrival.source), file.source.language
    keep, ignored = file.source.keep, (*file.source.ignore, *recalled.own.ignored)
    if file.profile.grain == "event":
        left_out = (*file.source.ignore, *named(keep))
        mapping = map_event_keys(sheet.titles, file.profile, file.source.mapping, left_out, language)
        file.mapping = with_kept(mapping, keep, ignored)
        return
    if file.profile.mapping_mode == "strict_template":
        # Before the comparison, so that a title that stands twice is told as what it is.
        refuse_repeated(sheet.titles, sheet.titles, {}, (), language)
        check_template(sheet.titles, [column.title for column in file.profile.template], language)
    mapping = map_columns(
        sheet.titles,
        file.profile,
        options.mapping,
        options.ignore,
        language,
        sheet.rows,
        recalled.saved or saved_mappings.load(file.home.mappings, file.request.arrival.source),
        {**recalled.own.fields, **declared.mapping},
        (*declared.ignore, *recalled.own.ignored, *named(keep)),
    )
    file.mapping = with_kept(mapping, keep, ignored)
    if file.source.on_overlap != "add":
        check_not_counted_here(sheet, file.mapping.titles, file.home.published, language)


def validate_rows(file: FileInProgress) -> None:
    """Every row accepted, or rejected with all its reasons; the example row of a template is refused.

    Raises WrongUse where a table in which values would be looked up cannot be used: all of them would seem unknown.
    """
    sheet = _found(file.sheet)
    file.tables = read_tables(file.source)
    file.report(f"validating {file.request.arrival.path.name}: {sheet.row_count:,} rows")
    # Who says `add` wants the rows whatever the table says.
    if file.source.on_overlap != "add":
        sheet, file.unchanged = without_known(sheet, file.home.published)
    file.sheet = without_examples(sheet, file.profile)
    validation = validate(file.sheet, _found(file.mapping), file.terms)
    if file.unchanged:
        # A file of which all rows are known already is not an empty one.
        told = (note for note in validation.warnings if note.code != "NO_ROWS")
        validation = replace(validation, warnings=(*told, Note("EXPORT_SAYS_NOTHING_NEW", found=file.unchanged)))
    file.validation = validation


def check_rejects(file: FileInProgress) -> None:
    """Whether so many rows are bad that the file must be misread; rows of a reject file were bad before (AMB-34)."""
    sheet, validation = _found(file.sheet), _found(file.validation)
    bad = validation.rejected.filter(severity="row")
    # Where one bad row refuses the file, rows that came back and are still bad refuse it as well.
    back = sheet.origins if file.profile.row_policy == "skip" else sheet.origins.clear()
    rejected = bad.join(back, on=ROW, how="anti").height
    read_rows = sheet.row_count - back.height - validation.set_aside
    file_limits.check_rejects(read_rows, rejected, file.profile, file.source.language)


STEPS: tuple[Callable[[FileInProgress], None], ...] = (read, map_titles, validate_rows, check_rejects)


def stage(file: FileInProgress) -> StagedFile:
    """Lay down what the steps have found; of a refused file no row is accepted."""
    if file.validation is not None:
        file.write(file.validation.rejected, REJECTED)
        if _found(file.sheet).origins.height:
            file.write(_found(file.sheet).origins, ORIGINS)
        if file.refusal is None:
            file.write(_contributions(file.validation.accepted), ACCEPTED, small=False)
        if file.refusal is None and file.validation.details.height:
            file.write(file.validation.details, DETAILS)
        if file.refusal is None and file.validation.custom_fields.height:
            file.write(file.validation.custom_fields, CUSTOM_FIELDS)
        if file.refusal is None and file.validation.as_sent is not None:
            file.write(file.validation.as_sent, AS_SENT)
    # Raises here what went wrong in the background, such as a full disk.
    for write in file.writes:
        write.result()
    return _saved(file.folder, staged_record.of_file(file))


def _read(file: FileInProgress, data: bytes) -> Sheet:
    beside, name = Beside(file.sources.base_currency, disk=file.disk), file.request.arrival.source
    try:
        return read_allowed(data, file.source, file.profile, beside)
    except FileRefused as refusal:
        if refusal.reason.code != "ENCODING_UNDECIDABLE":
            raise
        # The history is opened for the few files whose bytes do not tell, not for each.
        beside = replace(beside, earlier=earlier_encodings(file.home.published, name))
        return read_allowed(data, file.source, file.profile, beside)


def _found(found: T | None) -> T:
    """What an earlier step has found."""
    if found is None:
        raise TypeError("the steps of a file were called out of their order")
    return found


def _saved(folder: Path, staged_file: StagedFile) -> StagedFile:
    """From here on the staged file waits to be committed; all that belongs to it lies beside it already, on the disk.

    Raises Interrupted where the process was told to end: what failed for that is no fault of the file.
    """
    # A signal may have ended the reader's process: that would look like a workbook that nobody can read.
    go_on()
    # Frames first, then the record that names them: a loss of power must not leave the record alone.
    flush(path for path in (folder / name for name in FRAMES) if path.exists())
    save_record(folder, staged_file)
    return staged_file


def _emptied(request: Request, content: Content, home: Home) -> Path:
    """The import's folder in staging, with nothing of an earlier attempt in it."""
    folder = home.staging / request.attempt / content.key
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in (STAGED_FILE, OUTCOME, CHOICES, *FRAMES, ORIGINAL):
        (folder / leftover).unlink(missing_ok=True)
    return folder


def _secure(data: bytes, folder: Path) -> None:
    """Lay the original, as it may be archived, beside what is read of it, on the disk before that is needed."""
    (folder / ORIGINAL).write_bytes(data)
    flush([folder / ORIGINAL])


def _contributions(accepted: pl.DataFrame) -> pl.DataFrame:
    """Accepted rows as they go into the ledger: the id for the key, without the columns that hold nothing."""
    # Most lists fill a few of the ledger's columns; a million blanks in the others are not free.
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
