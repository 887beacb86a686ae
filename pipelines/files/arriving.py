"""Files that arrive: what waits in the inbox, when a file is complete, which source it belongs to.

Lives here: looking at folders. Not here: reading a file's content (`filing_away.py`).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pipelines.identity import import_key
from pipelines.settings import DEFAULT_SOURCE

IGNORED_SUFFIXES = (".part", ".crdownload", ".tmp", ".swp")


@dataclass(frozen=True)
class Arrival:
    """A file and the source it came for."""

    path: Path
    source: str

    @property
    def signature(self) -> str:
        """What tells whether the file is still being written: its size and the time of its last change."""
        stat = self.path.stat()
        return f"{stat.st_size}:{stat.st_mtime_ns}"


def waiting(inbox: Path) -> list[Arrival]:
    """Every file in the inbox, in the order of its path; `inbox/<source>/…`, else the source `default`."""
    files = sorted(path for path in inbox.rglob("*") if path.is_file() and not _is_noise(path, inbox))
    return [Arrival(path, _source(path, inbox)) for path in files]


def complete(arrivals: list[Arrival], seen: dict[str, str]) -> tuple[list[Arrival], dict[str, str]]:
    """The arrivals whose size and time did not change since they were last seen (PIT-20).

    `seen`: path to signature as of the last look. Returns them, and what was seen this time.
    """
    now = {str(arrival.path): arrival.signature for arrival in arrivals}
    stable = [arrival for arrival in arrivals if seen.get(str(arrival.path)) == now[str(arrival.path)]]
    return stable, now


def key_of(arrival: Arrival) -> str:
    """The import key of an arrival's present content."""
    with open(arrival.path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return import_key(arrival.source, digest)


def _source(path: Path, inbox: Path) -> str:
    parts = path.relative_to(inbox).parts
    return parts[0] if len(parts) > 1 else DEFAULT_SOURCE


def _is_noise(path: Path, inbox: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in path.relative_to(inbox).parts)
    return hidden or path.suffix.lower() in IGNORED_SUFFIXES
