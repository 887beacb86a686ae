"""What a title says of the amounts below it: in which currency they are, and in which unit (PIT-107).

Lives here: finding currencies (`schemas/currencies.py`) and units (`units.csv`, `unit_letters.csv`) among the words of
a title, and what only looks like one (`currency_lookalikes.csv`). Not here: what the rest of the title means
(`known_titles.py`), the marks in cells (`pipelines/parsing/numbers/currency_marks.py`).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from schemas.currencies import currencies
from schemas.wordlists import choice, wordlist, words

Shift = int | Literal["minor"]
Found = list[tuple[int, int]]
Named = list[frozenset[str]]

OTHER_WORDS = frozenset(words("currency_lookalikes", "never a currency"))
"""Codes that are words in titles far more often than currencies, even in brackets."""

WORDS_TOO = frozenset(words("currency_lookalikes", "in capitals"))
"""Codes that are words too: outside brackets they count in capitals only, never as a word in lower case."""

ABBREVIATIONS_TOO = frozenset(words("currency_lookalikes", "not in titles"))
"""Abbreviations of currencies that are countries, distances and the like in a title."""

LETTERS = {line["word"]: int(line["meaning"]) for line in wordlist("unit_letters") if line["meaning"]}
"""What a letter beside a currency says, as in `k€`, `TEUR`, `$m`; alone in brackets only the k is plain."""

UNCLEAR = frozenset(line["word"] for line in wordlist("unit_letters") if line["alone"])
"""What may be a unit or anything else where it stands alone in brackets."""

BESIDE = "beside"
"""Stands for a unit of words that say no unit: beside them a currency or a unit is all that brackets say."""

EDGE, END = r"(?<![^\W_])", r"(?![^\W_])"
ONE_THOUSAND = r"1[., ']?000"
DIGITS = (
    rf"(?:{EDGE}(?:{choice('small_words', 'multiplied')}|x|×|\*) ?|[×*] ?){ONE_THOUSAND}s?{END}"  # in 1.000, x1000
    rf"|{EDGE}{ONE_THOUSAND}s{END}"
    rf"|{EDGE}x ?000s?{END}|'000'?s?{END}|{EDGE}000'?s{END}|(?<=[€$£¥]) ?000s?{END}"
)
IN_BRACKETS = rf"{DIGITS}|{EDGE}(?:{ONE_THOUSAND}|000){END}"
MILLIONS = r"(?:1[., ']000|'?000)[., ']000'?s?"
# A character that no title holds.
TAKEN = "\x00"
LEADING = re.compile(rf"(?i)(?:{EDGE}(?:{choice('small_words', 'leading')})[\s']+)*{TAKEN}+")
APOSTROPHES = str.maketrans({"’": "'", "´": "'", "`": "'", "_": " "})
JOINED = re.compile(r"(?i)(?<=\bus) (?=\$|dollar)|(?<=\$) (?=(?:us|ca|can|au|nz|hk|sg|mx)\b)|(?<=\bu)\.(?=s\.? ?\$)")
"""What stands inside one mark: `US $`, `$ CA`."""

# `TotalEUR` has no other border between the word and the code.
SPLIT = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")


@dataclass(frozen=True)
class AmountTitle:
    """What a title says of its amounts.

    `currencies`: those that its mark can mean, none where two marks contradict each other; None where it names none.
    `mark`: that mark as written. `shift`: the power of ten by which its numbers are to be multiplied, `minor` for cents
    and their like, 0 without a unit. `is_unclear`: it holds a letter that may be a unit. `rest`: its other words.
    """

    currencies: frozenset[str] | None
    mark: str
    shift: Shift
    is_unclear: bool
    rest: str

    def currency(self, own: str) -> str | None:
        """The one currency of the column: `own` where the mark can mean it; None where it cannot be told."""
        if self.currencies is None or own in self.currencies:
            return own
        return next(iter(self.currencies)) if len(self.currencies) == 1 else None

    def power(self, decimals: int) -> int:
        """The power of ten, for a currency of so many decimals."""
        return -decimals if self.shift == "minor" else self.shift


@lru_cache(maxsize=10_000)
def read_amount_title(title: str) -> AmountTitle:
    """The currency and the unit that a title names.

    >>> read_amount_title("Turnover ($'000)").shift
    3
    >>> sorted(read_amount_title("Kwota (zł)").currencies)
    ['PLN']
    """
    text = JOINED.sub("", SPLIT.sub(" ", title.translate(APOSTROPHES)))
    places: Found = []
    named: Named = []
    shifts: list[Shift] = []
    unclear = False
    for start, end, bracketed in _segments(text):
        found, marks, units = _read(text[start:end], bracketed)
        places += [(start + first, start + last) for first, last in found]
        named, shifts = named + marks, shifts + units
        unclear |= bracketed and not found and _bare(text[start:end]) in UNCLEAR
    return AmountTitle(
        currencies=frozenset.intersection(*named) if named else None,
        mark=" ".join(dict.fromkeys(text[start:end].strip() for start, end in places)),
        # Two units that differ are unclear, and the file is refused: no number is scaled by a guess.
        shift=shifts[0] if len(set(shifts)) == 1 else 0,
        is_unclear=unclear or len(set(shifts)) > 1,
        rest=_without(text, places),
    )


def _segments(text: str) -> list[tuple[int, int, bool]]:
    """The parts of a title, and which of them stand in brackets."""
    inside = [(found.start(1), found.end(1), True) for found in re.finditer(r"[(\[]([^()\[\]]*)[)\]]", text)]
    edges = [0, *(edge for start, end, _ in inside for edge in (start - 1, end + 1)), len(text)]
    return sorted([*inside, *((start, end, False) for start, end in zip(edges[::2], edges[1::2], strict=True))])


def _read(part: str, bracketed: bool) -> tuple[Found, Named, list[Shift]]:
    """Where a part names currencies and units, and which; brackets that hold nothing else may hold any mark."""
    if bracketed:
        whole = _scan(part, _marks(True), IN_BRACKETS, True)
        if whole[0] and set(_bare(_without(part, whole[0])).split()) <= _beside():
            return [(0, len(part))], whole[1], whole[2]
    return _scan(part, _marks(False), DIGITS, False)


def _scan(part: str, marks: re.Pattern[str], digits: str, bracketed: bool) -> tuple[Found, Named, list[Shift]]:
    lower, plain = "".join(map(_lower, part)), "".join(map(_plain, part))
    units = [*_figures(lower, digits, bracketed), *_unit_words(plain)]
    places: Found = []
    named: Named = []
    for hit in marks.finditer(lower):
        group = next(name for name in ("word", "behind", "sign") if hit[name])
        meant = _meant(hit[group], part[hit.start(group) : hit.end(group)], part[hit.end() :], bracketed)
        if meant:
            places.append(hit.span())
            named.append(meant)
            # The same letters are units only beside a currency: alone they may mean anything.
            units += [(*hit.span(), LETTERS[letter]) for letter in (hit["before"], hit["after"]) if letter]
    return [*places, *((start, end) for start, end, _ in units)], named, [shift for *_, shift in units]


def _figures(lower: str, digits: str, bracketed: bool) -> list[tuple[int, int, Shift]]:
    """Units in figures: `'000`, `in 1.000`; in brackets `000` and `k` too."""
    millions = re.search(MILLIONS, lower) if bracketed else None
    if millions:
        return [(*millions.span(), 6)]
    patterns = (digits, r"^\s*k\s*$") if bracketed else (digits,)
    return [(*hit.span(), 3) for pattern in patterns for hit in re.finditer(pattern, lower)]


def _unit_words(plain: str) -> list[tuple[int, int, Shift]]:
    pattern, meanings = _units()
    return [(*hit.span(), meanings[" ".join(hit[0].split())]) for hit in pattern.finditer(plain)]


@cache
def _units() -> tuple[re.Pattern[str], dict[str, Shift]]:
    meanings: dict[str, Shift] = {
        line["word"]: "minor" if line["meaning"] == "minor" else int(line["meaning"])
        for line in wordlist("units")
        if line["meaning"] != BESIDE
    }
    # The longest first: `thousands` would be read as `thousand` and an s.
    words = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(meanings, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{words}){END}"), meanings


@cache
def _beside() -> frozenset[str]:
    return frozenset(line["word"] for line in wordlist("units") if line["meaning"] == BESIDE)


@cache
def _meanings() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """What a mark can mean anywhere, and in brackets."""
    anywhere: dict[str, frozenset[str]] = {code.lower(): frozenset([code]) for code in currencies()}
    for code, known in currencies().items():
        for mark in known.signs:
            anywhere[mark] = anywhere.get(mark, frozenset()) | {code}
    inside = dict(anywhere)
    for code, known in currencies().items():
        for mark in {*known.abbreviations, *known.names, *(mark.removesuffix(".") for mark in known.marks)}:
            if mark not in ABBREVIATIONS_TOO:
                inside[mark] = inside.get(mark, frozenset()) | {code}
    return anywhere, inside


@cache
def _marks(inside: bool) -> re.Pattern[str]:
    """The marks with the letters of units that may stand beside them; the longest mark goes before its parts."""
    known = sorted(_meanings()[inside], key=len, reverse=True)
    words = "|".join(map(re.escape, (mark for mark in known if mark[0].isalpha())))
    signs = "|".join(map(re.escape, (mark for mark in known if not mark[0].isalpha())))
    letters = "|".join(sorted(LETTERS, key=len, reverse=True))
    behind = rf"{EDGE}(?P<before>{letters})[ .]{{0,2}}(?P<behind>{words}|{signs})"
    return re.compile(
        rf"(?:{EDGE}(?P<word>{words})|{behind}|(?P<sign>{signs}))"
        rf"(?: ?(?P<after>{letters}))?(?:{END}|(?<=[^\w\s]))"
    )


def _meant(mark: str, written: str, following: str, bracketed: bool) -> frozenset[str] | None:
    """The currencies of a mark in its place, or None where it is another word there."""
    anywhere, inside = _meanings()
    code = mark.upper()
    if code not in currencies():
        return (inside if bracketed else anywhere).get(mark)
    if code in OTHER_WORDS or (code in WORDS_TOO and not written.isupper()):
        return None
    # In lower case a code stands at the end (`total eur`); before other words it is rather a word (`all`, `try`).
    is_last = set(_bare(following).split()) <= _beside()
    return anywhere[mark] if written.isupper() or bracketed or is_last else None


def _without(text: str, places: Found) -> str:
    """The text without what was found, the little words that lead to it, and brackets that are empty now."""
    taken = {place for start, end in places for place in range(start, end)}
    kept = "".join(TAKEN if place in taken else char for place, char in enumerate(text))
    return re.sub(r"[(\[]\W*[)\]]", " ", LEADING.sub(" ", kept))


def _bare(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", "".join(map(_plain, text))))


def _lower(char: str) -> str:
    # One for one, for places in the title are counted: `İ` in lower case is two characters.
    return char.lower()[:1] or char


def _plain(char: str) -> str:
    """A letter without its accent, in lower case; one for one, so that places stay."""
    # Letters that Unicode does not decompose into one and an accent.
    known = {"ł": "l", "ø": "o", "đ": "d"}
    lower = _lower(char)
    return known.get(lower) or unicodedata.normalize("NFKD", lower)[:1] or char
