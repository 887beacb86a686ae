"""Rows that hold payment card numbers: taken out before anything is stored, each masked in the sender's own words.

Lives here: the sheet without them, the copy of the original that may be archived. Not here: what a card number is
(`cards.py`). This is the one case in which the archive is not the original (SC-18).
"""

from dataclasses import replace

import polars as pl

from pipelines.files.cards import find_cards, mask_cards, mask_cards_in_bytes
from pipelines.files.parsing import in_parallel
from pipelines.files.reasons import EXPOSING
from pipelines.files.sheet import FAULTY, ROW, Sheet


def without_cards(sheet: Sheet) -> Sheet:
    """The sheet whose rows with a card number are faulty ones, their numbers masked to the last four digits.

    Rows that could not be read as cells are masked too, and keep their own fault.
    """
    if sheet.cardless and sheet.faulty.is_empty():
        return sheet
    masked = _masked_faulty(sheet.faulty)
    found = in_parallel(lambda title: find_cards(sheet.rows[title]), sheet.titles)
    titles = [title for title, cards in zip(sheet.titles, found, strict=True) if cards.any()]
    if not titles:
        return replace(sheet, faulty=masked)
    holding = pl.select(pl.any_horizontal([cards for cards in found if cards.any()])).to_series()
    return replace(
        sheet,
        rows=sheet.rows.filter(~holding),
        typed={title: typed.filter(~holding) for title, typed in sheet.typed.items()},
        faulty=pl.concat([masked, _exposing(sheet, holding, titles)]).sort(ROW),
    )


def holds_cards(before: Sheet, after: Sheet) -> bool:
    """Whether taking out card numbers changed anything."""
    return before.rows.height > after.rows.height or not before.faulty.equals(after.faulty)


def masked_original(content: bytes, sheet: Sheet) -> tuple[bytes, str]:
    """What may be archived of a file with card numbers, and what its name gets at the end.

    A text stays itself but for the digits; of a workbook the rows that hold none are kept, as CSV. `sheet` is the one
    without cards.
    """
    if sheet.format == "csv":
        return mask_cards_in_bytes(content), ""
    return sheet.rows.write_csv().encode(), ".masked.csv"


def _exposing(sheet: Sheet, holding: pl.Series, titles: list[str]) -> pl.DataFrame:
    """The rows with card numbers, in words that may be stored."""
    rows = sheet.rows.filter(holding).with_columns(mask_cards(sheet.rows.filter(holding)[title]) for title in titles)
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
    return faulty.drop("cells").join(cells, on=ROW, how="left", maintain_order="left").select(*FAULTY)
