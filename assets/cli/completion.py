"""What a shell proposes where a name is to be written: sources, profiles, ids of imports.

Lives here: the names that there are. Not here: how a shell asks (click does that: docs/operations.md).
"""

from typing import TYPE_CHECKING

import click

from assets.instance.environment import environment, home_of, sources_of
from pipelines.errors import WrongUse

if TYPE_CHECKING:
    from pipelines.configuration.settings import Sources

MOST_IDS = 500
"""How many ids are proposed, the newest first."""


def sources(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Declared sources."""
    return _beginning(begun, list(_declared().sources))


def stripe_sources(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Declared Stripe accounts."""
    return _beginning(begun, list(_declared().stripe_sources))


def profiles(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Profiles, built-in and own."""
    return _beginning(begun, list(_declared().profile_names))


def import_ids(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    """Ids of imports, the newest first; none before anything was published."""
    from pipelines.publishing.queries import import_history

    try:
        history = import_history(home_of(environment()).published, everything=True)
    except WrongUse:
        return []
    return _beginning(begun, history["import_id"].head(MOST_IDS).to_list())


def _declared() -> "Sources":
    from pipelines.configuration.sources_file import usable_sources

    return usable_sources(sources_of(environment()))


def _beginning(begun: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(begun)]
