"""Output of `customers cleanup`: who would go, who went.

Lives here: how a clean-up looks in a terminal. Not here: the other commands (`drawing.py`), who is a candidate
(`pipelines/customers/low_spend.py`).
"""

import click
import polars as pl

from assets.cli.output.drawing import counted, dump, listed, records

LISTED = 20


def low_spend(candidates: pl.DataFrame, mark: str, below: str, as_json: bool) -> None:
    """Who a clean-up would remove, and how to confirm it."""
    if as_json:
        dump({"below": below, "confirm": mark, "candidates": records(candidates)})
        return
    columns = ("email", "name", "total_spent", "payment_count", "last_payment_date", "reason")
    listed(columns, candidates.select(columns).head(LISTED).rows())
    more = f", the first {LISTED} are shown" if candidates.height > LISTED else ""
    click.echo(f"{counted(candidates.height, 'customer')} would be removed{more}. Nothing was changed. To remove them:")
    click.echo(f"  customers cleanup --below {below} --confirm {mark} --by NAME")


def cleaned(entry: pl.DataFrame, count: int, as_json: bool) -> None:
    """How many customers a clean-up removed, and how to undo it; without any there is no `entry` of its own."""
    identity = entry["import_id"][0] if count else None
    if as_json:
        dump({"removed": count, "import_id": identity})
        return
    click.echo(f"{counted(count, 'customer')} removed. One comes back by itself when its total reaches the threshold.")
    if identity:
        click.echo(f"To bring all of them back: customers undo {identity} --by NAME")
