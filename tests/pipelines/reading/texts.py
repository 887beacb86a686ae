"""Small tables as text, and what reading them gives."""

import csv
import io
from collections.abc import Sequence
from typing import Literal

import pytest

from pipelines.errors import FileRefused
from pipelines.reading.read_file import read_file

DELIMITERS = ",;|\t"


def cells(text: str | bytes) -> list[tuple[int | str, ...]]:
    """Row number and cells of every row of the right width."""
    return read_file(text.encode() if isinstance(text, str) else text).rows.rows()


def refusal(content: bytes) -> tuple[str, str]:
    """Code and sentence of the refusal."""
    with pytest.raises(FileRefused) as refused:
        read_file(content)
    return refused.value.reason.code, refused.value.reason.message


def written(table: Sequence[Sequence[str]], delimiter: str, quote_all: bool = False, end: str = "\n") -> bytes:
    """A table as Python's own writer writes it."""
    out = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(table)
    return out.getvalue().encode()
