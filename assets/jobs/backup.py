"""Backing up from the UI, as the command does.

Lives here: the job with its typed form. Not here: what is copied (`pipelines/backup/`). There is no job that restores:
it would replace what its own run works on (`customers restore`).
"""

from pathlib import Path

import dagster as dg
from pydantic import Field

from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained, unless_done
from pipelines.backup.make_backup import back_up
from pipelines.backup.manifest import read_manifest


class BackupConfig(dg.Config):
    """Where the backup goes."""

    folder: str = Field(description="A folder that is not there yet, outside CUSTOMERS_HOME; best on another disk")


@dg.op
def back_up_home(context: dg.OpExecutionContext, config: BackupConfig, workspace: Workspace, clock: Clock) -> None:
    """Copy all of CUSTOMERS_HOME that cannot be made again, while runs go on."""
    home, folder = workspace.folders, Path(config.folder)
    with explained(context):
        done = unless_done(context, home, lambda: back_up(home, folder, clock.now, context.log.info))
    manifest = done or read_manifest(folder)
    counts = manifest.counts
    context.log.info(f"{config.folder}: {len(manifest.files)} files, {manifest.bytes:,} bytes")
    context.add_output_metadata(
        {
            "folder": dg.MetadataValue.path(config.folder),
            "files": len(manifest.files),
            "bytes": manifest.bytes,
            "imports": counts.imports,
            "customers": counts.customers,
            "total_spent": f"{counts.total_spent} {manifest.base_currency or ''}".strip(),
        }
    )


@dg.job(
    description="Copy the ledger, originals, mappings and sealed keys into a new folder, while runs go on.",
    config=dg.RunConfig(ops={"back_up_home": BackupConfig(folder="<a new folder>")}),
)
def backup() -> None:
    """See `back_up_home`."""
    back_up_home()
