"""Sentences with gaps, in the small part of ICU's message format that ours need.

    {header, quoted}      a value or a title in the language's quotes; of several each
    {found, number}       a number as the language writes it; `signed`: with its sign
    {found, plural, one {# row was} other {# rows were}} read
                          the form that goes with the number, which stands for `#`
    {row}                 as it is: numbers of rows, names of fields, phrases

Lives here: reading such a sentence, and filling it. Not here: the sentences (`schemas/messages.csv`), what a language
writes how (`languages.py`). Unlike ICU's, an apostrophe is a letter like others.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Protocol, runtime_checkable

from schemas.sentences.languages import WRITTEN, Language

UNKNOWN = "–"
"""What stands in a gap for which there is nothing."""

KINDS = ("plain", "quoted", "number", "signed", "plural")
OPENING_OF_FORM = re.compile(r"\s*(\w+)\s*\{")


@runtime_checkable
class Phrase(Protocol):
    """A record that stands in a gap: it is told in the language of the sentence."""

    def sentence(self, language: str) -> str:
        """What it says."""


@dataclass(frozen=True)
class Gap:
    """A gap of a sentence: what it is called, how it is filled, its forms where it is counted."""

    name: str
    kind: str = "plain"
    forms: Mapping[str, "Template"] = field(default_factory=dict)


Template = tuple[str | Gap, ...]


@cache
def parsed(text: str) -> Template:
    """A sentence as its words and gaps. Raises ValueError where it is not written as it should be."""
    parts: list[str | Gap] = []
    place = 0
    while (opening := text.find("{", place)) >= 0:
        closing = _closing(text, opening)
        parts += [text[place:opening], _gap(text[opening + 1 : closing])]
        place = closing + 1
    # Found here, by the tests of the list, and not in the sentence that a sender reads.
    if "}" in text[place:]:
        raise ValueError(f"a brace is closed that was never opened: {text}")
    return tuple(part for part in (*parts, text[place:]) if part)


def gaps(template: Template) -> list[Gap]:
    """Every gap of a sentence, those within plural forms too."""
    found = [part for part in template if isinstance(part, Gap)]
    return [*found, *(gap for each in found for form in each.forms.values() for gap in gaps(form))]


def filled(template: Template, language: str, parameters: Mapping[str, object]) -> str:
    """The sentence with its parameters; one that is not given reads as a dash."""
    written = WRITTEN[language]
    return "".join(part if isinstance(part, str) else _shown(part, parameters, language, written) for part in template)


def _closing(text: str, opening: int) -> int:
    """Where the brace is closed that is opened here."""
    depth = 0
    for place in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise ValueError(f"a brace is never closed: {text}")


def _gap(inside: str) -> Gap:
    name, _, rest = inside.partition(",")
    kind, _, forms = rest.strip().partition(",")
    if kind and kind not in KINDS:
        raise ValueError(f"{{{inside}}}: a gap is one of {', '.join(KINDS)}")
    return Gap(name, kind or "plain", _forms(name, forms) if kind == "plural" else {})


def _forms(name: str, text: str) -> dict[str, Template]:
    """The forms of a plural by their names; `#` stands for the number."""
    forms, place = {}, 0
    while found := OPENING_OF_FORM.match(text, place):
        closing = _closing(text, found.end() - 1)
        # ICU's `#` becomes a gap, so that it is written with the thousands of the language.
        forms[found[1]] = parsed(text[found.end() : closing].replace("#", f"{{{name}, number}}"))
        place = closing + 1
    if text[place:].strip():
        raise ValueError(f"{text[place:]!r} of the plural of {name} is no form")
    return forms


def _shown(gap: Gap, parameters: Mapping[str, object], language: str, written: Language) -> str:
    value = parameters.get(gap.name)
    if gap.kind == "quoted":
        several = value if isinstance(value, (tuple, list)) else (value,)
        return ", ".join(
            written.quoted(one) if isinstance(one, str) and one else _plain(one, language) for one in several
        )
    number = _as_number(value)
    if number is None or gap.kind == "plain":
        return _plain(value, language)
    if gap.kind == "plural":
        form = gap.forms.get(written.form_of(int(number)))
        return _plain(value, language) if form is None else filled(form, language, parameters)
    return written.number(number, "+" if gap.kind == "signed" else "")


def _as_number(value: object) -> int | Decimal | None:
    """A number, also one that comes as the text of its digits; none for whatever else is there."""
    if isinstance(value, str):
        # Parameters that went through JSON or a workbook come as text.
        return int(value) if value.isdecimal() else None
    return value if isinstance(value, (int, Decimal)) else None


def _plain(value: object, language: str) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(_plain(one, language) for one in value) or UNKNOWN
    # In the language of the sentence around it, not that in which the phrase was made.
    if isinstance(value, Phrase):
        return value.sentence(language)
    return UNKNOWN if value is None or value == "" else str(value)
