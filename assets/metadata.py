"""What a person sees in the UI: table schemas, samples and counts as Dagster metadata.

Lives here: turning contracts and frames into metadata. Not here: any computation. Whatever is told here Dagster keeps
with its runs: no address, name or number of anybody, and nothing that a sender wrote in a cell.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import dagster as dg
import polars as pl

from schemas.base import Contract, columns_of

SAMPLE_ROWS = 10


def table_schema(contract: type[Contract]) -> dg.TableSchema:
    """A contract as the column table of an asset's page."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.sql_type,
                description=column.description,
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=column.unique),
            )
            for column in columns_of(contract)
        ]
    )


def sample(rows: pl.DataFrame) -> dg.TableMetadataValue:
    """The first rows of a frame as a table; an empty frame shows its columns."""
    schema = dg.TableSchema(columns=[dg.TableColumn(name=name) for name in rows.columns])
    records = [
        dg.TableRecord({name: _shown(value) for name, value in row.items()})
        for row in rows.head(SAMPLE_ROWS).iter_rows(named=True)
    ]
    # With the schema always: `MetadataValue.table([])` without one raises CheckError (1.13), on every clean file.
    return dg.MetadataValue.table(records=records, schema=schema)


def codes_of(warnings: Iterable[str]) -> dict[str, int]:
    """How often each code is among warnings; their sentences name people, and stand in `import_history`."""
    return dict(Counter(warning.partition(":")[0] for warning in warnings))


def records_table(records: Iterable[Mapping[str, object]], columns: Iterable[str]) -> dg.TableMetadataValue:
    """Records with these columns as a table."""
    names = list(columns)
    return dg.MetadataValue.table(
        records=[dg.TableRecord({name: _shown(record.get(name)) for name in names}) for record in records],
        schema=dg.TableSchema(columns=[dg.TableColumn(name=name) for name in names]),
    )


def _shown(value: object) -> str | int | None:
    """A cell as a person reads it: lists joined, money with its cents, instants to the second."""
    match value:
        case None:
            return None
        # Before `int`, of which it is one; a cell of a Dagster table takes a number or a text.
        case bool():
            return str(value)
        case int():
            return value
        case Decimal():
            # The third decimal is kept where there is one: Kuwaiti and Tunisian amounts have it.
            return f"{value:.2f}" if value == round(value, 2) else str(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
