"""Which column means which field: explicit words first, then known titles, and nothing by guess.

Lives here: normalising titles, the alias table (`header_aliases.csv`), the mapping and its faults.
Not here: reading the header row (`reading.py`), values (`judging.py`).
"""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from pipelines.errors import FileRefused, WrongUse
from schemas.fields import BY_NAME, Grain, fields_of
from schemas.profiles import Profile

How = Literal["explicit", "saved", "exact", "alias", "neighbour", "fuzzy"]


@dataclass(frozen=True)
class MappedColumn:
    """One column with a meaning: `rank` counts the columns that share the field, `how` says why."""

    title: str
    field: str
    rank: int
    confidence: float
    how: How


@dataclass(frozen=True)
class ColumnMapping:
    """What each column of a file means.

    `columns`: those with a meaning, in the order of the vocabulary and of the file. `ignored`: titles told to be
    ignored. `unmapped`: titles that no field is known for; they are named, never guessed. `warnings`: code and
    sentence of what was noticed.
    """

    columns: tuple[MappedColumn, ...]
    ignored: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()

    @property
    def titles(self) -> dict[str, str]:
        """Each mapped field with the title of its first column."""
        return {column.field: column.title for column in reversed(self.columns)}

    def titles_of(self, field: str) -> tuple[str, ...]:
        """The titles of a field's columns, by rank."""
        return tuple(column.title for column in self.columns if column.field == field)


def normalise(title: str) -> str:
    """A title reduced to what counts: words in lower case without accents (PIT-13).

    `CustomerEmail`, `customer_email` and `Customer E-mail *` differ only in their words.
    """
    words = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", title)
    plain = unicodedata.normalize("NFKD", words)
    letters = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return re.sub(r"[\W_]+", " ", letters).strip()


def map_columns(
    titles: Sequence[str],
    profile: Profile,
    explicit: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
    language: str = "en",
) -> ColumnMapping:
    """The meaning of every column: `explicit` (title to field) wins, `ignore` follows, then known titles.

    Raises WrongUse for an explicit title or field that does not exist; FileRefused with
    TOO_MANY_COLUMNS_FOR_FIELD or MISSING_REQUIRED_COLUMN (AU-04, AU-05, AU-13…AU-15).
    """
    told = _told(titles, profile.grain, explicit or {})
    left_out = _matching(titles, ignore)
    ignored = tuple(title for title in titles if title in left_out and title not in told)
    found = told | {
        title: field
        for title, field in _known(titles, profile.grain).items()
        if title not in told and title not in ignored and field not in told.values()
    }
    mapping = ColumnMapping(
        columns=_columns(_one_title_per_field(found, language)),
        ignored=ignored,
        unmapped=tuple(title for title in titles if title not in found and title not in ignored),
    )
    _require(mapping, profile, titles, language)
    return mapping


def _columns(titles: Mapping[str, str]) -> tuple[MappedColumn, ...]:
    return tuple(MappedColumn(titles[name], name, 1, 1.0, "alias") for name in BY_NAME if name in titles)


def _told(titles: Sequence[str], grain: Grain, explicit: Mapping[str, str]) -> dict[str, str]:
    allowed = {field.name for field in fields_of(grain)}
    unknown = [field for field in explicit.values() if field not in allowed]
    if unknown:
        raise WrongUse(f"there is no field {unknown[0]!r} here; fields are {', '.join(sorted(allowed))}")
    return {_matching(titles, [title])[0]: field for title, field in explicit.items()}


def _matching(titles: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The file's own spelling of these titles; WrongUse for one that the file does not have."""
    spelling = {normalise(title): title for title in titles} | {title: title for title in titles}
    missing = [title for title in wanted if title not in spelling and normalise(title) not in spelling]
    if missing:
        raise WrongUse(f"the file has no column {missing[0]!r}; its columns are {', '.join(titles)}")
    return [spelling.get(title) or spelling[normalise(title)] for title in wanted]


def _known(titles: Sequence[str], grain: Grain) -> dict[str, str]:
    aliases = {alias: field for alias, field in _aliases() if grain in BY_NAME[field].grains}
    known = {title: aliases[normalise(title)] for title in titles if normalise(title) in aliases}
    return _surname_beside_first_name(known)


def _surname_beside_first_name(known: dict[str, str]) -> dict[str, str]:
    """`Nom` beside `Prénom` is the last name; alone it is the whole name."""
    fields = list(known.values())
    if "first_name" not in fields or "last_name" in fields or fields.count("name") != 1:
        return known
    return {
        title: "last_name" if field == "name" and normalise(title) in ("nom", "name") else field
        for title, field in known.items()
    }


@cache
def _aliases() -> tuple[tuple[str, str], ...]:
    text = resources.files(__package__).joinpath("header_aliases.csv").read_text("utf-8")
    listed = [(row["alias"], row["field"]) for row in csv.DictReader(text.splitlines())]
    return tuple(listed + [(normalise(name), name) for name in BY_NAME])


def _one_title_per_field(found: Mapping[str, str], language: str) -> dict[str, str]:
    for field in found.values():
        sharing = [title for title, meaning in found.items() if meaning == field]
        if len(sharing) > 1:
            raise FileRefused("TOO_MANY_COLUMNS_FOR_FIELD", language, found=", ".join(sharing), expected=field)
    return {field: title for title, field in found.items()}


def _require(mapping: ColumnMapping, profile: Profile, titles: Sequence[str], language: str) -> None:
    has_name = "name" in mapping.titles or {"first_name", "last_name"} & mapping.titles.keys()
    present = set(mapping.titles) | ({"name"} if has_name else set())
    missing = [field for field in profile.required if field not in present]
    if missing:
        raise FileRefused("MISSING_REQUIRED_COLUMN", language, found=", ".join(titles), expected=", ".join(missing))
