"""Trying the stored key of a Stripe account again, from a form. Storing one is for the shell: a form keeps what it has.

Lives here: the job with its form. Not here: what a key must be allowed to read (`pipelines/stripe/credentials/`).
"""

from typing import Any

import dagster as dg
from pydantic import Field

from assets.instance.environment import certificates_of, environment, master_keys_of, proxies_of
from assets.instance.resources import Workspace
from assets.jobs.ops import explained
from assets.metadata import records_table


class CheckConfig(dg.Config):
    """Which account."""

    source: str = Field(description="The Stripe source, as in sources.yaml: billing")


@dg.op
def check_one_key(context: dg.OpExecutionContext, config: CheckConfig, workspace: Workspace) -> dg.Output[None]:
    """Try a stored key; nothing is changed, and the key is shown nowhere."""
    from pipelines.stripe.api.transport import Route
    from pipelines.stripe.credentials import connection
    from pipelines.stripe.credentials.vault import ring_of
    from pipelines.stripe.sync.known_source import account_source

    home, variables = workspace.folders, environment()
    with explained(context):
        declared = workspace.sources().stripe_source(config.source)
        route = Route(proxies_of(variables, declared.api_base), certificates_of(variables))
        source = account_source(home, config.source, declared, connection.Line(route))
        ring = ring_of(master_keys_of(variables))
        found = connection.check(home, source, ring)
    for warning in found.warnings:
        context.log.warning(warning)
    rights = [right.model_dump() for right in found.rights]
    told: dict[str, Any] = {
        "mode": found.mode or "unknown",
        "account": found.account or "not told",
        "rights": records_table(rights, ("resource", "permission", "state", "without")),
    }
    return dg.Output(None, metadata=told)


@dg.job(
    description="Try the stored key of a Stripe account again. In a shell: customers stripe check SOURCE. A key is "
    "stored in a shell alone: customers stripe connect SOURCE",
    config=dg.RunConfig(ops={"check_one_key": CheckConfig(source="<a Stripe source of sources.yaml>")}),
)
def stripe_check() -> None:
    """See `check_one_key`."""
    check_one_key()
