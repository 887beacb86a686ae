"""The jobs of this package in one place, as the definitions take them, each with the module that it stands in.

Lives here: the list. Not here: the jobs that stand beside what they read and are made for each source
(`assets/stripe.py`, `assets/reference_tables.py`).
A module is imported when one of its jobs is wanted: a command runs one, and what the others work with takes 0.1 s to
import.
"""

from importlib import import_module
from typing import Any

MODULES = {
    "import_files": "assets.jobs.importing",
    "import_from_path": "assets.jobs.files.from_path",
    "preview_files": "assets.jobs.previews",
    "decide_import": "assets.jobs.import_decisions",
    "undo_import": "assets.jobs.import_decisions",
    "show_customer": "assets.customer_reports",
    "rows_of_an_import": "assets.customer_reports",
    "import_reports": "assets.customer_reports",
    "approve_access": "assets.jobs.access_requests",
    "refuse_access": "assets.jobs.access_requests",
    "add_customer": "assets.jobs.manual_entry",
    "edit_customer": "assets.jobs.manual_entry",
    "take_out_account": "assets.jobs.import_decisions",
    "prioritise_customers": "assets.jobs.upkeep",
    "low_spend_cleanup": "assets.jobs.low_spend",
    "merge_customers": "assets.jobs.duplicates",
    "separate_customers": "assets.jobs.duplicates",
    "possible_duplicates": "assets.jobs.duplicates",
    "erase_customer": "assets.jobs.erasure",
    "rebuild_customers": "assets.jobs.upkeep",
    "publish_snapshot": "assets.jobs.upkeep",
    "tidy": "assets.jobs.upkeep",
    "backup": "assets.jobs.backup",
    "export_table": "assets.jobs.exports",
    "write_template": "assets.jobs.files.templates",
    "stripe_check": "assets.jobs.accounts.check_key",
}
"""Of each job the module that holds it under its name."""


def job_named(name: str) -> Any:  # an asset job has a type that Dagster does not name in public
    """The job of a name, of which there is one in `MODULES`."""
    return getattr(import_module(MODULES[name]), name)


def all_jobs() -> list[Any]:
    """Every job of the list."""
    return [job_named(name) for name in MODULES]
