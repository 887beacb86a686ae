"""Output of the commands about what is derived: priorities, counts of tables, what `make run` ends with.

Lives here: how these look. Not here: how any output is drawn (`drawing.py`).
"""

import click
import polars as pl

from assets.cli.output.drawing import dump, print_table, records, table_of
from pipelines.home import Home


def priorities(rows: pl.DataFrame, as_json: bool) -> None:
    """How many customers have which priority, and since which day it is counted."""
    if as_json:
        dump({"priorities": records(rows)})
        return
    print_table(table_of(rows.columns, rows.rows()))


def counts(tables: dict[str, int], home: Home, as_json: bool) -> None:
    """How many rows each table of the snapshot has."""
    if as_json:
        dump({"tables": tables, "path": str(home.published)})
        return
    print_table(table_of(("table", "rows"), list(tables.items())))
    click.echo(f"published: {home.published}")


def summary(tables: dict[str, int], priority: pl.DataFrame, top: pl.DataFrame, home: Home) -> None:
    """Counts, priorities, top customers, and where to look next."""
    print_table(table_of(("table", "rows"), list(tables.items())))
    print_table(table_of(priority.columns, priority.rows()))
    click.echo("\nTop customers by priority")
    print_table(table_of(top.columns, top.rows()))
    click.echo(f"\nAnalysts open   {home.published}")
    click.echo(f"Drop files in   {home.inbox}/<source>/")
    click.echo("See it run      make dev, then http://127.0.0.1:3000")
