"""Prints the lines of every module here: `python -m tests.corpus [FOLDER OF THE CORPUS]`.

Undecided is what was neither read right nor wrong: refused or rejected with a reason, as the principle asks.
"""

import importlib
import os
import pkgutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

import tests.corpus
from tests.corpus import Line

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "corpus"


def lines(corpus: Path) -> Iterator[tuple[Line, float]]:
    """Each line, and the seconds that its module took beside the first of its lines."""
    names = sorted(
        found.name for found in pkgutil.iter_modules(tests.corpus.__path__) if found.name.startswith("test_")
    )
    for name in names:
        started = time.perf_counter()
        measured = importlib.import_module(f"tests.corpus.{name}").measure(corpus)
        for place, line in enumerate(measured):
            yield line, 0.0 if place else time.perf_counter() - started


def main(corpus: Path) -> int:
    """Prints the table; 1 where anything is wrong, 2 where the corpus is not there."""
    if not corpus.is_dir():
        print(f"The corpus is not at {corpus}. Say where it is: make corpus CUSTOMERS_CORPUS=…")
        return 2
    table = Table("topic", "note", title=f"The corpus at {corpus}", title_justify="left")
    for title in ("cases", "right", "wrong", "undecided", "seconds"):
        table.add_column(title, justify="right")
    found = list(lines(corpus))
    for line, seconds in found:
        undecided = line.cases - line.right - line.wrong
        figures = [f"{figure:,}" if figure else "–" for figure in (line.cases, line.right, line.wrong, undecided)]
        table.add_row(line.topic, line.note, *figures, f"{seconds:.1f}" if seconds else "")
    Console(width=150).print(table)
    return int(any(line.wrong for line, _ in found))


if __name__ == "__main__":
    told = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CUSTOMERS_CORPUS", str(DEFAULT))
    sys.exit(main(Path(told)))
