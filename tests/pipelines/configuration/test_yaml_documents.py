"""`sources.yaml` as careless or hostile hands write it: told by key and line, never taken for something else."""

from pathlib import Path

import pytest

from pipelines.configuration.settings import Sources
from pipelines.configuration.sources_file import read_sources
from pipelines.configuration.yaml_documents import likely, why_no_folder
from pipelines.errors import WrongUse


def told(folder: Path, text: str) -> str:
    """What is said of a text."""
    path = folder / "sources.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(WrongUse) as caught:
        read_sources(path)
    return str(caught.value)


NO_FOLDERS = [
    "..",
    ".",
    "",
    " ",
    "a/b",
    "../up",
    "/etc",
    "a\\b",
    "C:",
    ".hidden",
    "~",
    "name.",
    " name",
    "name ",
    "a\0b",
]
NO_FOLDERS += ["a\nb", "\u202egnp", "a\u200bb", "CON", "nul.txt", "com1", "x" * 101]


@pytest.mark.parametrize("name", NO_FOLDERS)
def test_a_name_that_no_folder_can_have_is_refused_issue_12_11(name: str) -> None:
    assert why_no_folder(name)
    with pytest.raises(ValueError, match="no plain name of a folder"):
        Sources.model_validate({"sources": {name: {}}})
    with pytest.raises(ValueError, match="no plain name of a folder"):
        Sources.model_validate({"profiles": {name: {}}})
    with pytest.raises(WrongUse, match="no plain name of a folder"):
        Sources().source(name)


@pytest.mark.parametrize(
    "name", ["crm", "field_service", "été", "Łódź 2", "a.b", "a-b", "客户", "console", "R&D (Paris)"]
)
def test_any_plain_name_is_taken(name: str) -> None:
    assert why_no_folder(name) is None
    assert name in Sources.model_validate({"sources": {name: {}}}).sources


@pytest.mark.parametrize(
    ("text", "key", "lines"),
    [
        ("base_currency: USD\nbase_currency: EUR\n", "base_currency", "1 and 2"),
        ("sources:\n  crm: {locale: fr}\n  shop: {}\n  crm: {locale: en}\n", "crm", "2 and 4"),
        ("sources:\n  crm:\n    locale: fr\n    profile: askusers\n    locale: en\n", "locale", "3 and 5"),
        ("sources: {crm: {mapping: {Mail: email, Mail: name}}}\n", "Mail", "1 and 1"),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_its_lines_issue_12_11(
    tmp_path: Path, text: str, key: str, lines: str
) -> None:
    assert f"the key {key!r} stands twice, in lines {lines}" in told(tmp_path, text)


def test_what_a_merge_brings_may_be_said_again(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(
        "sources:\n  crm: &crm {locale: fr, profile: askusers}\n  shop:\n    <<: *crm\n    locale: en\n", "utf-8"
    )
    declared = read_sources(path)
    assert (declared.source("shop").locale, declared.source("shop").profile) == ("en", "askusers")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("base_curency: EUR", "base_currency"),
        ("sources: {crm: {local: fr}}", "locale"),
        ("sources: {crm: {defaultcountry: FR}}", "default_country"),
        ("sources: {crm: {limits: {maxrows: 5}}}", "max_rows"),
        ("sources: {pay: {kind: stripe, worker: 5}}", "workers"),
        ("profiles: {own: {require: [email]}}", "required"),
    ],
)
def test_a_key_that_does_not_exist_is_told_with_the_one_that_was_meant_issue_12_11(
    tmp_path: Path, text: str, meant: str
) -> None:
    assert f"did you mean {meant}?" in told(tmp_path, text)


def test_a_key_like_no_other_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    assert likely("zzz", ("locale", "profile")) is None
    assert "kind, profile, locale" in told(tmp_path, "sources: {crm: {zzz: 1}}").partition("known are")[2]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_bytes(b"\xff\xfe\x00base")
    with pytest.raises(WrongUse, match="YAML"):
        read_sources(path)
