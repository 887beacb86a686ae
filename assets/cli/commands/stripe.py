"""`customers stripe …`: connecting a Stripe account, checking it, sealing keys anew, forgetting one.

Lives here: where the key comes from, and what is shown. Not here: any rule about keys (`pipelines/stripe/`). The SDK
takes a second to import, so it is imported by the commands that need it.
"""

import getpass
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from assets.cli import completion
from assets.cli.exit_codes import DONE, WITH_REJECTS, answers, as_json, declared_sources, prepared_home
from assets.cli.output import drawing
from assets.instance.environment import certificates_of, environment, master_keys_of, proxies_of
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.stripe.api.keys import Key

if TYPE_CHECKING:
    import polars as pl

    from pipelines.configuration.settings import StripeSource
    from pipelines.stripe.credentials.connection import Connection, Line
    from pipelines.stripe.credentials.vault import Ring


@click.group()
def stripe() -> None:
    """Stripe accounts as sources."""


@stripe.command()
@click.argument("source", shell_complete=completion.stripe_sources)
@click.option("--from-env", metavar="NAME", help="Take the key from this environment variable.")
@as_json
@answers
def connect(source: str, from_env: str | None, as_json: bool) -> None:
    """Store the key of SOURCE, sealed, after trying what it may read.

    The key comes on standard input, or from a variable; never as an argument, where others on the machine see it.
    """
    from pipelines.stripe.credentials import connection
    from pipelines.stripe.sync.known_source import account_source

    home, declared, ring = prepared_home(), declared_sources().stripe_source(source), _ring()
    key = _key(from_env)
    account = account_source(home, source, declared, _line(declared))
    _show(connection.connect(home, account, key, ring, datetime.now(UTC)), as_json)


@stripe.command()
@click.argument("source", shell_complete=completion.stripe_sources)
@as_json
@answers
def check(source: str, as_json: bool) -> None:
    """Try the stored key of SOURCE again; nothing is changed."""
    from pipelines.stripe.credentials import connection
    from pipelines.stripe.sync.known_source import account_source

    home, declared = prepared_home(), declared_sources().stripe_source(source)
    account = account_source(home, source, declared, _line(declared))
    _show(connection.check(home, account, _ring()), as_json)


@stripe.command()
@click.argument("source", shell_complete=completion.stripe_sources)
@click.option("--with-data", is_flag=True, help="Take out everything that the account contributed, too.")
@click.option("--by", help="Who takes it out.")
@as_json
@answers
def forget(source: str, with_data: bool, by: str | None, as_json: bool) -> None:
    """Remove the stored key of SOURCE; what was read with it stays, unless it is to go as well."""
    from assets.cli import run_job
    from pipelines.ledger.decisions.low_spend_cleanup import named
    from pipelines.stripe.credentials import connection

    home = prepared_home()
    if with_data:
        form = {"source": source, "by": named(by)}
        drawing.late(run_job.run_job(home, "take_out_account", {"take_out_one_account": form}).earlier)
    known = (home.secrets / f"{source}.json").exists()
    if known or not with_data:
        connection.forget(home, source)
    if as_json:
        click.echo(json.dumps({"source": source, "forgotten": known, "data_taken_out": with_data}))
        return
    if with_data:
        click.echo(f"Everything that the account of {source} contributed is taken out.")
    if known:
        click.echo(f"The stored key of {source} is removed{'' if with_data else '; what was read with it stays'}.")
        click.echo("The key itself still works: revoke it at https://dashboard.stripe.com/apikeys")


@stripe.command()
@click.argument("source", shell_complete=completion.stripe_sources)
@click.option("--full", is_flag=True, help="Read the whole account, not only what is new or may have changed.")
@as_json
@answers
def sync(source: str, full: bool, as_json: bool) -> int:
    """Read the account of SOURCE and commit it; each sync replaces what the account contributed."""
    from assets.cli import run_job
    from assets.cli.output import stripe as drawn

    home = prepared_home()
    declared_sources().stripe_source(source)
    with drawing.counting(quiet=as_json) as report:
        ran = run_job.sync_account(home, source, full, getpass.getuser(), run_job.Told(report))
    drawing.late(ran.earlier)
    told = _synced(home, [ran.run_id, *ran.earlier])
    drawn.synced(source, told, as_json)
    return WITH_REJECTS if told.height and told["rows_rejected"][0] else DONE


def _synced(home: Home, runs: Sequence[str]) -> "pl.DataFrame":
    """What the first of these runs did that found something new."""
    import polars as pl

    from pipelines.publishing import queries

    if not home.published.exists():
        return pl.DataFrame()
    found = [queries.sync_of(home.published, run) for run in runs]
    return next((one for one in found if one.height), found[0])


@stripe.command()
@as_json
@answers
def rewrap(as_json: bool) -> None:
    """Seal every stored key with the newest master key; then the older master keys may go."""
    from pipelines.stripe.credentials import connection

    done = connection.rewrap(prepared_home(), _ring())
    if as_json:
        click.echo(json.dumps({"keys": [one.model_dump(mode="json") for one in done]}, ensure_ascii=False))
    elif done:
        drawing.listed(("source", "was sealed with", "is sealed with"), [tuple(dict(one).values()) for one in done])
    else:
        click.echo("No key is stored.")


def _ring() -> "Ring":
    from pipelines.stripe.credentials.vault import ring_of

    return ring_of(master_keys_of(environment()))


def _line(source: "StripeSource") -> "Line":
    from pipelines.stripe.api.transport import Route
    from pipelines.stripe.credentials.connection import Line

    variables = environment()
    return Line(Route(proxies_of(variables, source.api_base), certificates_of(variables)))


def _key(from_env: str | None) -> Key:
    """The key as it was given. On a terminal it is asked for, and not shown while it is typed."""
    from pipelines.stripe.credentials.connection import KEY_LINK

    if from_env is not None:
        if not environment().get(from_env):
            raise WrongUse(f"the environment variable {from_env} is not set; set it, or give the key on standard input")
        return Key(environment()[from_env])
    if sys.stdin.isatty():
        click.echo(f"Make a restricted key here: {KEY_LINK}", err=True)
        return Key(click.prompt("Stripe key", hide_input=True, err=True))
    return Key(sys.stdin.read())


def _show(found: "Connection", as_json: bool) -> None:
    """What the key is and may do."""
    if as_json:
        click.echo(json.dumps({"connection": found.model_dump(mode="json")}, ensure_ascii=False))
        return
    titles = ("reads", "permission", "", "without it")
    rights = [(right.resource, right.permission, right.state, right.without) for right in found.rights]
    drawing.listed(titles, rights)
    known = "stored already" if found.was_known else "stored"
    click.echo(
        f"{found.source}: key {found.hint}, {found.mode or 'unknown'} data, account {found.account or 'not told'}"
    )
    click.echo(f"The key is {known}, sealed since {found.sealed_at:%Y-%m-%d %H:%M} UTC.")
    for warning in found.warnings:
        click.echo(f"Warning: {warning}", err=True)
