"""What stood in the cell that a value was read from: its title, and its text as the sender wrote it.

Lives here: which columns of a file a field comes from, and looking up their cells. The mapping of an import tells the
titles, of an entry by hand the fields that were stated; the text is read of what was staged. Where that is gone nobody
knows it any more, and the title stays alone.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from pipelines.home import Home
from pipelines.models.sheet import ROW
from pipelines.models.staged_file import ROWS
from pipelines.warehouse.database import Connection, rows_of
from schemas.ways_in.manual_entry import MANUAL

TOGETHER = " | "
"""What stands between the cells, and the titles, of a value that several columns make."""

Groups = tuple[tuple[str, ...], ...]

MADE_OF: Mapping[str, Groups] = {
    "name": (("name",), ("first_name", "last_name"), ("company",)),
    "country": (("country",), ("administrative_area",)),
    "region": (("region",), ("administrative_area",)),
    "email": (("email",), ("recipient_email",)),
    "reported_monthly_spend": (("monthly_spend",),),
    "total_spent": (("total_spent",), ("paid_amount",), ("amount", "amount_due")),
    "refund_volume": (("refund_volume",), ("refunded_amount",), ("amount",)),
    "first_payment_date": (("first_payment_date",), ("payment_date",), ("event_at",)),
    "last_payment_date": (("last_payment_date",), ("payment_date",), ("event_at",)),
    "opt_in": (("opt_in",), ("consent",)),
    "access_status": (("event_kind",),),
    "customer_groups.reference": (("group_reference",),),
    "customer_external_ids.external_id": (("external_id",),),
    "contacts.position": (("position",),),
    "contacts.is_primary": (("is_primary",),),
}
"""By what a value is called in a table, the fields of a file that it may be read from, the likeliest first; fields of
one group make it together."""

IMPORTS = """
    SELECT import_seq::BIGINT AS import_seq, import_id, import_key, mapping::VARCHAR AS mapping, format
    FROM ledger.imports WHERE import_seq IN (SELECT unnest($1))
"""
CELL = "cell"


def with_cells(connection: Connection, home: Home, values: pl.DataFrame) -> pl.DataFrame:
    """Values with the import that brought each, and the cell that it stood in.

    Args:
        connection: the ledger.
        home: where what was staged lies.
        values: with `import_seq`, `row_number`, `field`, `item`, `raw_value` where it is known; any columns besides.

    Returns:
        The same rows with `import_id` and `header`, in any order.
    """
    imports = rows_of(connection, IMPORTS, [values["import_seq"].unique().to_list()])
    known = values.join(imports.select("import_seq", "import_id"), on="import_seq", how="left")
    is_custom = pl.col("field") == "customer_custom_fields.value"
    is_point = pl.col("field") == "contact_points.value"
    cell = pl.when(is_custom).then("item").when(is_point).then(pl.col("item").str.extract(r"^(\w+)")).otherwise("field")
    parts = [known.filter(pl.col("import_seq").is_null()).with_columns(header=pl.lit(None, pl.String))]
    for row in imports.iter_rows(named=True):
        of_import = known.filter(pl.col("import_seq") == row["import_seq"]).with_columns(cell.alias(CELL))
        mapping = json.loads(row["mapping"]) if row["mapping"] else {}
        if row["format"] == MANUAL:
            mapping = {"columns": [{"title": title, "field": field} for title, field in mapping.items()]}
        parts.append(_of_one_import(of_import, mapping, home.staging / row["import_key"] / ROWS).drop(CELL))
    return pl.concat(parts)


def _of_one_import(values: pl.DataFrame, mapping: Mapping[str, object], staged: Path) -> pl.DataFrame:
    groups = {cell: found for cell in values[CELL].unique() if (found := _titles(mapping, cell))}
    titles = list(dict.fromkeys(title for found in groups.values() for group in found for title in group))
    cells = _cells(staged, titles, values["row_number"])
    parts = [_with_cell(values.filter(pl.col(CELL) == cell), found, cells) for cell, found in groups.items()]
    rest = values.filter(~pl.col(CELL).is_in(list(groups)).fill_null(False))
    return pl.concat([rest.with_columns(header=pl.lit(None, pl.String)), *parts])


def _with_cell(values: pl.DataFrame, groups: list[tuple[str, ...]], cells: pl.DataFrame) -> pl.DataFrame:
    """Each value with the first of its columns, or groups of columns, that holds anything in its row.

    Where several columns may hold the same, the text that is known of the value says which one it is. Without any text
    the title is that of the first.
    """
    told = values.join(cells, left_on="row_number", right_on=ROW, how="left", maintain_order="left")
    texts, titles = [], []
    for group in groups:
        filled = [pl.when(pl.col(title).str.strip_chars() != "").then(pl.col(title)) for title in group]
        named = [pl.when(text.is_not_null()).then(pl.lit(title)) for text, title in zip(filled, group, strict=True)]
        text = pl.concat_str(filled, separator=TOGETHER, ignore_nulls=True)
        fits = (text != "") & (pl.col("raw_value").is_null() | (pl.col("raw_value") == text.str.strip_chars()))
        texts.append(pl.when(fits).then(text))
        titles.append(pl.when(fits).then(pl.concat_str(named, separator=TOGETHER, ignore_nulls=True)))
    header = pl.coalesce(*titles, pl.lit(TOGETHER.join(groups[0])))
    return told.select(*values.columns, header=header, found=pl.coalesce(*texts)).select(
        *(pl.coalesce("raw_value", "found").alias(name) if name == "raw_value" else name for name in values.columns),
        "header",
    )


def _titles(mapping: Mapping[str, object], cell: str) -> list[tuple[str, ...]]:
    """The titles of the columns that a value may have been read from, in groups that make it together."""
    kept, columns = mapping.get("kept"), mapping.get("columns")
    listed = columns if isinstance(columns, list) else []
    of_field: dict[str, list[str]] = {}
    for column in listed:
        of_field.setdefault(str(column["field"]), []).append(str(column["title"]))
    if isinstance(kept, list) and cell in kept:
        return [(cell,)]
    found: list[tuple[str, ...]] = []
    for group in MADE_OF.get(cell, ((cell.replace("contacts.", "contact_"),),)):
        present = [name for name in group if name in of_field]
        if len(present) > 1:
            # Parts of one value, such as first and last name, stand together.
            found.append(tuple(of_field[name][0] for name in present))
        else:
            found += [(title,) for name in present for title in of_field[name]]
    return found


def _cells(staged: Path, titles: list[str], rows: pl.Series) -> pl.DataFrame:
    """The text of these columns in these rows, as far as what was read is still there."""
    if not staged.exists() or not titles:
        return pl.DataFrame(schema={ROW: pl.Int64} | dict.fromkeys(titles, pl.String))
    # Lazily: of a wide file only the columns and rows that are asked for are read.
    read = pl.scan_parquet(staged)
    known = set(read.collect_schema().names())
    columns = [pl.col(title) if title in known else pl.lit(None, pl.String).alias(title) for title in titles]
    return read.filter(pl.col(ROW).is_in(rows.drop_nulls().unique().implode())).select(ROW, *columns).collect()
