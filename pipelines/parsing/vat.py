"""VAT numbers: any written form in, the compact number with its country's prefix out, check digits verified.

Lives here: labels and punctuation, prefixes, every use of python-stdnum. Not here: asking a tax office whether a
number is in use.
"""

import re
from collections.abc import Callable, Collection
from functools import cache

import polars as pl
from stdnum.eu import oss
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from pipelines.language.spelling import normalise
from pipelines.models.parsed_column import Parsed, nowhere, when, without_blanks
from schemas.sentences.note import Note
from schemas.wordlists import choice, wordlist, words

LABELS = "|".join(re.sub(r"\W+", r"[-.\\s]{0,2}", word) for word in words("vat_labels", "label"))
LABEL = rf"(?i)^(?:N[°O]?\s*)?(?:{LABELS})(?:\s*(?:{choice('vat_labels', 'behind')}))?(?:\s*[.:#]*\s+|\s*:\s*)"
"""What stands before a number, its parts joined or apart (`USt-IdNr.`, `P. IVA`)."""

WHOLE_AS_DECIMAL = r"^([0-9]{6,})[.,]0+$"
PUNCTUATION = r"[\s.,:/·_\p{Pd}]"
SAME_COUNTRY = {"EL": "GR", "XI": "GB"}
PREFIXES = {"GR": "EL"}
"""Prefixes that are not the country's code: Greece, and Northern Ireland in the customs union."""

SUFFIXES = {"CH": "MWST", "NO": "MVA"}
"""What the letter of the law puts behind a number, and its writers often leave out."""


def parse_vat_numbers(
    text: pl.Series, country: pl.Series | None, title: str | None = None, default_country: str | None = None
) -> Parsed:
    """Compact VAT numbers such as `FR40303265045` (UP-23, PIT-55).

    `text` is trimmed, null where blank; `country` is the row's, and decides where the number has no prefix. Else the
    check digits do, of the countries whose word for it `title` is (`NIP`: Poland) and, where the row has none, of the
    source's `default_country`. Without any there is nothing to check it by. A row's country whose check digits nobody
    published keeps its numbers as written, with a warning. Each distinct number is validated once. Fault:
    INVALID_VAT_NUMBER.
    """
    clean = without_blanks(text)
    cells = pl.DataFrame({"compact": _compact(clean), "country": _countries(text, country)})
    distinct = cells.drop_nulls("compact").unique()
    titled = _countries_of_title(title or "")
    numbers = [
        vat_number(compact, own, titled if own else {*titled, *filter(None, [default_country])})
        for compact, own in distinct.iter_rows()
    ]
    known = distinct.with_columns(number=pl.Series(numbers, dtype=pl.String))
    values = cells.join(known, on=cells.columns, how="left", nulls_equal=True, maintain_order="left")["number"]
    wrong = clean.is_not_null() & values.is_null()
    return Parsed(values, when(wrong, "INVALID_VAT_NUMBER", None), notes=_notes(cells))


def vat_number(compact: str, country: str | None, likely: Collection[str] = ()) -> str | None:
    """One compact number with its prefix, or None where its check digits are wrong.

    `likely`: countries that are asked where the number's own prefix and its row's country do not have it; one answers.
    """
    prefix, rest = compact[:2], compact[2:]
    if prefix.isalpha() and (number := _valid(SAME_COUNTRY.get(prefix, prefix), rest, PREFIXES.get(prefix, prefix))):
        return number
    # Nobody published how these are checked: kept as written, with a warning.
    if country is not None and not _checker(country):
        return compact
    own = None if country is None else PREFIXES.get(country, country)
    if country and own and prefix not in (own, country) and (number := _valid(country, compact, own)):
        return number
    found = {_valid(code, compact, PREFIXES.get(code, code)) for code in likely if not compact.startswith(code)} - {
        None
    }
    # Valid in two countries says nothing of whose it is.
    return found.pop() if len(found) == 1 else None


@cache
def _countries_of_title(title: str) -> frozenset[str]:
    """The countries in which a number of this title is called so."""
    words = f" {normalise(title)} / {normalise(title.casefold())} "  # `USt` is no two words, `NumerNIP` is
    told = (line["meaning"].split() for line in wordlist("vat_titles") if f" {line['word']} " in words)
    return frozenset(code for codes in told for code in codes)


def _valid(country: str, number: str, prefix: str) -> str | None:
    """The number by its country's rules, with the prefix; None where they refuse it or there are none."""
    validate, suffix = _checker(country), SUFFIXES.get(country, "")
    # stdnum wants the prefix in some countries and refuses it in others; Swiss and Norwegian numbers want the suffix.
    for written in (number, prefix + number, prefix + number + suffix):
        try:
            return prefix + _bare(validate(written), prefix, number, suffix) if validate else None
        except ValidationError:
            continue
    return None


def _bare(checked: str, prefix: str, number: str, suffix: str) -> str:
    """A number without its prefix, and without a suffix that its writer did not give."""
    return (
        checked.removeprefix(prefix) if number.endswith(suffix) else checked.removeprefix(prefix).removesuffix(suffix)
    )


@cache
def _checker(country: str) -> Callable[[str], str] | None:
    """What validates a country's numbers; of the union those of sellers from outside it (`EU` and nine digits)."""
    if country == "EU":
        return oss.validate
    module = get_cc_module(country.lower(), "vat") if country.isalpha() else None
    return module.validate if module else None


def _compact(text: pl.Series) -> pl.Series:
    # Full-width digits and letters are other shapes of the same.
    whole = text.str.normalize("NFKC").str.to_uppercase().str.replace(WHOLE_AS_DECIMAL, "$1")
    return whole.str.replace(LABEL, "").str.replace_all(PUNCTUATION, "")


def _countries(text: pl.Series, country: pl.Series | None) -> pl.Series:
    return pl.repeat(None, len(text), dtype=pl.String, eager=True) if country is None else country


def _notes(cells: pl.DataFrame) -> tuple[Note, ...]:
    countries = cells["country"].drop_nulls().unique().sort()
    unchecked = [code for code in countries if not _checker(code)]
    rows = (
        cells["country"].is_in(unchecked) & cells["compact"].is_not_null() if unchecked else nowhere(cells["country"])
    )
    count = int(rows.sum())
    return (Note("VAT_NOT_CHECKED", found=count, expected=", ".join(unchecked)),) * bool(count)
