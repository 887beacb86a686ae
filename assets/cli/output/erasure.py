"""How an erasure looks in a terminal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from assets.cli.output.drawing import counted, dump

if TYPE_CHECKING:
    from pipelines.erasure.erase import WillGo


def will_go(found: "WillGo", as_json: bool) -> None:
    """What an erasure would take out."""
    if as_json:
        dump({name: value for name, value in found._asdict().items() if name != "who"})
        return
    click.echo(
        f"Would go, for good: {counted(found.row_count, 'accepted row')} of {counted(len(found.imports), 'import')}, "
        "known by "
        f"{counted(found.addresses, 'address', 'addresses')}, {counted(found.phones, 'phone number')} and "
        f"{counted(found.stripe_records, 'record')} of Stripe; "
        "rejected rows, originals, reports and runs that name them. The sums of imports stay. Nothing was changed."
    )


def erased(told: Mapping[str, object], as_json: bool) -> None:
    """What an erasure did."""
    if as_json:
        dump({name.replace(" ", "_"): value for name, value in told.items()})
        return
    if not told:
        click.echo("An erasure that was stopped is finished.")
        return
    click.echo(
        f"Erased. The money of {told['rows without a name']} rows stays in the sums, in nobody's name; "
        f"{told['files rewritten']} files were written anew."
    )
    for name, sentence in (
        ("originals removed", "These originals could not be read without them and are gone"),
        ("files that are not ours", "These files are their senders' and still name them; remove them yourself"),
    ):
        if told[name] != "none":
            click.echo(f"{sentence}: {told[name]}")
    click.echo("Backups that were made before still hold the person, and so does any copy that you gave away.")


def finished(was_stopped: bool, as_json: bool) -> None:
    """That nothing is left undone."""
    if as_json:
        dump({"finished": was_stopped})
    else:
        click.echo("The erasure that was stopped is finished." if was_stopped else "No erasure is unfinished.")
