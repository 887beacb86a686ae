"""The two libraries that know the world's numbering plans, and which of them is asked.

Lives here: every use of rphonenumbers and phonenumbers. Not here: what a cell may mean (`phones.py`).

rphonenumbers 0.1.0 is ten times as fast and has had one release, of older plans. Of 135,233 numbers made from examples
of all countries the two decide 84 otherwise, all of the countries in `NEWER`: those are asked of phonenumbers 9.0.43,
whose plans are newer. Should rphonenumbers fall behind or away, `phone_library: phonenumbers` in `sources.yaml` asks
the other one for all; the suite holds the two together.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import phonenumbers
import rphonenumbers
from rphonenumbers import country_code_for_region, region_code_for_country_code, supported_calling_codes

from pipelines.configuration.typed import PhoneLibrary

NEWER = frozenset({40, 45, 61, 86, 238, 254, 263, 267, 290, 506, 592, 593, 856})
"""Calling codes whose plans have changed since those of rphonenumbers 0.1.0; a test looks for others."""

CALLING_CODES = frozenset(map(str, supported_calling_codes()))
A_NUMBER = "+33612345678"

# A context variable instead of a parameter of every function that leads to a number.
_asked: ContextVar[PhoneLibrary] = ContextVar("asked", default="rphonenumbers")


@contextmanager
def asking(library: PhoneLibrary) -> Iterator[None]:
    """Within the block this library is asked."""
    token = _asked.set(library)
    try:
        yield
    finally:
        _asked.reset(token)


def read_number(text: str, country: str | None) -> str | None:
    """One number in E.164, or None where no numbering plan has it."""
    if _asked.get() == "phonenumbers":
        return _of_newer_plans(text, country)
    try:
        number = rphonenumbers.parse(text, country)
    except rphonenumbers.NumberParseException:
        return None
    if number.country_code in NEWER:
        return _of_newer_plans(text, country)
    valid = rphonenumbers.is_valid_number(number)
    return rphonenumbers.format_number(number, rphonenumbers.PhoneNumberFormat.E164) if valid else None


def national_digits(number: str) -> str:
    """The digits of a number as its own country writes it, with the prefix that is dialled there."""
    written = rphonenumbers.format_number(rphonenumbers.parse(number, None), rphonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdigit, written))


def calling_code(country: str) -> int:
    """The code by which a country is called from abroad."""
    return int(country_code_for_region(country))


def main_country(number: str) -> str | None:
    """The main country of the calling code of a number in E.164; None for a code that is no country's."""
    try:
        country = region_code_for_country_code(rphonenumbers.parse(number, None).country_code)
    except rphonenumbers.NumberParseException:
        return None
    # `001` stands for codes of no country, such as satellite phones.
    return country if country and country.isalpha() else None


def is_main_country(country: str) -> bool:
    """Whether a country dials as the main country of its calling code does."""
    return bool(region_code_for_country_code(calling_code(country)) == country)


@cache
def dials_00(country: str) -> bool:
    """Whether a country dials other countries with 00, so that 00 can mean nothing else."""
    return read_number("00" + A_NUMBER[1:], country) == A_NUMBER


def _of_newer_plans(text: str, country: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else None
