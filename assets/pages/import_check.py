"""The check of imports: what became of each is told as it happens, and again for all whenever somebody asks.

Lives here: the check that a person starts on the page of `validated_rows`. Not here: what a run tells of its own files
(`import_page.py`). Dagster 1.13.27 calls partitions of a check's definition a preview, so that the definition has none
and each result names its own.
"""

from collections.abc import Iterator

import dagster as dg

from assets.checks import tell_check
from assets.instance.resources import Workspace
from assets.pages.import_page import ASSET, CHECK, WARNS, evaluation_of, facts_of_entry
from pipelines.publishing.queries import import_history
from pipelines.rejects.write import path_of

MOST = 100
"""How many imports are told of at once, the newest: each is an event in Dagster's storage."""
OF_PEOPLE = ("stripe", "cleanup", "merge", "separate", "manual")
"""Formats of entries that came as no file, so that they have no partition."""


@dg.multi_asset_check(
    name="check_imports",
    specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=ASSET,
            description="The file is imported: amber where rows were rejected or it waits for a decision, red where it "
            "was refused. Each import has its own result, which names its partition.",
        )
    ],
)
def imports_rechecked(context: dg.AssetCheckExecutionContext, workspace: Workspace) -> Iterator[dg.AssetCheckResult]:
    """Tell again what became of the newest imports, as the history has them now."""
    home = workspace.folders
    entries = import_history(home.published, everything=True).to_dicts() if home.published.exists() else []
    of_files = [entry for entry in entries if entry["format"] not in OF_PEOPLE]
    told = [facts_of_entry(entry, path_of(home, entry["import_id"])) for entry in of_files[:MOST]]
    for facts in reversed(told):
        tell_check(context.op_execution_context, evaluation_of(facts))
    open_ones = [facts for facts in told if facts.status in (*WARNS, "refused", "failed")]
    yield dg.AssetCheckResult(
        asset_key=ASSET,
        check_name=CHECK,
        passed=not open_ones,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(told)} imports looked at, {len(open_ones)} of them have something to look at",
        metadata={"looked at": len(told), "to be looked at": len(open_ones)},
    )
