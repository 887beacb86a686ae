"""Reject files: the failed rows of an import in their sender's own columns, to mend and send again.

Lives here: what such a file holds and where it lies, a workbook and a CSV (RF-24, RF-25, SC-08). Not here: reading one
that comes back (`pipelines/titles/reject_columns.py`), the looks of the workbook (`pipelines/spreadsheets/write.py`).
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.durable import written
from pipelines.home import Home
from pipelines.models.sheet import ROW
from pipelines.spreadsheets.write import MOST_COLUMNS, MOST_ROWS, Guide, Mark, RowsToMend, write_rows
from pipelines.titles.reject_columns import doubly_guarded, guarded
from pipelines.titles.reject_titles import OWN_TITLES, own_titles, words_of_rejects
from pipelines.warehouse.database import Connection, row_of, rows_of

SHEET = "rejects"
REMOVED = ".removed"
"""Beside the reject files: the imports whose files are past their period."""
BEYOND = re.compile(r"column (\d+)")
ALL_REJECTING = "SELECT DISTINCT import_id FROM ledger.rejected_rows WHERE severity = 'row' ORDER BY import_id"


ERASED_PERSON = "ERASED_PERSON"
OF_ERASED = f"list_contains(list_transform(reasons, lambda each: each.code), '{ERASED_PERSON}')"
"""Rows of somebody who was erased: nothing is left of them to mend, and nothing is to be sent again."""

BLANK = "\"row\"::VARCHAR = '{}'"
"""Rows of whose text nothing is left: past their period, or of somebody who was erased."""


@dataclass(frozen=True)
class Rejects:
    """The failed rows of one import: a text column for each title, then ours.

    `marks`: the cells that are at fault. `delimiter`: what stands between the cells of the CSV.
    `language`: in which its sender is told things. `is_refused`: the whole file was refused for these rows.
    """

    titles: tuple[str, ...]
    rows: pl.DataFrame
    marks: tuple[Mark, ...]
    delimiter: str
    sheet: str
    language: str = "en"
    is_refused: bool = False


def write_rejects(connection: Connection, home: Home, imports: Iterable[str]) -> dict[str, str]:
    """Write the reject files of these imports as the ledger has their rows; returns their paths by import.

    An import without failed rows has none: what an earlier attempt at its bytes left goes. Nothing else in the folder
    is affected, and a reader never sees half a file.
    """
    found = {identity: rejects_of(connection, identity) for identity in imports}
    for identity, rejects in found.items():
        write_files(home.rejects, identity, rejects)
    return {identity: str(path_of(home, identity)) for identity, rejects in found.items() if rejects}


def write_missing(connection: Connection, home: Home) -> None:
    """Write the reject files that a crash left unwritten, but for those that were removed because of their age."""
    known, removed = rows_of(connection, ALL_REJECTING)["import_id"], _removed(home)
    # The CSV is written last, so that where it is the workbook is too.
    missing = [identity for identity in known if not _csv(home.rejects, identity).exists()]
    write_rejects(connection, home, [identity for identity in missing if identity not in removed])


def note_removed(home: Home, imports: Sequence[str]) -> None:
    """Note the imports whose reject files are past their period, in place of those noted before: they stay away.

    Noted before the files go, and anew each time: of whoever is kept longer now the file is written again when one is
    missing.
    """
    note = home.rejects / REMOVED
    if not imports:
        note.unlink(missing_ok=True)
    elif set(imports) != _removed(home):
        home.rejects.mkdir(parents=True, exist_ok=True)
        with written(note) as unfinished:
            unfinished.write_text("\n".join(imports), "utf-8")


def _removed(home: Home) -> set[str]:
    note = home.rejects / REMOVED
    return set(note.read_text("utf-8").split()) if note.exists() else set()


def path_of(home: Home, identity: str) -> Path:
    """Where the reject file of an import lies: the workbook, or the CSV where a workbook cannot hold so much."""
    workbook = _workbook(home.rejects, identity)
    return workbook if workbook.exists() else _csv(home.rejects, identity)


def rejects_of(connection: Connection, identity: str) -> Rejects | None:
    """The failed rows of an import in their order, in the sender's titles and text; None where there are none.

    Rows of which only a value was rejected are no failed rows: they are in the table.
    """
    listed = rows_of(
        connection,
        'SELECT row_number, reasons, "row"::VARCHAR AS "row", sheet FROM ledger.rejected_rows '
        f"WHERE import_id = ? AND severity = 'row' AND NOT {BLANK} AND NOT {OF_ERASED} ORDER BY row_number",
        [identity],
    )
    if listed.is_empty():
        return None
    mapping, dialect, language, status = _read_as(connection, identity)
    reasons, whose, number = own_titles(language)
    titles = _titles(connection, identity, mapping.get("titles", []))
    # With all titles named, polars reads rows of JSON whose keys differ.
    told = pl.Struct(dict.fromkeys(titles, pl.String))
    cells = listed["row"].str.json_decode(told).struct.unnest().select(pl.col(titles).fill_null(""))
    ours = listed.select(
        pl.col("reasons").list.eval(pl.element().struct.field("message")).list.join(" ").alias(reasons),
        pl.lit(identity).alias(whose),
        pl.col(ROW).cast(pl.String).alias(number),
    )
    return Rejects(
        titles=(*titles, *ours.columns),
        rows=cells.hstack(ours),
        marks=_marks(listed["reasons"], titles),
        delimiter=dialect.get("delimiter") or _delimiter(mapping),
        sheet=listed["sheet"][0] or SHEET,
        language=language,
        is_refused=status == "refused",
    )


def _read_as(connection: Connection, identity: str) -> tuple[dict[str, Any], dict[str, Any], str, str]:
    """How its columns were taken and its file read, in which language its sender is told things, what became of it."""
    query = "SELECT mapping, dialect, language, status FROM ledger.imports WHERE import_id = ?"
    texts = row_of(connection, query, [identity]) or (None,) * 4
    mapping, dialect = (json.loads(str(text)) if text else {} for text in texts[:2])
    return mapping, dialect, str(texts[2] or "en"), str(texts[3])


def _titles(connection: Connection, identity: str, titles: Sequence[str]) -> list[str]:
    """The sender's titles, and a column for each cell that a row has beyond them."""
    found = rows_of(
        connection,
        'SELECT DISTINCT unnest(json_keys("row")) AS title FROM ledger.rejected_rows '
        "WHERE import_id = ? AND severity = 'row'",
        [identity],
    )["title"]
    beyond = [title for title in found if title not in titles]
    return [*titles, *sorted(beyond, key=_beyond_number)]


def _beyond_number(title: str) -> int:
    beyond = BEYOND.fullmatch(title)
    return int(beyond[1]) if beyond else 0


def _delimiter(mapping: dict[str, Any]) -> str:
    """What a spreadsheet takes for a delimiter where the sender writes numbers as these: `;` beside decimal commas."""
    styles = {str(told["style"]) for told in mapping.get("styles", {}).values()}
    return ";" if "comma" in styles else ","


def _marks(reasons: pl.Series, titles: Sequence[str]) -> tuple[Mark, ...]:
    """The cells that a reason names, each with all it is told."""
    told = (
        reasons.to_frame("reason")
        .with_row_index("place")
        .explode("reason")
        .select("place", pl.col("reason").struct.field("header", "message"))
        .filter(pl.col("header").is_in(list(titles)))
        .group_by("place", "header", maintain_order=True)
        .agg(pl.col("message").str.join(" "))
    )
    columns = {title: place for place, title in enumerate(titles)}
    return tuple(Mark(place, columns[header], message) for place, header, message in told.iter_rows())


def _workbook(folder: Path, identity: str) -> Path:
    return folder / f"{identity}.xlsx"


def _csv(folder: Path, identity: str) -> Path:
    return folder / f"{identity}.csv"


def write_files(folder: Path, identity: str, rejects: Rejects | None) -> None:
    """The workbook and the CSV of failed rows, in place of what was there; without any, nothing stays."""
    if rejects is None:
        _workbook(folder, identity).unlink(missing_ok=True)
        _csv(folder, identity).unlink(missing_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    _write_workbook(_workbook(folder, identity), rejects)
    _write_csv(_csv(folder, identity), rejects)


def _write_workbook(path: Path, rejects: Rejects) -> None:
    """The workbook; none where there are more rows or columns than a sheet holds."""
    # The CSV holds them all.
    if rejects.rows.height >= MOST_ROWS or rejects.rows.width > MOST_COLUMNS:
        path.unlink(missing_ok=True)
        return
    text = rejects.rows.select(doubly_guarded(pl.all()))
    titles = pl.Series(rejects.titles).to_frame("title").select(doubly_guarded(pl.col("title")))["title"]
    with written(path) as unfinished:
        mending = RowsToMend(rejects.sheet, list(titles), text, rejects.marks, len(OWN_TITLES), _guide(rejects))
        write_rows(unfinished, mending)


def _guide(rejects: Rejects) -> Guide:
    """What its sender is to do, in their language."""
    words = words_of_rejects(rejects.language)
    keys = ("what_refused" if rejects.is_refused else "what", "correct", "leave", "send", "later")
    lines = tuple(words[key].format(sheet=rejects.sheet, reasons=words["reasons"]) for key in keys)
    heading = words["heading"].format(count=rejects.rows.height)
    return Guide(words["guide"], heading, lines, words["pointer"].format(guide=words["guide"]))


def _write_csv(path: Path, rejects: Rejects) -> None:
    """UTF-8 with its mark, every cell in quotes, its lines ended as those within cells are (PIT-61)."""
    names = pl.Series(rejects.titles).to_frame("title").select(guarded(pl.col("title")))["title"]
    renamed = dict(zip(rejects.titles, names, strict=True))
    text = rejects.rows.select(guarded(pl.all())).rename(renamed)
    # The end of a line is one for the whole file: a cell with a bare line feed would be read back with another one.
    plain_break = text.select(pl.any_horizontal(pl.all().str.contains(r"(?:^|[^\r])\n").any())).item()
    with written(path) as unfinished:
        text.write_csv(
            unfinished,
            include_bom=True,
            separator=rejects.delimiter,
            quote_style="always",
            line_terminator="\n" if plain_break else "\r\n",
        )
