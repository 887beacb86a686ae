"""Our own exports that come back as lists: which columns of them say nothing to us, how their amounts are written.

Lives here: knowing an export of `customers` again, the customer ids that we give, whether its money is counted here
already. Not here: writing exports (`pipelines/publishing/exports.py`), reject files that come back
(`reject_columns.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import polars as pl

from pipelines.errors import FileRefused
from pipelines.models.sheet import Sheet
from pipelines.warehouse.database import frame_as, published, rows_of
from schemas.base import columns_of
from schemas.customers import Customers
from schemas.fields import BY_NAME

CUSTOMER_ID = "customer_id"
FIRST_IMPORT, LAST_IMPORT = "first_import_id", "last_import_id"
MARKS = frozenset({CUSTOMER_ID, "net_spent", FIRST_IMPORT, LAST_IMPORT})
"""Titles that no sender has side by side: an export of `customers`."""

MEANT = {"reported_monthly_spend": "monthly_spend"}
"""A column of the table that is called otherwise than its field."""

LEFT_OUT = frozenset(column.name for column in columns_of(Customers)) - BY_NAME.keys() - MEANT.keys()
"""What an export says that an import computes anew."""

AMOUNTS = ("total_spent", "refund_volume", "monthly_spend")
COUNTED = frozenset({"total_spent", "payment_count", "refund_volume"})
"""Fields that add up: counted again where the list comes from the very customers it is added to."""

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
OF_A_GENERATOR = r"^.{14}[1-8].{4}[89ab]"
"""The version and variant that every UUID of a generator has. Ours are hashes: seven in eight have others."""

COUNTING_HERE = (
    "SELECT import_id FROM import_history SEMI JOIN told USING (import_id) WHERE status LIKE 'done%' ORDER BY import_id"
)


@dataclass(frozen=True)
class OwnColumns:
    """What is ours in a sheet.

    `ignored`: titles to leave out without a word; `fields`: titles with their field; `seen`: by the name of a column,
    the decimal mark that it is written with (`pipelines/rejects/recall.py`).
    """

    ignored: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    seen: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))


def own_columns(sheet: Sheet) -> OwnColumns:
    """What of a sheet is an export of ours; of any other sheet nothing but a column of our customer ids.

    Commas between cells say that no spreadsheet of another language wrote it again: its amounts have decimal points.
    """
    if not MARKS.issubset(sheet.titles):
        return OwnColumns((CUSTOMER_ID,) if _holds_our_ids(sheet) else ())
    # With a comma between cells no decimal comma was written; a spreadsheet of such a language saves semicolons.
    as_written = sheet.dialect.delimiter == ","
    return OwnColumns(
        ignored=tuple(title for title in sheet.titles if title in LEFT_OUT),
        fields={title: meaning for title, meaning in MEANT.items() if title in sheet.titles},
        seen=dict.fromkeys(AMOUNTS, frozenset({"point"})) if as_written else {},
    )


def _holds_our_ids(sheet: Sheet) -> bool:
    """Whether `customer_id` is ours and no sender's reference: UUIDs, not all of which a generator can have made."""
    if CUSTOMER_ID not in sheet.titles:
        return False
    values = sheet.rows[CUSTOMER_ID].str.strip_chars()
    filled = values.filter(values != "")
    return bool(filled.len() and filled.str.contains(UUID).all() and not filled.str.contains(OF_A_GENERATOR).all())


def check_not_counted_here(sheet: Sheet, fields: Mapping[str, str], snapshot: Path, language: str) -> None:
    """Nothing where all of an export's money is in these customers, or none; `fields`: field to title.

    Where all is, its rows count no money again (`pipelines/conflicts/own_exports.py`). Raises FileRefused with
    EXPORT_OF_THESE_CUSTOMERS where some imports that it names count here and others do not: what is missing cannot be
    told from what would be there twice. Raises WarehouseBusy.
    """
    # Without columns that add up nothing can be counted twice.
    if not (MARKS.issubset(sheet.titles) and COUNTED & fields.keys() and snapshot.exists()):
        return
    named = pl.concat([sheet.rows[FIRST_IMPORT], sheet.rows[LAST_IMPORT]]).str.strip_chars().unique()
    told = named.filter(named != "").alias("import_id").to_frame()
    with published(snapshot) as connection, frame_as(connection, "told", told):
        here = rows_of(connection, COUNTING_HERE)["import_id"]
    if 0 < len(here) < told.height:
        summed = [fields[name] for name in sorted(COUNTED & fields.keys())]
        raise FileRefused("EXPORT_OF_THESE_CUSTOMERS", language, found=", ".join(here.head(3)), header=summed)
