"""One file on its way through the steps: what was asked of it, and what each step has found so far.

Lives here: the record, and laying rows into its folder. Not here: the steps (`process_file.py`), what is said of it in
the end (`staged_record.py`).
"""

from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from pipelines.cards.mask_cards import Cleared
from pipelines.configuration.settings import FileSource, Sources
from pipelines.errors import FileRefused
from pipelines.frames_on_disk import IN_MEMORY, FramesOnDisk
from pipelines.home import Home
from pipelines.intake.import_request import Content, Request
from pipelines.models.column_mapping import ColumnMapping
from pipelines.models.context import Terms
from pipelines.models.reference_table import ReferenceTables, no_tables
from pipelines.models.sheet import Sheet
from pipelines.progress import Report
from pipelines.rejects.recall import Recalled
from pipelines.validation.validate import ValidationResult
from pipelines.warehouse.database import ROW_GROUP
from schemas.profiles import Profile

EVENTS = "captured"
"""The profile of events."""


@dataclass
class FileInProgress:
    """One file on its way through the steps: what was asked, and what each step has found so far.

    `home`: where saved mappings and earlier imports are known; `folder`: where all of it is laid, by
    `background` while the next step is at work; `disk`: where its rows lie meanwhile. `refusal`: why the steps ended
    before the last one. `unchanged`: rows of an export of ours that say what the table says.
    """

    request: Request
    content: Content
    source: FileSource
    sources: Sources
    home: Home
    folder: Path
    report: Report
    background: Executor
    disk: FramesOnDisk = IN_MEMORY
    writes: list[Future[None]] = field(default_factory=list)
    cleared: Cleared | None = None
    sheet: Sheet | None = None
    recalled: Recalled | None = None
    tables: ReferenceTables = field(default_factory=no_tables)
    mapping: ColumnMapping | None = None
    validation: ValidationResult | None = None
    refusal: FileRefused | None = None
    unchanged: int = 0

    @property
    def profile(self) -> Profile:
        """What the file must hold."""
        return self.sources.profile_of(self.source)

    @property
    def terms(self) -> Terms:
        """On what terms its rows are validated."""
        seen = self.recalled.seen if self.recalled else {}
        return Terms(
            self.request.arrival.source,
            self.source,
            self.profile,
            self.sources.base_currency,
            self.request.as_of,
            self.sources.phone_library,
            seen,
            self.tables,
        )

    def hold_events(self) -> None:
        """Validate the file as events, whatever lists its source sends: events say themselves what they are.

        A profile that somebody named for this file stays, and one that takes events. What is said of the source's
        lists, their titles and that a newer one takes the place of the others, does not hold for events.
        """
        options = self.request.options
        if options.profile is None and self.profile.grain != "event":
            # A source of snapshots may send events too, and one event is no newer list of all customers.
            lists = {"mapping": dict(options.mapping), "ignore": options.ignore, "amounts": "cumulative"}
            self.source = self.source.model_copy(update={"profile": EVENTS, **lists})

    def write(self, rows: pl.DataFrame, name: str, small: bool = True) -> None:
        """Lay rows into the folder; who waits for `writes` finds them there."""
        self.writes.append(self.background.submit(_write, rows, self.folder / name, small))


def _write(rows: pl.DataFrame, path: Path, small: bool) -> None:
    """As Parquet. Compressing what is as large as the file costs as much as writing it."""
    compression: Literal["lz4", "uncompressed"] = "lz4" if small else "uncompressed"
    rows.write_parquet(path, compression=compression, statistics=False, row_group_size=ROW_GROUP)
