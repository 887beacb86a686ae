"""How many cells a row of a delimited text has: one for each title, or it is at fault.

Lives here: delimiters at the end of all rows, titles without a column, rows of another width. Not here: parting a text
into rows (`csv_records.py`), what is told of a row at fault (`pipelines/validation/rejections.py`).
"""

from collections.abc import Sequence

import polars as pl

from pipelines.reading.text.csv_records import join_record, split_record

FEWEST_ROWS, NEARLY_ALL = 2, 0.75
"""Rows, and the share of them, that it takes to show that a file has delimiters at the end of its rows."""


def fit_widths(records: pl.DataFrame, titles: tuple[str, ...], delimiter: str) -> tuple[tuple[str, ...], pl.DataFrame]:
    """The titles that have a column, and the records with as many cells, where they are rows of the file (PIT-10).

    Delimiters at the end of rows are a habit of the program that wrote the file: nearly all rows have as many of them,
    with nothing behind. One row that has one more than the others was shifted by it, so it keeps its width, as does
    one that has fewer: which cell it lacks cannot be seen.

    Args:
        records: those below the titles, as of `csv_records.py`.
        titles: as of the title row; the last of them untitled (`column 4`) where it ends in delimiters.
        delimiter: of the file.

    Returns:
        The titles, and the records; a record whose `width` is not that of the titles is at fault.
    """
    rows = records.filter(~pl.col("blank") & ~pl.col("stray"))
    counts = dict(rows["width"].value_counts().iter_rows())
    # Of two widths as frequent the one of the titles.
    usual = max(counts, key=lambda width: (counts[width], width == len(titles)), default=len(titles))
    # Only untitled columns at the end, which no row has: the line of titles alone ends in delimiters.
    if _named(titles) <= usual < len(titles):
        return titles[:usual], records
    if usual <= len(titles) or rows.height < FEWEST_ROWS:
        return titles, records
    cut = _without_last(records, usual, len(titles), delimiter)
    fitting = cut.filter(~pl.col("blank") & ~pl.col("stray") & (pl.col("width") == len(titles))).height
    return titles, cut if fitting >= NEARLY_ALL * rows.height else records


def _named(titles: Sequence[str]) -> int:
    """How many titles there are up to the last that is not an untitled one."""
    named = [place for place, title in enumerate(titles, start=1) if not title.startswith(f"column {place}")]
    return max(named, default=1)


def _without_last(records: pl.DataFrame, usual: int, width: int, delimiter: str) -> pl.DataFrame:
    """The records of a usual width without their cells beyond another one, where nothing stands there; the others as
    they are, so many cells narrower than they look.
    """
    extra = usual - width
    here = (pl.col("width") == usual) & ~pl.col("blank") & ~pl.col("stray")
    plain = pl.col("text").str.ends_with(delimiter * extra)
    others = records.filter(here & ~plain)["text"].unique()
    kept = {text: cut for text in others if (cut := _cut(text, delimiter, width)) is not None}
    fits = here & (plain | pl.col("text").is_in(list(kept)))
    replaced = pl.col("text").replace(kept) if kept else pl.col("text")
    return records.with_columns(
        text=pl.when(here & plain).then(pl.col("text").str.head(-extra)).when(here).then(replaced).otherwise("text"),
        width=pl.when(fits).then(width).when(pl.col("width") != usual).then(pl.col("width") - extra).otherwise("width"),
    )


def _cut(text: str, delimiter: str, width: int) -> str | None:
    """A record without its blank cells beyond a width; None where one of them holds something."""
    cells = split_record(text, delimiter)
    return None if any(cell.strip() for cell in cells[width:]) else join_record(cells[:width], delimiter)
