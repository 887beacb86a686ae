"""The manifest of a backup: its version, what the copied home held, and the digest of every file.

Lives here: writing and reading it, refusing one that this version does not understand. Not here: the files
(`make_backup.py`, `restore.py`).
"""

import json
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from pydantic import ValidationError, field_validator

from pipelines.configuration.typed import Typed
from pipelines.errors import WrongUse
from pipelines.warehouse.ledger_tables import LEDGER_VERSION

MANIFEST = "manifest.json"
FORMAT = 1
"""Of the backup itself: which folders it has, what the manifest says."""


class CopiedFile(Typed):
    """A file of a backup: its path in the home, its bytes and their SHA-256."""

    path: str
    bytes: int
    sha256: str

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, path: str) -> str:
        """A manifest that somebody changed writes nowhere else."""
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts:
            raise ValueError("no path within a home")
        return path


class Counts(Typed):
    """What a home holds: entries of its history, accepted and rejected rows, customers and what they spent."""

    imports: int = 0
    accepted_rows: int = 0
    rejected_rows: int = 0
    customers: int = 0
    total_spent: Decimal = Decimal(0)
    refund_volume: Decimal = Decimal(0)
    last_import_at: datetime | None = None


class Manifest(Typed):
    """What a backup is. `software`: the version that made it; `ledger_version`: of the ledger in it."""

    format: int = FORMAT
    software: str
    ledger_version: int = LEDGER_VERSION
    made_at: datetime
    base_currency: str | None
    counts: Counts
    files: tuple[CopiedFile, ...]

    @property
    def bytes(self) -> int:
        """The size of all its files."""
        return sum(file.bytes for file in self.files)


def told_imports(count: int) -> str:
    """How many imports, in words."""
    return f"{count} import{'' if count == 1 else 's'}"


def software_version() -> str:
    """The version of this software."""
    return version("customer-intake")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into the folder of a backup that is whole otherwise."""
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup.

    Raises WrongUse for a folder that is no backup, and for one of a newer format or with a newer ledger.
    """
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_text("utf-8"))
        # Before anything else of it is read: a newer version may have changed all the rest.
        newer = _newer(folder, told) if isinstance(told, dict) else None
    except (FileNotFoundError, NotADirectoryError):
        raise WrongUse(f"{folder} is no backup: there is no {MANIFEST} in it, the last that one gets") from None
    except ValueError as error:
        raise WrongUse(f"{path} is damaged: {error}. Take another backup") from None
    if newer:
        raise WrongUse(newer)
    try:
        return Manifest.model_validate(told)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()[:3])
        raise WrongUse(f"{path} is damaged: {faults}. Take another backup") from None


def _newer(folder: Path, told: dict[str, object]) -> str | None:
    """Why a backup of a newer version is refused; None for one that we know."""
    for name, known in (("format", FORMAT), ("ledger_version", LEDGER_VERSION)):
        found = told.get(name)
        if isinstance(found, int) and found > known:
            return (
                f"{folder} was made by customer-intake {told.get('software')}, with {name.replace('_', ' ')} {found}; "
                f"this is {software_version()}, which reads up to {known}. Restore it with that version or a newer one"
            )
    return None
