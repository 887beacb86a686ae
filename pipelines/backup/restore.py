"""Restoring a backup: the whole home as it was, or the present one untouched.

Lives here: what is looked at before, preparing the next home, deciding on it. Not here: the swap, which whoever opens
the ledger next finishes after a crash (`pipelines/warehouse/home_swap.py`), the manifest (`manifest.py`).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pipelines.backup.counting import counted
from pipelines.backup.manifest import CopiedFile, Counts, Manifest, read_manifest, told_imports
from pipelines.backup.parts import LEDGER
from pipelines.errors import CustomersError, Permanent, WarehouseBusy, WrongUse
from pipelines.home import Home
from pipelines.intake.attempts import gate
from pipelines.ledger.transaction import ledger_transaction
from pipelines.locks import is_locked
from pipelines.models.staged_file import RUNS
from pipelines.progress import Report, silent
from pipelines.publishing.queries import read
from pipelines.warehouse.database import is_of_database
from pipelines.warehouse.home_swap import next_home, settle, swap_in
from pipelines.warehouse.write_lock import writer_lock

PIECE = 1 << 20


class BackupDamaged(Permanent):
    """A file of a backup is not there, or not what it was: nothing was restored."""


@dataclass(frozen=True)
class Restored:
    """What was restored, and what the restored home holds: the same, unless this version folds otherwise.

    `erasures`: those of the home that was replaced which the restored ledger does not know of, as text.
    """

    manifest: Manifest
    counts: Counts
    erasures: tuple[str, ...] = ()

    @property
    def differences(self) -> dict[str, tuple[object, object]]:
        """By name, what the home held that was copied, and what the restored one holds, where they differ."""
        before, after = self.manifest.counts.model_dump(), self.counts.model_dump()
        return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def restore(home: Home, source: Path, replace: bool, report: Report = silent) -> Restored:
    """Make a home what it was when a backup was made.

    Every file is compared with its digest, the ledger is opened (an older one becomes one of today's), and the tables
    are made of it, all beside the present home; only then does one take the other's place.

    Args:
        home: the folders; where they hold a ledger, `replace` must say that it goes.
        source: the folder of the backup.
        replace: whether what the home holds may go.
        report: told each stage.

    Raises:
        WrongUse: no backup, one of a newer version, or a home that holds something. BackupDamaged: a file is not what
            it was. WarehouseBusy: a run is going on, or another process wrote for too long.
    """
    manifest = read_manifest(source)
    home.working.parent.mkdir(parents=True, exist_ok=True)
    with writer_lock(home.working.with_suffix(".lock")):
        # A restore that was killed is finished first, or cleared away.
        settle(home.root)
        _refuse_while_runs_go_on(home)
        if home.working.exists() and not replace:
            raise WrongUse(_what_would_go(home, manifest))
        try:
            following = Home(next_home(home.root))
            report("copying and comparing files")
            for file in manifest.files:
                _put_back(source, following, file)
            report("making the tables")
            # All that can fail is done beside the present home.
            counts = _opened(following)
            erasures = tuple(sorted(_erasures(home) - _erasures(following)))
            report("taking its place")
            # From here on nobody begins a run until the homes have changed places.
            with gate(home):
                # Asked again: copying may have taken an hour.
                _refuse_while_runs_go_on(home)
                swap_in(home.root)
        finally:
            settle(home.root)
    return Restored(manifest, counts, erasures)


def _what_would_go(home: Home, manifest: Manifest) -> str:
    """What the home holds, to whoever did not say that it may go."""
    kept = manifest.counts
    copied = f"the backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC has {told_imports(kept.imports)}"
    try:
        found = read(home.published, "SELECT count(*) AS imports, max(started_at) AS last FROM import_history").row(0)
        held = told_imports(found[0]) + (f", the latest of {found[1]:%Y-%m-%d %H:%M} UTC" if found[1] else "")
    except Exception as error:
        if not (isinstance(error, CustomersError | OSError) or is_of_database(error)):
            raise
        held = f"tables that cannot be read ({error})"
    return (
        f"{home.root} holds {held}; {copied}. What came since the backup would be gone. Make a backup of the present "
        "state first, then say so with --replace"
    )


def _erasures(home: Home) -> set[str]:
    """When and by whom people were erased from a home; nothing where its tables cannot be read."""
    if not home.published.exists():
        return set()
    try:
        rows = read(home.published, "SELECT erased_at, erased_by, erasure_id::VARCHAR FROM erasures").iter_rows()
    except Exception as error:
        if not (isinstance(error, CustomersError | OSError) or is_of_database(error)):
            raise
        return set()
    return {f"{at:%Y-%m-%d %H:%M} UTC by {by} ({identity})" for at, by, identity in rows}


def _put_back(source: Path, following: Home, file: CopiedFile) -> None:
    """Copy a file of the backup, and compare what was copied with its digest."""
    target, digest, size = following.root / file.path, hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (source / file.path).open("rb") as reading, target.open("wb") as writing:
            while piece := reading.read(PIECE):
                digest.update(piece)
                size += writing.write(piece)
    except FileNotFoundError:
        raise BackupDamaged(f"{source / file.path} is not there; nothing was restored. Take another backup") from None
    if digest.hexdigest() != file.sha256:
        raise BackupDamaged(
            f"{source / file.path} is not what it was when it was copied ({size} bytes now, {file.bytes} then, or "
            "changed within); nothing was restored. Take another backup"
        )


def _opened(following: Home) -> Counts:
    """What the next home holds, its ledger made one of today's and its tables made of it."""
    if not (following.root / LEDGER).exists():
        raise BackupDamaged("there is no ledger in this backup; nothing was restored. Take another backup")
    try:
        with ledger_transaction(following) as connection:
            counts = counted(connection, following)
    except Exception as error:
        if not is_of_database(error):
            raise
        raise BackupDamaged(f"the ledger of this backup cannot be opened: {error}; nothing was restored") from error
    # It was made by opening the ledger, and is none of the backup's.
    (following.root / LEDGER).with_suffix(".lock").unlink(missing_ok=True)
    return counts


def _refuse_while_runs_go_on(home: Home) -> None:
    """What a run read before would be committed into another ledger than it was read for."""
    for folder in home.staging.glob(f"{RUNS}*"):
        if is_locked(folder):
            raise WarehouseBusy(f"run {folder.name.removeprefix(RUNS)} is going on; restore when it has ended")
