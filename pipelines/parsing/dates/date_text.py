"""One date as people write it, in figures or with the name of its month: the days it can mean.

Lives here: the text of one date without its time, and what day each order of day, month and year makes of it.
Not here: which order a column has (`dates.py`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from pipelines.language.languages import month_names, plain, weekday_names
from pipelines.parsing.dates.times import without_clock
from schemas.wordlists import choice, words

EARLIEST_YEAR = 1900
PIVOT = 68
"""Two-digit years up to this one are of the 2000s, the others of the 1900s (PIT-35)."""

# Five figures outside of it are postal codes and numbers far more often than days.
FIRST_SERIAL, LAST_SERIAL = date(1990, 1, 1), date(2100, 12, 31)
FIGURES = re.compile(r"([0-9]{1,4})(-|/|\. ?| )([0-9]{1,2})\2([0-9]{1,4})\.?")
COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
SERIAL = re.compile(r"([0-9]{5})(?:[.,][0-9]+)?")
NUMBER = re.compile(rf"'?([0-9]{{1,4}})(?:{choice('date_words', 'ordinal')})?")
WORD = re.compile(r"[^\W\d_]+")
FILLERS = frozenset(words("date_words", "between"))


@dataclass(frozen=True)
class Reading:
    """What a text can mean: the day in each order, and whether that order fits at all (`31/04` is day first).

    `form` is how it is written where its order is plain, else null; `short`: its year has two digits.
    """

    text: str
    day_first: date | None
    month_first: date | None
    year_first: date | None
    fits_day_first: bool
    fits_month_first: bool
    fits_year_first: bool
    form: str | None
    short: bool


def read_date(text: str, day_zero: date | None = None) -> Reading | None:
    """The readings of one date without a time behind it, or None where it is none.

    `day_zero`: five figures are a day as a spreadsheet counts them from there, within 1990 and 2100 (PIT-36).
    """
    if day_zero and (serial := SERIAL.fullmatch(text)):
        return _plain_order(text, serial_day(int(serial[1]), day_zero), "serial")
    tidy = re.sub(r" ?([-/]) ?", r"\1", re.sub("[‐‑‒–—−]", "-", without_clock(re.sub(r"\s+", " ", text))))
    bare = _without_weekday(tidy)
    if figures := FIGURES.fullmatch(bare):
        return _in_figures(text, *figures.groups())
    if compact := COMPACT.fullmatch(bare):
        return _plain_order(text, _day(*map(int, compact.groups())), "year first")
    return _with_name(text, bare)


def serial_day(serial: int, day_zero: date) -> date | None:
    """The day that a spreadsheet counts so, where it is one of our time."""
    found = day_zero + timedelta(days=serial)
    return found if FIRST_SERIAL <= found <= LAST_SERIAL else None


def _in_figures(text: str, first: str, mark: str, second: str, third: str) -> Reading | None:
    a, b, c = int(first), int(second), int(third)
    match len(first), len(third):
        case 4, 1 | 2:
            return _plain_order(text, _day(a, b, c), "year first")
        case 1 | 2, 4:
            # Dots stand in countries that write the day first.
            if mark == ".":
                return _plain_order(text, _day(c, b, a), "day first")
            return _open_order(text, a, b, c)
        case 1 | 2, 1 | 2:
            if mark == ".":
                return _plain_order(text, _day(_full(third), b, a), "day first", short=True)
            return _open_short(text, first, b, third)
        case _:
            return None


def _plain_order(text: str, day: date | None, form: str, short: bool = False) -> Reading | None:
    """A text with one meaning; None where that is no day of the calendar."""
    return None if day is None else Reading(text, day, day, day, True, True, True, form, short)


def _open_order(text: str, a: int, b: int, year: int) -> Reading:
    return Reading(
        text=text,
        day_first=_day(year, b, a),
        month_first=_day(year, a, b),
        year_first=None,
        fits_day_first=1 <= a <= 31 and 1 <= b <= 12,
        fits_month_first=1 <= a <= 12 and 1 <= b <= 31,
        fits_year_first=False,
        form=None,
        short=False,
    )


def _open_short(text: str, first: str, b: int, third: str) -> Reading:
    """`01/02/03`: any order; a year of two digits has both of them."""
    a, c = int(first), int(third)
    ends, starts = _full(third), _full(first)
    return Reading(
        text=text,
        day_first=_day(ends, b, a),
        month_first=_day(ends, a, b),
        year_first=_day(starts, b, c),
        fits_day_first=ends > 0 and 1 <= a <= 31 and 1 <= b <= 12,
        fits_month_first=ends > 0 and 1 <= a <= 12 and 1 <= b <= 31,
        fits_year_first=starts > 0 and 1 <= b <= 12 and 1 <= c <= 31,
        form=None,
        short=True,
    )


def _with_name(text: str, bare: str) -> Reading | None:
    """A date with the name of its month: day and year in any place, or the day before a year of two digits."""
    tokens = [token for token in re.split(r"[\s,./-]+", bare) if token and token.casefold() not in FILLERS]
    names = [plain(token) for token in tokens if WORD.fullmatch(token)]
    numbers = [number[1] for token in tokens if (number := NUMBER.fullmatch(token))]
    if len(names) != 1 or len(numbers) != 2 or len(tokens) != 3 or names[0] not in month_names():
        return None
    month, lengths = month_names()[names[0]], [len(number) for number in numbers]
    if sorted(lengths)[0] <= 2 and sorted(lengths)[1] == 4:
        day, year = sorted(numbers, key=len)
        return _plain_order(text, _day(int(year), month, int(day)), "month named")
    # `13 10 March`: nothing says which number is the year.
    if max(lengths) > 2 or WORD.fullmatch(tokens[2]):
        return None
    return _plain_order(text, _day(_full(numbers[1]), month, int(numbers[0])), "month named", short=True)


def _without_weekday(text: str) -> str:
    """A date without the name of its day of the week in front; `mar 13 mar 2010` loses its first word only."""
    first = re.match(r"([^\W\d_]+(?:-feira)?)[.,]* +", text)
    if first is None or plain(first[1]) not in weekday_names() | _first_words():
        return text
    rest = text[first.end() :]
    named = any(plain(word) in month_names() for word in WORD.findall(rest))
    # `mar` is March and, in French, Spanish and Italian, Tuesday: it goes only where another month is named.
    return rest if named or plain(first[1]) not in month_names() else text


@cache
def _first_words() -> frozenset[str]:
    return frozenset(name.split()[0] for name in weekday_names())


def _full(year: str) -> int:
    """A year of two digits in full; 0 where it has another number of digits."""
    number = int(year)
    return 0 if len(year) != 2 else 2000 + number if number <= PIVOT else 1900 + number


def _day(year: int, month: int, day: int) -> date | None:
    """A day of the calendar that a customer may have paid on, or None (31 April, the year 1234)."""
    try:
        return date(year, month, day) if year >= EARLIEST_YEAR else None
    except ValueError:
        return None


def readings(texts: Sequence[str], day_zero: date | None) -> list[Reading]:
    """The readings of those texts that are dates."""
    return [found for text in texts if (found := read_date(text, day_zero)) is not None]
