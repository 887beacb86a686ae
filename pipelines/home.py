"""Home: the folders of CUSTOMERS_HOME.

Lives here: what lies where (contract page 2). Not here: who makes and clears the folders.
"""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_SOURCE = "default"
"""Whose the files are that lie in the inbox itself, or are imported without a word about their source."""


@dataclass(frozen=True)
class Home:
    """The folders of CUSTOMERS_HOME (contract page 2)."""

    root: Path

    @property
    def inbox(self) -> Path:
        """Files dropped by people."""
        return self.root / "inbox"

    @property
    def archive(self) -> Path:
        """Untouched originals, a folder per import."""
        return self.root / "archive"

    @property
    def staging(self) -> Path:
        """What was read, all text, a folder per import key; each run has a part of it to itself, so that runs at the
        same time never meet in a folder (`pipelines/models/staged_file.py`).
        """
        return self.root / "staging"

    @property
    def rejects(self) -> Path:
        """Reject files, named after their imports."""
        return self.root / "rejects"

    @property
    def reports(self) -> Path:
        """The report of each import; pages and lists that somebody asked for, of customers and of imports' rows."""
        return self.root / "reports"

    @property
    def templates(self) -> Path:
        """Generated templates."""
        return self.root / "templates"

    @property
    def mappings(self) -> Path:
        """Mappings that were saved, a file per source."""
        return self.root / "mappings"

    @property
    def working(self) -> Path:
        """The working database; only the pipeline opens it."""
        return self.root / "warehouse" / "working.duckdb"

    @property
    def published(self) -> Path:
        """The snapshot that analysts open."""
        return self.root / "customers.duckdb"

    @property
    def secrets(self) -> Path:
        """Sealed Stripe keys, a file per source, readable by their owner alone."""
        return self.root / "secrets"

    @property
    def erasing(self) -> Path:
        """There while an erasure is not finished; it names nobody."""
        return self.root / "warehouse" / "erasing"

    @property
    def extracts(self) -> Path:
        """What was read of each Stripe source so far, until a sync has committed it."""
        return self.root / "staging" / ".stripe"

    @property
    def logs(self) -> Path:
        """What went wrong unforeseen, without any text of a sender."""
        return self.root / "logs"

    @property
    def dagster(self) -> Path:
        """Dagster's own storage."""
        return self.root / "dagster"
