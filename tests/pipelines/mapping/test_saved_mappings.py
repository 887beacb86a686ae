"""A saved mapping comes back as it was saved, and nothing half written is ever read."""

from pathlib import Path

import pytest

from pipelines.errors import WrongUse
from pipelines.mapping.map_columns import map_columns
from pipelines.mapping.saved_mappings import load, save
from schemas.profiles import PROFILES

TITLES = ("E-mail", "Nom", "Net", "Notes", "Divers")


def test_a_mapping_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    mapping = map_columns(TITLES, PROFILES["default"], {"Net": "total_spent"}, ["Notes"])
    saved = save(tmp_path / "mappings", "shop", mapping, TITLES)
    assert load(tmp_path / "mappings", "shop") == saved
    assert saved.fields == {"E-mail": "email", "Nom": "name", "Net": "total_spent"}
    assert (saved.titles, saved.ignored) == (TITLES, ("Notes",))


def test_the_same_titles_mean_the_same_again_without_a_word(tmp_path: Path) -> None:
    first = map_columns(TITLES, PROFILES["default"], {"Net": "total_spent"}, ["Notes"])
    saved = save(tmp_path, "shop", first, TITLES)
    again = map_columns(TITLES, PROFILES["default"], saved=saved)
    assert (again.titles, again.ignored, again.unmapped) == (first.titles, first.ignored, first.unmapped)
    assert again.warnings == ()


def test_a_source_without_a_saved_mapping_has_none(tmp_path: Path) -> None:
    assert load(tmp_path, "shop") is None


def test_saving_again_replaces_the_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    for titles in (TITLES, ("email", "name")):
        save(tmp_path, "shop", map_columns(titles, PROFILES["default"]), titles)
    found = load(tmp_path, "shop")
    assert found and found.titles == ("email", "name")
    assert [path.name for path in tmp_path.iterdir()] == ["shop.json"]


@pytest.mark.parametrize("text", ["", "{", '{"titles": 1}', '{"titles": [], "fields": {}, "more": 1}'])
def test_a_file_that_is_no_saved_mapping_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "shop.json").write_text(text, "utf-8")
    with pytest.raises(WrongUse, match=r"shop\.json"):
        load(tmp_path, "shop")


@pytest.mark.parametrize("name", ["../shop", "a/b", ""])
def test_a_source_name_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUse, match="cannot name a source"):
        load(tmp_path, name)
