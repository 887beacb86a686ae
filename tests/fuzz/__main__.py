"""Damages many files and prints how they ended: `python -m tests.fuzz [HOW MANY] [FROM WHICH NUMBER]`.

Of a hundred files 88 are texts, ten are workbooks that are opened, two are workbooks that are read whole: reading one
costs a process, half a second, a text some milliseconds.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator

from tests.fuzz import Ended, ended, opened, peak_memory

HOW_MANY = 20_000
WHOLE, OPENED = 2, 12
TOLD_EVERY = 1000


def tried(number: int) -> tuple[str, Ended]:
    """What kind of file this number is, and how it ended."""
    kind = number % 100
    if kind < WHOLE:
        return "workbook, read", ended(number, workbooks=True)
    return ("workbook, opened", opened(number)) if kind < OPENED else ("text", ended(number))


def all_tried(how_many: int, first: int) -> Iterator[tuple[str, Ended]]:
    started = time.perf_counter()
    for number in range(first, first + how_many):
        yield tried(number)
        if (number - first + 1) % TOLD_EVERY == 0:
            print(f"{number - first + 1:,} in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def main(how_many: int = HOW_MANY, first: int = 0) -> int:
    """Prints the outcomes of each kind, its slowest file, the memory; 1 where any file ended in no orderly way."""
    found = list(all_tried(how_many, first))
    for kind in sorted({kind for kind, _ in found}):
        ends = [end for each, end in found if each == kind]
        slowest = max(ends, key=lambda end: end.seconds)
        print(f"{kind}: {len(ends):,}; slowest {slowest.seconds:.2f} s (number {slowest.number}, {slowest.seed})")
        for outcome, count in Counter("escaped" if end.escaped else end.outcome for end in ends).most_common():
            print(f"  {count:>7,} {outcome}")
    print(f"most memory: {peak_memory():,} MB")
    escaped = [end for _, end in found if end.escaped]
    for end in escaped:
        print(f"number {end.number}, {end.seed}: {end.outcome[:300]}")
    return int(bool(escaped))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
