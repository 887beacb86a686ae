"""What languages and regions have of their own: decimal marks, order of dates, names of months and countries.

Lives here: every use of Babel, for the languages that our senders write. Not here: reading a column with it
(`numbers.py`, `dates.py`, `countries.py`).
"""

import re
import unicodedata
from functools import cache

from babel import Locale

LANGUAGES = ("en", "fr", "pl", "de", "es", "it", "nl", "pt")


def plain(text: str) -> str:
    """A word in lower case without accents and dots, to look it up."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^\w]+", " ", "".join(char for char in letters if not unicodedata.combining(char))).strip()


@cache
def uses_comma(locale: str | None) -> bool | None:
    """Whether numbers of a locale (`fr`, `en-GB`) have a decimal comma; None without a locale."""
    return None if locale is None else _locale(locale).number_symbols["latn"]["decimal"] == ","


@cache
def month_first(locale: str | None) -> bool | None:
    """Whether dates of a locale start with the month; `en` alone is American; None without a locale."""
    if locale is None:
        return None
    pattern = _locale("en-US" if locale == "en" else locale).date_formats["short"].pattern
    return bool(pattern.lstrip().startswith("M"))


@cache
def month_names() -> dict[str, int]:
    """Every name and short name of a month in our languages, plain, with its number (PIT-38).

    A word that means different months in different languages is left out.
    """
    found: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in Locale.parse(language).months[form][width].items():
                    found.setdefault(plain(name), set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1 and not name.isdigit()}


@cache
def country_names() -> dict[str, str]:
    """Every name of a country in our languages, plain, with its ISO 3166 code; ambiguous names are left out."""
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(plain(name), set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


def _locale(locale: str) -> Locale:
    return Locale.parse(locale, sep="-")
