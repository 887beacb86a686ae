"""What every peer shares with the outside: its command line and its one line of JSON.

Here: the arguments a peer is asked with, a fresh file to write to, the closing line. Not here:
any validating, merging or loading, which is what the peers are compared on.
"""

import argparse
import json
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Asked:
    """One import as asked for on the command line, with the moment the work began."""

    csv: Path
    database: Path
    as_of: date
    started: float


def asked() -> Asked:
    started = time.perf_counter()
    parser = argparse.ArgumentParser()
    parser.add_argument("csv", type=Path)
    parser.add_argument("database", type=Path, metavar="OUT.duckdb")
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    given = parser.parse_args()
    given.database.unlink(missing_ok=True)
    return Asked(given.csv, given.database, given.as_of, started)


def print_outcome(started: float, customers: int, rejected: int, total_spent: Decimal) -> None:
    outcome = {
        "work_seconds": round(time.perf_counter() - started, 3),
        "customers": customers,
        "rejected": rejected,
        "total_spent": str(total_spent),
    }
    print(json.dumps(outcome))
