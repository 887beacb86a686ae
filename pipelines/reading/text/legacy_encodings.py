"""Which of the old encodings of our languages a text is written in, by what its words read like.

Lives here: the encodings, their rivals, when the likeliest of them is believed, what a source hints at. Not here:
marks, UTF-8, lines of their own (`encodings.py`), how likely a word is (`letter_model.py`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.reading.text.letter_model import ALPHABETS, all_of, likelihood, looks_odd

OURS: dict[str, float] = {
    "cp1252": 0.0,
    "cp1250": 0.0,
    "iso-8859-15": -1.0,
    "iso-8859-1": -1.0,
    "iso-8859-2": -1.0,
    "mac-roman": -3.0,
    "mac-latin2": -3.0,
    "cp850": -4.0,
    "cp852": -4.0,
}
"""The encodings of our languages, each with how likely it is before any word is read."""

RIVALS: dict[str, float] = {"cp1254": -1.0, "cp1257": -1.0, "iso-8859-13": -4.0, "cp857": -4.0, "cp775": -4.0}
"""Encodings of other Latin alphabets: where one of them fits best, the file is not decided."""

CLEAR, CLEAR_IF_AGREED, CLEAR_IF_SPOKEN, CLEAR_IF_HINTED = 12.0, 5.0, 3.0, 2.0
"""How much likelier the best reading must be than the next: alone, where the library says the same, and where both
have nothing but what the known language is written with."""

PLAUSIBLE = -10.4
"""The least likelihood of an accented letter in a text that makes sense."""

WIDELY_SPOKEN = ("fr", "de", "es", "it", "pl", "pt", "nl")
"""Languages in which a list may be, whatever its source's currency: where another reading fits one, no hint counts."""

RARE, FEWEST_LETTERS_IF_RARE = -2.0, 3
SAMPLE_WORDS, SAMPLE_BYTES = 400, 32_768
MOSTLY, FEW = 0.5, 0.05
WORD = re.compile(rb"(?<![A-Za-z'\x80-\xff])[A-Za-z']{0,60}[\x80-\xff][A-Za-z'\x80-\xff]{0,60}")
"""A word with an accent; what is longer than any word is cut, for it could hold a whole file."""

PLAIN = re.compile(rb"(?<![\x80-\xffA-Za-z@.])[A-Za-z]{4,}(?![\x80-\xffA-Za-z@])")
OTHER_SCRIPT = re.compile(rb"[\x80-\xff]{3}")


@dataclass(frozen=True)
class Guess:
    """An encoding that was found by what the words read like, with a few of them; perhaps as earlier files had it."""

    encoding: str
    words: tuple[str, ...]
    as_before: bool = False


def find_encoding(lines: Sequence[bytes], spoken: str | None = None) -> Guess | None:
    """The encoding in which the words of these lines read best, if it is clear; else None (AMB-29, PIT-03).

    `spoken`: the language they are in, where something else than their accents says so.
    """
    words = list(dict.fromkeys(word for line in lines for word in WORD.findall(line)))[:SAMPLE_WORDS]
    plain = [word.decode() for word in dict.fromkeys(PLAIN.findall(b" ".join(lines[:SAMPLE_WORDS])))][:SAMPLE_WORDS]
    foreign = sum(bool(OTHER_SCRIPT.search(word)) for word in words)
    signs = bytes(sorted({byte for line in lines for byte in line if byte > 127}))
    # Three such bytes in a row are another script (Greek, Cyrillic), which none of these encodings writes.
    if not words or foreign > 0.3 * len(words):
        return None
    read = [(_fit(words, plain, codec, spoken), codec) for codec in _distinct_readings(signs)]
    fitting = [(score, codec) for score, codec in read if spoken and _fits(words, codec, spoken)]
    guess = _of_fitting(sorted(fitting, reverse=True), words) if fitting else None
    if guess:
        return guess
    best, *others = sorted(read, reverse=True) or [(float("-inf"), "")]
    return _if_clear(best, others, words, signs)


def find_by_hints(lines: Sequence[bytes], hints: Sequence[str]) -> Guess | None:
    """The encoding that fits a language which the list may well be in, if its words read best so without that, too.

    The country or the currency of a source says less than its locale: a list in złoty may be of French names. So a
    hint only confirms the reading that is the likeliest anyway, by too little to be believed alone, where all languages
    that it names agree and no other reading fits a language of many lists.

    Args:
        lines: those that are not UTF-8.
        hints: languages, as of `letter_model.ALPHABETS`.
    """
    words = list(dict.fromkeys(word for line in lines for word in WORD.findall(line)))[:SAMPLE_WORDS]
    signs = bytes(sorted({byte for line in lines for byte in line if byte > 127}))
    read = sorted((_fit(words, (), codec, None), codec) for codec in _distinct_readings(signs) if words)
    if not read or (len(read) > 1 and read[-1][0] - read[-2][0] < CLEAR_IF_HINTED):
        return None
    others = [codec for _, codec in read[:-1] if codec in OURS]
    if any(_fits(words, codec, language) for codec in others for language in WIDELY_SPOKEN):
        return None
    guesses = [guess for hint in hints if hint in ALPHABETS and (guess := find_encoding(lines, hint))]
    agreed = guesses and all(strict(signs, guess.encoding) == strict(signs, read[-1][1]) for guess in guesses)
    return guesses[0] if agreed else None


def find_as_before(lines: Sequence[bytes], earlier: Sequence[str]) -> Guess | None:
    """The encoding of the source's earlier files, where these lines read no worse in it than in any other.

    It never stands against what the bytes say: it decides between readings of which none is likelier by more than
    chance, and only where no word reads oddly in it. Earlier files that differ say nothing.

    Args:
        lines: those that are not UTF-8.
        earlier: the old encodings of earlier files.
    """
    words = list(dict.fromkeys(word for line in lines for word in WORD.findall(line)))[:SAMPLE_WORDS]
    signs = bytes(sorted({byte for line in lines for byte in line if byte > 127}))
    readings = {strict(signs, codec) for codec in earlier if codec in OURS}
    if not words or len(readings) != 1 or None in readings:
        return None
    scores = {codec: _fit(words, (), codec, None) for codec in _distinct_readings(signs)}
    codec = next(each for each in scores if {strict(signs, each)} == readings)
    read = [word.decode(codec) for word in words]
    accents = sum(byte > 127 for word in words for byte in word)
    sensible = scores[codec] >= PLAUSIBLE * accents and not any(map(looks_odd, read))
    near = scores[codec] >= max(scores.values())
    return Guess(codec, tuple(read), as_before=True) if sensible and near else None


def _distinct_readings(signs: bytes) -> list[str]:
    """The encodings that know all these bytes as characters; of those that read them alike, the likeliest."""
    texts = {codec: text for codec in (OURS | RIVALS) if (text := strict(signs, codec))}
    # Reversed, so that the first one of OURS, the likelier, is kept for a text that several encodings give.
    return list({text: codec for codec, text in reversed(texts.items())}.values())


def strict(signs: bytes, codec: str) -> str | None:
    """The text of bytes in an encoding; None where it does not know one of them as a character."""
    try:
        text = signs.decode(codec)
    except UnicodeDecodeError:
        return None
    # Python decodes bytes that an ISO encoding leaves to controls; no list holds such a character.
    return None if any("\x7f" <= sign <= "\x9f" for sign in text) else text


def _fit(words: Sequence[bytes], plain: Sequence[str], codec: str, spoken: str | None) -> float:
    return likelihood([word.decode(codec) for word in words], plain, spoken) + (OURS | RIVALS)[codec]


def _fits(words: Sequence[bytes], codec: str, spoken: str) -> bool:
    """Whether this reading has nothing but what the language is written with."""
    read = [word.decode(codec) for word in words]
    return all_of(read, spoken) and not any(map(looks_odd, read))


def _of_fitting(fitting: Sequence[tuple[float, str]], words: Sequence[bytes]) -> Guess | None:
    """The one reading that fits the language, or the clearly likelier one; a rare encoding is not believed."""
    (score, codec), *others = fitting
    if OURS.get(codec, RARE) <= RARE or any(score - other < CLEAR_IF_SPOKEN for other, _ in others):
        return None
    return Guess(codec, tuple(word.decode(codec) for word in words))


def _if_clear(
    best: tuple[float, str], others: Sequence[tuple[float, str]], words: Sequence[bytes], signs: bytes
) -> Guess | None:
    score, codec = best
    accents = sum(byte > 127 for word in words for byte in word)
    if codec not in OURS or score < PLAUSIBLE * accents:
        return None
    read = [word.decode(codec) for word in words]
    letters = sum(sign.isalpha() for sign in signs.decode(codec))
    if sum(map(looks_odd, read)) > FEW * len(read) or (OURS[codec] < RARE and letters < FEWEST_LETTERS_IF_RARE):
        return None
    from charset_normalizer import from_bytes  # takes long to import, for what few files need

    seconded = from_bytes(b"\n".join(words)[:SAMPLE_BYTES]).best()
    agreed = seconded is not None and strict(signs, seconded.encoding) == strict(signs, codec)
    margin = min((score - other for other, _ in others), default=CLEAR)
    needed = CLEAR_IF_AGREED if agreed and OURS[codec] > RARE else CLEAR
    return Guess(codec, tuple(read)) if margin >= needed else None
