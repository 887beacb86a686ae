"""Traces: where a text names a person, by address, phone number or name, however it is spelled there.

Lives here: the patterns, in the common part of the dialects of Python, polars and DuckDB, none of which looks behind;
what takes their place. Not here: whose they are (`subject.py`), where texts lie (`erase_files.py`, `erase_facts.py`).
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from pipelines.parsing.phones.phone_library import CALLING_CODES, national_digits

ERASED = "[erased]"
ADDRESS = r"[^\s@<>,;:\"'|]+@[^\s@<>,;:\"'|]+\.[A-Za-z]{2,}"
"""Any e-mail address, taken broadly."""

BETWEEN_DIGITS = r"[^0-9A-Za-z@]{0,3}"
BETWEEN_WORDS = r"[\s,;|\"'_+-]{1,5}"
"""What stands between the words of a name: within a cell, or between the cells of a row."""

QUOTE_SPACE = r"(?: |\\{1,4}u202f)?"
OPENING = rf"(?:[„«“]|\\{{1,4}}u(?:201[ec]|00ab)){QUOTE_SPACE}"
CLOSING = rf"{QUOTE_SPACE}(?:[”»]|\\{{1,4}}u(?:201d|00bb))"
"""The quotation marks of our sentences, in JSON too."""

FEWEST_LETTERS = 5
"""A shorter name is too common to be looked for in texts; where it stands in a person's own row it goes with that."""


@dataclass(frozen=True)
class Traces:
    """What a person is known by in texts: addresses, phone numbers in E.164, whole names, ids."""

    emails: tuple[str, ...]
    phones: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    @cached_property
    def of_emails(self) -> str | None:
        """The pattern of addresses, with what stands before and behind as groups 1 and 3; None without any."""
        return _between(r"[^\w.%+-]|\\[nrt]", self.emails, _spelled, r"[^\w.-]|\.[^\w]|\.$")

    @cached_property
    def of_phones(self) -> str | None:
        """The same of phone numbers, as they are written at home and abroad."""
        return _between("[^0-9]", self.phones, _dialled, "[^0-9]")

    @cached_property
    def of_names(self) -> str | None:
        """The same of names of at least two words, in either order."""
        told = [name for name in self.names if len(name.split()) > 1 and len(name) >= FEWEST_LETTERS]
        return _between(r"[^\w]|\\[nrt]", told, _named, r"[^\w]")

    @cached_property
    def of_ids(self) -> str | None:
        """The same of ids."""
        return _between("[^0-9A-Za-z]|\\\\[nrt]", self.ids, _spelled, "[^0-9A-Za-z]")

    @cached_property
    def of_words(self) -> str | None:
        """The same of single words of names where a sentence quotes them, as proof of an encoding for instance."""
        words = [word for name in self.names for word in name.split() if len(word) > 1]
        return _between(OPENING, words, _spelled, CLOSING)

    @property
    def patterns(self) -> list[str]:
        """All there are."""
        return [found for found in (self.of_emails, self.of_phones, self.of_names, self.of_words, self.of_ids) if found]

    @cached_property
    def _compiled(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern) for pattern in self.patterns]

    def are_in(self, text: str) -> bool:
        """Whether a text names the person."""
        return any(pattern.search(text) for pattern in self._compiled)

    def taken_out(self, text: str, instead: str = ERASED) -> str:
        """The text without them. Twice, for what stands between two of them is the border of one only."""
        for pattern in (*self._compiled, *self._compiled):
            text = pattern.sub(lambda found: f"{found[1]}{instead}{found[3]}", text)
        return text

    def in_row(self, text: str) -> bool:
        """Whether a row of cells is about the person: it has an address of theirs; or, without the address of anybody
        else, their number or their name, for numbers are shared by households and names by strangers.
        """
        if self.of_emails and re.search(self.of_emails, text):
            return True
        shared = [pattern for pattern in (self.of_phones, self.of_names) if pattern]
        return not re.search(ADDRESS, text) and any(re.search(pattern, text) for pattern in shared)


def _between(before: str, found: Iterable[str], spell: Callable[[str], str], behind: str) -> str | None:
    spellings = "|".join(dict.fromkeys(spell(each) for each in found))
    return f"(?i)(^|{before})({spellings})($|{behind})" if spellings else None


def _spelled(text: str) -> str:
    """A text as it is, or with letters beyond ASCII as JSON writes them, in JSON within JSON too."""
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    if letter.isascii():
        return re.escape(letter)
    cases = dict.fromkeys((letter.lower(), letter.upper()))
    escaped = [json.dumps(case)[1:-1].replace("\\", r"\\{1,4}") for case in cases]
    return f"(?:{'|'.join((letter, *escaped))})"


def _named(name: str) -> str:
    words = [_spelled(word) for word in name.split()]
    orders = dict.fromkeys((BETWEEN_WORDS.join(words), BETWEEN_WORDS.join((*words[1:], words[0]))))
    return "|".join(orders)


def _dialled(number: str) -> str:
    """A number with or without the code of its country, or the prefix that is dialled within it."""
    digits = number.removeprefix("+")
    code = next(digits[:size] for size in (3, 2, 1) if digits[:size] in CALLING_CODES)
    home = digits.removeprefix(code)
    prefix = national_digits(number).removesuffix(home)
    begun = rf"(?:(?:\+|00)?{code}{BETWEEN_DIGITS})?" + (rf"(?:{prefix}{BETWEEN_DIGITS})?" if prefix else "")
    return begun + BETWEEN_DIGITS.join(home)
