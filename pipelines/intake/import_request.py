"""What is asked of one file: who sends which bytes for which source, with which options.

Lives here: the request, its options, the bytes as they were found. Not here: the steps (`process_file.py`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pipelines.configuration.asked import OnOverlap
from pipelines.configuration.typed import Typed
from pipelines.errors import Unreadable
from pipelines.identity import import_key
from pipelines.intake.inbox import Arrival, readable


class Options(Typed):
    """What the caller says about the files of one import; what is not said, the source says."""

    profile: str | None = None
    locale: str | None = None
    mapping: Mapping[str, str] = {}
    ignore: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    sheet: str | None = None
    on_overlap: OnOverlap | None = None


@dataclass(frozen=True)
class Request:
    """Who imports what, when, and as of which day; `attempt`: the part of staging that the run of it has to itself."""

    arrival: Arrival
    imported_by: str
    started_at: datetime
    as_of: date
    options: Options = field(default_factory=Options)
    attempt: str = ""


@dataclass
class Content:
    """The bytes of a file, read once: what is hashed, archived, read and validated is the same."""

    data: bytes
    sha256: str
    key: str

    def let_go(self) -> None:
        """Forget the bytes, which are as large as the file, once they were read and secured."""
        self.data = b""


def content_of(arrival: Arrival, expected: str | None = None) -> Content:
    """Read a file once and for all.

    Raises Unreadable, also where it changes meanwhile, or is not the one of the `expected` key any more: half a file
    looks like a whole one.
    """
    with readable(arrival.path):
        # Size and time before and after: what is written meanwhile may be half of a file, which looks like a whole one.
        before = arrival.signature
        with arrival.opened() as file:
            data = file.read()
        after = arrival.signature
    digest = hashlib.sha256(data).hexdigest()
    key = import_key(arrival.source, digest)
    # The sensor looked at other bytes than these: they get a run of their own.
    if before != after or expected not in (None, key):
        raise Unreadable(f"{arrival.path} changed while it was read; import it when it is complete")
    return Content(data=data, sha256=digest, key=key)
