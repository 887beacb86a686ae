"""Bare names: whether `Nom`, `Name`, `Nome` is a whole name, or the part that the column beside it lacks.

Lives here: the rule, for customers and for the contacts of clients. Not here: other titles side by side
(`neighbours.py`), what a title says alone (`pipelines/titles/known_titles.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from pipelines.language.spelling import normalise
from pipelines.mapping.value_evidence import SAMPLED, holds
from pipelines.titles.known_titles import Meaning
from pipelines.titles.title_readings import readings_of
from schemas.wordlists import words

BARE = frozenset(words("bare_names"))
"""Names that may be whole or a part: what stands beside them decides."""

FAMILY = frozenset(words("bare_names", "family or whole"))
"""Those that are a family name beside a first name; `Nome` and `Nombre` never are."""

LEGAL_FORMS = tuple(f" {normalise(form)} " for form in words("legal_forms"))
"""What stands in the name of a company, and in no person's."""

OF_CUSTOMERS, OF_CONTACTS = ("first_name", "last_name"), ("contact_first_name", "contact_last_name")
SURE = 0.9

Found = Mapping[str, Meaning]


def read_bare_names(
    found: Found, titles: Sequence[str], keeps_contacts: bool, rows: pl.DataFrame | None
) -> dict[str, Meaning]:
    """What titles mean once a bare name beside a first name is the last name, and one beside a last name the first.

    A column that holds the part beside it, or companies, is a whole name, and so is one of which only the other column
    says that it is a contact's (`Nom` and `Prénom du contact`). Where contacts are kept (Upflow), a bare name beside
    a part of the contact's is the client's all the same where no other column names the client and it stands apart
    from that part; what speaks of a contact itself never names the client.

    Args:
        found: titles that are known, with what each says alone.
        titles: all of the file, in their order.
        keeps_contacts: whether the profile has fields for the contacts of a client.
        rows: of the file, where they are known.
    """
    meant = _with_part(found, OF_CUSTOMERS, [title for title in found if found[title].field == "name"], rows)
    if not keeps_contacts:
        return meant
    names = [title for title, meaning in meant.items() if meaning.field == "name"]
    theirs = [title for title in names if _word_of_contact(title)]
    meant = _with_part(meant, OF_CONTACTS, theirs or _not_the_clients(meant, names, titles), rows)
    return {title: meaning for title, meaning in meant.items() if title not in theirs or meaning.field != "name"}


def _with_part(
    found: Found, parts: tuple[str, str], names: Sequence[str], rows: pl.DataFrame | None
) -> dict[str, Meaning]:
    """With the bare ones of `names` as the part that has no column, where the other one has."""
    # Reversed, so that of several columns of one part the first one counts.
    columns = {meaning.field: title for title, meaning in reversed(list(found.items()))}
    present = [part for part in parts if part in columns]
    if len(present) != 1:
        return dict(found)
    beside, missing = columns[present[0]], parts[1 - parts.index(present[0])]
    bare = FAMILY if missing == parts[1] else BARE
    chosen = [
        title
        for title in names
        if (_word_of_contact(title) or found[title].bare) in bare
        and (parts == OF_CONTACTS or bool(_word_of_contact(title)) == bool(_word_of_contact(beside)))
        and not (rows is not None and _is_whole(rows[title], rows[beside]))
    ]
    return {
        title: _meaning_by_neighbour(meaning, missing) if title in chosen else meaning
        for title, meaning in found.items()
    }


def _is_whole(names: pl.Series, part: pl.Series) -> bool:
    """Whether names are whole: they hold the part beside them, or half of them or more are of companies."""
    if holds(names, part):
        return True
    beside = names.filter(part.fill_null("").str.strip_chars() != "").drop_nulls().head(SAMPLED)
    spelt = [f" {normalise(name)} " for name in beside if name.strip()]
    # A name that is nothing but a legal form may be somebody's: `Sa` is a surname.
    formed = [name for name in spelt if any(form in name and form != name for form in LEGAL_FORMS)]
    return bool(spelt) and 2 * len(formed) >= len(spelt)


def _word_of_contact(title: str) -> str:
    """What is left of a title that speaks of a contact, without the words that do; nothing of any other title."""
    whole, shorter = readings_of(title)
    speaking = (each for each in (*whole, *shorter) if any(one.scope == "contact" for one in each.qualifiers))
    return next(("".join(reading.words) for reading in speaking), "")


def _not_the_clients(found: Found, names: Sequence[str], titles: Sequence[str]) -> Sequence[str]:
    """The bare names that are not the client's: another column is, or they stand right beside the part of a name that
    does not say whose it is.
    """
    bare = [title for title in names if found[title].bare in BARE]
    if len(bare) < len(names):
        return bare
    parts = [title for title in found if found[title].field in OF_CONTACTS and not _word_of_contact(title)]
    places = {title: place for place, title in enumerate(titles)}
    return [title for title in bare if any(abs(places[title] - places[part]) == 1 for part in parts)]


def _meaning_by_neighbour(meaning: Meaning, field: str) -> Meaning:
    return replace(meaning, field=field, how="neighbour", confidence=SURE)
