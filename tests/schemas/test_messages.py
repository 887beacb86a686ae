"""Every message in every language: its gaps filled, counted right, quoted right, free of what senders need not know."""

import itertools
import re

import pytest

from schemas.codes import LANGUAGES, listed, message
from schemas.sentences.languages import WRITTEN
from schemas.sentences.template import UNKNOWN, Gap, gaps, parsed
from tests.test_requirements import ID

NAMES = sorted(listed())
NUMBERS = {"number", "signed", "plural"}
COUNTS = (0, 1, 2, 5, 12, 22, 12_345)
COMMAND = re.compile(r'--\w+ "[^"]*"')
"""What a sender is to type has the quotes of a shell."""

EXPLAINED = ("REFUND_DETAIL_UNAVAILABLE",)
"""Messages that say what a dash means in them."""

NOT_COUNTED = {
    "en": {"of", "in", "updated", "unchanged", "kept", "more"},
    "fr": {"au", "de", "pour", "sur"},
    "pl": set(),
}
"""Words that may follow a number without being what it counts."""


def gaps_of(name: str, language: str) -> list[Gap]:
    """The gaps of a message."""
    return gaps(parsed(listed()[name].messages[language]))


def kinds_of(name: str, language: str) -> dict[str, set[str]]:
    """How each gap of a message is filled."""
    kinds: dict[str, set[str]] = {}
    for gap in gaps_of(name, language):
        kinds.setdefault(gap.name, set()).add(gap.kind)
    return kinds


def rendered(name: str, language: str, count: int) -> str:
    """A message with samples: a count in each gap that is counted, a name in every other one."""
    samples = {gap: count if kinds & NUMBERS else f"some {gap}" for gap, kinds in kinds_of(name, language).items()}
    return message(name, language, **samples)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_a_whole_sentence_with_any_count(language: str) -> None:
    for name, count in itertools.product(NAMES, COUNTS):
        sentence = rendered(name, language, count)
        assert not set("{}#") & set(sentence), name
        assert UNKNOWN not in sentence or name in EXPLAINED, name
        assert sentence == sentence.strip(), name
        assert "  " not in sentence, name
        assert not ID.search(sentence), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_has_every_plural_form_of_its_language(language: str) -> None:
    for name in NAMES:
        for gap in gaps_of(name, language):
            assert gap.kind != "plural" or tuple(gap.forms) == WRITTEN[language].forms, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_number_counts_is_written_in_its_plural(language: str) -> None:
    for name in NAMES:
        followed = re.findall(r"\{\w+, number\} ([^\W\d_]{2,})", listed()[name].messages[language])
        assert set(followed) <= NOT_COUNTED[language], name


@pytest.mark.parametrize("name", NAMES)
def test_the_three_languages_of_a_message_tell_the_same(name: str) -> None:
    english, french, polish = (kinds_of(name, language) for language in LANGUAGES)
    assert english.keys() == french.keys() == polish.keys()
    for gap in english:
        assert len({bool(kinds[gap] & NUMBERS) for kinds in (english, french, polish)}) == 1, gap
        assert len({"quoted" in kinds[gap] for kinds in (english, french, polish)}) == 1, gap


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_has_other_quotes_than_those_of_its_language(language: str) -> None:
    own = WRITTEN[language]
    for name in NAMES:
        sentence = COMMAND.sub("", rendered(name, language, 5))
        unquoted = re.sub(re.escape(own.opening) + ".*?" + re.escape(own.closing), "", sentence)
        assert not set('"“”„«»‘‹›') & set(unquoted), name


@pytest.mark.parametrize(
    ("count", "english", "french", "polish"),
    [
        (1, "The file has 1 row of", "contient 1 ligne de", "Plik ma 1 wiersz danych"),
        (3, "The file has 3 rows of", "contient 3 lignes de", "Plik ma 3 wiersze danych"),
        (25_005, "The file has 25,005 rows", "contient 25\u202f005 lignes", "Plik ma 25\u00a0005 wierszy"),
    ],
)
def test_rows_are_counted_as_each_language_counts(count: int, english: str, french: str, polish: str) -> None:
    told = [message("TOO_MANY_ROWS", language, found=count, expected=1) for language in LANGUAGES]
    assert [text in sentence for text, sentence in zip((english, french, polish), told, strict=True)] == [True] * 3
