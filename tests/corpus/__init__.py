"""The corpus, measured: each module here tries one folder of real files and tells what became of them.

A module has `measure(corpus) -> list[Line]`, and a test that holds its lines to what the issue asks for.
`make corpus` prints the lines of all of them.
"""

import importlib
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """One line of the report: how many cases, how many right, how many wrong; the rest was left undecided."""

    topic: str
    cases: int
    right: int
    wrong: int
    note: str = ""


def measured(module: str, corpus: Path) -> tuple[list[Line], float]:
    """The lines of one module here, and the seconds that it took."""
    started = time.perf_counter()
    lines: list[Line] = importlib.import_module(f"{__name__}.{module}").measure(corpus)
    return lines, time.perf_counter() - started
