"""What the words of a column title mean: known titles, the words around them, the number beside them.

Lives here: the table of known titles (`schemas/vocabulary/titles.csv`) and how far each may be believed. It goes before
the words of `title_words.csv` (`title_grammar.py`), which read what is not listed whole; where both understand a title
they say the same, but for kinds that `tests/pipelines/titles/test_titles_against_words.py` names. Not here: how a title
is read (`title_readings.py`), spelling (`pipelines/language/spelling.py`), titles seen side by side
(`pipelines/mapping/neighbours.py`), values (`pipelines/mapping/value_evidence.py`), decisions
(`pipelines/mapping/map_columns.py`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from pipelines.language.spelling import Words, key, normalise, spaced, words_of
from pipelines.models.column_mapping import How
from pipelines.titles.amount_titles import read_amount_title
from pipelines.titles.title_grammar import Sense, other_thing, senses_of
from pipelines.titles.title_readings import Reading, readings_of, without_owner
from schemas.fields import BOTH, BY_NAME, Grain
from schemas.wordlists import choice, wordlist

When = Literal["", "values", "fractions", "word", "alone", "last", "beside"]

MOST_TITLES = 2
EXACT, USUAL = 10, 5
"""How strong a title is for its field: the field's own name, and a title that is usual for it."""


@dataclass(frozen=True)
class Meaning:
    """What a title may mean: `strength` decides between titles of one field, `number` is the one beside it.

    `when` says on what the meaning depends beside the words: `values` must confirm it, perhaps with `fractions`, a
    `word` for the customer itself is a name or an id by its values, `alone` holds only without columns of persons,
    `last` only where no other title means the field and no column counts pieces. `contact` tells a title that speaks
    of a contact, `bare` is the key of what is left of a title without the words around it. A meaning without a field
    is known to be none of ours.
    """

    field: str
    strength: int = USUAL
    number: int = 1
    how: How = "alias"
    when: When = ""
    contact: bool = False
    confidence: float = 1.0
    grains: tuple[Grain, ...] = BOTH
    bare: str = ""


ALTERNATIVES = re.compile(rf"[/|(]|\b(?:{choice('small_words', 'or')})\b", re.IGNORECASE)
"""What stands between two names of one thing."""

NAMES = frozenset({"name", "first_name", "last_name", "company"})
NUMBERS = frozenset({"email", "phone", "mobile"})
PLACES = frozenset({"address", "postal_code", "city", "region", "country", "vat_number"})
SCOPES = {
    "any": NAMES | NUMBERS | PLACES,
    "owner": NAMES | NUMBERS | PLACES | {"opt_in"},
    "contact": NAMES | NUMBERS | PLACES,
    "reach": NUMBERS | PLACES,
    "extra": NUMBERS,
}


def number_of(title: str) -> int:
    """The number that a title carries (`Phone 2`), one where it carries none or several."""
    return _number(words_of(title))


def _number(words: Words) -> int:
    digits = [int(word) for word in words if re.fullmatch(r"[1-9]", word)]
    return digits[0] if len(digits) == 1 else 1


def meanings_of(title: str, grain: Grain, own: Mapping[str, str], language: str | None = None) -> tuple[Meaning, ...]:
    """What a title's own words may say in a file of a grain, the likeliest first; none where no field is known.

    `own` titles of a profile come before the known ones. A title whose name is a field's, letter by letter, is that
    field. A title that is listed whole comes before what its words say together, and that before what is left of it
    without words around it. `language`: that of the file's titles, where it is known.
    """
    own_keys = {key(alias): field for alias, field in own.items() if grain in BY_NAME[field].grains}
    # Unless the profile calls another field so: its senders mean that one.
    if title in BY_NAME and grain in BY_NAME[title].grains and key(title) not in own_keys:
        return (Meaning(title, EXACT, how="exact"),)
    whole, shorter = readings_of(title)
    senses = senses_of(title, grain, language) or _senses_of_amount(title, grain, language)
    for reading in whole:
        found = _listed_meanings(reading, grain, own_keys)
        if found:
            return (*_unlisted(senses, found), *_fielded(found, senses))
    other = senses[0].other if senses else other_thing(title, language)
    # All words are known and need no values: what is left without words around it would say less.
    if not other and any(not sense.when for sense in senses):
        return tuple(map(_meaning_of_sense, senses))
    likeliest = tuple(_meaning_of_sense(sense) for sense in senses if sense.field)
    for reading in (*without_owner(whole, grain, language), *shorter):
        found = _listed_meanings(reading, grain, own_keys)
        if found and (not other or other_thing(" ".join(reading.words), language) == other):
            return (*likeliest, *_fielded(found))
    if other:
        return ()
    return likeliest or _of_parts(title, grain, own, language)


def _senses_of_amount(title: str, grain: Grain, language: str | None) -> tuple[Sense, ...]:
    """What is said beside a currency or a unit (`Order total (k€)`): an amount, ours or another one."""
    told = read_amount_title(title)
    senses = senses_of(told.rest, grain, language) if told.mark else ()
    return tuple(sense for sense in senses if not sense.field or BY_NAME[sense.field].kind in ("amount", "average"))


def _meaning_of_sense(sense: Sense) -> Meaning:
    return Meaning(sense.field, sense.strength, when=sense.when, confidence=0.9)


def _unlisted(senses: Sequence[Sense], found: Sequence[Meaning]) -> tuple[Meaning, ...]:
    """What a listed title means too where its values say so: an `État` of payments, not of a country."""
    listed = {meaning.field for meaning in found}
    told = [sense for sense in senses if sense.when and sense.field != "name"]  # bare `Debitor` is listed otherwise
    return tuple(_meaning_of_sense(sense) for sense in told if listed.isdisjoint({"", sense.field}))


def _fielded(found: Sequence[Meaning], senses: Sequence[Sense] = ()) -> tuple[Meaning, ...]:
    """The meanings, none where the first is that of another thing; amounts are as strong as their words say
    (`Order total`, `Order value`).
    """
    if not found[0].field:
        return ()
    said = max((sense.strength for sense in senses if sense.field == "amount"), default=0)
    return tuple(
        replace(meaning, strength=max(meaning.strength, said)) if meaning.field == "amount" else meaning
        for meaning in found
        if meaning.field
    )


def language_of(titles: Iterable[str]) -> str | None:
    """The language that most of the known titles among these are in, if there are at least two; else None."""
    spoken = Counter(
        next(iter(languages)) for title in titles if len(languages := _languages().get(key(title), ())) == 1
    )
    # Titles that two languages share (`Email`, `Name`) say nothing of which it is.
    (best, count), (_, second) = (*spoken.most_common(2), ("", 0), ("", 0))[:2]
    return best if count >= MOST_TITLES and count > second else None


def is_of_language(known: str, language: str | None) -> bool:
    """Whether a known title, by its key, is of a language or English; of an unknown language each may be."""
    return language is None or not {language, "en"}.isdisjoint(_languages()[known])


@cache
def _languages() -> dict[str, frozenset[str]]:
    """The languages of every known title, by its key."""
    found: dict[str, set[str]] = {}
    for row in wordlist("titles"):
        found.setdefault(key(row["alias"]), set()).add(row["lang"])
    return {alias: frozenset(languages) for alias, languages in found.items()}


def means_nothing(title: str) -> bool:
    """Whether a title is known to be none of our fields, or holds one of their words in another sense."""
    return other_thing(title, None) is not None or any(entry.field == "" for entry in aliases().get(key(title), ()))


@cache
def known_titles(grain: Grain) -> dict[Words, str]:
    """The words of every known title of a grain with its field."""
    listed = [(row["alias"], _entry(row)) for row in wordlist("titles")]
    return {words_of(alias): entry.field for alias, entry in listed if entry.field and grain in entry.grains}


@cache
def spelled_titles() -> frozenset[str]:
    """Every title that a field of any grain is known by, normalised; the fields' own names too."""
    listed = {normalise(row["alias"]) for row in wordlist("titles") if row["field"]}
    return frozenset(listed | {normalise(name) for name in BY_NAME})


@cache
def aliases() -> dict[str, tuple[Meaning, ...]]:
    """Every known title by its key: what it means, in any grain."""
    found: dict[str, list[Meaning]] = {}
    for row in wordlist("titles"):
        found.setdefault(key(row["alias"]), []).append(_entry(row))
    return {alias: tuple(entries) for alias, entries in found.items()}


def _entry(row: Mapping[str, str]) -> Meaning:
    field, when, grain = row["field"], row["when"], row["grain"]
    grains = (grain,) if grain else BY_NAME[field].grains if field else BOTH
    return Meaning(field, int(row["weight"] or USUAL), when=when, grains=grains)  # type: ignore[arg-type]  # text, held to these words by a test of the table


def _listed_meanings(reading: Reading, grain: Grain, own: Mapping[str, str]) -> tuple[Meaning, ...]:
    """What the words left may mean, if they may be read so; without a field where they are known to mean none."""
    word = "".join(reading.words)
    fields = [own[word]] if word in own else []
    entries = [Meaning(field, EXACT - 1) for field in fields] or [
        entry for entry in aliases().get(word, ()) if grain in entry.grains
    ]
    allowed = [entry for entry in entries if not entry.field or _allowed(entry.field, reading, word in own)]
    return tuple(_read(entry, reading) for entry in allowed)


def _read(found: Meaning, reading: Reading) -> Meaning:
    cost = sum(qualifier.cost for qualifier in reading.qualifiers)
    return replace(
        found,
        strength=found.strength - cost,
        number=reading.number or _number(reading.words),
        contact=any(qualifier.scope == "contact" for qualifier in reading.qualifiers),
        confidence=round(0.95 - 0.03 * len(reading.qualifiers), 2),
        bare="".join(reading.words),
    )


def _allowed(field: str, reading: Reading, own: bool) -> bool:
    """Whether a field may be read with what was set aside.

    A number above one needs a field with several columns; `Address 2` is a line of one address, not a second one.
    """
    # `Email 2` needs a field of several columns; `Address 2` is the second line of one address in every export we know.
    if reading.number > 1 and (BY_NAME[field].limit == 1 or (field == "address" and not own)):
        return False
    if reading.amount_only and BY_NAME[field].kind not in ("amount", "average"):
        return False
    return all(field in SCOPES[qualifier.scope] for qualifier in reading.qualifiers)


def _of_parts(title: str, grain: Grain, own: Mapping[str, str], language: str | None) -> tuple[Meaning, ...]:
    """`Bundesland/Kanton`, `Nom / Name`, `State or province`: what all parts may mean; `Firma/Name` is whoever the
    customer is.
    """
    parts = [part for part in ALTERNATIVES.split(spaced(title)) if part.strip()]
    if len(parts) < 2:
        return ()
    found = [meanings_of(part.strip(), grain, own, language) for part in parts]
    if {meanings[0].field if meanings else None for meanings in found} == {"name", "company"}:
        return (Meaning("name", confidence=0.9),)
    shared = [
        meaning for meaning in found[0] if all(meaning.field in {other.field for other in others} for others in found)
    ]
    return tuple(replace(meaning, how="alias", confidence=0.9) for meaning in shared)
