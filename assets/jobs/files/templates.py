"""The template of a profile, from a form, as the command writes it.

Lives here: the job with its form. Not here: what a template holds (`pipelines/spreadsheets/templates.py`).
"""

from pathlib import Path

import dagster as dg
from pydantic import Field

from assets.instance.resources import Workspace
from assets.jobs.ops import explained
from pipelines.configuration.asked import choice_of
from pipelines.spreadsheets import templates


class TemplateConfig(dg.Config):
    """Of which profile, in which format, and where it goes."""

    profile: str = Field(description="As in docs/profiles.md, or one of your own: askusers, upflow, payments…")
    format: str | None = Field(default=None, description="xlsx or csv; default: xlsx where the profile takes it")
    file: str | None = Field(default=None, description="Default: templates/PROFILE.FORMAT in CUSTOMERS_HOME")


@dg.op
def write_one_template(context: dg.OpExecutionContext, config: TemplateConfig, workspace: Workspace) -> dg.Output[None]:
    """Write the template of a profile: its titles, what each must hold, an example."""
    with explained(context):
        wanted = workspace.sources().profile(config.profile)
        kind = None if config.format is None else choice_of(config.format, templates.KINDS)
        chosen = templates.template_kind(wanted, kind)
        target = Path(config.file) if config.file else workspace.folders.templates / f"{wanted.name}.{chosen}"
        templates.write_template(wanted, chosen, target)
    titles = ", ".join(column.title for column in wanted.template)
    context.log.info(f"template of {wanted.name} written to {target}")
    return dg.Output(None, metadata={"template": dg.MetadataValue.path(str(target)), "columns": titles})


@dg.job(
    description="Write the template of a profile, to be filled in. In a shell: customers template PROFILE",
    config=dg.RunConfig(ops={"write_one_template": TemplateConfig(profile="askusers")}),
)
def write_template() -> None:
    """See `write_one_template`."""
    write_one_template()
