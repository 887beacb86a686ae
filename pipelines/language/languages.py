"""What languages and regions have of their own: decimal marks, order of dates, names of months and countries.

Lives here: every use of Babel, for the languages that our senders write. Not here: reading a column with it
(`pipelines/parsing/numbers/numbers.py`, `pipelines/parsing/dates/dates.py`, `pipelines/parsing/countries.py`).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from babel import Locale, UnknownLocaleError, localedata
from babel.core import get_global

from schemas.wordlists import wordlist, words

LANGUAGES = ("en", "fr", "pl", "de", "es", "it", "nl", "pt")
RESERVED_CODES = re.compile(
    "(?:BUR|DDR|FXX|TMP|YMD|ZAR).."  # Burma, East Germany, France without islands, East Timor, South Yemen, Zaire
    "|...(?:AA|Q[M-Z]|X[A-Z]|ZZ|AC|CP|DG|EU|TA)"
)
"""Alpha-3 and alpha-2 codes that ISO 3166 withdrew, or keeps free for private and other use."""


def plain(text: str) -> str:
    """A word in lower case without accents and dots, to look it up."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^\w]+", " ", "".join(char for char in letters if not unicodedata.combining(char))).strip()


@cache
def uses_comma(locale: str | None) -> bool | None:
    """Whether numbers of a locale (`fr`, `en-GB`) have a decimal comma; None without a known locale."""
    known = _locale(locale)
    return None if known is None else known.number_symbols["latn"]["decimal"] == ","


@cache
def month_first(locale: str | None) -> bool | None:
    """Whether dates of a locale start with the month; `en` alone is American.

    None without a known locale, and where dates start with the year: such a locale says nothing of the rest.
    """
    # Babel gives `en` the dates of the United States too; said here, for it decides between May and March.
    known = _locale("en-US" if locale == "en" else locale)
    pattern = "y" if known is None else known.date_formats["short"].pattern.lstrip()
    return None if pattern.startswith("y") else bool(pattern.startswith("M"))


@cache
def month_names() -> dict[str, int]:
    """Every name and short name of a month in our languages, plain, with its number (PIT-38); what Babel lacks is in
    `schemas/vocabulary/date_words.csv`, I to XII among it.

    A word that means different months in different languages is left out.
    """
    found: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in Locale.parse(language).months[form][width].items():
                    found.setdefault(plain(name), set()).add(number)
    for line in wordlist("date_words"):
        if line["meaning"].isdigit():
            found.setdefault(plain(line["word"]), set()).add(int(line["meaning"]))
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1 and not name.isdigit()}


@cache
def weekday_names() -> frozenset[str]:
    """Every name and short name of a day of the week in our languages, plain."""
    names = {plain(word) for word in words("date_words", "weekday")}
    for language in LANGUAGES:
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated", "short"):
                names |= {plain(name) for name in Locale.parse(language).days[form][width].values()}
    return frozenset(names)


@cache
def currency_codes() -> frozenset[str]:
    """The ISO 4217 codes of all currencies, those of the past included."""
    return frozenset(Locale.parse("en").currencies)


def is_country(code: str) -> bool:
    """Whether a code is one of a country: CLDR knows what is spoken there. No locale need be loaded for it."""
    return code in get_global("territory_languages")


@cache
def languages_of_country(country: str) -> tuple[str, ...]:
    """The official languages of a country (ISO 3166), as CLDR knows them, the most spoken first."""
    spoken = get_global("territory_languages").get(country, {})
    official = [name for name, facts in spoken.items() if facts["official_status"] in ("official", "de_facto_official")]
    return tuple(sorted(official, key=lambda name: -spoken[name]["population_percent"]))


@cache
def languages_of_currency(currency: str) -> tuple[str, ...]:
    """The official languages where a currency is at home: in the country that its code begins with, the euro in all
    that use it today.
    """
    used = get_global("territory_currencies")
    euro = [country for country, known in used.items() if ("EUR", None) in [(each[0], each[2]) for each in known]]
    home = sorted(euro) if currency == "EUR" else [currency[:2]]
    return tuple(dict.fromkeys(language for country in home for language in languages_of_country(country)))


@cache
def country_names() -> dict[str, str]:
    """Every name of a country in our languages, plain, with its ISO 3166 code; ambiguous names are left out."""
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(plain(name), set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


def _locale(locale: str | None) -> Locale | None:
    """A locale, or its language where the region is not known for it; None where not even that is."""
    if locale is None:
        return None
    for name in (locale, locale[:2]):
        try:
            return Locale.parse(name, sep="-")
        except UnknownLocaleError:
            continue
    return None


@cache
def words_of(language: str) -> frozenset[str]:
    """Every word in lower case that the locale data of a language hold: names of places, days, units and so on."""
    return frozenset(
        word for text in _texts(localedata.load(language)) for word in re.findall(r"[^\W\d_]+", text.lower())
    )


def _texts(entry: object) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict):
        yield from (text for part in entry.values() for text in _texts(part))
    elif isinstance(entry, (list, tuple)):
        yield from (text for part in entry for text in _texts(part))


@cache
def country_codes() -> dict[str, str]:
    """The ISO 3166 codes of today's countries: alpha-3 to alpha-2.

    CLDR's aliases also hold reserved codes and those of states that are no more; they are left out.
    """
    named = Locale.parse("en").territories
    aliases = {old: new[0] for old, new in get_global("territory_aliases").items() if len(new) == 1}
    return {
        three: two
        for three, two in aliases.items()
        if re.fullmatch("[A-Z]{3}", three) and two in named and not RESERVED_CODES.fullmatch(f"{three}{two}")
    }
