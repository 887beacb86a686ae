"""Removing what is past its period: whole files, and the texts of rejected rows.

Lives here: the lock, the order, what is told. Not here: what is old (`past_period.py`), blanking
(`blank_rejected.py`), Dagster's runs (`assets/instance/retention.py`). The table and its checks read none of these
files and texts. Whatever ends this early, the next attempt goes on.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from pipelines.configuration.retention import Retention
from pipelines.errors import Permanent
from pipelines.home import Home
from pipelines.ledger.transaction import ledger_transaction
from pipelines.rejects.write import note_removed
from pipelines.retention.blank_rejected import NO_TEXTS, blank_texts, texts_of
from pipelines.retention.past_period import (
    BY_THEMSELVES,
    IN_LEDGER,
    OF_IMPORTS,
    Old,
    old_files,
    past_rejects,
    past_texts,
)
from pipelines.retention.tally import Tally, tally
from pipelines.warehouse.database import Connection

SHOWN = 5


class NotRemoved(Permanent):
    """Some files could not be removed; all others that are past their period are gone."""


def tidy_files(home: Home, periods: Retention, now: datetime, only_shown: bool = False) -> tuple[Tally, ...]:
    """Remove every file that is past its period, blank such texts of rejected rows, or only say what would go.

    Under the lock of the ledger, so that no import, erasure or backup is halfway through these files.

    Args:
        home: the folders.
        periods: how long each kind is kept.
        now: the instant that ages are counted to.
        only_shown: nothing is removed.

    Returns:
        For every kind what was past its period.

    Raises:
        NotRemoved: naming the files that could not be removed. WarehouseBusy: another process wrote for too long.
    """
    with _ledger(home) as connection:
        found = old_files(home, connection, periods, now)
        told = [_tallied(kind, periods, found) for kind in (*OF_IMPORTS, *BY_THEMSELVES)]
        texts = texts_of(connection, past_texts(connection, periods, now)) if connection is not None else NO_TEXTS
        told.append(tally(IN_LEDGER, periods.days(IN_LEDGER), texts.select("since", "byte_count").iter_rows()))
        if not only_shown:
            if connection is not None:
                blank_texts(connection, home, texts)
                # Before the files go: else the next look for missing reject files would write them again.
                note_removed(home, past_rejects(connection, periods, now))
            _remove(home, found)
    return tuple(told)


def _tallied(kind: str, periods: Retention, found: Sequence[Old]) -> Tally:
    own = ((old.since, old.byte_count) for old in found if old.kind == kind and old.files)
    return tally(kind, periods.days(kind), own)


@contextmanager
def _ledger(home: Home) -> Iterator[Connection | None]:
    """The ledger, none where nothing was imported yet."""
    if not home.working.exists():
        yield None
        return
    with ledger_transaction(home) as connection:
        yield connection


def _remove(home: Home, found: Sequence[Old]) -> None:
    """Each file on its own, so that one that cannot go keeps no other."""
    left = [told for old in found for path in old.files if (told := _why_left(home, path))]
    for folder in (old.folder for old in found):
        if folder is not None:
            with suppress(OSError):  # it holds something else, which stays
                folder.rmdir()
    if left:
        more = f", and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
        raise NotRemoved(
            f"{len(left)} files are past their period and could not be removed: {'; '.join(left[:SHOWN])}{more}. "
            "All others are gone. Let the account that runs this remove them, then ask again"
        )


def _why_left(home: Home, path: Path) -> str | None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        return f"{path.relative_to(home.root)} ({error.strerror})"
    return None
