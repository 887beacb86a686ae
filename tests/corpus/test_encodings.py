"""Texts in old encodings, decoded without being told: right, wrong or left undecided (AMB-29, PIT-03)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.errors import FileRefused
from pipelines.reading.text.encodings import to_text
from tests.corpus import Line

pytestmark = pytest.mark.slow

LISTS = (
    ("clients-fr-1000.csv", "utf-8-sig", ("cp1252", "iso-8859-15", "mac-roman", "cp850")),
    ("klienci-pl-1000.csv", "cp1250", ("cp1250", "iso-8859-2", "cp852", "mac-latin2")),
    ("kunden-de-1000.csv", "cp1252", ("cp1252", "cp1250", "iso-8859-2", "mac-roman", "cp850")),
)


def codec_of(folder: str) -> str:
    """The encoding that a folder of the corpus is named after."""
    return {"windows": "cp1250", "iso": "iso-8859-2"}.get(folder.split("-")[0], folder)


def plain(text: str) -> str:
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def outcome(content: bytes, text: str) -> str:
    try:
        decoded = to_text(content)
    except FileRefused:
        return "undecided"
    return "right" if decoded.text.decode("utf-8") == plain(text) and not decoded.faults else "wrong"


def lists(corpus: Path, size: int) -> Iterator[str]:
    """What becomes of a list's first rows with accents, in each encoding that can hold them."""
    for name, written, codecs in LISTS:
        rows = (corpus / "faker-lists" / name).read_bytes().decode(written).splitlines()
        accented = [row for row in rows if not row.isascii()]
        for codec in codecs:
            text = "\n".join([rows[0], *(row for row in accented if _fits(row, codec))][:size])
            yield outcome(text.encode(codec), text) if _fits(rows[0], codec) else "undecided"


def _fits(row: str, codec: str) -> bool:
    return row == row.encode(codec, "ignore").decode(codec)


def line(topic: str, outcomes: list[str]) -> Line:
    return Line(topic, len(outcomes), outcomes.count("right"), outcomes.count("wrong"))


def measure(corpus: Path) -> list[Line]:
    files = sorted((corpus / "encodings").glob("*/*"))
    texts = [outcome(path.read_bytes(), path.read_bytes().decode(codec_of(path.parent.name))) for path in files]
    return [
        line("encodings: texts", texts),
        line("encodings: lists of 100 rows", list(lists(corpus, 100))),
        line("encodings: lists of 10 rows", list(lists(corpus, 10))),
    ]


@pytest.fixture(scope="module")
def lines(corpus: Path) -> dict[str, Line]:
    return {line.topic: line for line in measure(corpus)}


@pytest.mark.rule("AMB-29")
def test_every_text_is_decoded_right(lines: dict[str, Line]) -> None:
    found = lines["encodings: texts"]
    assert (found.right, found.wrong) == (found.cases, 0)


@pytest.mark.rule("PIT-03")
@pytest.mark.parametrize(("size", "least"), [(100, 1.0), (10, 0.6)])
def test_a_list_is_decoded_right_or_refused_never_wrong(lines: dict[str, Line], size: int, least: float) -> None:
    found = lines[f"encodings: lists of {size} rows"]
    assert found.wrong == 0
    assert found.right >= least * found.cases
