"""The currency that a number format of a workbook shows beside its numbers: `[$€-407]`, `"zł"`, `0.00\\ [$kr-41D]_-`.

Lives here: which mark a format code has. Not here: other meanings of a code
(`pipelines/reading/containers/number_formats.py`), which currencies a mark can mean
(`pipelines/parsing/numbers/currency_marks.py`), whether they are the source's (`pipelines/parsing/numbers/numbers.py`).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from pipelines.parsing.numbers.currency_marks import read_edges
from pipelines.reading.containers.number_formats import GENERAL, Mask, mask_of, pieces

BRACKET = re.compile(r"\[\$([^\]\"-]*)(?:-[^\]]*)?\]")
OTHER_BRACKET = re.compile(r"\[[^\]$]*\]")
PLACES = frozenset("0#?")
AROUND = " \u00a0\u202f()+-.,"
"""What may stand between a mark and its number."""


@cache
def look_of(code: str) -> Mask | str | None:
    """How a format shows a number otherwise than it is: padded, or with the mark of a currency."""
    return mask_of(code) or currency_mark(code)


def looks_by_style(formats: Iterable[str]) -> Mapping[int, Mask | str]:
    """The styles that do so, by their place."""
    return {place: look for place, code in enumerate(formats) if (look := look_of(code))}


def currency_mark(code: str) -> str | None:
    """The mark of the currency that a format names, a code where only one can be meant; None where it names none.

    A mark in `[$…]` is always one of money, though it need not be known; a text is one where it would be beside an
    amount of a CSV. A language alone (`[$-409]`) is none, nor is a built-in format: it shows the reader's currency.
    """
    # The section of positive numbers; negative ones name the same currency.
    section = code.split(";")[0].replace(GENERAL, "0")
    bracket = next((found[1].strip(AROUND) for found in BRACKET.finditer(section) if found[1].strip(AROUND)), None)
    head, tail = _around(OTHER_BRACKET.sub("", BRACKET.sub(r'"\1"', section)))
    return _mark_among(head, tail) or bracket


def _around(section: str) -> tuple[str, str]:
    """The texts before the first and after the last place of a digit; none where no digit has a place."""
    shown = [(text, not literal and text in PLACES) for text, literal in pieces(section)]
    places = [at for at, (_, is_place) in enumerate(shown) if is_place]
    if not places:
        return "", ""
    head, tail = shown[: places[0]], shown[places[-1] + 1 :]
    return "".join(text for text, _ in head).strip(AROUND), "".join(text for text, _ in tail).strip(AROUND)


def _mark_among(head: str, tail: str) -> str | None:
    """The mark among these texts; of a longer text (`k€`, `€/year`) its sign."""
    if not head and not tail:
        return None
    edges = read_edges(head, tail)
    if edges is None:
        # Sc is Unicode's category of currency signs.
        return next((sign for sign in head + tail if unicodedata.category(sign) == "Sc"), None)
    if edges.currencies is None or len(edges.currencies) != 1:
        return f"{head} {tail}".strip() if edges.currencies is not None else None
    return next(iter(edges.currencies))
