"""Output of the commands about backups: what was copied, what came back.

Lives here: how these look. Not here: how any output is drawn (`drawing.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from assets.cli.output.drawing import counted, dump, working
from pipelines.backup.manifest import Counts, Manifest, told_imports
from pipelines.backup.restore import Restored
from pipelines.progress import Report

STAGES = 3
"""What a restore tells."""


@contextmanager
def stages(as_json: bool) -> Iterator[Report]:
    """A bar while a restore goes on."""
    with working(STAGES, quiet=as_json) as report:
        yield report


def made(manifest: Manifest, target: Path, as_json: bool) -> None:
    """What a backup holds, and where it lies."""
    if as_json:
        dump({"path": str(target), **_document(manifest)})
        return
    click.echo(f"{target}: {counted(len(manifest.files), 'file')}, {manifest.bytes / 1e6:,.1f} MB; {_held(manifest)}.")
    click.echo("It holds people and money as CUSTOMERS_HOME does: keep it as safe. The master key is not in it.")


def restored(found: Restored, folder: Path, as_json: bool) -> None:
    """What came back, and where it differs from what was copied."""
    manifest = found.manifest
    if as_json:
        told = {name: [str(before), str(after)] for name, (before, after) in found.differences.items()}
        lost = {"differences": told, "erasures_lost": list(found.erasures)}
        dump({"path": str(folder), **_document(manifest), **lost})
        return
    click.echo(f"Restored as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC: {_held(manifest)}.")
    for name, (before, after) in found.differences.items():
        click.echo(f"{name.replace('_', ' ')}: {before} when it was copied, {after} as this version counts", err=True)
    if found.erasures:
        click.echo("Erased after the backup was made, and perhaps there again; erase them once more:", err=True)
        click.echo("\n".join(f"  {each}" for each in found.erasures), err=True)


def _document(manifest: Manifest) -> dict[str, object]:
    told = manifest.model_dump(mode="json", exclude={"files"})
    return told | {"files": len(manifest.files), "bytes": manifest.bytes}


def _held(manifest: Manifest) -> str:
    counts: Counts = manifest.counts
    money = f"{counts.total_spent} {manifest.base_currency or ''}".strip()
    return f"{told_imports(counts.imports)}, customers: {counts.customers}, total spent {money}"
