"""Home: the folders of CUSTOMERS_HOME.

Lives here: what lies where (contract page 2). Not here: who makes and clears the folders.
"""

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The folders of CUSTOMERS_HOME (contract page 2).

    `attempt`: the part of staging that one run has to itself, so that runs at the same time never meet in a folder.
    """

    root: Path
    attempt: str = ""

    def of(self, attempt: str) -> "Home":
        """The same home as one run sees it."""
        return replace(self, attempt=attempt)

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
        """What was read, all text, a folder per import key; of a run that is going on, in a folder of its own."""
        return self.root / "staging" / self.attempt

    @property
    def rejects(self) -> Path:
        """Reject files, named after their imports."""
        return self.root / "rejects"

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
