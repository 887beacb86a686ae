"""Templates: a file to fill in that its own profile accepts as it is (RF-02, SC-05, UP-37, MO-13).

Lives here: what stands in a profile's template, and its two formats. Not here: the titles themselves
(`schemas/vocabulary/profile_titles.csv`), comparing a file with a template (`pipelines/mapping/map_columns.py`),
writing workbooks (`write.py`).
"""

import csv
from datetime import date
from pathlib import Path
from typing import Literal

from pipelines.errors import WrongUse
from pipelines.spreadsheets.write import Column, Typing, write_form
from schemas.fields import BY_NAME
from schemas.profiles import Profile, TemplateColumn

TemplateKind = Literal["xlsx", "csv"]
KINDS: tuple[TemplateKind, ...] = ("xlsx", "csv")

REQUIRED = {"en": "Required.", "fr": "Obligatoire.", "pl": "Wymagane."}
ONE_OF = {
    "en": "At least one is required",
    "fr": "Une au moins est obligatoire",
    "pl": "Wymagana jedna z kolumn",
}
NUMBERS = ("amount", "average", "count", "flag")
DELIMITERS = {"en": ",", "fr": ";", "pl": ";"}
"""What Excel separates cells with where the language is spoken, so that a double click opens the file well."""


def template_kind(profile: Profile, kind: TemplateKind | None = None) -> TemplateKind:
    """The format of a profile's template: the one asked for, else a workbook where the profile takes one.

    Raises WrongUse for a format that the profile does not take: its template could not be sent.
    """
    allowed = [known for known in KINDS if known in profile.formats]
    if kind is not None and kind not in allowed:
        raise WrongUse(f"profile {profile.name} takes {', '.join(profile.formats)} only: there is no {kind} template")
    if not allowed:
        raise WrongUse(f"profile {profile.name} takes {', '.join(profile.formats)}: templates are {', '.join(KINDS)}")
    return kind or allowed[0]


def write_template(profile: Profile, kind: TemplateKind, path: Path) -> None:
    """Write a profile's template: its titles and one example row, which imports without a reject.

    A workbook tells the type and the rule of each column in a note on its title, and marks required ones by colour
    alone: the titles stay as they are. Raises WrongUse as `template_kind`.
    """
    kind = template_kind(profile, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "xlsx":
        write_form(path, profile.name, [_column(column, profile) for column in profile.template])
    else:
        _write_csv(profile, path)


def _write_csv(profile: Profile, path: Path) -> None:
    """Titles and example; with a byte order mark, without which Excel takes the text for another encoding."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=_delimiter(profile), lineterminator="\r\n")
        writer.writerow([column.title for column in profile.template])
        writer.writerow([column.example for column in profile.template])


def _delimiter(profile: Profile) -> str:
    usual = DELIMITERS[profile.language]
    return usual if usual in profile.delimiters else profile.delimiters[0]


def _column(column: TemplateColumn, profile: Profile) -> Column:
    groups = [group for group in profile.groups if column.field in group]
    typing = _typing(column.field)
    return Column(
        title=column.title,
        note="\n".join([*(_rule(group, profile) for group in groups), column.note]),
        marked=bool(groups),
        typing=typing,
        example=_example(column.example, typing),
    )


def _rule(group: tuple[str, ...], profile: Profile) -> str:
    """That the column is required, or that one of several is; those that the template does not have are left out."""
    titles = [column.title for column in profile.template if column.field in group]
    if len(titles) == 1:
        return REQUIRED[profile.language]
    return f"{ONE_OF[profile.language]}: {', '.join(titles)}."


def _typing(field: str) -> Typing:
    kind = BY_NAME[field].kind
    return "number" if kind in NUMBERS else "date" if kind == "date" else "text"


def _example(text: str, typing: Typing) -> str | float | date | None:
    """The example as a cell of its type: numbers are listed as the template's language writes them."""
    if not text:
        return None
    match typing:
        case "number":
            return float(text.replace(",", "."))
        case "date":
            return date.fromisoformat(text)
        case _:
            return text
