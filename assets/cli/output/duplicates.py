"""Output of the commands about customers who may be one.

Lives here: how pairs and decisions look. Not here: how any output is drawn (`drawing.py`).
"""

from collections.abc import Mapping

import click
import polars as pl

from assets.cli.output.drawing import counted, dump, print_table, records, table_of

MOST_SHOWN = 50


def pairs(found: pl.DataFrame, as_json: bool) -> None:
    """The pairs of customers who may be one, each with what speaks for it."""
    if as_json:
        dump({"pairs": records(found)})
        return
    rows = [
        (
            row["customer_a"],
            row["customer_b"],
            f"{row['score'] or 0:.1f}",
            row["decided"] or "",
            _evidence(row["reasons"]),
        )
        for row in found.head(MOST_SHOWN).iter_rows(named=True)
    ]
    print_table(table_of(("customer", "may be", "points", "decided", "because"), rows))
    told = f"{counted(found.height, 'pair')}; the table possible_duplicates has all."
    click.echo(f"{told} `customers merge A B` or `separate A B` decides.")


def _evidence(reasons: list[dict[str, object]] | None) -> str:
    return "; ".join(f"{each['field']} {each['grade']}: {each['a']} / {each['b']}" for each in reasons or [])


def decided(told: Mapping[str, object], as_json: bool) -> None:
    """What a merge or a separation did."""
    if as_json:
        dump({"decision": dict(told)})
        return
    if str(told["import"]).startswith("merge"):
        click.echo(f"Part of {told['customer']} now: {told['others']}.")
    else:
        click.echo(f"Customers of their own now: {told['customer']}, {told['others']}.")
    click.echo(f"To take it back: customers undo {told['import']} --by NAME")
    if told["warnings"] != "none":
        click.echo(str(told["warnings"]))
