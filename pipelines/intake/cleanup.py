"""Cleaning up: what happens to a staged file and its frames once the ledger has them.

Lives here: the file leaves the inbox, committed frames leave staging, held ones wait, the outcome lies ready for its
run. Not here: the transaction before it (`pipelines/ledger/commit_imports.py`), who may work in which folder
(`run_folders.py`).
"""

import hashlib
import shutil
from pathlib import Path

from pipelines.home import Home
from pipelines.intake.inbox import refused_place
from pipelines.intake.plain_files import move_within, opened_within, place_within, remove_within
from pipelines.intake.run_folders import keep_rows
from pipelines.models.staged_file import (
    ACCEPTED,
    CHOICES,
    CUSTOM_FIELDS,
    DETAILS,
    HELD,
    ORIGINAL,
    ORIGINS,
    REJECTED,
    STAGED_FILE,
    Outcome,
    StagedFile,
    save_choices,
    save_record,
)
from schemas.sentences.note import Note


def clean_up_staging(home: Home, staged_file: StagedFile, outcome: Outcome) -> None:
    """After the commit: the file leaves the inbox, what was committed leaves staging, the outcome waits for its run.

    Of a held staged file everything is kept; of one that is held already, what was read first. Done again after a
    crash, it comes to the same.
    """
    folder, held = (home.staging / attempt / staged_file.key for attempt in (staged_file.attempt, HELD))
    told = _taken_from_inbox(home, staged_file, outcome)
    # What was read first stays: the choices that were told are those of its rows.
    if outcome.status == "held" and staged_file.result == "validated" and not held.exists():
        save_choices(folder, outcome.choices)
        held.parent.mkdir(parents=True, exist_ok=True)
        folder.replace(held)
    _clear_away(folder, home.staging / staged_file.key)
    if outcome.status != "held":
        shutil.rmtree(held, ignore_errors=True)
    if folder != held:
        save_record(folder, told)


def _taken_from_inbox(home: Home, staged_file: StagedFile, outcome: Outcome) -> Outcome:
    """The outcome, with a warning where the file cannot be taken away or waits elsewhere in the inbox.

    One that changed since is another file now.
    """
    place = place_within(Path(staged_file.path), home.inbox)
    try:
        if staged_file.result == "failed" or place is None or not _unchanged(home.inbox, place, staged_file.sha256):
            return outcome
        # Of a file that could not be searched for card numbers nothing is copied: the only copy stays with the sender.
        if staged_file.searched or outcome.already_imported:
            remove_within(home.inbox, place)
            return outcome
        aside = refused_place(place, staged_file.key)
        move_within(home.inbox, place, aside)
        return _noting(outcome, Note("FILE_WAITS_ASIDE", found=str(home.inbox / aside)), staged_file)
    except OSError as error:
        return _noting(outcome, Note("FILE_STAYS_IN_INBOX", found=str(error)), staged_file)


def _noting(outcome: Outcome, note: Note, staged_file: StagedFile) -> Outcome:
    return outcome.model_copy(update={"warnings": (*outcome.warnings, note.line(staged_file.language))})


def _clear_away(folder: Path, lasting: Path) -> None:
    """Keep the rows read and remove what was committed, the record first: without its frames it is worth nothing.

    The rows go before all, so that whatever ends this early leaves a staged file that is settled again.
    """
    # The order matters to whoever is killed in it.
    keep_rows(folder, lasting)
    frames = (STAGED_FILE, CHOICES, ACCEPTED, DETAILS, CUSTOM_FIELDS, REJECTED, ORIGINS, ORIGINAL)
    for name in frames:
        (folder / name).unlink(missing_ok=True)


def _unchanged(inbox: Path, place: Path, sha256: str) -> bool:
    try:
        with opened_within(inbox, place) as descriptor, open(descriptor, "rb", closefd=False) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False
