"""Payment card numbers in text: finding them and masking them, so that none is ever stored (SC-18).

Lives here: what looks like a card number, and what only does. Not here: what becomes of the row (`mask_cards.py`), of
the original (`archive_search.py`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise, takewhile
from unicodedata import category, decimal

import polars as pl
from stdnum import iban, luhn

from pipelines.models.parsed_column import nowhere

LEAST_DIGITS = 13
ISSUERS: dict[int, str] = {
    13: "4[0-24-8]",
    14: "30[0-5]|36|3[89]",
    15: "3[47]",
    16: "4|5[0-9]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|220[0-4]|30[0-5]|3[689]|35[2-8]|60|6[2-57]|8[12]|9792",
    17: "62|50|5[6-9]|6[37]|81",
    18: "62|50|5[6-9]|6[37]|81",
    19: "4|50|5[6-9]|60|6[2-57]|81",
}
"""How numbers of each length start: Visa, Diners, American Express, Mastercard, JCB, Discover, UnionPay, Maestro, Mir,
RuPay, Troy. German and Austrian phone numbers written without a plus have 13 digits and start with 49 and 43."""

ISSUED = re.compile("|".join(f"(?=[0-9]{{{length}}}$)(?:{prefixes})" for length, prefixes in ISSUERS.items()))
GROUPS = tuple(
    tuple(map(int, groups))
    for groups in ("44443", "44442", "44441", "4444", "465", "4443", "464", "4442", "4333", "4441")
)
"""How digits are grouped on cards and in forms, the longest first: three digits behind a card may be its code."""

BREAKS = r"\t\r\n\v\f"
BETWEEN = rf"(?:[ {BREAKS}./_:*\\-]{{1,3}}|[ {BREAKS}]{{1,8}})"
"""What stands between groups, the same between all of them but for line breaks and tabs, at which any number may be
broken; other spaces, dashes and points become these first."""

RUN = re.compile(rf"[0-9]+(?:{BETWEEN}[0-9]+)*")
DIGITS = re.compile("[0-9]+")
FRACTION = re.compile(r"([0-9]+)([.,])$")
MOST_SIGNIFICANT = 17
LONG = re.compile(r"\d[^A-Za-z@]{11,}\d|\d[.,]\d{8,}[eE]")
"""What a short text holds that has a number as long as those of cards."""

EXPONENT = re.compile(r"(?<![0-9.,])([2-9])[.,]([0-9]{8,18})[eE]\+?(1[2-8])(?![0-9])")
ACCOUNT = re.compile(r"(?<![0-9A-Za-z])(?:[A-Z]{2} ?)?[0-9]{2}(?: {0,2}[0-9A-Z]{1,4}){3,8}")
BROKEN_LINE = re.compile(f"[{BREAKS}]")
ANY_SIGNS = "[^0-9A-Za-z]{1,3}"
ANY_BREAK = rf"[^0-9A-Za-z]{{0,2}}[{BREAKS}\u0085\u2028\u2029][^0-9A-Za-z]{{0,5}}"
IN_ASCII = "|".join(
    [
        "[2-9][0-9]{12}",
        f"[2-9][0-9]{{3}}{ANY_SIGNS}[0-9]{{4}}{ANY_SIGNS}[0-9]{{4}}{ANY_SIGNS}[0-9]",
        f"3[0-9]{{3}}{ANY_SIGNS}[0-9]{{6}}{ANY_SIGNS}[0-9]{{4}}",
        f"4[0-9]{{3}}(?:{ANY_SIGNS}[0-9]{{3}}){{3}}",
        f"[2-9](?:{ANY_SIGNS}[0-9]){{12}}",
        f"[2-9][0-9](?:{ANY_SIGNS}[0-9]{{2}}){{7}}",
        f"[0-9]{{3,}}(?:{ANY_SIGNS}[0-9]{{3,}})*(?:{ANY_BREAK}[0-9]{{3,}})+",
        "[2-9][.,][0-9]{8,18}[eE]",
    ]
)
LIKELY = rf"{IN_ASCII}|[0-9]\p{{Cf}}+[0-9]|[\p{{Nd}}--[0-9]]"
"""What holds every card number, to pass over most cells at once; in ASCII, and with signs that nobody sees or digits of
another script. Rust reads these."""

PLAIN_SIGNS = {"Zs": " ", "Zl": "\n", "Zp": "\n", "Pd": "-"}
LIKE = {
    "\u2212": "-",
    "·": ".",
    "•": ".",
    "‧": ".",
    "․": ".",
    "．": ".",
    "∕": "/",
    "⁄": "/",
    "／": "/",
    "\u0085": "\n",
}

LEAST_RIGHT = 0.3
"""Of numbers that are no cards one in ten has the right check digit; of a column of cards nearly all have."""

Kind = tuple[str, int, str, str, bool]
"""What numbers of one kind have in common: first digit, length, sign between groups, the letters they are glued to."""


@dataclass(frozen=True)
class Candidate:
    """A number with an issuer's prefix: where it stands in its text, its digits, its kind."""

    start: int
    end: int
    digits: str
    kind: Kind


def find_cards(text: pl.Series) -> pl.Series:
    """The rows that hold the number of a payment card; null rows hold none (SENSITIVE_DATA, SC-18).

    13 to 19 digits, together or grouped as on cards by any one sign or space, glued to words or not, with an issuer's
    prefix and the right check digit, no part of a longer number or of a bank account. Where most numbers of a kind in
    the column have a wrong check digit they are identifiers, as are French SIRET.
    """
    holding = list(_cards_of(text))
    return text.is_in(holding).fill_null(False) if holding else nowhere(text)


def mask_cards(text: pl.Series) -> pl.Series:
    """Text with all but the last four digits of each card number as `•`; the rest as it is."""
    masked = {cell: masked_text(cell, cards) for cell, cards in _cards_of(text).items()}
    return text.replace(list(masked), pl.Series(masked.values(), dtype=pl.String)) if masked else text


def card_numbers(text: pl.Series) -> frozenset[str]:
    """The digits of every card number in a column."""
    return frozenset(card.digits for cards in _cards_of(text).values() for card in cards)


def without_card_numbers(text: str) -> str:
    """One text with its card numbers masked: a message, a title, the name of a file."""
    return mask_cards(pl.Series([text], dtype=pl.String))[0] if LONG.search(text) else text


def masked_text(text: str, cards: Iterable[Candidate], mark: str = "•") -> str:
    """A text with all but the last four digits of each of its card numbers masked."""
    signs = list(text)
    for card in cards:
        places = [place for place in range(card.start, card.end) if signs[place].isdecimal()]
        for place in places[:-4]:
            signs[place] = mark
    return "".join(signs)


def _cards_of(text: pl.Series) -> dict[str, list[Candidate]]:
    """The distinct cells that hold card numbers, each with them."""
    # Lengths are known without reading a text.
    if not (text.str.len_bytes() >= LEAST_DIGITS).any():
        return {}
    likely = text.filter(text.str.contains(LIKELY)).unique()
    if likely.is_empty():
        return {}
    bare = likely.str.contains(f"^[0-9]{{{LEAST_DIGITS},19}}$")
    numbers = likely.filter(bare)
    numbers = numbers.filter(numbers.str.contains(_issued_in_rust()))
    right = _checks(numbers)
    found = {cell: list(candidates(cell)) for cell in likely.filter(~bare)}
    told = [card for cards in found.values() for card in cards]
    rights = _bare_kinds(numbers.filter(right)) + Counter(card.kind for card in told if _is_card(card))
    wrongs = _bare_kinds(numbers.filter(~right)) + Counter(card.kind for card in told if not _is_card(card))
    # One in ten numbers has the right check digit by chance: a column of identifiers has few, one of cards nearly all.
    known = {kind for kind, count in rights.items() if count < LEAST_RIGHT * (count + wrongs[kind])}
    open_to_doubt = [cell for cell in numbers.filter(right) if _bare_kind(cell[0], len(cell)) not in known]
    found |= {cell: list(candidates(cell)) for cell in open_to_doubt}
    cards = {cell: [card for card in each if _is_card(card) and card.kind not in known] for cell, each in found.items()}
    return {cell: each for cell, each in cards.items() if each}


def _bare_kinds(numbers: pl.Series) -> Counter[Kind]:
    """How many undivided numbers there are of each kind."""
    counts = numbers.to_frame("number").group_by(pl.col("number").str.head(1), size=pl.col("number").str.len_bytes())
    return Counter({_bare_kind(first, size): count for first, size, count in counts.len().iter_rows()})


def _bare_kind(first: str, size: int) -> Kind:
    return first, size, "", "", False


@cache
def _issued_in_rust() -> str:
    """`ISSUED` without the looks ahead that Rust does not know: a prefix and the digits that are left."""
    spelled = [
        f"{prefix}[0-9]{{{length - _width(prefix)}}}"
        for length, prefixes in ISSUERS.items()
        for prefix in prefixes.split("|")
    ]
    return f"^(?:{'|'.join(spelled)})$"


def _width(prefix: str) -> int:
    return len(re.sub(r"\[[^]]*\]", "x", prefix))


def candidates(text: str) -> Iterator[Candidate]:
    """Every number of a text that an issuer may have given out, whatever its check digit."""
    plain, places = _plain(text)
    spared = list(_accounts(plain))
    for start, end, digits, sign in (*_in_runs(plain), *_with_exponent(plain)):
        if not any(first <= start < last for first, last in spared):
            # The word that a number is glued to tells its kind: `INV4242…` is an invoice all over the column.
            before = "".join(takewhile(str.isalpha, reversed(plain[max(0, start - 12) : start])))[::-1]
            kind = (digits[0], len(digits), sign, before.casefold(), plain[end : end + 1].isalpha())
            yield Candidate(places[start], places[end - 1] + 1, digits, kind)


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """A text with ASCII digits, spaces, dashes and points, without what nobody sees; and where each sign stood."""
    if text.isascii():
        return text, range(len(text))
    kept = [(sign, place) for place, sign in enumerate(map(plain_sign, text)) if sign]
    return "".join(sign for sign, _ in kept), [place for _, place in kept]


@cache
def plain_sign(sign: str) -> str:
    """The sign that a reader takes it for, of ASCII where there is one; nothing for one that nobody sees."""
    if sign.isascii():
        return sign
    kind = category(sign)
    return "" if kind == "Cf" else str(decimal(sign)) if kind == "Nd" else LIKE.get(sign, PLAIN_SIGNS.get(kind, sign))


def _in_runs(plain: str) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, digits and the sign between groups of each number that an issuer may have given out."""
    for run in RUN.finditer(plain):
        groups = [found.span() for found in DIGITS.finditer(plain, *run.span())]
        signs = [plain[end:start] for (_, end), (start, _) in pairwise(groups)]
        place = 0
        while place < len(groups):
            found = _number_at(plain, groups, signs, place)
            if found is not None:
                size, digits = found
                yield groups[place][0], groups[place + size - 1][1], digits, signs[place] if size > 1 else ""
            place += found[0] if found else 1


def _number_at(
    plain: str, groups: Sequence[tuple[int, int]], signs: Sequence[str], place: int
) -> tuple[int, str] | None:
    """How many groups from this one on are a number, and its digits; of several ways one with the right check digit."""
    start, end = groups[place]
    # A phone number with its country.
    if plain[start - 1 : start] == "+" or (end - start >= LEAST_DIGITS and _is_fraction(plain[:start], end - start)):
        return None
    sizes = list(_sizes(groups, signs, place))
    told = [(size, "".join(plain[first:last] for first, last in groups[place : place + size])) for size in sizes]
    issued = [(size, digits) for size, digits in told if ISSUED.match(digits)]
    return next(((size, digits) for size, digits in issued if luhn.is_valid(digits)), issued[0] if issued else None)


def _is_fraction(before: str, size: int) -> bool:
    """Whether digits stand behind a decimal mark: a point, or a comma behind which a number has no more than programs
    write; `12,4242424242424242` is a list.
    """
    whole = FRACTION.search(before[-20:])
    return whole is not None and (whole[2] == "." or len(whole[1].lstrip("0")) + size <= MOST_SIGNIFICANT)


def _sizes(groups: Sequence[tuple[int, int]], signs: Sequence[str], place: int) -> Iterator[int]:
    """Of how many groups a number that begins here may be: alone, grouped as on cards, digit by digit, pair by pair."""
    lengths = [end - start for start, end in groups[place : place + 20]]
    if LEAST_DIGITS <= lengths[0] <= 19:
        yield 1
        return
    same = 1 + len(list(takewhile(lambda sign: sign == signs[place], signs[place : place + 20])))
    yield from (len(way) for way in GROUPS if len(way) <= same and tuple(lengths[: len(way)]) == way)
    alike = len(list(takewhile(lambda length: length == lengths[0], lengths[:same])))
    begins = place == 0 or signs[place - 1] != (signs[place] if place < len(signs) else "")
    if (begins and (alike, lengths[0]) == (8, 2)) or (lengths[0] == 1 and LEAST_DIGITS <= alike <= 19):
        yield alike
    yield from _broken(lengths, signs[place : place + 19])


def _broken(lengths: Sequence[int], signs: Sequence[str]) -> Iterator[int]:
    """Of how many groups a number may be that line breaks part: at its ends of lines and between its groups alike.

    `4242 4242` above `4242 4242`, or `42424242` above `42424242`: a cell is one line when it is stored.
    """
    broken = [BROKEN_LINE.search(sign) is not None for sign in signs]
    if not any(broken):
        return
    for way in GROUPS:
        ends, digits, parting = set(accumulate(way)), 0, set[str]()
        for size, length in enumerate(lengths[: len(way)], start=1):
            digits += length
            if digits not in ends:
                break
            if digits == sum(way):
                if any(broken[: size - 1]) and len(parting) <= 1:
                    yield size
                break
            parting |= set() if size > len(signs) or broken[size - 1] else {signs[size - 1]}


def _with_exponent(plain: str) -> Iterator[tuple[int, int, str, str]]:
    """Numbers as programs write large ones: `4.242424242424242E+15`."""
    for found in EXPONENT.finditer(plain):
        digits = (found[1] + found[2]).ljust(int(found[3]) + 1, "0")
        if len(digits) == int(found[3]) + 1 and ISSUED.match(digits):
            yield found.start(), found.end(2), digits, "E"


def _accounts(plain: str) -> Iterator[tuple[int, int]]:
    """Where bank accounts stand: IBANs, Polish ones without their country too."""
    # An account may be broken over lines as well.
    one_line = BROKEN_LINE.sub(" ", plain)
    for found in (each for text in dict.fromkeys((plain, one_line)) for each in ACCOUNT.finditer(text)):
        ends = reversed(range(found.start() + 15, found.end() + 1))
        told = ((end, one_line[found.start() : end].replace(" ", "")) for end in ends)
        last = next((end for end, text in told if iban.is_valid(text if text[0].isalpha() else f"PL{text}")), None)
        if last is not None:
            yield found.start(), last


def _is_card(number: Candidate) -> bool:
    """Whether the check digit is right, and it is no SIRET, whose first nine digits have their own."""
    siret = len(number.digits) == 14 and number.kind[2] == "" and luhn.is_valid(number.digits[:9])
    return luhn.is_valid(number.digits) and not siret


def _checks(numbers: pl.Series) -> pl.Series:
    """Whether the last digit of each number is the one that Luhn's rule gives, as `luhn.is_valid` says of one.

    A million calls of stdnum 2.2 take 4 s, this 0.4 s; `tests/pipelines/cards/test_card_numbers.py` holds the two
    together.
    """
    number = pl.col("number").cast(pl.UInt64)
    # 19 digits fit 64 bits without a sign.
    places = [number // 10**place % 10 for place in range(19)]
    doubled = [place * 2 - 9 * (place > 4).cast(pl.UInt64) for place in places[1::2]]
    total = pl.sum_horizontal(*doubled, *places[0::2])
    return numbers.alias("number").to_frame().select(total % 10 == 0).to_series()
