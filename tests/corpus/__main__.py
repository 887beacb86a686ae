"""Prints the lines of every module here: `python -m tests.corpus [FOLDER OF THE CORPUS]`.

Undecided is what was neither read right nor wrong: refused or rejected with a reason, as the principle asks. Several
processes measure a module each; the seconds of one are those it took beside the others.
"""

import os
import pkgutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.table import Table

import tests.corpus
from tests.corpus import Line, measured

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "corpus"
LONG = "test_whole_imports"
"""The module that takes longest, and so is begun first."""


def lines(corpus: Path) -> Iterator[tuple[Line, float]]:
    """Each line, and the seconds that its module took beside the first of its lines."""
    found = [module.name for module in pkgutil.iter_modules(tests.corpus.__path__)]
    names = sorted(name for name in found if name.startswith("test_"))
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as hands:
        begun = {
            name: hands.submit(measured, name, corpus) for name in sorted(names, key=lambda name: (name != LONG, name))
        }
        for name in names:
            some, seconds = begun[name].result()
            yield from ((line, 0.0 if place else seconds) for place, line in enumerate(some))


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
