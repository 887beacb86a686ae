"""Word lists: whole, without contradictions, and the only place for words of people."""

import ast
import re
from pathlib import Path

import pytest

from pipelines.language.languages import LANGUAGES
from pipelines.parsing.words.word_senses import folded
from schemas.wordlists import choice, wordlist, words

ROOT = Path(__file__).resolve().parents[2]
LISTS = sorted(path.stem for path in (ROOT / "schemas" / "vocabulary").glob("*.csv"))
OF_WORDS = [name for name in LISTS if {"word", "language", "meaning", "source"} <= wordlist(name)[0].keys()]
ONE_MEANING = ["customer_statuses", "positions", "yes_no", "title_spellings", "total_rows", "bare_names"]
EVERY_LANGUAGE = [
    ("customer_statuses", "active"),
    ("customer_statuses", "potential"),
    *(("positions", meaning) for meaning in ("accountant", "sales", "buyer", "finance")),
    *(("yes_no", meaning) for meaning in ("yes", "no")),
    ("total_rows", "total"),
]
SHORTEST = 4
"""Letters of a word that is told from a part of a pattern."""


@pytest.mark.parametrize("name", OF_WORDS)
def test_every_word_of_a_list_is_filled_in_and_stands_once(name: str) -> None:
    lines = wordlist(name)
    assert all(line["word"].strip() == line["word"] != "" and line["source"] for line in lines)
    said = [tuple(value for key, value in line.items() if key != "source") for line in lines]
    assert sorted(set(said)) == sorted(said)


@pytest.mark.parametrize("name", ONE_MEANING)
def test_no_word_of_these_lists_has_two_meanings(name: str) -> None:
    meanings: dict[str, set[str]] = {}
    for line in wordlist(name):
        meanings.setdefault(folded(line["word"]), set()).add(line["meaning"])
    assert {word: found for word, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize(("name", "meaning"), EVERY_LANGUAGE)
def test_each_meaning_has_words_of_all_our_languages(name: str, meaning: str) -> None:
    spoken = {line["language"] for line in wordlist(name) if line["meaning"] == meaning}
    assert spoken >= set(LANGUAGES)


def test_the_words_of_a_meaning_are_also_a_pattern_the_longest_first() -> None:
    assert words("bare_names", "family or whole") == ("name", "nom", "naam")
    assert choice("amount_words", "included") == "incl|inkl"
    assert re.fullmatch(choice("amount_words", "with taxes"), "t.t.c.")


def test_code_holds_no_list_of_words_that_people_write() -> None:
    """Three words of other languages than English in one value are a list, and belong into `schemas/vocabulary/`."""
    known = foreign_words()
    found = {
        f"{path.relative_to(ROOT)}:{value.lineno}": sorted(here)
        for package in ("schemas", "pipelines", "assets")
        for path in sorted((ROOT / package).rglob("*.py"))
        for value in assigned(ast.parse(path.read_text("utf-8")))
        if len(here := letters(texts_of(value)) & known) > 2
    }
    assert found == {}


def foreign_words() -> set[str]:
    """The words of our lists that no list has as English."""
    spoken: dict[bool, set[str]] = {True: set(), False: set()}
    for name in LISTS:
        for line in wordlist(name):
            language = line.get("language") or line.get("lang") or ""
            word = line.get("word") or line.get("alias") or line.get("words") or ""
            if language not in ("", "any"):
                spoken[language == "en"] |= letters(word)
    return spoken[False] - spoken[True]


def letters(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+", text.casefold()) if len(word) >= SHORTEST}


def assigned(module: ast.Module) -> list[ast.expr]:
    """What names are given in a module, and the collections that it writes out; not sentences in three languages."""
    given = [node.value for node in ast.walk(module) if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
    written = [node for node in ast.walk(module) if isinstance(node, ast.Set | ast.List | ast.Tuple | ast.Dict)]
    return [value for value in (*given, *written) if not is_translated(value)]


def is_translated(value: ast.expr) -> bool:
    keys = [texts_of(key) for key in value.keys if key] if isinstance(value, ast.Dict) else []
    return keys == ["en", "fr", "pl"]


def texts_of(value: ast.expr) -> str:
    return " ".join(
        node.value for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
