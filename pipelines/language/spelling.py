"""How a title is spelled: its words without case, accents and endings that say the same in any title.

Lives here: reducing a title to the words that count, by `title_spellings.csv` and `small_words.csv` of
`schemas/vocabulary/`. Not here: what they mean (`pipelines/titles/known_titles.py`,
`pipelines/titles/title_grammar.py`).
"""

import re
import unicodedata
from functools import cache, lru_cache

from schemas.wordlists import wordlist
from schemas.wordlists import words as listed

Words = tuple[str, ...]


def one_of(words: str) -> frozenset[str]:
    """A set of words, written as one text."""
    return frozenset(words.split())


LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ı": "i"}
)
"""Letters that Unicode does not take apart into a letter and an accent."""

CAPITALS = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-zà-ÿ])")
NO_WORD = re.compile(r"[\W_]+")
FIGURE, OF_NUMBER, OF_MAIL = re.compile(r"(?<=[^\W\d])(?=\d)"), re.compile(r"\bn o\b"), re.compile(r"\be (?=mail)")


def spaced(title: str) -> str:
    """A title with its words apart that are told by capitals alone (`BuyerEmail`, `POAddress`)."""
    return CAPITALS.sub(" ", title)


OWNED = re.compile(r"(?<=\w)['’]s\b", re.IGNORECASE)
"""English `'s`, whose letter would be a word (`Donor's email`)."""

OWED = re.compile(r"\bdû(?:e|s|es)?\b", re.IGNORECASE)
OWED_WITHOUT_ACCENT = re.compile(r"(?<= )du(?:$| (?=(?:ttc|ht|eur|euros?|au)\b))")
OWED_WORD = "exigible "
"""French `dû`, what is owed: without its accent it is the connecting word `du`, and `Montant dû` would be an amount."""


@lru_cache(maxsize=10_000)
def normalise(title: str) -> str:
    """A title reduced to what counts: words in lower case without accents (PIT-13).

    `CustomerEmail`, `customer_email` and `Customer E-mail *` differ only in their words.
    """
    letters = OWNED.sub("", spaced(title))
    if not letters.isascii():
        plain = unicodedata.normalize("NFKD", letters.translate(LETTERS))
        letters = "".join(char for char in plain if not unicodedata.combining(char))
    return NO_WORD.sub(" ", letters.casefold()).strip()


def key(title: str) -> str:
    """What two titles of one meaning share: their telling words in one run (`VATNumber`, `N° de TVA`)."""
    return "".join(words_of(title))


@lru_cache(maxsize=10_000)
def words_of(title: str) -> Words:
    """A title's words, those that say the same in one form, without connecting ones."""
    # Before accents go: `dû` and `du` differ by nothing else.
    accented = title if title.isascii() else OWED.sub(OWED_WORD, unicodedata.normalize("NFC", title))
    plain = normalise(accented)
    # `Phone2` and `Phone 2` are one title.
    apart = FIGURE.sub(" ", plain)
    joined = OF_MAIL.sub("e", OF_NUMBER.sub("no", OWED_WITHOUT_ACCENT.sub(OWED_WORD, apart)))
    words = tuple(_same().get(word, word) for word in joined.split())
    return tuple(word for word in words if word not in _connecting()) or words


@cache
def _same() -> dict[str, str]:
    """Words of our languages that say the same in any title, each with the one that stands for them."""
    return {normalise(line["word"]): line["meaning"] for line in wordlist("title_spellings")}


@cache
def _connecting() -> frozenset[str]:
    return frozenset(listed("small_words", "connecting"))
