"""What people enter by hand: a new customer, the change of one.

Lives here: the two jobs with their typed forms, made of the fields that a person may state. Not here: these fields
(`schemas/ways_in/manual_entry.py`), the decision (`pipelines/ledger/decisions/enter_by_hand.py`).

A run's page names the customer by its id and the fields by their names: what was stated stands in the form alone.
"""

from typing import Any

import dagster as dg
from pydantic import Field, create_model

from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained, show_tables, unless_done
from pipelines.ledger.decisions.enter_by_hand import Order, enter_by_hand, entered_already, rehearse_entry
from pipelines.ledger.decisions.write_entry import Signature
from pipelines.manual_entry.asked import to_add, to_edit
from schemas.ways_in.manual_entry import HAND_RULES, STATABLE, asked_for

Values: type[dg.Config] = create_model(  # type: ignore[call-overload]  # its fields are known when it is made
    "Values",
    __base__=dg.Config,
    __doc__="What is stated of a customer, as a list would have it; what is left out is not stated.",
    **{name: (str | None, Field(default=None, description=asked_for(name))) for name in STATABLE},
)


class AddConfig(dg.Config):
    """A new customer, and who enters it; or only what that would do."""

    values: Values = Field(description="A name, and an e-mail address, a reference or a phone number; else as you like")  # type: ignore[valid-type]  # as above
    by: str = Field(description="Your name; it stays in the history")
    preview: bool = Field(default=False, description="true: only show what it would do; nothing is written")


class EditConfig(dg.Config):
    """Whose values change, to what, and who says so; or only what that would do."""

    customer: str = Field(description="customer_id, or any address, phone number or reference that it has")
    values: Values = Field(default=Values(), description='What is stated; "" blanks a field whatever files say')  # type: ignore[valid-type]  # as above
    release: list[str] = Field(default=[], description="Fields to be given back: what files say of them counts again")
    by: str = Field(description="Your name; it stays in the history")
    preview: bool = Field(default=False, description="true: only show what it would do; nothing is written")


@dg.op
def add_one_customer(
    context: dg.OpExecutionContext, config: AddConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Add a customer as somebody states it."""
    with explained(context):
        order = Order(to_add(_stated(config.values)), Signature(config.by, clock.now(), context.run_id))
        return _entered(context, workspace, order, config.preview)


@dg.op
def edit_one_customer(
    context: dg.OpExecutionContext, config: EditConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Change a customer as somebody states it."""
    with explained(context):
        asked = to_edit(_stated(config.values), config.release)
        order = Order(asked, Signature(config.by, clock.now(), context.run_id), config.customer)
        return _entered(context, workspace, order, config.preview)


def _stated(values: dg.Config) -> dict[str, str]:
    return {name: value for name in STATABLE if (value := getattr(values, name)) is not None}


def _entered(context: dg.OpExecutionContext, workspace: Workspace, order: Order, is_preview: bool) -> dg.Output[None]:
    """Enter what was ordered, or only show what that would do."""
    home, sources = workspace.folders, workspace.sources()
    if is_preview:
        done = rehearse_entry(home, sources, order)
    else:
        entered = unless_done(context, home, lambda: enter_by_hand(home, sources, order))
        done = entered or entered_already(home, sources, order)
    fields = {rule: [each.field for each in done.changes if each.rule == rule] for rule in HAND_RULES}
    told: dict[str, Any] = {rule.replace("_", " "): ", ".join(names) for rule, names in fields.items() if names}
    told |= {"customer": done.customer_id, "warnings": "; ".join(done.warnings) or "none"}
    if not is_preview:
        context.log.info(f"customer {done.customer_id}: {told}; to undo it: {done.import_id}")
        told |= {"import": done.import_id}
        show_tables(context, workspace)
    return dg.Output(None, metadata=told)


@dg.job(
    description="Add a customer by hand; what is stated wins over every file until it is released. In a shell: "
    "customers add",
    config=dg.RunConfig(
        ops={"add_one_customer": AddConfig(values=Values(name="<name>", email="<address>"), by="<your name>")}
    ),
)
def add_customer() -> None:
    """See `add_one_customer`."""
    add_one_customer()


@dg.job(
    description="Change a customer by hand: what is stated wins over every file, what is released is as files say "
    "again. In a shell: customers edit WHO FIELD=VALUE",
    config=dg.RunConfig(
        ops={"edit_one_customer": EditConfig(customer="<e-mail address or customer_id>", by="<your name>")}
    ),
)
def edit_customer() -> None:
    """See `edit_one_customer`."""
    edit_one_customer()
