"""What making a page on imports needs besides the facts: its language with words and formats, where links lead, when.

Lives here: the words of these pages by language. Not here: what stands on a page (`import_page.py`, `next_steps.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from pipelines.home import Home
from pipelines.language.locale_formats import Formats, formats_of
from schemas.codes import LANGUAGES
from schemas.wordlists import wordlist


@dataclass(frozen=True)
class Making:
    """What making a page needs besides the facts: the words and formats of its language, where links lead, when."""

    home: Home
    language: str
    words: Mapping[str, str]
    formats: Formats
    now: datetime


@cache
def words_of(language: str) -> Mapping[str, str]:
    """The words of the pages on imports."""
    return {line["key"]: line[language] for line in wordlist("import_report_words")}


def making_of(home: Home, language: str | None, now: datetime) -> Making:
    """What making a page in a language needs; English where we do not speak it."""
    spoken = language if language in LANGUAGES else "en"
    return Making(home, spoken, words_of(spoken), formats_of(spoken), now)
