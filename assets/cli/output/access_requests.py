"""Output of the commands that decide a request for access.

Lives here: how a decision looks. Not here: how any output is drawn (`drawing.py`).
"""

import click
import polars as pl

from assets.cli.output.drawing import dump, records


def access(requests: pl.DataFrame, as_json: bool) -> None:
    """Where a customer stands after a decision about access."""
    if as_json:
        dump({"customer": records(requests)[0]})
        return
    row = requests.row(0, named=True)
    click.echo(f"{row['email'] or row['customer_id']}: access {row['access_status']} by {row['decided_by']}.")
