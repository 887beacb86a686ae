"""How likely a word with accents is in the languages of Europe: what tells one encoding of a text from another.

Lives here: the letters of each language, how often they follow each other in its own words, the likelihood of a
text. Not here: which encodings there are and when one is believed (`encodings.py`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from math import log

from pipelines.language.languages import words_of

ALPHABETS: dict[str, str] = {
    "en": "éï",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "pl": "ąćęłńóśźż",
    "de": "äöüßé",
    "es": "áéíñóúü",
    "it": "àèéìòù",
    "nl": "éëïöüè",
    "pt": "ãáàâçéêíóôõúü",
    "ca": "àçéèíïóòúü",
    "cs": "áčďéěíňóřšťúůýž",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "hu": "áéíóöőúüű",
    "sl": "čšž",
    "hr": "čćđšž",
    "ro": "ăâîșțşţ",
    "sv": "åäöé",
    "da": "æøåé",
    "nb": "æøåéò",
    "fi": "äöåšž",
    "is": "áðéíóúýþæö",
    "sq": "çë",
    "tr": "çğıöşüâîû",
    "et": "õäöüšž",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
}
"""The accented letters that a language writes its own words with."""

OWN_LETTER, STRANGE_LETTER, NEVER = 0.004, 2e-5, 1e-5
"""The least share of a language's own accented letter in its words; the share of any other; of a pair never seen."""

SIGNS = frozenset("’‘“”„«»‹›€–—…°§£®©™·•²³ªº¿¡\xa0±×½¼¾")
OF_NUMBERS = frozenset("£¥¢¤¼½¾¹³¬¦")
AT_AN_EDGE, IN_A_WORD = -4.0, -16.0
SMALL_THEN_CAPITAL = -6.0
OTHER_LANGUAGE = -4.0
FOREIGN_LIST, CAUTION = -12.0, 0.25


@dataclass(frozen=True)
class _Pairs:
    """How often each letter, and each pair of letters, stands in the words of a language."""

    single: Counter[str]
    pair: Counter[tuple[str, str]]
    total: int


def likelihood(words: Sequence[str], plain: Sequence[str] = (), language: str | None = None) -> float:
    """The logarithm of how likely these words are in the language that fits them best.

    A file's words are of one language in the main; a word of another costs a little more. `plain`: words of the same
    file without accents; they say as well which language it is, unless it is known.
    """
    marked = [_marks(word) for word in words]
    scores = {name: [_word(name, *marks) for marks in marked] for name in ALPHABETS}
    best: list[float] = [max(column) for column in zip(*scores.values(), strict=True)]
    known = {name: 0.0 if name == language else FOREIGN_LIST for name in ALPHABETS}
    spoken = known if language else _spoken(tuple(plain))
    return max(
        spoken[name] + sum(max(own, any_ + OTHER_LANGUAGE) for own, any_ in zip(column, best, strict=True))
        for name, column in scores.items()
    )


@lru_cache(maxsize=4)
def _spoken(plain: tuple[str, ...]) -> dict[str, float]:
    """What plain words say of each language, cautiously: names travel."""
    scores = {
        language: sum(_follows(language, *pair) for word in plain for pair in pairwise(f" {word.lower()} "))
        for language in ALPHABETS
    }
    best = max(scores.values())
    return {language: max(FOREIGN_LIST, CAUTION * (score - best)) for language, score in scores.items()}


def _marks(word: str) -> tuple[list[tuple[str, str]], float]:
    """The pairs of signs that have an accented one, and what the signs that are no letters cost."""
    edged = f" {word} "
    pairs = [pair for pair in pairwise(edged) if not (pair[0].isascii() and pair[1].isascii())]
    signs = [place for place, sign in enumerate(edged) if not (sign.isascii() or sign.isalpha())]
    return pairs, sum(_sign(edged[place - 1 : place + 2]) for place in signs)


def _word(language: str, pairs: Sequence[tuple[str, str]], signs: float) -> float:
    return sum(_pair(language, *pair) for pair in pairs) + signs


@lru_cache(maxsize=100_000)
def _pair(language: str, before: str, letter: str) -> float:
    """What a pair of signs says of which one is accented."""
    if letter.isalpha() and before.isalpha():
        raised = SMALL_THEN_CAPITAL if before.islower() and letter.isupper() else 0.0
        return _follows(language, before.lower(), letter.lower()) + raised
    if letter.isalpha() and not letter.isascii():
        return _follows(language, " ", letter.lower())
    return _follows(language, before.lower(), " ") if before.isalpha() and not before.isascii() else 0.0


def _sign(around: str) -> float:
    """What a sign that is no letter costs: little at the edge of a word, where signs stand, much inside it."""
    return IN_A_WORD if _is_misplaced(around) or around[1] not in SIGNS else AT_AN_EDGE


def _is_misplaced(around: str) -> bool:
    """Whether a sign stands where no text has it: between letters, `¿` after one, `£` or `¼` beside one."""
    before, sign, after = tuple(around)
    if sign in OF_NUMBERS and (before.isalpha() or after.isalpha()):
        return True
    return before.isalpha() and ((after.isalpha() and sign != "’") or sign in "¿¡")


def all_of(words: Sequence[str], language: str) -> bool:
    """Whether these words have no accented letter but those that a language writes its own words with."""
    letters = {sign.lower() for word in words for sign in word if sign.isalpha() and not sign.isascii()}
    return letters <= set(ALPHABETS[language])


def looks_odd(word: str) -> bool:
    """Whether a word has a sign, or a capital after a small letter, where no language has it."""
    edged = f" {word} "
    around = [edged[place - 1 : place + 2] for place in range(1, len(edged) - 1) if not edged[place].isascii()]
    return any(
        (_is_misplaced(three) and not three[1].isalpha()) or (three[0].islower() and three[1].isupper())
        for three in around
    )


@cache
def _follows(language: str, before: str, letter: str) -> float:
    pairs = _pairs(language)
    known = letter.isascii() or letter in ALPHABETS[language]
    alone = pairs.single[letter] / pairs.total
    share = alone if letter.isascii() else max(alone, OWN_LETTER) if known else STRANGE_LETTER
    after = pairs.pair[before, letter] / (pairs.single[before] or 1) if known else 0.0
    return log(0.6 * after + 0.4 * share + NEVER)


@cache
def _pairs(language: str) -> _Pairs:
    edged = [f" {word} " for word in words_of(language)]
    single = Counter(letter for word in edged for letter in word[:-1])
    return _Pairs(single, Counter(pair for word in edged for pair in pairwise(word)), single.total())
