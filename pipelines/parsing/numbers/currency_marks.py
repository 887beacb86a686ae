"""What stands around the digits of an amount: signs, parentheses, currency marks, the dash that means no cents.

Lives here: taking an amount's cell apart into its number and its currencies. Not here: what the number's own
separators mean (`number_shapes.py`), the marks themselves (`schemas/currencies.py`).
"""

import re
from dataclasses import dataclass
from functools import cache

import polars as pl

from pipelines.language.languages import currency_codes
from schemas.currencies import currencies
from schemas.wordlists import choice

CELL = r"^(?<head>[^0-9]{0,20})(?<body>[0-9](?:.*[0-9])?)(?<tail>[^0-9]{0,20})$"
BODY_GAP = r"^([0-9]{1,3}(?:\.[0-9]{3})+,|[0-9]+\.) ([0-9]{2})$"
SIGN_AS_POINT = r"^([0-9]+) ?([€£]) ?([0-9]{2})$"
INNER = "¦"
"""Stands for the decimal mark of `12€50`, which says nothing about the column's comma or point."""

MARK = r"[^\d\s+,'()-](?:[^\d+,'()-]*[^\d\s+,'()-])?"
HEAD = re.compile(rf"(?:(?P<before>[+-]) ?)?(?:(?P<mark>{MARK})(?: ?(?P<after>[+-])| ?))?")
TAIL = re.compile(rf"(?:(?P<point>[.,])-{{0,3}}|(?P<minus>-))? ?(?P<mark>{MARK})?(?P<after> ?-)?")


MARK_IN_BRACKETS = re.compile(r" ?\(([^()]+)\)$")
TAX, INCLUDED = choice("amount_words", "tax"), choice("amount_words", "included")
TAXES = re.compile(
    rf"(?i) ?\b(?:{choice('amount_words', 'with taxes')}|(?:{INCLUDED})\.? (?:{TAX})|(?:{TAX}) (?:{INCLUDED})\w*)\.?$"
)
"""What says that taxes are in the amount, as they are in any that is paid."""


@dataclass(frozen=True)
class Edges:
    """What an amount's head and tail say: text to put before and after its digits, and its possible currencies."""

    before: str
    after: str
    currencies: frozenset[str] | None


def without_marks(text: pl.Series, currency: str | None) -> tuple[pl.Series, pl.Series]:
    """The bare number of each cell, null where what surrounds it is not known, and where its currency is another.

    `text` holds plain signs and spaces (`number_shapes.tidy`). A mark that cannot mean `currency`, or two marks
    that contradict each other, make a cell foreign (PIT-21).
    """
    # Prices as France writes them: `12€50`.
    pointed = _replaced(text, SIGN_AS_POINT, f"${{1}}{INNER}$3 $2")
    parts = pointed.str.extract_groups(CELL).struct.unnest()
    # A column has few different edges: each pair is read once, however many rows it stands in.
    known = _known_edges(parts.select("head", "tail").unique().drop_nulls(), currency)
    told = parts.join(known, on=("head", "tail"), how="left", maintain_order="left")
    body = _replaced(parts["body"], BODY_GAP, "$1$2")
    return told["before"] + body + told["after"], told["foreign"].fill_null(False)


def _replaced(text: pl.Series, pattern: str, by: str) -> pl.Series:
    """The text with what is rarely there replaced; looking first costs a quarter of replacing."""
    return text.str.replace(pattern, by) if text.str.contains(pattern).any() else text


def _known_edges(pairs: pl.DataFrame, currency: str | None) -> pl.DataFrame:
    """Each pair of head and tail that can be read, with what it says."""
    read = [(head, tail, read_edges(head, tail)) for head, tail in pairs.iter_rows()]
    return pl.DataFrame(
        [
            (head, tail, edges.before, edges.after, _is_foreign(edges.currencies, currency))
            for head, tail, edges in read
            if edges is not None
        ],
        schema={"head": pl.String, "tail": pl.String, "before": pl.String, "after": pl.String, "foreign": pl.Boolean},
        orient="row",
    )


def _is_foreign(currencies: frozenset[str] | None, currency: str | None) -> bool:
    return currencies is not None and (not currencies or currency not in (None, *currencies))


def read_edges(head: str, tail: str) -> Edges | None:
    """What stands before and after an amount's digits, or None where it can mean anything but an amount.

    One sign at most, a minus behind or parentheses for a negative amount, currency marks on either side, a
    decimal mark at the very edge of the digits (`.50`, `12,-`).
    """
    tail = TAXES.sub("", MARK_IN_BRACKETS.sub(r" \1", tail)) if "(" not in head else TAXES.sub("", tail)
    in_parentheses = (head.count("("), tail.count(")")) == (1, 1)
    if in_parentheses:
        head, tail = head.replace("(", "").strip(" "), tail.replace(")", "").rstrip(" ")
    head, point = _leading_point(head)
    before, after = HEAD.fullmatch(head), TAIL.fullmatch(tail)
    if before is None or after is None or (after["after"] and not after["mark"]):
        return None
    signs = [sign.strip() for sign in (*before.group("before", "after"), *after.group("minus", "after")) if sign]
    marks = [read_mark(mark) for mark in (before["mark"], after["mark"]) if mark]
    if None in marks or len(signs) + in_parentheses > 1:
        return None
    found = frozenset.intersection(*(mark for mark in marks if mark is not None)) if marks else None
    sign = "-" if in_parentheses or signs == ["-"] else ""
    return Edges(sign + (f"0{point}" if point else ""), f"{after['point']}0" if after["point"] else "", found)


def _leading_point(head: str) -> tuple[str, str]:
    """The head without the decimal mark at its end, and that mark.

    The dot of `Rs.` is no decimal mark; that of `EUR.` could be one, so it is left where no mark allows it.
    """
    if not head.endswith((".", ",")) or re.sub(r"[\s+-]", "", head).casefold() in _dotted():
        return head, ""
    # A dot behind a letter shortens a word; behind a space or a sign it begins the decimals.
    return (f"{head}.", "") if head[-2:-1].isalpha() else (head[:-1], head[-1])


def read_mark(text: str) -> frozenset[str] | None:
    """The currencies that a mark can mean: a sign, a code, a name, or two of them; None where it is no mark.

    >>> sorted(read_mark("zł"))
    ['PLN']
    """
    word = re.sub(r"\s", "", text).casefold()
    found = currency_marks().get(word)
    if found is None and word.endswith(".") and (word[-2:-1].isalpha() or word in _dotted()):
        found = currency_marks().get(word[:-1])
    if found is not None or " " not in text:
        return found
    first, second = (read_mark(part) for part in text.split(" ", maxsplit=1))
    return None if first is None or second is None else first & second


@cache
def currency_marks() -> dict[str, frozenset[str]]:
    """Every currency mark in lower case, without a dot at its end, with the ISO 4217 codes it can mean.

    Codes of the past are among them, so that an amount in one is seen to be in no currency of today.
    """
    found = {code.casefold(): frozenset([code]) for code in currency_codes()}
    for code, known in currencies().items():
        for mark in known.marks:
            bare = mark.removesuffix(".")
            found[bare] = found.get(bare, frozenset()) | {code}
    return found


@cache
def _dotted() -> frozenset[str]:
    return frozenset(mark for known in currencies().values() for mark in known.marks if mark.endswith("."))
