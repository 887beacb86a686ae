"""What the titles of a hundred and seventy exports of programs come to, each as a whole file: none may be wrong.

`exports.csv` names the titles as we remember the formats, with the fields that are right (`|`: or), blank where a
title is none of ours.
"""

import csv
from pathlib import Path

import pytest

from tests.support.exports import Export, Title


def exports() -> list[Export]:
    found: dict[str, Export] = {}
    with Path(__file__).with_name("exports.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = f"{row['product']} {row['language']}"
            export = found.setdefault(name, Export(name, row["language"], row["profile"]))
            export.titles.append(Title(row["title"], tuple(row["fields"].split("|")), row["values"]))
    return list(found.values())


@pytest.mark.matrix(60)
@pytest.mark.parametrize("export", exports(), ids=lambda export: export.name)
def test_an_export_is_read_and_no_title_of_it_means_what_it_does_not(export: Export) -> None:
    mapped = export.mapped()
    assert not isinstance(mapped, str), mapped
    assert [each for each in export.check_results(mapped) if each[0] == "wrong"] == []


@pytest.mark.slow
def test_nearly_every_title_of_the_exports_gets_its_field() -> None:
    check_results = [
        (export.name, *each)
        for export in exports()
        if not isinstance(mapped := export.mapped(), str)
        for each in export.check_results(mapped)
    ]
    missed = [each for each in check_results if each[1] == "unmapped"]
    right = [each for each in check_results if each[1] == "right"]
    assert len(right) >= 0.97 * (len(right) + len(missed)), missed
