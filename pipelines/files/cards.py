"""Payment card numbers in text: finding them and masking them, so that none is ever stored (SC-18).

Lives here: what looks like a card number. Not here: what becomes of the row (`judging.py`), of the file
(`filing.py`).
"""

import re
from itertools import pairwise

import polars as pl

from pipelines.files.parsing import nowhere

LEAST_DIGITS = 13
GROUPED = (
    r"[0-9]{4}([ .-])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{3}(?![0-9]))?"
    r"|3[47][0-9]{2}([ .-])[0-9]{6}\2[0-9]{5}"
    r"|3[0689][0-9]{2}([ .-])[0-9]{6}\3[0-9]{4}"
)
NUMBER = re.compile(rf"(?<![0-9A-Za-z+])(?<![0-9][ .,-])(?:{GROUPED}|[0-9]{{13,19}})(?![0-9A-Za-z])(?!,[0-9])")
LIKELY = (
    r"\b(?:[2-6][0-9]{15,18}|3[0-9]{13,14}|4[0-9]{12}"
    r"|[2-6][0-9]{3}[ .-][0-9]{4}[ .-][0-9]{4}[ .-][0-9]{4}|3[0-9]{3}[ .-][0-9]{6}[ .-][0-9]{4,5})\b"
)
"""What every card number holds, to pass over most cells at once."""

DIGITS = r"[2-6][0-9]{3}(?:[0-9]{9}|[ .-][0-9]{4}[ .-][0-9]{4}[ .-]|[ .-][0-9]{6}[ .-])"
"""What every likely number holds: without a word's bounds, which are slow to find beside letters of any alphabet."""

ISSUERS: dict[int, re.Pattern[str]] = {
    13: re.compile("4"),
    14: re.compile("30[0-5]|36|3[89]"),
    15: re.compile("3[47]"),
    16: re.compile("4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|35[2-8]|6011|64[4-9]|65|62|220[0-4]|50|5[6-9]|6[37]"),
    17: re.compile("62|50|5[6-9]|6[37]"),
    18: re.compile("62|50|5[6-9]|6[37]"),
    19: re.compile("4|62|6011|64[4-9]|65|50|5[6-9]|6[37]"),
}
"""How numbers of each length start: Visa, Diners, American Express, Mastercard, JCB, Discover, UnionPay, Maestro."""

MOSTLY = 0.5
"""Of numbers that are no cards one in ten has the right check digit; of a column of cards nearly all have."""

MARKS = {"utf-16-le": (b"\xff\xfe", 1), "utf-16-be": (b"\xfe\xff", 0)}


def find_cards(text: pl.Series) -> pl.Series:
    """The rows that hold the number of a payment card; null rows hold none (SENSITIVE_DATA, SC-18).

    13 to 19 digits, together or in the groups that are printed on cards, with an issuer's prefix and the
    right check digit, no part of a longer number or of an IBAN. Where most undivided numbers of that length
    in the column have a wrong check digit they are identifiers, as are French SIRET.
    """
    cells = _candidates(text)
    holding = [cell for cell in cells if _cards(cell)]
    return text.is_in(holding).fill_null(False) if holding else nowhere(text)


def mask_cards(text: pl.Series) -> pl.Series:
    """Text with all but the last four digits of each card number as `•`; the rest as it is."""
    cells = _candidates(text)
    masked = pl.Series([_masked(cell, frozenset(), "•") for cell in cells], dtype=pl.String)
    return text.replace(cells, masked) if len(cells) else text


def mask_cards_in_bytes(content: bytes) -> bytes:
    """A delimited file with all but the last four digits of each card number as `*`, no byte more or less.

    Every encoding in use writes digits as ASCII does, or as UTF-16; a file without cards stays as it is.
    """
    encoding = _encoding(content)
    even = len(content) - len(content) % 2 if encoding != "latin-1" else len(content)
    errors = "strict" if encoding == "latin-1" else "surrogatepass"
    try:
        text = content[:even].decode(encoding, errors)
    except UnicodeDecodeError:
        return content
    undivided = pl.Series([found[0] for found in NUMBER.finditer(text) if found[0].isdigit()], dtype=pl.String)
    masked = _masked(text, _identifiers(undivided), "*")
    return content if masked == text else masked.encode(encoding, errors) + content[even:]


def _candidates(text: pl.Series) -> pl.Series:
    """The distinct cells that may hold a card number, those that are nothing but a wrong number left out."""
    if not (text.str.len_bytes() >= LEAST_DIGITS).any():
        return text.clear()
    cells = text.filter(text.str.contains(DIGITS)).unique()
    likely = cells.filter(cells.str.contains(LIKELY))
    bare = likely.str.contains(f"^[0-9]{{{LEAST_DIGITS},19}}$")
    numbers = likely.filter(bare)
    identifiers = _identifiers(numbers)
    right = numbers.filter(_checks(numbers) & ~numbers.str.len_bytes().is_in(identifiers))
    return pl.concat([right, likely.filter(~bare)])


def _identifiers(numbers: pl.Series) -> frozenset[int]:
    """The lengths of numbers of which most have a wrong check digit."""
    verdicts = pl.DataFrame({"length": numbers.str.len_bytes(), "right": _checks(numbers)})
    shares = verdicts.group_by("length").agg(pl.col("right").mean())
    return frozenset(shares.filter(pl.col("right") < MOSTLY)["length"].to_list())


def _cards(text: str, identifiers: frozenset[int] = frozenset()) -> list[tuple[int, int]]:
    """Where the card numbers of a text are; undivided numbers as long as identifiers are none."""
    found = (_card(number, identifiers) for number in NUMBER.finditer(text))
    return [span for span in found if span]


def _card(number: re.Match[str], identifiers: frozenset[int]) -> tuple[int, int] | None:
    """Where the card number lies within what looks like one: three digits behind the groups may be its code."""
    start, end = number.span()
    if number[0].isdigit():
        return (start, end) if len(number[0]) not in identifiers and _is_card(number[0]) else None
    ends = (end, end - 4) if end - start == 23 else (end,)
    return next(((start, last) for last in ends if _is_card(_digits(number[0][: last - start]))), None)


def _is_card(digits: str) -> bool:
    """Whether issuer and check digit are right, and it is no SIRET, whose first nine digits have their own."""
    issued = ISSUERS[len(digits)].match(digits) is not None
    siret = len(digits) == 14 and _luhn(digits[:9])
    return issued and _luhn(digits) and not siret


def _masked(text: str, identifiers: frozenset[int], mark: str) -> str:
    """The text with its card numbers masked, all else as it is."""
    found = _cards(text, identifiers)
    if not found:
        return text
    edges = [(0, 0), *found, (len(text), len(text))]
    between = [text[end:start] for (_, end), (start, _) in pairwise(edges)]
    cards = [_masked_number(text[start:end], mark) for start, end in found]
    return "".join(part for pair in zip(between, [*cards, ""], strict=True) for part in pair)


def _masked_number(number: str, mark: str) -> str:
    return re.sub("[0-9]", mark, number[:-4]) + number[-4:]


def _digits(number: str) -> str:
    return re.sub("[^0-9]", "", number)


def _luhn(digits: str) -> bool:
    """Luhn's rule for one number; `_checks` is the same for many."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def _checks(numbers: pl.Series) -> pl.Series:
    """Whether the last digit of each number is the one that Luhn's rule gives."""
    number = pl.col("number").cast(pl.UInt64)
    places = [number // 10**place % 10 for place in range(19)]
    doubled = [place * 2 - 9 * (place > 4).cast(pl.UInt64) for place in places[1::2]]
    total = pl.sum_horizontal(*doubled, *places[0::2])
    return numbers.alias("number").to_frame().select(total % 10 == 0).to_series()


def _encoding(content: bytes) -> str:
    """UTF-16 by its mark or by its zero bytes; else any encoding in which a digit is one byte."""
    for encoding, (mark, zero_at) in MARKS.items():
        if content.startswith(mark) or (len(content) > 1 and content[zero_at] == 0 and content[1 - zero_at] != 0):
            return encoding
    return "latin-1"
