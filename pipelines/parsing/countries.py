"""Countries as people write them: a code or a name in, the ISO 3166 alpha-2 code out.

Lives here: the look-up of codes and names, in our languages and in common use (`schemas/vocabulary/country_names.csv`).
Not here: the names that Babel has (`pipelines/language/languages.py`), what a country decides
(`pipelines/parsing/phones/phones.py`, `vat.py`, `postal_codes.py`).
"""

from functools import cache

import polars as pl

from pipelines.language.languages import country_codes, country_names, plain
from pipelines.models.parsed_column import Parsed, no_faults, when
from schemas.sentences.note import Note
from schemas.wordlists import wordlist, words

BLANKS = words("placeholders", "blank", "blank_in_countries")
"""Tokens that mean "no value"; `NA` is Namibia here (PIT-26)."""

LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that have no accent to take off, as they are typed without the right keyboard."""


def parse_countries(text: pl.Series) -> Parsed:
    """The alpha-2 code of each country (UP-23, PIT-53).

    `text` is trimmed, null where blank. Codes of two and three letters and names are known, whatever their
    case, accents and dots; a name that means two countries is none. Fault: UNKNOWN_COUNTRY.
    """
    clean = when(text.str.to_lowercase().is_in(BLANKS), None, text)
    codes = _codes(clean)
    return Parsed(codes, when(clean.is_not_null() & codes.is_null(), "UNKNOWN_COUNTRY", None))


def parse_places(text: pl.Series) -> tuple[Parsed, Parsed]:
    """The country of each administrative area where it names one, else the region (AMB-27); no faults."""
    codes = _codes(when(text.str.to_lowercase().is_in(BLANKS), None, text))
    regions = when(codes.is_null() & ~text.str.to_lowercase().is_in(BLANKS), text, None)
    count = len(regions) - regions.null_count()
    note = (Note("AREAS_AS_REGIONS", found=count),) if count else ()
    return Parsed(codes, no_faults(text)), Parsed(regions, no_faults(text), notes=note)


def country_code(written: str) -> str | None:
    """The alpha-2 code of one country, or None where the text names none."""
    return _codes_by_name().get(_folded(written)) or None


def _codes(text: pl.Series) -> pl.Series:
    distinct = text.drop_nulls().unique()
    codes = pl.Series([country_code(written) for written in distinct], dtype=pl.String)
    return text.replace_strict(distinct, codes, default=None, return_dtype=pl.String)


@cache
def _codes_by_name() -> dict[str, str]:
    """Every code and name, folded, with its alpha-2 code; what is in common use goes before Babel."""
    official = country_codes()
    # Kosovo's code is in use, though ISO 3166 has none for it.
    countries = set(official.values()) | {"XK"}
    named = {_folded(name): code for name, code in country_names().items() if code in countries}
    short = {code.lower(): code for code in countries} | {three.lower(): two for three, two in official.items()}
    # The later one counts: what people write goes before codes, codes before Babel's names.
    return named | short | _in_common_use()


def _in_common_use() -> dict[str, str]:
    """The names of `country_names.csv`; those without a code there mean two countries, and so none."""
    rows = wordlist("country_names")
    return {_folded(name): row["code"] for row in rows for name in row["names"].split("|")}


def _folded(name: str) -> str:
    """A name as it is compared: plain, without special letters, initials joined (`U.S.A.` is `usa`)."""
    words = plain(name).translate(LETTERS).removeprefix("the ").split()
    return "".join(words) if all(len(word) == 1 for word in words) else " ".join(words)
