"""What a staged file says of the way that its file has gone: as asked, as read, as validated, or why it was refused.

Lives here: the record's fields from what each step has found. Not here: the steps (`process_file.py`), the record
itself and its folder (`pipelines/models/staged_file.py`).
"""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from pipelines.cards.card_numbers import without_card_numbers
from pipelines.cards.mask_cards import Cleared
from pipelines.configuration.settings import FileSource
from pipelines.errors import FileRefused
from pipelines.intake.file_in_progress import FileInProgress
from pipelines.intake.import_request import Content, Request
from pipelines.intake.inbox import shown_name
from pipelines.models.column_mapping import ColumnMapping
from pipelines.models.sheet import Sheet
from pipelines.models.staged_file import ReasonRecord, StagedFile
from pipelines.validation.rejections import codes_of
from pipelines.validation.validate import ValidationResult


def of_file(file: FileInProgress) -> StagedFile:
    """The record of a file that went through the steps, or as far as it came."""
    told: dict[str, Any] = {}
    if file.cleared and file.recalled:
        told |= _as_read(file, file.cleared, file.recalled.sheet)
    if file.sheet and file.mapping and file.validation:
        told |= _as_validated(file.sheet, file.mapping, file.validation, file.source.language)
        # Rows of our own export that say nothing new were read as well: read = accepted + rejected + skipped.
        told["rows_skipped"] += file.unchanged
    if file.refusal:
        told |= _refused(file.refusal) | _nothing_accepted(file)
    return _as_asked(file.request, file.content, file.source).model_copy(update=told)


def of_failed(request: Request, content: Content, message: str) -> StagedFile:
    """The record of a file that we failed at; `message` may hold whatever an error names."""
    told = {"result": "failed", "message": without_card_numbers(message), "searched": False}
    return _as_asked(request, content, FileSource()).model_copy(update=told)


def _as_asked(request: Request, content: Content, source: FileSource) -> StagedFile:
    return StagedFile(
        key=content.key,
        attempt=request.attempt,
        source=request.arrival.source,
        file_name=shown_name(request.arrival.path),
        path=str(request.arrival.path),
        sha256=content.sha256,
        profile=source.profile,
        language=source.language,
        result="validated",
        amounts=source.amounts,
        on_overlap=source.on_overlap,
        rules=source.rules(request.arrival.source),
        owners=source.owners(request.arrival.source),
        creates=source.creates,
        updates=source.updates,
        as_of=request.as_of,
        started_at=request.started_at,
        imported_by=request.imported_by,
    )


def _as_read(file: FileInProgress, cleared: Cleared, sheet: Sheet) -> dict[str, Any]:
    return {
        # A workbook with a card number is archived as a CSV of its other rows, and named so.
        "archived_name": shown_name(file.request.arrival.path) + cleared.suffix if cleared.suffix else None,
        "base_currency": file.sources.base_currency,
        "address_first": file.profile.key[0] == "email",
        "grain": file.profile.grain,
        "format": sheet.format,
        "dialect": sheet.dialect.told(),
        "is_reject_file": sheet.is_reject_file,
        "rows_read": sheet.row_count,
        "rows_blank": sheet.blank_count,
    }


def _as_validated(sheet: Sheet, mapping: ColumnMapping, validation: ValidationResult, language: str) -> dict[str, Any]:
    return {
        "mapping": {
            "fields": mapping.titles,
            "columns": [asdict(column) for column in mapping.columns],
            "ignored": list(mapping.ignored),
            "unmapped": list(mapping.left_out),
            "kept": list(mapping.kept),
            "titles": list(sheet.titles),
            "styles": validation.styles,
        },
        "warnings": tuple(note.line(language) for note in validation.warnings),
        "rows_accepted": validation.accepted.height,
        "rows_rejected": validation.rejected_count,
        "rows_skipped": validation.set_aside,
        "amount_accepted": validation.amount_accepted,
        "reject_codes": codes_of(validation.rejected),
    }


def _refused(refusal: FileRefused) -> dict[str, Any]:
    reason = refusal.reason
    value = None if reason.value is None else without_card_numbers(reason.value)
    record = ReasonRecord(code=reason.code, value=value, message=without_card_numbers(reason.message))
    return {"result": "refused", "reason": record, "message": without_card_numbers(str(refusal))}


def _nothing_accepted(file: FileInProgress) -> dict[str, Any]:
    """Of a refused file no row is taken. Where its rows were validated, those at fault are rejected and the others left
    out with them; where they were read only, all are rejected; what could not be read was not searched for cards.
    """
    if file.validation:
        skipped = file.validation.accepted.height + file.validation.set_aside + file.unchanged
        return {"rows_accepted": 0, "rows_skipped": skipped, "amount_accepted": Decimal(0)}
    return {"rows_rejected": file.sheet.row_count} if file.sheet else {"searched": False}
