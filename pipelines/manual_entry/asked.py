"""What somebody asks for by hand: which fields are stated, which are given back to the files.

Lives here: the record, and reading it from the words of a command. Not here: whether the values are valid
(`read_entry.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.configuration.yaml_documents import likely
from pipelines.errors import WrongUse
from schemas.fields import BY_NAME
from schemas.ways_in.manual_entry import KNOWN_BY, OF_CONSENT, STATABLE, Action

MONEY_KINDS = ("amount", "average", "count", "date", "currency")
MONEY = {name for name, field in BY_NAME.items() if field.kind in MONEY_KINDS} | {"net_spent", "reported_monthly_spend"}
"""Amounts and what goes with them: nobody states those by hand."""


@dataclass(frozen=True)
class Asked:
    """What is to become of one customer: `stated` values by field, blank ones too, and the fields to be `released`."""

    action: Action
    stated: Mapping[str, str]
    released: tuple[str, ...] = ()


def to_add(stated: Mapping[str, str | None]) -> Asked:
    """A new customer with these values; what is blank is not stated. Raises WrongUse for what nobody may state."""
    told = {_field(name): value for name, value in stated.items() if value is not None and value.strip()}
    _hold_together(told)
    return Asked("add", told)


def to_edit(stated: Mapping[str, str], released: Iterable[str] = ()) -> Asked:
    """The change of a customer: values by field, where a blank one blanks the field, and fields to be released.

    Raises WrongUse for a field that nobody may state, one that may not be blank, one that is stated and released, and
    where nothing is asked for.
    """
    told = {_field(name): value for name, value in stated.items()}
    back = tuple(dict.fromkeys(map(_field, released)))
    if not told and not back:
        raise WrongUse("say what is to change: field=value …, field= to blank it, or --release field …")
    for name in back:
        if name in told:
            raise WrongUse(f"{name} is stated and released at once: state it, or release it")
    for name, value in told.items():
        if not value.strip() and name in KNOWN_BY:
            raise WrongUse(f"{name} is what a customer is known by and cannot be blanked: state another one")
    if "opt_in" in told and not told["opt_in"].strip():
        raise WrongUse("a blank opt_in says neither yes nor no: write opt_in=1 or opt_in=0, or --release opt_in")
    _hold_together(told)
    return Asked("edit", told, back)


def read_words(words: Iterable[str], release: bool) -> tuple[dict[str, str], tuple[str, ...]]:
    """The values and the released fields among the words of a command: `field=value`; with `release` `field` too.

    Raises WrongUse for any other word, and for a field that is stated twice.
    """
    stated: dict[str, str] = {}
    released: list[str] = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals and not release:
            raise WrongUse(f"{word!r} states no value: write {word}=VALUE; to give the field back, --release {word}")
        if not equals:
            released.append(name.strip())
        elif name.strip() in stated:
            raise WrongUse(f"{name.strip()} is stated twice; state it once")
        else:
            stated[name.strip()] = value
    return stated, tuple(released)


def _hold_together(told: Mapping[str, str]) -> None:
    for name in OF_CONSENT:
        if name in told and "opt_in" not in told:
            raise WrongUse(f"{name} is said of a consent: state opt_in=1 or opt_in=0 with it")


def _field(name: str) -> str:
    """A field that may be stated. Raises WrongUse for any other, with what to do instead."""
    if name in STATABLE:
        return name
    if name in MONEY:
        raise WrongUse(
            f"{name} cannot be stated by hand: amounts, counts and days of all sources add up. Import a list with the "
            f"difference, or undo the import that is wrong"
        )
    meant = likely(name, STATABLE)
    hint = f"did you mean {meant}?" if meant else f"those are {', '.join(STATABLE)}"
    raise WrongUse(f"{name!r} is no field that can be stated by hand; {hint}")
