"""Kept columns: those that no field means and that a source wants all the same, as custom fields.

Lives here: which columns of a file are kept, what they hold. Not here: the setting (`keep` of a source), what becomes
of the values (`pipelines/customers/relations/custom_fields.py`).
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from pipelines.language.spelling import normalise
from pipelines.models.column_mapping import ColumnMapping
from pipelines.models.parsed_column import cleaned
from pipelines.models.sheet import ROW, Sheet
from schemas.ledger import AcceptedCustomFields

REST = "rest"


def named(keep: Sequence[str]) -> tuple[str, ...]:
    """The titles that a source names; of none of them a field is guessed."""
    return () if keep == REST else tuple(keep)


def with_kept(mapping: ColumnMapping, keep: Sequence[str], ignore: Sequence[str]) -> ColumnMapping:
    """The mapping with the columns to be kept.

    A column that has a field, or that somebody says to ignore, is not kept. One that is named is no longer ignored or
    unmapped: somebody decided that it says nothing of money. Of the `rest` nobody did, so they stay among the unmapped,
    and what is looked for there, as a column that tells which way money goes, is found in them.

    Args:
        mapping: in which named columns were given no field.
        keep: the source's setting.
        ignore: titles that the caller, the source or our own exports leave out.
    """
    if keep == REST:
        return replace(mapping, kept=mapping.unmapped)
    # What a caller ignores for one file goes before what the source keeps of all.
    wanted = {normalise(title) for title in keep} - {normalise(title) for title in ignore}
    kept = [title for title in (*mapping.ignored, *mapping.unmapped) if normalise(title) in wanted]
    return replace(
        mapping,
        ignored=tuple(title for title in mapping.ignored if title not in kept),
        unmapped=tuple(title for title in mapping.unmapped if title not in kept),
        kept=tuple(kept),
    )


def kept_values(sheet: Sheet, mapping: ColumnMapping, accepted: pl.Series) -> pl.DataFrame:
    """AcceptedCustomFields: what stands in the kept columns of accepted rows, a row per cell that is not blank.

    Args:
        sheet: without card numbers, as it is validated.
        mapping: names the columns.
        accepted: the numbers of the accepted rows.
    """
    if not mapping.kept:
        return pl.DataFrame(schema={name: c.dtype.type for name, c in AcceptedCustomFields.to_schema().columns.items()})
    rows = pl.DataFrame([sheet.rows[ROW], *(cleaned(sheet.rows[title], sheet.tidy) for title in mapping.kept)])
    mine = rows.filter(pl.col(ROW).is_in(accepted.implode()))
    return mine.unpivot(index=ROW, variable_name="title", value_name="value").drop_nulls("value")
