"""What travels between the steps of an import: the staged file and the outcome of committing it.

Lives here: the two records and how they lie in `staging/<run>/<key>/`. Not here: reading, validating or committing.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter

from pipelines.configuration.asked import OnOverlap
from pipelines.configuration.typed import Typed
from pipelines.configuration.update_rules import Rule
from pipelines.durable import written
from pipelines.warehouse.import_counts import FileCounts, ImportCounts
from schemas.fields import Grain
from schemas.sentences.note import Note

ROWS = "rows.parquet"
ACCEPTED = "accepted.parquet"
DETAILS = "details.parquet"
CUSTOM_FIELDS = "custom_fields.parquet"
REJECTED = "rejected.parquet"
ORIGINS = "origins.parquet"
AS_SENT = "as_sent.parquet"
BETWEEN_PARTS = "\x1f"
"""What stands in it between the values of one cell: the separator of units, which no cleaned text holds."""

ORIGINAL = "original"
STAGED_FILE = "staged_file.json"
EARLIER_NAME = "filing.json"
"""What the record of a staged file was called until November 2026; files may wait under it since."""

OUTCOME = "outcome.json"
TOLD = "told.json"
"""An outcome that somebody has heard of."""

RUNS = ".run-"
"""How the part of staging begins that one run has to itself."""

HELD = ".held"
"""The part of staging where what was read of held imports waits for a decision."""


CHOICES = "choices.json"
"""What each choice would do, beside what was read of a held import."""


class ReasonRecord(Typed):
    """Why a whole file was refused."""

    code: str
    value: str | None = None
    message: str = ""


class StagedFile(FileCounts):
    """A file that was read and validated, and waits to be committed. Its frames lie beside it as Parquet.

    `attempt`: the part of staging in which it lies. `grain`: what each row is, a customer, a payment or an event.
    `searched`: its content was read and searched for card numbers, so that what lies beside it as the original may be
    archived; else nothing of it is copied (SC-18). `rules`: how its values fold where that is not as usual; `owners`:
    who owns the fields that its source may not change. `erased`: the erasures that its counts know of, each with the
    name of the frame that it took rows out of.
    """

    key: str
    attempt: str = ""
    source: str
    file_name: str
    path: str
    archived_name: str | None = None
    searched: bool = True
    sha256: str
    profile: str
    grain: Grain | None = None
    language: str = "en"
    is_reject_file: bool = False
    result: Literal["validated", "refused", "failed"]
    reason: ReasonRecord | None = None
    message: str | None = None
    format: str | None = None
    mapping: dict[str, object] | None = None
    dialect: dict[str, object] | None = None
    warnings: tuple[str, ...] = ()
    reject_codes: dict[str, int] = Field(default_factory=dict)
    base_currency: str | None = None
    amounts: Literal["cumulative", "snapshot"] = "cumulative"
    address_first: bool = True
    on_overlap: OnOverlap | None = None
    rules: dict[str, Rule] = Field(default_factory=dict)
    owners: dict[str, str] = Field(default_factory=dict)
    creates: bool = True
    updates: bool = True
    erased: tuple[str, ...] = ()
    as_of: date
    started_at: datetime
    imported_by: str

    @property
    def leans_on_ledger(self) -> bool:
        """Whether only the ledger can tell which of its rows and values are taken, so that their text is kept."""
        return bool(self.owners) or not self.creates

    @property
    def sheet(self) -> str | None:
        """The sheet of a workbook that was read."""
        sheet = (self.dialect or {}).get("sheet")
        return None if sheet is None else str(sheet)

    def folder(self, staging: Path) -> Path:
        """Where its frames lie."""
        return staging / self.attempt / self.key


class Choice(Typed):
    """One way to settle a held import, with what it would do."""

    name: OnOverlap
    rows_counted: int
    amount_change: Decimal
    meaning: str


CHOICES_TYPE = TypeAdapter(tuple[Choice, ...])


class Outcome(ImportCounts):
    """What became of a staged file: the line of `import_history` in short, and why where it was refused."""

    import_id: str
    source: str
    file_name: str
    status: Literal["done", "done_with_rejects", "held", "refused", "failed"]
    message: str
    reasons: tuple[ReasonRecord, ...] = ()
    reject_codes: dict[str, int] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    reject_file: str | None = None

    @property
    def already_imported(self) -> bool:
        """Whether nothing happened because these bytes are in the table already."""
        return any(reason.code == "ALREADY_IMPORTED" for reason in self.reasons)


def save_record(folder: Path, record: StagedFile | Outcome) -> None:
    """Write a record into its folder; a reader sees the whole of it or nothing. It outlasts a loss of power."""
    name = STAGED_FILE if isinstance(record, StagedFile) else OUTCOME
    folder.mkdir(parents=True, exist_ok=True)
    with written(folder / name) as unfinished:
        unfinished.write_text(record.model_dump_json(indent=1), "utf-8")


def load_staged_file(folder: Path) -> StagedFile | None:
    """The staged file that lies in a folder, if one does."""
    path = folder / STAGED_FILE
    return StagedFile.model_validate_json(path.read_text("utf-8")) if path.exists() else None


def save_choices(folder: Path, choices: Sequence[Choice]) -> None:
    """Write what each choice would do beside what was read."""
    with written(folder / CHOICES) as unfinished:
        unfinished.write_bytes(CHOICES_TYPE.dump_json(tuple(choices)))


def load_choices(folder: Path) -> tuple[Choice, ...]:
    """What each choice would do; nothing where that is not known: an import that was held before December 2026 had no
    such record, and one that somebody was erased of has none any more.
    """
    path = folder / CHOICES
    return CHOICES_TYPE.validate_json(path.read_bytes()) if path.exists() else ()


def rename_record(folder: Path) -> None:
    """Bring a record that an earlier version wrote to today's name and words. One that is broken only gets the name:
    it is set aside by it, as any broken one.
    """
    earlier = folder / EARLIER_NAME
    try:
        told = json.loads(earlier.read_text("utf-8"))
        # The field's and the words' earlier names, as records before November 2026 have them.
        result = told.pop("verdict")
        told["result"] = "validated" if result == "judged" else result
    except (ValueError, KeyError, TypeError, AttributeError):
        earlier.replace(folder / STAGED_FILE)
        return
    with written(folder / STAGED_FILE) as unfinished:
        unfinished.write_text(json.dumps(told), "utf-8")
    earlier.unlink()


def attempt_of(run_id: str) -> str:
    """The part of staging that a run has to itself."""
    return f"{RUNS}{run_id}"


def load_outcome(folder: Path) -> Outcome | None:
    """The outcome that lies in a folder, if one does."""
    # One that nobody has heard goes before one that was told.
    paths = [folder / name for name in (OUTCOME, TOLD) if (folder / name).exists()]
    return Outcome.model_validate_json(paths[0].read_text("utf-8")) if paths else None


def told_late(outcome: Outcome, language: str = "en") -> Outcome:
    """An outcome of an attempt that stopped before it could tell of it."""
    late = Note("EARLIER_ATTEMPT_FINISHED", found=outcome.import_id).line(language)
    warnings = outcome.warnings if late in outcome.warnings else (late, *outcome.warnings)
    return outcome.model_copy(update={"warnings": warnings})


def as_json(value: dict[str, object] | None) -> str | None:
    """A mapping or a dialect as the JSON text of `import_history`."""
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
