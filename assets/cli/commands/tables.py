"""Commands about the published tables: a table as a file, and what `make run` ends with.

Lives here: arguments, and what each command runs. Not here: what the tables hold (`schemas/tables/`).
"""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from assets.cli.exit_codes import answers, as_json, prepared_home
from assets.cli.output import tables as drawn
from pipelines.errors import WrongUse
from pipelines.publishing import exports, queries


@click.command()
@click.argument("tables", nargs=-1, metavar="")
@click.option("--table", default="customers", show_default=True, help="Table or view of the snapshot.")
@click.option("--format", "kind", type=click.Choice(exports.FORMATS), default="csv", show_default=True)
@click.option("-o", "--output", "path", type=click.Path(dir_okay=False, path_type=Path), help="Default: TABLE.FORMAT")
@as_json
@answers
def export(tables: Sequence[str], table: str, kind: str, path: Path | None, as_json: bool) -> None:
    """Export a table of the snapshot."""
    if tables:
        raise WrongUse(f"a table is named with --table: customers export --table {tables[0]}")
    target = path or Path(f"{table}.{kind}")
    count = exports.export(prepared_home().published, table, kind, target)
    if as_json:
        click.echo(json.dumps({"table": table, "path": str(target), "rows": count}))
    else:
        click.echo(f"{count} rows of {table} written to {target}")


@click.command()
@answers
def summary() -> None:
    """What `make run` ends with: counts, and the top customers by priority."""
    home = prepared_home()
    drawn.summary(
        exports.table_counts(home.published),
        queries.priority_counts(home.published),
        queries.top_customers(home.published),
        home,
    )
