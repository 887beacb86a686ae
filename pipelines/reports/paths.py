"""Where the reports of imports lie.

Lives here: their names. Not here: what stands in them, who writes them (`write_reports.py`).
"""

from collections.abc import Iterable
from pathlib import Path

from pipelines.home import Home

INDEX = "index.html"


def report_path(home: Home, import_id: str) -> Path:
    """The page on one import, whether it is written already or not (contract page 2)."""
    return home.reports / f"{import_id}.html"


def reports_of(home: Home, import_ids: Iterable[str]) -> dict[str, Path]:
    """The reports of these imports that are there."""
    paths = {identity: report_path(home, identity) for identity in import_ids}
    return {identity: path for identity, path in paths.items() if path.exists()}


def kept_reports(home: Home) -> set[str]:
    """The imports whose reports are there."""
    beside = ("customer-", "rows-")
    names = (path.stem for path in home.reports.glob("*.html") if path.name != INDEX)
    return {name for name in names if not name.startswith(beside)}


def index_path(home: Home) -> Path:
    """The page that lists the imports, each with a link to its own."""
    return home.reports / INDEX
