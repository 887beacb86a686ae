"""Reference tables as assets: what `sources.yaml` names of known managers, plans, groups and invoiced clients.

Lives here: an asset per kind of table, and what is checked of it. Not here: reading tables
(`pipelines/reference_tables/read_tables.py`), looking values up, which every import does for itself.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg

from assets.instance.resources import Workspace
from assets.metadata import records_table
from pipelines.configuration.look_ups import TABLES
from pipelines.configuration.settings import FileSource, Sources
from pipelines.errors import TableEmpty, WrongUse
from pipelines.models.reference_table import ReferenceTable
from pipelines.reference_tables.read_tables import read_table

MOST_SHOWN = 20
DESCRIPTIONS = {
    "account_managers": "Members who may be account managers, by source: others are rejected with their field",
    "dunning_plans": "Names of the dunning plans, by source: others are rejected with their field",
    "groups": "Names of the known groups, by source",
    "invoice_references": "Clients' references as invoices bear them, by source: other clients are warned of",
}
JOB, READING = "read_reference_tables", "Read every table in which values are looked up, and check it."
CHECKS = {
    "readable": "The file is there and can be read, and it is plain which column is meant",
    "not_empty": "It holds something: of an empty table everybody would be unknown",
    "unique": "Nothing stands in it twice",
}


class Read(NamedTuple):
    """A table as it was read, or why it could not be."""

    source: str
    path: Path
    table: ReferenceTable | None
    fault: WrongUse | None = None


def reference_assets(sources: Sources) -> list[dg.AssetsDefinition]:
    """An asset for each kind of table that some source names."""
    return [_asset(key) for key in TABLES if any(key in source.tables for source in _of_files(sources).values())]


def reference_jobs(tables: Sequence[dg.AssetsDefinition]) -> list[Any]:
    """The job that reads them, where there are any."""
    return [dg.define_asset_job(JOB, dg.AssetSelection.assets(*tables), description=READING)] if tables else []


def _of_files(sources: Sources) -> dict[str, FileSource]:
    return {name: source for name, source in sources.sources.items() if isinstance(source, FileSource)}


def _asset(key: str) -> dg.AssetsDefinition:
    name = f"reference_{key}"
    checks = [check for check in CHECKS if check != "unique" or key != "invoice_references"]

    @dg.asset(
        name=name,
        group_name="reference",
        kinds={"polars"},
        description=f"{DESCRIPTIONS[key]}.",
        check_specs=[dg.AssetCheckSpec(check, asset=name, description=CHECKS[check]) for check in checks],
    )
    def reference(workspace: Workspace) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        read = [_read(source, key, path) for source, path in _named(workspace.sources(), key).items()]
        shown = [
            {
                "source": each.source,
                "file": each.path.name,
                "column": each.table.title if each.table else "",
                "values": len(each.table.values) if each.table else 0,
                "fault": str(each.fault or ""),
            }
            for each in read
        ]
        count = sum(len(each.table.values) for each in read if each.table)
        yield dg.MaterializeResult(
            metadata={
                "dagster/row_count": count,
                "tables": records_table(shown, ("source", "file", "column", "values", "fault")),
            }
        )
        for check in checks:
            found = [told for each in read if (told := _found(check, each))]
            yield dg.AssetCheckResult(
                asset_key=name,
                check_name=check,
                passed=not found,
                severity=dg.AssetCheckSeverity.WARN if check == "unique" else dg.AssetCheckSeverity.ERROR,
                metadata={"found": "; ".join(found) or "nothing that breaks the rule"},
            )

    return reference


def _named(sources: Sources, key: str) -> dict[str, Path]:
    """The tables of a kind by the sources that name them."""
    return {name: source.tables[key] for name, source in _of_files(sources).items() if key in source.tables}


def _read(source: str, key: str, path: Path) -> Read:
    try:
        return Read(source, path, read_table(key, path))
    except WrongUse as fault:
        return Read(source, path, None, fault)


def _found(check: str, read: Read) -> str | None:
    """What breaks a check; None where nothing does."""
    if check == "unique":
        again = read.table.repeated.head(MOST_SHOWN).to_list() if read.table else []
        return f"{read.source}: {', '.join(again)}" if again else None
    is_empty = isinstance(read.fault, TableEmpty)
    return str(read.fault) if read.fault and is_empty == (check == "not_empty") else None
