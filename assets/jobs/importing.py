"""Importing files, the job that everything else waits for.

Lives here: which assets it makes. Not here: what they do (`assets/files.py`, `assets/customers.py`).
"""

import dagster as dg

from assets.customers import commit_staged_files, customers_snapshot
from assets.files import stage_and_validate
from assets.pages.import_check import imports_rechecked

import_files = dg.define_asset_job(
    "import_files",
    selection=dg.AssetSelection.assets(stage_and_validate, commit_staged_files, customers_snapshot)
    - dg.AssetSelection.checks(imports_rechecked),
    description="Import files: stage, validate, commit, publish. One partition per file.",
)
