"""What of CUSTOMERS_HOME a backup holds, and why it does not hold the rest.

Lives here: the list, and the files of each part. Not here: copying them (`make_backup.py`), putting them back
(`restore.py`).
"""

from collections.abc import Iterator
from pathlib import Path

from pipelines.home import Home
from pipelines.locks import is_locked
from pipelines.models.staged_file import HELD, ROWS, RUNS, STAGED_FILE
from pipelines.stripe.credentials.vault import path_of, stored

LEDGER = Path("warehouse/working.duckdb")

KEPT = {
    "working": "the ledger: every fact, and every decision of a person",
    "archive": "the originals",
    "staging": "what was read, of imports that are held, that wait to be committed, and that were committed",
    "mappings": "what people said columns mean",
    "erasing": "that an erasure is not finished, so that it is after a restore",
    "secrets": "the Stripe keys, sealed as they are: without the master key, which no backup holds, nobody reads them",
}

LEFT_OUT = {
    "inbox": "files in it were not searched for card numbers yet, and are their senders' to send again",
    "published": "a function of the ledger: a restore makes it anew, and compares its customers and money",
    "rejects": "made from the ledger",
    "reports": "made from the ledger: those of imports by `customers report --all`, others for whoever asked",
    "templates": "made from the profiles",
    "extracts": "what was read of an account and not committed: the next sync reads it again",
    "logs": "what went wrong on this machine",
    "dagster": "what ran on this machine: it stays true whatever is restored, and is none of the facts",
}
"""Every other folder or file of a `Home`."""


def lasting_files(home: Home) -> Iterator[Path]:
    """The files that are written once, under a name of their own: originals, rows read, mappings, sealed keys."""
    yield from _files(home, home.archive)
    yield from (path for path in home.staging.glob(f"[!.]*/{ROWS}") if path.is_file())
    yield from _files(home, home.mappings)
    yield from (path_of(home, source) for source in stored(home))


def waiting_files(home: Home) -> Iterator[Path]:
    """What was read and is not settled: of held imports, and of files that wait to be committed. They move and go as
    runs go on, but only under the writer's lock.
    """
    yield from (path for path in (home.working.with_name("erasing"),) if path.exists())  # an erasure to be finished
    yield from _files(home, home.staging / HELD)
    for record in home.staging.glob(f"{RUNS}*/*/{STAGED_FILE}"):
        if not is_locked(record.parent):
            yield from _files(home, record.parent)


def _files(home: Home, folder: Path) -> Iterator[Path]:
    """The plain files below a folder of ours; a link could lead anywhere."""
    yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
