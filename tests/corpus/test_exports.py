"""Whole exports of real products: which are read, and what each of their titles comes to beside the others."""

import json
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.corpus import Line
from tests.support.exports import CheckResult, Export, Title

pytestmark = pytest.mark.slow

OURS = {"other:direction": "direction", "other:balance": "amount_due", "other:receiver e-mail": "recipient_email"}
"""Meanings that the list counts as none of ours, and that we have a field for."""


def exports(corpus: Path) -> list[Export]:
    """The exports of the list; of a title that one of them holds twice the first."""
    found: dict[str, Export] = {}
    for line in (corpus / "headers" / "exports_seen.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        name = f"{row['product']} {row['export']} {row['lang']}"
        export = found.setdefault(name, Export(name, row["lang"], row["profile"]))
        meaning = row["field"] or "other:note"
        fields = ["" if meaning.startswith("other:") else meaning, *(also or "" for also in row.get("also", []))]
        fields += [OURS[meaning]] if meaning in OURS else []
        if row["title"] not in [title.text for title in export.titles]:
            export.titles.append(Title(row["title"], tuple(fields), row["field"]))
    return list(found.values())


def lines(corpus: Path) -> tuple[Line, Line, list[Line]]:
    """How many exports with everything required are read, and of the others, which may be refused, which are; and the
    titles of those that are read, by language.
    """
    listed = exports(corpus)
    mapped = {export.name: export.mapped() for export in listed}
    complete = [export for export in listed if export.is_complete]
    read = [export for export in complete if not isinstance(mapped[export.name], str)]
    counts: dict[str, Counter[CheckResult]] = {}
    for export in listed:
        fields = mapped[export.name]
        if not isinstance(fields, str):
            told = counts.setdefault(export.language, Counter())
            told.update(verdict for verdict, _, _ in export.check_results(fields))
    by_language = [
        Line(f"titles of exports, {language}", told.total() - told["left alone"], told["right"], told["wrong"])
        for language, told in sorted(counts.items())
    ]
    refused = [export.name for export in listed if isinstance(mapped[export.name], str)]
    lacking = [name for name in refused if name not in [export.name for export in complete]]
    whole = Line("exports with every required column", len(complete), len(read), 0, _named(set(refused) - set(lacking)))
    others = len(listed) - len(complete)
    return whole, Line("exports that lack one", others, len(lacking), 0, _named(lacking)), by_language


def _named(refused: Collection[str]) -> str:
    return f"refused: {', '.join(sorted(refused))}" if refused else ""


def measure(corpus: Path) -> list[Line]:
    """Exports read and refused, and titles right, wrong and left alone by language."""
    read, lacking, by_language = lines(corpus)
    return [read, lacking, *by_language]


def test_every_export_that_has_what_is_required_is_read(corpus: Path) -> None:
    read, _, _ = lines(corpus)
    assert read.right == read.cases


def test_titles_of_exports_get_their_field_and_no_other(corpus: Path) -> None:
    _, _, by_language = lines(corpus)
    assert sum(line.wrong for line in by_language) == 0
    assert sum(line.right for line in by_language) >= 0.97 * sum(line.cases for line in by_language)
