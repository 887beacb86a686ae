"""Output of `customers stripe sync`: what was read, and what changed by it.

Lives here: how a sync looks. Not here: how any output is drawn (`drawing.py`).
"""

import click
import polars as pl

from assets.cli.output.drawing import dump, print_table, records, table_of


def synced(source: str, entry: pl.DataFrame, as_json: bool) -> None:
    """What a sync did; an empty `entry`: nothing had changed."""
    told = records(entry)
    if as_json:
        dump({"source": source, "sync": told[0] if told else None})
        return
    if not told:
        click.echo(f"{source}: nothing has changed since the last sync.")
        return
    print_table(table_of([name.replace("_", " ") for name in SYNC_COLUMNS], entry.select(SYNC_COLUMNS).rows()))
    for warning in entry["warnings"][0]:
        click.echo(f"{source}: {warning}")


SYNC_COLUMNS = (
    "import_id",
    "mode",
    "charges_read",
    "refunds_read",
    "customers_read",
    "objects_changed",
    "rows_rejected",
    "customers_created",
    "customers_updated",
    "amount_change",
)
