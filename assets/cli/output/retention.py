"""How what is past its period looks in a terminal."""

from collections.abc import Mapping
from typing import Any

import click

from assets.cli.output.drawing import dump, listed

OVERALL = ("count", "bytes", "removed_count", "removed_bytes", "kinds")


def past_period(told: Mapping[str, Any], only_shown: bool, as_json: bool) -> None:
    """What of each kind is past its period, and whether it is gone."""
    if as_json:
        dump({"preview": only_shown, **{name: told[name] for name in OVERALL}})
        return
    listed(("kind", "kept for", "past it", "bytes", "oldest"), [_row(one) for one in told["kinds"]])
    if only_shown:
        click.echo(f"{told['count']} would go, {told['bytes']} bytes in all. Nothing was removed.")
    else:
        click.echo(f"{told['removed_count']} removed, {told['removed_bytes']} bytes in all.")


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    days = one["kept_days"]
    kept = "forever" if days is None else "1 day" if days == 1 else f"{days} days"
    return one["kind"], kept, one["count"], one["bytes"], one["oldest"]
