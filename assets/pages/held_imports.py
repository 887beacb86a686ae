"""The imports that wait for a person: an asset that lists them, each with the command and the way to the form.

Lives here: the list and the check that says that it is empty. Not here: why one is held (`pipelines/conflicts/`), the
decision (`assets/jobs/import_decisions.py`). It is read of the snapshot alone: no run waits for it.
"""

from typing import Any

import dagster as dg
import polars as pl

from assets.metadata import records_table
from assets.pages.import_page import LAUNCHPAD, choices_table
from pipelines.home import Home
from pipelines.identity import key_of_import
from pipelines.models.staged_file import HELD, load_choices
from pipelines.publishing.queries import held_imports
from schemas.ways_in.actions import both_ways, command_of

NAME = "held_imports"
CHECK = dg.AssetCheckSpec(
    "nothing_waits",
    asset=NAME,
    description="No import waits for a decision: of a held one nothing is counted until somebody decides",
)
DESCRIPTION = (
    "Imports that wait for a decision because they largely repeat an earlier one; nothing of them is counted yet. "
    f"Decide with {both_ways('decide')}."
)


def held(home: Home) -> pl.DataFrame:
    """The imports that wait now."""
    return held_imports(home.published)


def metadata_of(home: Home, waiting: pl.DataFrame) -> dict[str, Any]:
    """Who waits, how it is decided in a shell, what each choice would do, and where the form is."""
    columns = ("file_name", "decide", "source", "rows_read", "started_at", "imported_by", "import_id")
    records = [entry | {"decide": command_of("decide", import_id=entry["import_id"])} for entry in waiting.to_dicts()]
    form = LAUNCHPAD.format(job="decide_import")
    return {
        "dagster/row_count": waiting.height,
        "waiting": records_table(records, columns),
        "choices": choices_table(
            (entry["file_name"], entry["import_id"], choice)
            for entry in waiting.to_dicts()
            for choice in load_choices(home.staging / HELD / key_of_import(entry["import_id"]))
        ),
        "form": dg.MetadataValue.md(f"[Start the job decide_import]({form})"),
    }


def result_of(waiting: pl.DataFrame) -> dg.AssetCheckResult:
    """Amber while anybody waits."""
    files = ", ".join(waiting["file_name"].head(3)) if waiting.height else ""
    told = f"{waiting.height} wait for a decision: {files}" if waiting.height else "nobody waits"
    return dg.AssetCheckResult(
        asset_key=NAME,
        check_name=CHECK.name,
        passed=waiting.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description=told,
        metadata={"waiting": waiting.height, "next": both_ways("decide")},
    )
