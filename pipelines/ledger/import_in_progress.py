"""Imports on their way through one transaction: what was asked, and what each step has found so far.

Lives here: the two records. Not here: the steps of the transaction (`commit_imports.py`) and those of one import in it
(`write_import.py`), what is told in the end (`import_outcome.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal, TypeVar

import polars as pl

from pipelines.conflicts.overlaps import Overlap
from pipelines.customers.derive import Derived
from pipelines.home import Home
from pipelines.ledger.checks.verify import CheckResult
from pipelines.models.staged_file import Choice, Outcome, ReasonRecord, StagedFile
from pipelines.progress import Report, silent
from pipelines.rejects.resolve import NO_ROWS
from pipelines.warehouse.database import Connection

T = TypeVar("T")

Status = Literal["done", "done_with_rejects", "held", "refused", "failed"]


@dataclass
class CommitInProgress:
    """Staged files that are committed together: where and when, and what each step has found so far.

    `rehearsed_in`: of a rehearsal the part of staging in which it all stays. `known`: what is told of staged files
    whose bytes are in the ledger already, by their place among `staged_files`; `imports`: the others, once they are
    written. `writer` writes the next snapshot. `earlier_as_of` and `as_of`: the day that priorities were counted to,
    and are.
    """

    connection: Connection
    home: Home
    now: datetime
    run_id: str | None = None
    report: Report = silent
    staged_files: Sequence[StagedFile] = ()
    rehearsed_in: Path | None = None
    known: dict[int, Outcome] = field(init=False, default_factory=dict)
    imports: dict[int, "ImportInProgress"] = field(init=False, default_factory=dict)
    writer: Connection | None = field(init=False, default=None)
    earlier_as_of: date | None = field(init=False, default=None)
    as_of: date | None = field(init=False, default=None)
    derived: Derived | None = field(init=False, default=None)
    check_results: tuple[CheckResult, ...] = field(init=False, default=())
    outcomes: tuple[Outcome, ...] = field(init=False, default=())

    @property
    def staging(self) -> Path:
        """Under which the staged files' frames lie."""
        return self.rehearsed_in.parent if self.rehearsed_in else self.home.staging

    @property
    def archive(self) -> Path:
        """Where their originals go."""
        return self.rehearsed_in / "archive" if self.rehearsed_in else self.home.archive

    @property
    def new(self) -> list[StagedFile]:
        """The staged files whose bytes are not in the ledger."""
        return [staged_file for place, staged_file in enumerate(self.staged_files) if place not in self.known]

    @property
    def contributing(self) -> list["ImportInProgress"]:
        """The imports whose rows count."""
        return [entry for entry in self.imports.values() if entry.contributes]

    @property
    def languages(self) -> Mapping[int, str]:
        """The language of whoever sent each contributing import, by its number."""
        return {entry.import_seq: entry.staged_file.language for entry in self.contributing}

    @property
    def day_moved(self) -> bool:
        """Whether priorities are counted to another day than before."""
        # The first import moves no priority: there was none.
        return self.earlier_as_of not in (None, self.as_of)


@dataclass
class ImportInProgress:
    """One staged file on its way into the ledger: its number and id there, and what each step has found so far.

    `staged_file`: with the counts, the amount and the warnings that entering it gives. `replaced`: the numbers of
    earlier imports that this one replaces. `contributes`: whether its rows count; `left_out`: those that do not, for
    whom they are about; `erased`: those that name an erased person, and of them `newly_rejected` those that would have
    counted.
    """

    commit: CommitInProgress
    staged_file: StagedFile
    import_id: str
    import_seq: int
    status: Status
    contributes: bool = False
    overlap: Overlap | None = None
    reasons: tuple[ReasonRecord, ...] = ()
    choices: tuple[Choice, ...] = ()
    replaced: tuple[int, ...] = ()
    left_out: pl.Series = field(default_factory=lambda: NO_ROWS)
    erased: pl.Series = field(default_factory=lambda: NO_ROWS)
    newly_rejected: pl.Series = field(default_factory=lambda: NO_ROWS)

    @property
    def connection(self) -> Connection:
        """The ledger's open transaction."""
        return self.commit.connection

    @property
    def folder(self) -> Path:
        """Where the frames of the staged file lie."""
        return self.staged_file.folder(self.commit.staging)


def found(result: T | None) -> T:
    """What an earlier step has found."""
    if result is None:
        raise TypeError("the steps of a commit were called out of their order")
    return result
