"""Every code has its place on the page for senders, its messages, and a test (RF-26)."""

from pathlib import Path

import pytest

from schemas.codes import LANGUAGES, advice, codes

TESTS = Path(__file__).resolve().parents[1]
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
    assert all(part.strip() for told in advice().values() for part in (told.meaning, told.example, told.mend))


@pytest.mark.rule("RF-26")
@pytest.mark.parametrize("name", sorted(codes()))
def test_a_code_has_an_entry_three_messages_and_a_test(name: str, mentioned: str) -> None:
    assert f"\n### {name}\n" in PAGE.read_text("utf-8")
    assert set(codes()[name].messages) == set(LANGUAGES)
    assert name in mentioned, "no test names this code"
