"""Damages many files and prints how they ended: `python -m tests.fuzz [HOW MANY] [FROM WHICH NUMBER]`.

Of a hundred files 85 are texts, ten are workbooks that are opened, five are workbooks that are read whole: reading one
costs a process, half a second, a text some milliseconds.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.fuzz import Ended
from tests.fuzz.sharing import share

HOW_MANY = 20_000
HANDS = min(4, os.cpu_count() or 1)
SHOWN = 20


def main(how_many: int = HOW_MANY, first: int = 0) -> int:
    """Prints the outcomes of each kind, its slowest file, the memory; 1 where any file ended in no orderly way."""
    started = time.perf_counter()
    os.environ["POLARS_MAX_THREADS"] = "1"
    numbers = range(first, first + how_many)
    with ThreadPoolExecutor(HANDS) as hands:
        found = [one for some in hands.map(share, (numbers[hand::HANDS] for hand in range(HANDS))) for one in some]
    for kind in sorted({one.kind for one in found}):
        _print_kind(kind, [one.end for one in found if one.kind == kind])
    megabytes = max((one.megabytes for one in found), default=0)
    print(
        f"{len(found):,} files in {time.perf_counter() - started:.0f} s by {HANDS} processes; {megabytes:,} MB at most"
    )
    escaped = sorted((one.end for one in found if one.end.escaped), key=lambda end: end.number)
    for end in escaped[:SHOWN]:
        print(f"number {end.number}, {end.seed}: {end.outcome[:300]}")
    return int(bool(escaped))


def _print_kind(kind: str, ends: Sequence[Ended]) -> None:
    slowest = max(ends, key=lambda end: end.seconds)
    print(f"{kind}: {len(ends):,}; slowest {slowest.seconds:.2f} s (number {slowest.number}, {slowest.seed})")
    for outcome, count in Counter("escaped" if end.escaped else end.outcome for end in ends).most_common():
        print(f"  {count:>7,} {outcome}")


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
