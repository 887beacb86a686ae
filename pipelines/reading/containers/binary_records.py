"""The records of which binary workbooks are made: kind, length, data, one behind the other.

Lives here: walking them in an xls (MS-XLS) and an xlsb (MS-XLSB). Not here: what they mean.
"""

import struct
from collections.abc import Iterator

GLOBALS = 65536
"""Bytes of an xls within which the records that speak of all sheets are looked for."""

END_OF_GLOBALS = 0x0A


def records_of(workbook: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of an old workbook that speak of all its sheets: kind and data."""
    at = 0
    while at + 4 <= len(workbook):
        kind, length = struct.unpack_from("<HH", workbook, at)
        # What follows belongs to single sheets; hundreds of megabytes of cells may stand there.
        if kind == END_OF_GLOBALS:
            return
        yield kind, workbook[at + 4 : at + 4 + length]
        at += 4 + length


def binary_records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a part of an xlsb: kind and data, as far as they are whole (MS-XLSB 2.1.4)."""
    at = 0
    while at < len(part):
        # A kind has two bytes at most, a length four: damaged bytes cannot make either of them endless.
        kind, at = _number(part, at, 2)
        length, at = _number(part, at, 4)
        yield kind, part[at : at + length]
        at += length


def _number(part: bytes, at: int, at_most: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where the next begins."""
    found = 0
    for place in range(at_most):
        byte = part[at + place] if at + place < len(part) else 0
        found |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return found, at + place + 1
    return found, at + at_most
