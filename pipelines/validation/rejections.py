"""Reasons: what each rejected row, and each rejected value, is told to its sender.

Lives here: from broken checks to rows with all their reasons and the sender's own text; the same text of accepted rows
to which a commit may still say no. Not here: the checks
(`schemas/files.py`), what becomes of the rows (`validate.py`).
"""

import json
from collections.abc import Sequence

import polars as pl

from pipelines.errors import SealBroken
from pipelines.models.context import Terms
from pipelines.models.sheet import ROW, Sheet
from pipelines.models.staged_file import BETWEEN_PARTS
from pipelines.validation.first_filled import primary_columns
from pipelines.validation.parse_columns import Column, Columns
from schemas.codes import message
from schemas.events import EVENT_KINDS
from schemas.imports import REASON, REASON_PARTS
from schemas.profiles import CONTACT
from schemas.wordlists import proposed

EXPOSING = "SENSITIVE_DATA"
OF_A_CELL = (EXPOSING, "DATE_SWAPPED")
"""Faults of a whole row that name the title of the cell which has them."""

FAULTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "row": pl.Int64,
    "field": pl.String,
    "code": pl.String,
    "severity": pl.String,
}
"""One broken check of one row: the row's position, the field's name (with its rank), what the fault costs."""

REJECTED: dict[str, pl.DataType | type[pl.DataType]] = {
    ROW: pl.Int64,
    "severity": pl.String,
    "reasons": pl.List(REASON),
    "row": pl.String,
    "typed": pl.List(pl.String),
}
"""One row per rejected row, or kept row with a rejected value: number, severity, reasons, row as JSON, typed cells."""

CELL = pl.Struct(dict.fromkeys(("field", "header", "value", "parsed"), pl.String()))
"""A filled cell: its field, its title, what its sender wrote, what that was read as."""

AS_SENT: dict[str, pl.DataType | type[pl.DataType]] = {
    ROW: pl.Int64,
    "row": pl.String,
    "typed": pl.List(pl.String),
    "cells": pl.List(CELL),
}
"""One row per accepted row: its text as JSON, its typed cells; the cells of its key, and those that another owns."""


def rejected_rows(faults: pl.DataFrame, columns: Columns, sheet: Sheet, terms: Terms) -> pl.DataFrame:
    """The rows that broke a check, each with all its reasons and its own text (REJECTED)."""
    # pandera reports a missing column or a broken schema without a row: that is our bug, and no sender's.
    if faults["row"].null_count():
        raise SealBroken(f"the row gate failed as a whole, not for a row: {faults.rows()[:3]}")
    positions = faults["row"].unique().sort()
    named = {column.name: column for column in columns.columns}
    written = {name: _written(column, faults.filter(field=name)["row"]) for name, column in named.items()}
    told = pl.DataFrame(
        [
            (
                position,
                severity,
                *_reason(
                    code,
                    field,
                    named.get(field),
                    written.get(field, {}).get(position),
                    terms,
                    sheet.rows[ROW][position],
                ),
            )
            for position, field, code, severity in faults.iter_rows()
        ],
        schema={"position": pl.Int64, "severity": pl.String} | dict.fromkeys(REASON_PARTS, pl.String),
        orient="row",
    )
    listed = (
        told.group_by("position", maintain_order=True)
        # `row` is greater than `field` as a text too: one fault that costs the row decides.
        .agg(severity=pl.col("severity").max(), reasons=pl.struct(REASON_PARTS))
        .sort("position")
    )
    return sent_rows(sheet, positions).select(ROW, listed["severity"], listed["reasons"], "row", "typed")


def sent_rows(sheet: Sheet, positions: pl.Series) -> pl.DataFrame:
    """Rows as their sender wrote them: number, text as JSON, the titles of typed cells."""
    row = pl.struct(sheet.titles).struct.json_encode().alias("row")
    return sheet.rows[positions].select(ROW, row, _typed(sheet, positions))


def _typed(sheet: Sheet, positions: pl.Series) -> pl.Expr:
    """The titles of the cells that a workbook held as numbers, dates or booleans."""
    titles = [pl.when(typed.gather(positions)).then(pl.lit(title)) for title, typed in sheet.typed.items()]
    return (pl.concat_list(titles).list.drop_nulls() if titles else pl.lit([], pl.List(pl.String))).alias("typed")


def as_sent(columns: Columns, sheet: Sheet, accepted: pl.Series, terms: Terms) -> pl.DataFrame | None:
    """What a commit may need of the accepted rows (AS_SENT); None where it needs nothing.

    `accepted`: their row numbers. The cells of the key come first, in its order.
    """
    owned = terms.source.owners(terms.source_name)
    if terms.source.creates and not owned:
        return None
    positions = sheet.rows[ROW].is_in(accepted.implode()).arg_true()
    primary = primary_columns(columns)
    of_contact = ("contact_email",) if set(owned) & set(CONTACT) else ()
    wanted = [name for name in dict.fromkeys((*terms.profile.key, *of_contact, *owned)) if name in primary]
    cells = [_cells(primary[name], positions) for name in wanted]
    listed = pl.select(pl.concat_list(cells).list.drop_nulls() if cells else pl.lit([], pl.List(CELL))).to_series()
    return sent_rows(sheet, positions).with_columns(listed.cast(pl.List(CELL)).alias("cells"))


def _cells(column: Column, positions: pl.Series) -> pl.Series:
    values = column.parsed.values.gather(positions)
    parsed = values.list.join(BETWEEN_PARTS) if values.dtype == pl.List else values.cast(pl.String)
    written = column.text.gather(positions)
    cell = pl.struct(
        field=pl.lit(column.field.name),
        header=pl.lit(column.title, pl.String),
        value=written,
        parsed=parsed,
    )
    return pl.select(pl.when(parsed.is_not_null() & written.is_not_null()).then(cell)).to_series()


def codes_of(rejected: pl.DataFrame) -> dict[str, int]:
    """How often each code is a reason, the most frequent first."""
    codes = rejected["reasons"].explode().drop_nulls()
    if codes.is_empty():
        return {}
    counted = codes.struct.field("code").value_counts(sort=True)
    return dict(counted.iter_rows())


def _written(column: Column, positions: pl.Series) -> dict[int, str | None]:
    """The text of some rows."""
    return dict(zip(positions, column.text.gather(positions), strict=True))


def _reason(
    code: str, field: str, column: Column | None, value: str | None, terms: Terms, row: int
) -> tuple[str | None, ...]:
    """A reason's parts in the order of the contract: code, field, header, value, message."""
    header = column.title if column else None
    expected = {
        "INVALID_NUMBER": 0 if field == "payment_count" else terms.decimals,
        "CURRENCY_NOT_CONVERTIBLE": terms.base_currency,
        "UNKNOWN_EVENT": ", ".join(EVENT_KINDS),
        "UNKNOWN_DIRECTION": proposed("payment_directions", terms.language),
        "UNKNOWN_PAYMENT_STATUS": proposed("payment_statuses", terms.language),
    }.get(code)
    text = message(code, terms.language, found=value, header=header or field, expected=expected, row=row)
    return code, column.field.name if column else field, header, value, text


def unreadable_rows(sheet: Sheet, terms: Terms) -> pl.DataFrame:
    """Rows that could not be read as cells of the columns, each with what it holds (PIT-04, PIT-10; REJECTED)."""
    return pl.DataFrame(
        [
            (
                number,
                "row",
                [_whole_row(code, found, _named_cells(cells, sheet), sheet, terms)],
                _json(cells, sheet),
                [],
            )
            for number, code, found, cells in sheet.faulty.iter_rows()
        ],
        schema=REJECTED,
        orient="row",
    )


def _whole_row(code: str, found: str, cells: dict[str, str], sheet: Sheet, terms: Terms) -> dict[str, str | None]:
    """The reason of a row that is at fault as a whole; of a card number the column and the number as masked."""
    # The value stands masked in the cells: the number itself is nowhere any more.
    header, value = (found, cells.get(found)) if code in OF_A_CELL else (None, found)
    text = message(code, terms.language, found=value, header=header, expected=len(sheet.titles))
    return {"code": code, "field": None, "header": header, "value": value, "message": text}


def _json(cells: Sequence[str], sheet: Sheet) -> str:
    return json.dumps(_named_cells(cells, sheet), ensure_ascii=False)


def _named_cells(cells: Sequence[str], sheet: Sheet) -> dict[str, str]:
    names = [*sheet.titles, *(f"column {place}" for place in range(len(sheet.titles) + 1, len(cells) + 1))]
    return dict(zip(names, cells, strict=False))
