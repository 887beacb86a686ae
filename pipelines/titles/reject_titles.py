"""The titles of our columns in reject files, in each language that senders are told things in.

Lives here: what they are called (`schemas/vocabulary/reject_file_words.csv`) and by which a sheet is known. Not here:
what they say of a row (`reject_columns.py`). It imports next to nothing, for the process that reads a workbook
starts anew with each.
"""

from collections.abc import Iterable
from functools import cache

from schemas.wordlists import wordlist

REASONS, IMPORT, NUMBER = "customer-intake: reasons", "customer-intake: import", "customer-intake: row"
OWN_TITLES = (REASONS, IMPORT, NUMBER)
"""No sender calls a column so, and they survive every encoding that a spreadsheet may save them in."""

KEYS = dict(zip(("reasons", "import", "row"), OWN_TITLES, strict=True))


@cache
def words_of_rejects(language: str) -> dict[str, str]:
    """What a reject file says, by key, in a language; English where we do not speak it."""
    return {line["key"]: line.get(language) or line["en"] for line in wordlist("reject_file_words")}


def own_titles(language: str) -> tuple[str, str, str]:
    """What our columns are called: reasons, import, row. That of the import is the same in all languages: it is what
    the bytes of a reject file are known by.
    """
    words = words_of_rejects(language)
    return words["reasons"], words["import"], words["row"]


@cache
def spelled_own_titles() -> dict[str, str]:
    """Each title of ours in any language, and the English one, which it means."""
    lines = [line for line in wordlist("reject_file_words") if line["key"] in KEYS]
    return {line[language]: KEYS[line["key"]] for line in lines for language in ("en", "fr", "pl")}


@cache
def guide_names() -> frozenset[str]:
    """What the sheet is called, in any language, that says how to mend the rows of the other one; senders still hold
    workbooks in which it stands first, by its name of before.
    """
    lines = [line for line in wordlist("reject_file_words") if line["key"] in ("guide", "guide_before")]
    return frozenset(line[name] for line in lines for name in ("en", "fr", "pl"))


def has_import_title(cells: Iterable[object]) -> bool:
    """Whether one of these cells is the title by which a reject file is known."""
    return any(isinstance(cell, str) and cell.strip().lower() == IMPORT for cell in cells)
