"""What a new import repeats of earlier ones, naively: of its own source row by row, of others their money.

Lives here: which rows are there already, and which import is repeated so far that the new one is held for it.
"""

from collections import Counter
from collections.abc import Sequence

from tests.reference.facts import Import, Row

HELD_ROWS = 10
HELD_PERCENT = 50


def of_own_source(earlier: Sequence[Import], taken: Import) -> tuple[set[int], Import | None]:
    """The places of the rows that are there already, and the import that they repeat so far that it is held for."""
    compared = [row if row.payment_id is None else None for row in taken.rows]
    held = [[row for row in each.counted if row.payment_id is None] for each in earlier]
    place, repeated = _closest(held, compared)
    unpaid = sum(row is not None for row in compared)
    largely = repeated >= HELD_ROWS and repeated * 100 >= HELD_PERCENT * unpaid
    all_of_few = repeated and repeated == len(taken.rows) and any(row.total for row in taken.rows)
    return _known(held, compared), earlier[place] if largely or all_of_few else None


def of_others(others: Sequence[Import], taken: Import) -> tuple[set[int], Import | None]:
    """The same for the money of other sources: who paid, how much and when; and for the same bytes."""
    compared = [_money(row) for row in taken.rows]
    held = [[money for row in each.counted if (money := _money(row))] for each in others]
    place, repeated = _closest(held, compared)
    everything = sum(money is not None for money in compared)
    largely = repeated >= HELD_ROWS and repeated * 100 >= HELD_PERCENT * everything
    dated = any(money and money[-1] for money in compared)
    all_of_few = repeated and repeated == everything and (repeated > 1 or dated)
    twins = [each for each, money in zip(others, held, strict=True) if each.content == taken.content and money]
    twin = twins[-1] if twins and everything else others[place] if largely or all_of_few else None
    return _known(held, compared), twin


def _money(row: Row) -> tuple[object, ...] | None:
    return (row.email.lower(), row.total, row.last, row.first) if row.total else None


def _closest(held: Sequence[Sequence[object]], compared: Sequence[object | None]) -> tuple[int, int]:
    """Which of several most rows repeat, the newest of equal ones, and how many they are."""
    wanted = Counter(row for row in compared if row is not None)
    shared = [(wanted & Counter(rows)).total() for rows in held]
    best = max(shared, default=0)
    return (len(shared) - 1 - shared[::-1].index(best), best) if shared else (0, 0)


def _known(held: Sequence[Sequence[object]], compared: Sequence[object | None]) -> set[int]:
    """The places of rows that are there already; of equal rows as many as are there."""
    there = Counter(row for rows in held for row in rows)
    known = set()
    for place, row in enumerate(compared):
        if row is not None and there[row]:
            there[row] -= 1
            known.add(place)
    return known
