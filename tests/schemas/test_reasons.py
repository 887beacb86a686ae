"""Every code has its place on the page for senders, its messages, and a test (RF-26)."""

import re
from pathlib import Path

import pytest

from schemas.codes import LANGUAGES, advice, codes, short_name
from schemas.sentences.languages import WRITTEN
from schemas.wordlists import wordlist
from tests.schemas.test_messages import COMMAND

TESTS = Path(__file__).resolve().parents[1]
SHORT = 31
"""Letters of a short name at most: what stands beside the bars of a picture in the UI."""

PAGE = TESTS.parent / "docs" / "reasons.md"


@pytest.fixture(scope="module")
def mentioned() -> str:
    """Everything that the tests say, cases included."""
    files = [path for kind in ("*.py", "*.json") for path in TESTS.rglob(kind) if path != Path(__file__)]
    return "\n".join(path.read_text("utf-8") for path in files)


@pytest.mark.rule("RF-26")
def test_the_page_says_of_every_code_what_it_means_and_how_to_mend_it() -> None:
    assert list(advice()) == list(dict.fromkeys(advice()))
    assert advice().keys() == codes().keys()
    assert all(part.strip() for told in advice().values() for part in (told.meaning, told.example))


@pytest.mark.rule("RF-26")
@pytest.mark.parametrize("language", LANGUAGES)
def test_how_to_mend_is_said_in_each_language_with_its_own_quotes(language: str) -> None:
    own = WRITTEN[language]
    for name, told in advice().items():
        sentence = told.mend[language]
        assert sentence == sentence.strip() and "  " not in sentence, name
        unquoted = re.sub(re.escape(own.opening) + ".*?" + re.escape(own.closing), "", COMMAND.sub("", sentence))
        assert not set('"“”„«»') & set(unquoted), name
        assert language == "en" or sentence != told.mend["en"], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_rejects_rows_or_values_has_a_short_name_of_its_own_in_each_language(language: str) -> None:
    rejecting = [code.name for code in codes().values() if code.level in ("row", "field")]
    names = [short_name(name, language) for name in rejecting]
    assert not set(names) & set(rejecting)
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= SHORT
    assert len(wordlist("reason_names")) == len(rejecting)


@pytest.mark.rule("RF-26")
@pytest.mark.parametrize("name", sorted(codes()))
def test_a_code_has_an_entry_three_messages_and_a_test(name: str, mentioned: str) -> None:
    assert f"\n### {name}\n" in PAGE.read_text("utf-8")
    assert set(codes()[name].messages) == set(LANGUAGES)
    assert name in mentioned, "no test names this code"
