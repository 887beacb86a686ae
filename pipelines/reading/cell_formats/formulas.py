"""Formulas of workbooks, as far as their results lean on them: whether one can only give text.

Lives here: reading a formula as text (xlsx, ods) and as tokens (xls). Not here: finding the cells (`shown_cells.py`);
nothing is computed.
"""

import re
from collections.abc import Iterator

TEXT_FUNCTIONS = {
    "CHAR": 111,
    "CLEAN": 162,
    "CONCATENATE": 336,
    "DOLLAR": 13,
    "FIXED": 14,
    "HYPERLINK": 359,
    "LEFT": 115,
    "LOWER": 112,
    "MID": 31,
    "PROPER": 114,
    "REPLACE": 119,
    "REPT": 30,
    "RIGHT": 116,
    "SUBSTITUTE": 120,
    "T": 130,
    "TEXT": 48,
    "TRIM": 118,
    "UPPER": 113,
}
"""Functions whose result is text or an error, with their number in an xls (MS-XLS, Ftab)."""

NEWER = frozenset({"CONCAT", "TEXTJOIN", "UNICHAR"})
NAMED = frozenset({*TEXT_FUNCTIONS, *NEWER})
NUMBERED = frozenset(TEXT_FUNCTIONS.values())

QUOTED = re.compile(r'"(?:[^"]|"")*"' + r"|'(?:[^']|'')*'")
STRING_ALONE = re.compile(r'"(?:[^"]|"")*"')
# Functions that are newer than a format carry a prefix in it: `_xlfn.` in xlsx, `COM.MICROSOFT.` in ods.
CALL = re.compile(r"^\s*(?:_xlfn\.|COM\.MICROSOFT\.)?([A-Z]*)\((.*)\)\s*$", re.IGNORECASE | re.DOTALL)
COMPARES = frozenset("=<>")

CONCATENATE, STRING = 0x08, 0x17
SIZES = {
    **dict.fromkeys(range(0x03, 0x17), 1),
    **{0x01: 5, 0x02: 5, 0x1C: 2, 0x1D: 2, 0x1E: 3, 0x1F: 9, 0x20: 8, 0x21: 3, 0x22: 4, 0x23: 5, 0x24: 5, 0x25: 9},
    **{0x26: 7, 0x27: 7, 0x28: 7, 0x29: 3, 0x2A: 5, 0x2B: 9, 0x2C: 5, 0x2D: 9, 0x39: 7, 0x3A: 7, 0x3B: 11, 0x3C: 7},
    **{0x3D: 11},
}
"""Bytes of a token of BIFF8 with its first, which says its kind (MS-XLS, Ptg); those with a length are not here."""

ATTRIBUTE, CHOICE, PARENTHESES = 0x19, 0x04, 0x15
FUNCTION, FUNCTION_OF_MANY = 0x21, 0x22


def is_zero(value: str) -> bool:
    """Whether a stored number, as text, is 0, however it is written; a blank is none."""
    return not value.strip("+-0.") and "0" in value


def gives_text(formula: str) -> bool:
    """Whether the outermost operation of a formula of an xlsx or ods joins or makes text, never a number.

    A stored 0 is then no result: the writer did not compute (XlsxWriter stores 0 for every formula, and LibreOffice
    keeps it when it saves the workbook again).
    """
    # `of:` since ODF 1.2, `oooc:` before it.
    written = formula.removeprefix("of:").removeprefix("oooc:").removeprefix("=").strip()
    # Signs and brackets within texts and names of sheets are no operations.
    bare = QUOTED.sub("''", written)
    call = CALL.match(bare)
    if call is not None and _closes_last(call[2]):
        return call[1].upper() in NAMED or (not call[1] and gives_text(written[1:-1]))
    top = "".join(_outermost(bare))
    return not COMPARES & set(top) and ("&" in top or STRING_ALONE.fullmatch(written) is not None)


def _outermost(formula: str) -> Iterator[str]:
    """The characters that stand in no parentheses."""
    depth = 0
    for character in formula:
        depth += (character == "(") - (character == ")")
        if not depth:
            yield character


def _closes_last(inside: str) -> bool:
    """Whether parentheses are balanced at every place, so that the one before them is closed by the last."""
    depth = 0
    for character in inside:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return True


def tokens_give_text(tokens: bytes) -> bool:
    """The same of the tokens of a formula of an xls: the last one is the outermost operation."""
    found = list(_tokens(tokens))
    last = next((token for token in reversed(found) if token[0] not in (ATTRIBUTE, PARENTHESES)), b"")
    # A token that is not known here ends the walk: then the last one found is not the last there is.
    if not last or sum(map(len, found)) != len(tokens):
        return False
    kind = _kind(last[0])
    if kind == FUNCTION:
        return int.from_bytes(last[1:3], "little") in NUMBERED
    if kind == FUNCTION_OF_MANY:
        # Without the bit that tells commands of macros from functions (MS-XLS, PtgFuncVar, fCeFunc).
        return int.from_bytes(last[2:4], "little") & 0x7FFF in NUMBERED
    return kind in (CONCATENATE, STRING)


def _kind(first: int) -> int:
    """The kind of a token, whatever class of operand it gives (MS-XLS, Ptg)."""
    return first if first < 0x20 else first & 0x1F | 0x20


def _tokens(tokens: bytes) -> Iterator[bytes]:
    """The tokens as far as they are known and whole."""
    at = 0
    while at < len(tokens):
        size = _size(tokens, at)
        if not size or at + size > len(tokens):
            return
        yield tokens[at : at + size]
        at += size


def _size(tokens: bytes, at: int) -> int:
    first = tokens[at]
    if first == STRING and at + 3 <= len(tokens):
        return 3 + tokens[at + 1] * (1 + (tokens[at + 2] & 1))
    if first == ATTRIBUTE and at + 4 <= len(tokens):
        return 4 + (2 * (int.from_bytes(tokens[at + 2 : at + 4], "little") + 1) if tokens[at + 1] & CHOICE else 0)
    return SIZES.get(first if first < 0x20 else _kind(first), 0)
