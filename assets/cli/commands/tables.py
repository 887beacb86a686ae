"""Commands about the published tables: a table as a file, and what `make run` ends with.

Lives here: arguments, and what each command runs. Not here: what the tables hold (`schemas/tables/`).
"""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from assets.cli.exit_codes import answers, as_json, declared_sources, prepared_home
from assets.cli.output import drawing
from pipelines.configuration.asked import EXPORTED_AS
from pipelines.errors import WrongUse


@click.command()
@click.argument("tables", nargs=-1, metavar="")
@click.option("--table", default="customers", show_default=True, help="Table or view of the snapshot.")
@click.option("--format", "kind", type=click.Choice(EXPORTED_AS), default="csv", show_default=True)
@click.option("-o", "--output", "path", type=click.Path(dir_okay=False, path_type=Path), help="Default: TABLE.FORMAT")
@click.option("--status", help="Only rows of customers with this status: active or potential.")
@click.option("--priority", help="Only rows of customers with this priority: high, medium or low.")
@click.option("--group", help="Only rows of customers who belong to this group.")
@click.option("--segment", help="Only rows of customers in this segment, as sources.yaml declares it.")
@click.option("--source", help="CSV as this source reads it back: delimiter, decimal mark, encoding.")
@click.option("--locale", help="CSV as people of this locale read it: fr, de-CH, en-GB …")
@as_json
@answers
def export(tables: Sequence[str], kind: str, path: Path | None, as_json: bool, **options: str | None) -> None:
    """Export a table of the snapshot, whole or of some customers."""
    from pipelines.publishing import exports
    from pipelines.publishing.export_styles import written_as, written_for
    from pipelines.publishing.selection import Selection

    if tables:
        raise WrongUse(f"a table is named with --table: customers export --table {tables[0]}")
    source, locale, table = options.pop("source"), options.pop("locale"), str(options.pop("table"))
    if kind != "csv" and (source or locale):
        raise WrongUse("--source and --locale say how a CSV is written; a workbook shows numbers as its reader's does")
    written = written_for(locale) if source is None else written_as(declared_sources(), source, locale)
    wanted = exports.Wanted(table, kind, Selection(**options), written)
    target = path or Path(f"{table}.{kind}")
    count = exports.export(prepared_home().published, wanted, target)
    if as_json:
        click.echo(json.dumps({"table": table, "path": str(target), "rows": count}))
    else:
        click.echo(f"{drawing.counted(count, 'row')} of {table} written to {target}")


@click.command()
@answers
def summary() -> None:
    """What `make run` ends with: counts, and the top customers by priority."""
    from assets.cli.output import tables as drawn
    from pipelines.publishing import exports, queries

    home = prepared_home()
    drawn.summary(
        exports.table_counts(home.published),
        queries.priority_counts(home.published),
        queries.top_customers(home.published),
        home,
    )
