"""The corpus, measured: each module here tries one folder of real files and tells what became of them.

A module has `measure(corpus) -> list[Line]`, and a test that holds its lines to what the issue asks for.
`make corpus` prints the lines of all of them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line of the report: how many cases, how many right, how many wrong; the rest was left undecided."""

    topic: str
    cases: int
    right: int
    wrong: int
    note: str = ""
