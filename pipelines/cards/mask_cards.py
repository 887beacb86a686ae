"""Payment card numbers are never stored: taken out of what was read, and out of the copy that is archived (SC-18).

Lives here: the sheet without them, the copy of the original that may be kept: the one case in which the archive is not
the original. Not here: what a card number is (`card_numbers.py`), where one may hide in a file (`archive_search.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from pipelines.cards.archive_search import mask_numbers, numbers_in_workbook
from pipelines.cards.card_numbers import card_numbers, find_cards, mask_cards, without_card_numbers
from pipelines.errors import CustomersError
from pipelines.models.parsed_column import in_parallel, nowhere
from pipelines.models.sheet import FAULTY, ROW, Sheet
from pipelines.reading.containers.xlsx_parts import BROKEN
from pipelines.validation.rejections import EXPOSING
from schemas.sentences.note import Note

ELSEWHERE = "SENSITIVE_DATA_ELSEWHERE"
PRECISE = 15
"""Digits of a number that a spreadsheet keeps."""

NONE: frozenset[str] = frozenset()
TEXTS = ("csv", "ndjson")
"""Formats whose bytes are text that can be masked where it stands."""


@dataclass(frozen=True)
class Cleared:
    """What may be stored of a file: its sheet, its original or a copy without card numbers, what its name gets then."""

    sheet: Sheet
    original: bytes
    suffix: str = ""


def clear_of_cards(content: bytes, sheet: Sheet, read: Callable[[bytes], Sheet], language: str) -> Cleared:
    """A file without card numbers: rows that hold one are faulty ones, those that stand elsewhere are masked.

    A text stays itself but for the digits, which is tried by reading it again (`read`); of a workbook the rows that
    hold none are kept, as CSV.
    """
    try:
        traces = NONE if sheet.format in TEXTS else numbers_in_workbook(content) | card_numbers(sheet.long_numbers)
    except BROKEN:
        return Cleared(without_cards(sheet), sheet.rows.write_csv().encode(), ".masked.csv")
    clean = without_cards(sheet, traces)
    if clean is sheet and not traces:
        return Cleared(sheet, content)
    numbers = traces | _numbers_in(sheet)
    # In no cell: a note, a hidden sheet, a property. Nobody sees it in the rows, so it is told.
    if numbers - card_numbers(_cells(sheet)) - _shortened_in(sheet, numbers):
        clean = replace(clean, warnings=(*clean.warnings, Note(ELSEWHERE)))
    masked = mask_numbers(content, numbers) if sheet.format in TEXTS else None
    # The masked bytes are kept only if reading them again finds no number: no way of masking is trusted unseen.
    if masked is not None and _reads_without_cards(masked, read):
        return Cleared(clean, masked)
    return Cleared(clean, clean.rows.write_csv().encode(), ".masked.csv")


def _shortened_in(sheet: Sheet, numbers: frozenset[str]) -> frozenset[str]:
    """Those of the numbers that stand in cells with fewer digits than they had."""
    cells = _cells(sheet)
    return frozenset(number for number in numbers if cells.is_in([_shortened(number)]).any())


def _shortened(number: str) -> str:
    """A number as a spreadsheet keeps it; what is that long already has nothing to lose."""
    return number[:PRECISE] + "0" * (len(number) - PRECISE)


def _reads_without_cards(content: bytes, read: Callable[[bytes], Sheet]) -> bool:
    try:
        sheet = read(content)
    except CustomersError:
        return False
    return without_cards(sheet) is sheet


def without_cards(sheet: Sheet, known: frozenset[str] = NONE) -> Sheet:
    """The sheet whose rows with a card number are faulty ones, their numbers masked to the last four digits.

    Rows that could not be read as cells, titles, lines above them and warnings are masked too. `known`: card numbers of
    the file, which cells may hold with fewer digits than they had. A sheet without any comes back as it is.
    """
    told = _masked_words(sheet)
    shortened = [_shortened(number) for number in known if len(number) > PRECISE]
    if told.cardless and told.faulty.is_empty() and not shortened:
        return told
    masked = _masked_faulty(told.faulty)
    found = in_parallel(lambda title: _holding(told.rows[title], shortened), told.titles, told.rows.height)
    titles = [title for title, cards in zip(told.titles, found, strict=True) if cards.any()]
    if not titles:
        return told if masked.equals(told.faulty) else replace(told, faulty=masked)
    holding = pl.select(pl.any_horizontal([cards for cards in found if cards.any()])).to_series()
    return replace(
        told,
        rows=told.rows.filter(~holding),
        typed={title: typed.filter(~holding) for title, typed in told.typed.items()},
        faulty=pl.concat([masked, _exposing(told, holding, titles, shortened)]).sort(ROW),
    )


def _holding(cells: pl.Series, shortened: list[str]) -> pl.Series:
    return find_cards(cells) | (cells.is_in(shortened).fill_null(False) if shortened else nowhere(cells))


def _masked_words(sheet: Sheet) -> Sheet:
    """The sheet with all that is told of it beside its rows masked; the same where there is nothing to mask."""
    titles = tuple(map(without_card_numbers, sheet.titles))
    above = tuple(map(without_card_numbers, sheet.above))
    warnings = tuple(note.with_texts(without_card_numbers) for note in sheet.warnings)
    name = without_card_numbers(sheet.dialect.sheet or "") or sheet.dialect.sheet
    if (titles, above, warnings, name) == (sheet.titles, sheet.above, sheet.warnings, sheet.dialect.sheet):
        return sheet
    names = dict(zip(sheet.titles, titles, strict=True))
    return replace(
        sheet,
        titles=titles,
        above=above,
        warnings=warnings,
        dialect=replace(sheet.dialect, sheet=name),
        rows=sheet.rows.rename(names),
        typed={names[title]: typed for title, typed in sheet.typed.items()},
    )


def _cells(sheet: Sheet) -> pl.Series:
    """Every cell of every row."""
    cells = [sheet.rows[title] for title in sheet.titles]
    return pl.concat([*cells, sheet.faulty["cells"].explode()]) if cells else sheet.faulty["cells"].explode()


def _numbers_in(sheet: Sheet) -> frozenset[str]:
    """The digits of every card number of a sheet, those beside its rows included; each column for itself."""
    # Column by column, for what is a card number is decided among its like.
    columns = [sheet.rows[title] for title in sheet.titles]
    words = (
        *sheet.titles,
        *sheet.above,
        *(text for note in sheet.warnings for text in note.texts),
        sheet.dialect.sheet or "",
    )
    faulty = sheet.faulty["cells"].explode().drop_nulls()
    single = [pl.Series([word], dtype=pl.String) for word in words]
    return NONE.union(*(card_numbers(column) for column in (*columns, faulty, *single)))


def _exposing(sheet: Sheet, holding: pl.Series, titles: list[str], shortened: list[str]) -> pl.DataFrame:
    """The rows with card numbers, in words that may be stored."""
    digits = pl.Series(["•" * (len(number) - 4) + number[-4:] for number in shortened], dtype=pl.String)
    rows = sheet.rows.filter(holding)
    rows = rows.with_columns(mask_cards(rows[title]).replace(shortened, digits).alias(title) for title in titles)
    return rows.select(
        pl.col(ROW),
        pl.lit(EXPOSING).alias("code"),
        pl.concat_list([pl.when(pl.col(title).str.contains("•")).then(pl.lit(title)) for title in titles])
        .list.drop_nulls()
        .list.first()
        .alias("found"),
        pl.concat_list([pl.col(title).fill_null("") for title in sheet.titles]).alias("cells"),
    ).cast(FAULTY)  # type: ignore[arg-type]  # a schema is a mapping of types


def _masked_faulty(faulty: pl.DataFrame) -> pl.DataFrame:
    if faulty.is_empty():
        return faulty
    exploded = faulty.select(ROW, "cells").explode("cells")
    cells = exploded.with_columns(mask_cards(exploded["cells"])).group_by(ROW, maintain_order=True).agg("cells")
    found = mask_cards(faulty["found"])
    masked = faulty.drop("cells").with_columns(found).join(cells, on=ROW, how="left", maintain_order="left")
    return masked.select(*FAULTY)
