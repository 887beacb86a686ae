"""The example row of a template that was left in: nobody's customer, whatever a spreadsheet made of its cells.

Lives here: finding the rows that are a template's example still. Not here: writing templates
(`pipelines/spreadsheets/templates.py`), which titles they have (`schemas/vocabulary/profile_titles.csv`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import polars as pl

from pipelines.language.spelling import normalise
from pipelines.models.sheet import FAULTY, ROW, Sheet
from schemas.profiles import PROFILES, Profile, TemplateColumn

CODE = "EXAMPLE_ROW"
NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
DAY = re.compile(r"([0-9]{1,4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,4})(?: 00:00(?::00)?)?")

Value = str | Decimal | frozenset[int]


def without_examples(sheet: Sheet, profile: Profile) -> Sheet:
    """The sheet with the rows that are a template's example as it stands among the faulty ones (EXAMPLE_ROW).

    An example of which anything was changed is data. Numbers and days are compared by value: a spreadsheet writes them
    in its own way, and takes the zeros from the front of a code.
    """
    # A sender may have filled in the template of another profile.
    templates = [profile.template, *(known.template for known in PROFILES.values())]
    examples = {row for template in templates for row in _examples(sheet, template)}
    if not examples:
        return sheet
    here = sheet.rows[ROW].is_in(sorted(examples))
    left = sheet.rows.filter(here)
    told = [(row[ROW], CODE, "", [row[title] for title in sheet.titles]) for row in left.iter_rows(named=True)]
    return replace(
        sheet,
        rows=sheet.rows.filter(~here),
        typed={title: typed.filter(~here) for title, typed in sheet.typed.items()},
        faulty=pl.concat([sheet.faulty, pl.DataFrame(told, schema=FAULTY, orient="row")]).sort(ROW),
    )


def _examples(sheet: Sheet, template: Sequence[TemplateColumn]) -> Iterator[int]:
    """The numbers of the rows that are this template's example, in a sheet that has all of its titles."""
    spelled = {normalise(title): title for title in sheet.titles}
    wanted = {spelled.get(normalise(column.title)): column.example for column in template}
    # A text is the same whatever a spreadsheet did; by it few rows are left to compare value by value.
    telling = next((title for title, example in wanted.items() if re.search("[A-Za-z]", example)), None)
    if telling is None or None in wanted:
        return
    alike = sheet.rows.filter(pl.col(telling).str.strip_chars() == wanted[telling])
    others = dict.fromkeys(sheet.titles, "")
    for row in alike.iter_rows(named=True):
        if _is_example(row, others | {str(title): example for title, example in wanted.items()}):
            yield row[ROW]


def _is_example(row: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(_value(row[title] or "") == _value(example) for title, example in wanted.items())


def _value(text: str) -> Value:
    bare = text.strip()
    if NUMBER.fullmatch(bare):
        return Decimal(bare.replace(",", "."))
    day = DAY.fullmatch(bare)
    # Year, month and day in any order: which program wrote it is not known.
    return frozenset(map(int, day.groups())) if day else bare
