"""Where the reports of imports lie.

Lives here: their names. Not here: what stands in them, who writes them (`write_reports.py`).
"""

from pathlib import Path

from pipelines.home import Home

INDEX = "index.html"


def report_path(home: Home, import_id: str) -> Path:
    """The page on one import, whether it is written already or not (contract page 2)."""
    return home.reports / f"{import_id}.html"


def index_path(home: Home) -> Path:
    """The page that lists the imports, each with a link to its own."""
    return home.reports / INDEX
