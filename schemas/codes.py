"""The closed list of codes with their messages in English, French and Polish (`messages.csv`), and advice on each.

Lives here: what each code is called, how grave it is, how it reads, what it means (`reasons.csv`), how to mend it
(`mending.csv`). Not here: when a code applies.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from schemas.sentences.template import filled, parsed
from schemas.wordlists import wordlist

Level = Literal["file", "row", "field", "warning", "phrase"]
Language = Literal["en", "fr", "pl"]
LANGUAGES: tuple[Language, ...] = ("en", "fr", "pl")


@dataclass(frozen=True)
class Code:
    """One reason: `level` says what it costs (the file, the row, the field, nothing)."""

    name: str
    level: Level
    messages: dict[str, str]


TO_BE_LOOKED_AT = frozenset({"LOOKS_LIKE_PAYMENTS", "MONEY_LEFT_OUT"})
"""Warnings that make an import end as one with rejected rows does: the money of many rows may be left out."""


def to_be_looked_at(warnings: Iterable[str]) -> bool:
    """Whether one of these warnings, each with its code before it, must not go by."""
    return any(warning.partition(":")[0] in TO_BE_LOOKED_AT for warning in warnings)


@cache
def listed() -> dict[str, Code]:
    """Every code and, in small letters, every phrase that stands within another message, in the order of the list."""
    return {
        row["code"]: Code(row["code"], row["level"], _in_all_languages(row))  # type: ignore[arg-type]  # a level, as text
        for row in _lines("messages.csv")
    }


def _lines(name: str) -> Iterable[dict[str, str]]:
    # As a resource of the package, so that it is found wherever the package lies.
    return csv.DictReader(resources.files(__package__).joinpath(name).read_text("utf-8").splitlines())


def _in_all_languages(line: dict[str, str]) -> dict[str, str]:
    return {language: line[language] for language in LANGUAGES}


@cache
def codes() -> dict[str, Code]:
    """Every code by name, in the order of the list."""
    return {name: code for name, code in listed().items() if code.level != "phrase"}


@dataclass(frozen=True)
class Advice:
    """What a code means to a sender, an example of it, and how to mend it, by language (RF-26)."""

    meaning: str
    example: str
    mend: dict[str, str]


@cache
def advice() -> dict[str, Advice]:
    """The advice on every code, by its name."""
    mend = {line["code"]: _in_all_languages(line) for line in _lines("mending.csv")}
    return {
        line["code"]: Advice(line["meaning"], line["example"], mend[line["code"]]) for line in _lines("reasons.csv")
    }


def short_name(code: str, language: str = "en") -> str:
    """What a reason for which rows or values are rejected is called, in few words; of any other code, the code."""
    return _short_names(language).get(code, code)


@cache
def _short_names(language: str) -> dict[str, str]:
    return {line["code"]: line[language] for line in wordlist("reason_names")}


def message(code: str, language: str = "en", **details: object) -> str:
    """The sentence of a code with the details filled in; a detail that is not given stays a dash.

    Raises KeyError for a code or a language that is not in the list.
    """
    return filled(parsed(listed()[code].messages[language]), language, details)
