"""Commands that enter customers by hand.

Lives here: arguments, made of the fields that a person may state, and what each command runs. Not here: these fields
(`schemas/ways_in/manual_entry.py`), what an entry does (`pipelines/ledger/decisions/enter_by_hand.py`).

An entry is rehearsed before it is made: what is not valid is refused before a run exists that would remember it, and
what the table said before is known to be shown.
"""

import getpass
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import click

from assets.cli.exit_codes import answers, as_json, declared_sources, prepared_home
from assets.cli.output import drawing, manual_entry
from pipelines.errors import AlreadyDone
from pipelines.ledger.decisions.enter_by_hand import Entered, Order, entered_already, rehearse_entry
from pipelines.ledger.decisions.write_entry import Signature
from pipelines.lineage.known_now import customer_of
from pipelines.manual_entry.asked import read_words, to_add, to_edit
from schemas.ways_in.manual_entry import STATABLE, asked_for

preview = click.option("--preview", "only_shown", is_flag=True, help="Show what it would do; nothing is written.")
by = click.option("--by", default=getpass.getuser, help="Who enters it; default: you. The name stays in the history.")


class Job(NamedTuple):
    """The job that makes an entry, its op, and the form as it is filled in."""

    name: str
    op: str
    form: Mapping[str, object]


def _stated(command: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each field that may be stated."""
    for name in reversed(STATABLE):
        command = click.option(f"--{name.replace('_', '-')}", name, help=f"{asked_for(name)}.")(command)
    return command


@click.command()
@_stated
@by
@preview
@as_json
@answers
def add(by: str, only_shown: bool, as_json: bool, **stated: str | None) -> None:
    """Add a customer by hand: a name, and an e-mail address, a reference or a phone number; else what is known.

    What is stated wins over every file until it is released with `customers edit WHO --release FIELD`.
    """
    asked = to_add(stated)
    form = {"values": dict(asked.stated), "by": by}
    order = Order(asked, Signature(by, datetime.now(UTC)))
    _enter(order, Job("add_customer", "add_one_customer", form), only_shown, as_json)


@click.command()
@click.argument("who", metavar="WHO")
@click.argument("words", nargs=-1, metavar="FIELD=VALUE…")
@click.option("--release", is_flag=True, help="Words without = are fields to be given back to the files.")
@by
@preview
@as_json
@answers
def edit(who: str, words: Sequence[str], release: bool, by: str, only_shown: bool, as_json: bool) -> None:
    """Change a customer by hand: FIELD=VALUE states a value, FIELD= blanks it; --release gives it back.

    WHO: the customer's e-mail address, phone number, customer_id, or id in a source's own system.

    What is stated, a blank too, wins over every file until it is released. An edit changes the fields that it names
    and no other.
    """
    stated, released = read_words(words, release)
    asked = to_edit(stated, released)
    identity = customer_of(prepared_home(), who).customer_id
    form = {"customer": identity, "values": dict(asked.stated), "release": list(asked.released), "by": by}
    order = Order(asked, Signature(by, datetime.now(UTC)), identity)
    _enter(order, Job("edit_customer", "edit_one_customer", form), only_shown, as_json)


def _enter(order: Order, job: Job, only_shown: bool, as_json: bool) -> None:
    """Rehearse an order, then run its job; an attempt that died once it had entered it is told as this one."""
    home, sources = prepared_home(), declared_sources()
    if only_shown:
        manual_entry.shown(rehearse_entry(home, sources, order), as_json)
        return
    shown: Entered | None = None
    with suppress(AlreadyDone):  # the run knows whether an attempt that nobody heard of did it
        shown = rehearse_entry(home, sources, order)
    from assets.cli import run_job

    ran = run_job.run_job(home, job.name, {job.op: job.form})
    drawing.late(ran.earlier)
    done = shown or entered_already(home, sources, order)
    manual_entry.entered(done.model_copy(update={"import_id": str(ran.told["import"])}), as_json)
