"""What a spreadsheet makes of the text of a cell when it opens a CSV and saves it: the same cell in other clothes.

Lives here: knowing such a change from an edit. Not here: which rows a reject file brings back (`recall.py`).
Seen of LibreOffice 7.4 and Excel: `000042` becomes 42, `+33612345678` loses its sign, `2.50` its zero, 17 digits become
1.23456789012346E+016, `05/06/2025` is 05/06/25 or, in another locale, 06/05/25.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import cache

from pipelines.spreadsheets.bulk_rows import CUT, LONGEST
from schemas.wordlists import wordlist

NUMBER = re.compile(r"([+-]?)([0-9][0-9.,]*|[.,][0-9]+)(?:[eE]([+-]?[0-9]{1,3}))?(%?)")
GROUPS = dict.fromkeys(map(ord, " \u00a0\u202f'’"))
KEPT = 15
"""Digits that a spreadsheet keeps of a number."""

SHORTENED_FROM = 12
"""Digits from which it may show fewer than it keeps."""

YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?(?: ?([AP])M)?", re.IGNORECASE)
BEHIND_DAY = re.compile(r"[ T](?=\d{1,2}:)")
TRUTHS = frozenset(line["word"] for line in wordlist("yes_no") if line["spreadsheet"])
"""What a spreadsheet shows for true and false, in capitals."""

Day = tuple[int, int, int]


@cache
def is_resaved(now: str, before: str, at_fault: bool) -> bool:
    """Whether a cell holds what it held before, but for what a spreadsheet does to it.

    What could be read in two ways before and in one now is an edit where the cell was `at_fault`: it is what the sender
    was asked for. The same shape with other digits always is one: `05/06/2025` made into `06/05/2025`.
    """
    here, there = now.strip(), before.strip()
    if here == there or (here.lower() == there.lower() and here.lower() in TRUTHS):
        return True
    # We cut it ourselves: a cell of a workbook holds no more.
    if here.endswith(CUT) and len(here) >= LONGEST // 2:
        return there.startswith(here.removesuffix(CUT))
    if _is_shortened(here, there):
        return True
    pairs = ((_numbers(here), _numbers(there)), (_moments(here), _moments(there)))
    decided = ((one, other) for one, other in pairs if not at_fault or (len(one) == 1 and len(other) == 1))
    # The same shape with other digits is somebody's edit, even where both can mean the same day.
    return _shape(here) != _shape(there) and any(one & other for one, other in decided)


def _shape(text: str) -> str:
    return re.sub(r"\d", "9", text)


def _numbers(text: str) -> frozenset[tuple[Decimal, str]]:
    """What a number can mean, whatever marks its decimals and groups, and whether it is a share."""
    found = NUMBER.fullmatch(text.translate(GROUPS))
    if not found:
        return frozenset()
    sign, digits, exponent, percent = found.groups()
    return frozenset((Decimal(f"{sign}{plain}E{exponent or 0}"), percent) for plain in _plain(digits))


def _plain(digits: str) -> Iterator[str]:
    """Digits with a point before the decimals, in every way in which they can be meant."""
    marks = [mark for mark in digits if mark in ".,"]
    if not marks:
        yield digits
    elif len(set(marks)) == 2 or len(marks) == 1:
        whole, _, decimals = digits.rpartition(marks[-1])
        if not set(marks[-1:]) & set(whole):
            yield f"{re.sub('[.,]', '', whole) or 0}.{decimals or 0}"
        if len(marks) == 1 and len(decimals) == 3 and 0 < len(whole) <= 3 and whole[0] != "0":
            yield whole + decimals
    else:
        yield re.sub("[.,]", "", digits)


def _is_shortened(now: str, before: str) -> bool:
    """Whether a number of many digits has lost its last ones: to the 15 that are kept, or to those that were shown."""
    one, other = _numbers(now), _numbers(before)
    if len(one) != 1 or len(other) != 1:
        return False
    (short, share), (long, other_share) = next(iter(one)), next(iter(other))
    kept = len(short.normalize().as_tuple().digits)
    digits = len(long.as_tuple().digits)
    if share != other_share or digits < SHORTENED_FROM or kept > KEPT or ("e" not in now.lower() and digits <= KEPT):
        return False
    lengths = {kept, KEPT} if "e" in now.lower() else {KEPT}
    return any(
        Context(prec=length, rounding=rounding).plus(long) == short
        for length in lengths
        # Programs round what they shorten in one of these ways.
        for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN)
    )


def _moments(text: str) -> frozenset[tuple[Day | None, int]]:
    """What a day, with or without a time, or a time alone can mean: year, month and day, and the seconds of the day."""
    day, *clock = BEHIND_DAY.split(text, maxsplit=1)
    seconds = _seconds(clock[0]) if clock else 0
    if not clock and (alone := _seconds(text)) is not None:
        return frozenset({(None, alone)})
    return frozenset() if seconds is None else frozenset((each, seconds) for each in _days(day))


def _seconds(text: str) -> int | None:
    found = CLOCK.fullmatch(text.strip())
    if not found:
        return None
    hours, half = int(found[1]), (found[4] or "").upper()
    hours = hours % 12 + (12 if half == "P" else 0) if half else hours
    return 3600 * hours + 60 * int(found[2]) + int(found[3] or 0)


def _days(text: str) -> Iterator[Day]:
    """Every day that the text can mean."""
    if found := YEAR_FIRST.fullmatch(text):
        yield from _valid(int(found[1]), int(found[2]), int(found[3]))
    elif found := YEAR_LAST.fullmatch(text):
        one, other, year = int(found[1]), int(found[3]), int(found[4])
        # Either century: which one the spreadsheet meant cannot be seen.
        for full in (year,) if len(found[4]) == 4 else (1900 + year, 2000 + year):
            yield from _valid(full, one, other)
            yield from _valid(full, other, one)


def _valid(year: int, month: int, day: int) -> Iterator[Day]:
    try:
        yield date(year, month, day).timetuple()[:3]
    except ValueError:
        return
