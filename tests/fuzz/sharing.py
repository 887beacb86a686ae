"""Many damaged files, tried by several processes at a time, each within bounds of time and memory.

Lives here: what is tried with which number, the processes. Not here: the damage (`__init__.py`), what is printed
(`__main__.py`).

A process that takes too long over a file, or dies of it, has its death told as what became of that file, and another
goes on with the next.
"""

import faulthandler
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

from tests.fuzz import SECONDS_OF_WORKBOOK, Ended, ended, opened, peak_memory

WHOLE, OPENED = 5, 15
TOLD_EVERY = 1000
LATEST = SECONDS_OF_WORKBOOK + 30
"""Seconds until a process is ended that no signal could stop, being in native code."""
MEMORY = 8_000_000_000


@dataclass(frozen=True)
class Tried:
    """A file that was tried: what kind it is, how it ended, the most megabytes that its process has had so far."""

    kind: str
    end: Ended
    megabytes: int


Trying = Callable[[int], Tried]


def kind_of(number: int) -> str:
    """What is tried with this number."""
    share = number % 100
    return "workbook, read" if share < WHOLE else "workbook, opened" if share < OPENED else "text"


def tried(number: int) -> Tried:
    """How the file of this number ended."""
    kind = kind_of(number)
    end = opened(number) if kind == "workbook, opened" else ended(number, workbooks=kind == "workbook, read")
    return Tried(kind, end, peak_memory())


def work(numbers: Sequence[int], told: Connection, trying: Trying) -> None:
    """Try the files of these numbers, in a process of its own, within bounds."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    for number in numbers:
        faulthandler.dump_traceback_later(LATEST, exit=True)
        told.send(trying(number))
    faulthandler.cancel_dump_traceback_later()


def share(numbers: Sequence[int], trying: Trying = tried) -> list[Tried]:
    """How all files of these numbers ended, by as many processes, one after the other, as it takes."""
    here, there = get_context("spawn").Pipe(duplex=False)
    process = get_context("spawn").Process(target=work, args=(numbers, there, trying))
    process.start()
    there.close()
    found = list(_received(here))
    process.join()
    if len(found) == len(numbers):
        return found
    fatal = numbers[len(found)]
    end = Ended(fatal, "", f"escaped: the process ended with {process.exitcode}", 0.0)
    return [*found, Tried(kind_of(fatal), end, 0), *share(numbers[len(found) + 1 :], trying)]


def _received(connection: Connection) -> Iterator[Tried]:
    started = time.perf_counter()
    with suppress(EOFError):
        while True:
            one: Tried = connection.recv()
            yield one
            if one.end.escaped:
                print(f"number {one.end.number}, {one.end.seed}: {one.end.outcome[:300]}", file=sys.stderr, flush=True)
            if (one.end.number + 1) % TOLD_EVERY == 0:
                print(f"number {one.end.number:,} after {time.perf_counter() - started:.0f} s", file=sys.stderr)
