"""Reject files that come back: our columns in them, what they say of each row, and the sheet without them.

Lives here: recognising our columns (`reject_titles.py`), the apostrophe before text that a spreadsheet would run. Not
here: writing reject files (`pipelines/rejects/write.py`), what is known of the imports that they name
(`pipelines/rejects/recall.py`).
"""

import codecs
from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from pipelines.language.spelling import normalise
from pipelines.models.sheet import ORIGIN, ROW, Sheet
from pipelines.titles.own_exports import MARKS
from pipelines.titles.reject_titles import IMPORT, NUMBER, OWN_TITLES, REASONS, spelled_own_titles

MEANINGS = {normalise(title): meaning for title, meaning in spelled_own_titles().items()}
SAMPLE = 65_536
LAST = {"reasons": -3, "said": -2, "number": -1}
"""Where our cells stand in a row, from its end."""

# With their full-width forms, which a spreadsheet of an East Asian language takes for the same signs.
DANGEROUS = r"[=+\-@\t\r\n＝＋－＠]"
HARMLESS = r"^[+-] ?[0-9][0-9 .,'()\u00a0\u202f]*[€$£%]?$"
"""Numbers such as `-12,00` and phone numbers such as `+33 1 23`: nothing in them can run (PIT-61)."""

IDENTITY = r"^\s*([a-z0-9_]+-[0-9a-f]{12}(?:-[0-9]+)?)\s*$"
WHOLE = r"^\s*([0-9]{1,9})(?:[.,]0+)?\s*$"


def own_title(title: str) -> str | None:
    """Which of our columns a title names, whatever its case and spaces; None for a sender's own."""
    # Asked of every title of every file: the start is compared before the title is normalised.
    return MEANINGS.get(normalise(title)) if title.lower().startswith("customer") else None


def names_origins(cells: Iterable[str]) -> bool:
    """Whether a row of cells is the title row of a reject file: it links every row to the one that was rejected."""
    return {IMPORT, NUMBER} <= {own_title(cell.strip()) for cell in cells}


def says_its_encoding(content: bytes) -> bool:
    """Whether these bytes are a reject file as we write it, whatever encoding was told for its source."""
    return content.startswith(codecs.BOM_UTF8) and IMPORT.encode() in content[:SAMPLE]


def guarded(text: pl.Expr) -> pl.Expr:
    """Text that no spreadsheet takes for a formula: an apostrophe before what it would run (PIT-61).

    `unguarded` gives the text back, whatever it was: one that looks guarded already gets another apostrophe.
    """
    runs = text.str.contains(f"^'*{DANGEROUS}") & ~text.str.contains(HARMLESS)
    return pl.when(runs).then(text.str.replace("^", "'")).otherwise(text)


def doubly_guarded(text: pl.Expr) -> pl.Expr:
    """Text for a cell that runs nothing anyway: only what `unguarded` would change gets an apostrophe."""
    return pl.when(text.str.contains(f"^'+{DANGEROUS}")).then(text.str.replace("^", "'")).otherwise(text)


def unguarded(text: pl.Expr) -> pl.Expr:
    """Text as it was before it was guarded."""
    return text.str.replace(f"^'('*{DANGEROUS})", "${1}")


def unguarded_export(sheet: Sheet) -> Sheet:
    """An export of `customers` that comes back with its cells as they were; any other sheet as it is.

    What a sender begins with an apostrophe is theirs, so only what we wrote is changed.
    """
    return _renamed(sheet) if MARKS.issubset(sheet.titles) else sheet


def take_off(sheet: Sheet) -> Sheet:
    """The sheet without our columns, and in `origins` what they said; a sheet that has none of them as it is.

    A row without a legible import and row number has no origin: it is new. A row of which nothing but our cells is
    left is blank.
    """
    own = {meaning: title for title in sheet.titles if (meaning := own_title(title))}
    if not own:
        return sheet
    kept = [title for title in sheet.titles if title not in own.values()]
    # Moved columns are found by their titles; only of rows of a wrong width must they be the last ones.
    last = tuple(own_title(title) for title in sheet.titles[-len(OWN_TITLES) :]) == OWN_TITLES
    faulty, found = _of_faulty(sheet.faulty) if last else (sheet.faulty, pl.DataFrame(schema=ORIGIN))
    added, faulty = _added(faulty, kept, len(sheet.titles))
    filled = sheet.rows.select(pl.any_horizontal(pl.col(kept).str.strip_chars() != "")).to_series()
    origins = pl.concat([_of_rows(sheet.rows.filter(filled), own), found])
    return _renamed(
        replace(
            sheet,
            titles=tuple(kept),
            rows=pl.concat([sheet.rows.filter(filled).select(ROW, *kept), added]).sort(ROW),
            typed={title: typed.filter(filled) for title, typed in sheet.typed.items() if title in kept},
            faulty=faulty,
            blank_count=sheet.blank_count + int((~filled).sum()),
            origins=origins.sort(ROW),
            is_reject_file=True,
        )
    )


def _renamed(sheet: Sheet) -> Sheet:
    """The sheet with its titles and cells as they were before they were guarded."""
    titles = pl.DataFrame({"title": sheet.titles}).select(unguarded(pl.col("title")))["title"].to_list()
    names = dict(zip(sheet.titles, titles, strict=True))
    return replace(
        sheet,
        titles=tuple(titles),
        rows=sheet.rows.select(ROW, *(unguarded(pl.col(title)).alias(name) for title, name in names.items())),
        typed={names[title]: typed for title, typed in sheet.typed.items()},
        faulty=sheet.faulty.with_columns(pl.col("cells").list.eval(unguarded(pl.element()))),
        # Cells changed, so what the bytes of the file showed of them holds no longer.
        tidy=False,
    )


def _of_rows(rows: pl.DataFrame, own: dict[str, str]) -> pl.DataFrame:
    if not {IMPORT, NUMBER} <= own.keys():
        return pl.DataFrame(schema=ORIGIN)
    reasons = pl.col(own[REASONS]) if REASONS in own else pl.lit(REASONS)
    return _origins(rows.select(ROW, said=own[IMPORT], number=own[NUMBER], reasons=reasons))


def _origins(told: pl.DataFrame) -> pl.DataFrame:
    """Of rows with what they say of their origin, those that say it legibly."""
    return told.select(
        ROW,
        origin_import_id=pl.col("said").str.extract(IDENTITY),
        origin_row_number=pl.col("number").str.extract(WHOLE).cast(pl.Int64),
        confirmed=pl.col("reasons").str.strip_chars() == "",
    ).drop_nulls()


def _of_faulty(faulty: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that could not be read as cells: without our last cells, where they are in their places, and their origins.

    Our columns are the last ones, so that a cell too many or too few before them does not move them.
    """
    cells = pl.col("cells")
    last = (cells.list.get(place, null_on_oob=True).alias(name) for name, place in LAST.items())
    told = faulty.select(ROW, *last)
    found = _origins(told)
    here = pl.col(ROW).is_in(found[ROW].implode())
    width = pl.col("code") == "WRONG_FIELD_COUNT"
    shorter = cells.list.head(cells.list.len() - len(OWN_TITLES))
    without = faulty.with_columns(
        found=pl.when(here & width).then((cells.list.len() - len(OWN_TITLES)).cast(pl.String)).otherwise("found"),
        cells=pl.when(here).then(shorter).otherwise(cells),
    )
    return without, found


def _added(faulty: pl.DataFrame, kept: list[str], width: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that a sender added without cells for our columns, and the faulty ones that are left."""
    cells, count = pl.col("cells"), str(len(kept))
    short = (pl.col("code") == "WRONG_FIELD_COUNT") & (pl.col("found") == count) & (cells.list.len() == len(kept))
    added = faulty.filter(short & (len(kept) < width))
    whole = added.select(ROW, *(cells.list.get(place).alias(title) for place, title in enumerate(kept)))
    return whole, faulty.join(added, on=ROW, how="anti", maintain_order="left")
