"""What is known of the rows of a reject file that came back: how their columns were mapped and written before.

Lives here: reading it from the published snapshot, and what it says where the few rows of such a file cannot. Not here:
which of the rows count (`pipelines/rejects/resolve.py`), our columns in the file
(`pipelines/titles/reject_columns.py`).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from pipelines.mapping.saved_mappings import SavedMapping
from pipelines.models.sheet import FAULTY, ROW, Sheet
from pipelines.rejects.resaved_cells import is_resaved
from pipelines.titles.own_exports import OwnColumns, own_columns
from pipelines.warehouse.database import frame_as, published, rows_of

UNTITLED = re.compile(r"column \d+")

IMPORTS = (
    "SELECT DISTINCT import_id, mapping, format = 'ndjson' OR profile = 'captured' AS of_events FROM import_history "
    "WHERE mapping IS NOT NULL "
    "AND import_id IN (SELECT origin_import_id FROM origins) ORDER BY import_id"
)
WHOLE_ROW = (
    "WRONG_FIELD_COUNT",
    "STRAY_QUOTE",
    "SECOND_TABLE",
    "SUM_OF_OTHERS",
    "CREDIT_NOTE_WITHOUT_SIGN",
    "DATE_SWAPPED",
    "ENCODING_ERROR",
    "SENSITIVE_DATA",
    "NO_EVENT",
    "KEY_TWICE",
)
"""Faults of a row that its cells, as far as a reject file can show them, no longer have."""

AS_IT_WAS = f"""
    SELECT origins.row_number, reasons[1].code AS code, coalesce(reasons[1].header, reasons[1].value) AS found,
        "row"::VARCHAR AS "row"
    FROM rejected_rows JOIN origins ON import_id = origin_import_id AND rejected_rows.row_number = origin_row_number
    WHERE severity = 'row' AND NOT confirmed AND reasons[1].code IN {WHOLE_ROW}
"""
TYPED = """
    SELECT origins.row_number, typed, "row" FROM rejected_rows
    JOIN origins ON import_id = origin_import_id AND rejected_rows.row_number = origin_row_number
    WHERE severity = 'row' AND len(typed) > 0
"""


CELLS_BEFORE = """
    SELECT origins.row_number, "row"::VARCHAR AS "row", [reason.header FOR reason IN reasons] AS at_fault
    FROM rejected_rows JOIN origins ON import_id = origin_import_id AND rejected_rows.row_number = origin_row_number
    WHERE severity = 'row'
"""


@dataclass(frozen=True)
class Recalled:
    """A sheet, and what earlier imports say of its columns.

    `saved`: their mapping, where they all had the same. `seen`: by the name of a column, how it is written. `own`: the
    columns that come from an export of ours. `of_events`: whether what was rejected were events.
    """

    sheet: Sheet
    saved: SavedMapping | None = None
    seen: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    own: OwnColumns = field(default_factory=OwnColumns)
    of_events: bool = False


def recall(sheet: Sheet, snapshot: Path) -> Recalled:
    """What the imports that rejected these rows knew of their columns, and what is ours in any sheet.

    Cells that only a spreadsheet changed, when it opened the file and saved it, are what they were. Cells that a
    workbook held as numbers or dates are such again where nobody changed their text. Columns that stood
    for cells beyond the sender's own are left out where they are empty now. A row whose fault its cells do not show is
    at fault again where nobody changed it or emptied its reasons. Raises WarehouseBusy.
    """
    own = own_columns(sheet)
    if sheet.origins.is_empty() or not snapshot.exists():
        return Recalled(sheet, seen=own.seen, own=own)
    with published(snapshot) as connection, frame_as(connection, "origins", sheet.origins):
        imports = rows_of(connection, IMPORTS)
        typed, before = rows_of(connection, TYPED), rows_of(connection, AS_IT_WAS)
        cells = rows_of(connection, CELLS_BEFORE)
    mappings = [json.loads(text) for text in imports["mapping"]]
    titles = {title for mapping in mappings for title in mapping.get("titles", [])}
    return Recalled(
        _typed_again(_without_beyond(_faulty_again(_restored(sheet, cells), before), titles), typed),
        _same_mapping([_saved(mapping) for mapping in mappings]),
        {**own.seen, **_seen([mapping.get("styles", {}) for mapping in mappings])},
        own,
        bool(imports["of_events"].any()),
    )


def _saved(mapping: Mapping[str, Any]) -> SavedMapping:
    return SavedMapping(
        titles=tuple(mapping.get("titles", ())),
        fields={column["title"]: column["field"] for column in mapping.get("columns", ())},
        ignored=tuple(mapping.get("ignored", ())),
    )


def _same_mapping(mappings: Sequence[SavedMapping]) -> SavedMapping | None:
    """The mapping that all have; None where they differ, or where an import knew no titles."""
    first = mappings[0] if mappings else None
    # Imports that read the same titles otherwise are evidence against each other.
    return first if first and first.titles and all(mapping == first for mapping in mappings) else None


def _seen(styles: Sequence[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """How each column is written: `comma and point` is both, as are two imports that differ."""
    return {
        name: frozenset(word for known in styles if name in known for word in str(known[name]["style"]).split(" and "))
        for name in {name for known in styles for name in known}
    }


def _restored(sheet: Sheet, before: pl.DataFrame) -> Sheet:
    """The sheet with the cells that only a spreadsheet changed as they were; they are text, as they were sent."""
    known = {number: (json.loads(row), set(at_fault)) for number, row, at_fault in before.iter_rows()}
    numbers = sheet.rows[ROW].to_list()
    rows, typed = sheet.rows, dict(sheet.typed)
    for title in sheet.titles:
        were = [known[number][0].get(title) if number in known else None for number in numbers]
        changed = {
            place: was
            for place, (was, now) in enumerate(zip(were, sheet.rows[title], strict=True))
            # Only what a spreadsheet did by itself is taken back; what a sender mended stays.
            if was is not None and was != now and is_resaved(now, was, title in known[numbers[place]][1])
        }
        if changed:
            texts = pl.Series(list(changed.values()), dtype=pl.String)
            rows = rows.with_columns(rows[title].scatter(list(changed), texts))
            if title in typed:
                # The cell is text again, as it was sent.
                typed[title] = typed[title].scatter(list(changed), False)
    return replace(sheet, rows=rows, typed=typed, tidy=False)


def _faulty_again(sheet: Sheet, before: pl.DataFrame) -> Sheet:
    """The sheet with the rows that came back untouched, though they could not be read, among the faulty ones."""
    now = sheet.rows.join(before.select(ROW), on=ROW, how="semi")
    cells = dict(zip(now[ROW], now.drop(ROW).iter_rows(named=True), strict=True))
    again = [
        (number, code, found, list((was or cells[number]).values()))
        for number, code, found, was in ((*told, json.loads(text)) for *told, text in before.iter_rows())
        # Of a row that is past its period nobody knows whether it was changed.
        if number in cells and (not was or _is_unaffected(cells[number], was))
    ]
    faulty = pl.DataFrame(again, schema=FAULTY, orient="row")
    left = ~sheet.rows[ROW].is_in(faulty[ROW].implode())
    return replace(
        sheet,
        rows=sheet.rows.filter(left),
        typed={title: typed.filter(left) for title, typed in sheet.typed.items()},
        faulty=pl.concat([sheet.faulty, faulty]).sort(ROW),
    )


def _is_unaffected(now: Mapping[str, str], before: Mapping[str, str]) -> bool:
    return all(now.get(title, "") == before.get(title, "") for title in {*now, *before})


def _without_beyond(sheet: Sheet, titles: set[str]) -> Sheet:
    """Without the empty columns that stood for cells beyond the sender's titles."""
    beyond = [
        title
        for title in sheet.titles
        if UNTITLED.fullmatch(title) and title not in titles and not (sheet.rows[title].str.strip_chars() != "").any()
    ]
    kept = tuple(title for title in sheet.titles if title not in beyond)
    return replace(sheet, titles=kept, rows=sheet.rows.drop(beyond)) if titles else sheet


def _typed_again(sheet: Sheet, typed: pl.DataFrame) -> Sheet:
    """The sheet whose unchanged cells are what they were in the workbook: numbers, dates, booleans, errors."""
    titles = [title for title in typed["typed"].explode().unique() if title in sheet.titles]
    if not titles:
        return sheet
    before = typed.select(ROW, "typed", pl.col("row").str.json_decode(pl.Struct(dict.fromkeys(titles, pl.String))))
    beside = sheet.rows.select(ROW).join(before, on=ROW, how="left", maintain_order="left")
    again = {title: _unchanged(title, beside, sheet.rows[title]) for title in titles}
    known = {title: sheet.typed[title] | here if title in sheet.typed else here for title, here in again.items()}
    return replace(sheet, typed={**sheet.typed, **known})


def _unchanged(title: str, before: pl.DataFrame, now: pl.Series) -> pl.Series:
    """Where a cell was typed and its text is the same."""
    text = before["row"].struct.field(title)
    return (before["typed"].list.contains(title) & (text == now)).fill_null(False)
