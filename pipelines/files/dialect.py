"""How a text file is written: its encoding, its delimiter, its `sep=` line.

Lives here: deciding the encoding from all bytes, the delimiter from the first lines. Not here: splitting into
cells (`delimited.py`).
"""

import codecs
import io

import polars as pl

from pipelines.errors import FileRefused, SealBroken

DELIMITERS = (",", ";", "|", "\t")
QUOTED = r'"(?:[^"]|"")*"'
SEP_LINE = "sep="
SAMPLE_LINES = 2000

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive or a workbook (xlsx, ods)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (xls) or a protected one"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (codecs.BOM_UTF16_LE, "UTF-16 text"),
    (codecs.BOM_UTF16_BE, "UTF-16 text"),
)


def decode(content: bytes, language: str = "en") -> tuple[bytes, str]:
    """The file's bytes without byte order mark, lines ending in `\\n`, and the name of the encoding found.

    Raises FileRefused: EMPTY_FILE, INVALID_FILE_FORMAT (by content, never by the file's name).
    """
    for magic, meaning in MAGIC:
        if content.startswith(magic):
            raise FileRefused("INVALID_FILE_FORMAT", language, found=f"it is {meaning}", expected="CSV in UTF-8")
    encoding = "utf-8-sig" if content.startswith(codecs.BOM_UTF8) else "utf-8"
    text = content.removeprefix(codecs.BOM_UTF8).removeprefix(codecs.BOM_UTF8)
    if not text or text.isspace():
        raise FileRefused("EMPTY_FILE", language)
    return (text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text), encoding


def lines_of(text: bytes, language: str = "en") -> pl.Series:
    """The lines of a text without their ends; ENCODING_UNDECIDABLE where a byte is not UTF-8 (AMB-29)."""
    try:
        return pl.read_lines(io.BytesIO(text)).to_series().alias("text")
    except pl.exceptions.ComputeError as error:
        raise FileRefused("ENCODING_UNDECIDABLE", language, found=_not_utf8(text)) from error


def _not_utf8(text: bytes) -> str:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte 0x{text[error.start]:02x} in row {text.count(10, 0, error.start) + 1}"
    raise SealBroken("the line reader found a fault in text that is UTF-8")


def find_delimiter(lines: pl.Series) -> str:
    """The delimiter of these lines: named by a `sep=` line, else the one that splits most evenly (PIT-05).

    The score of a candidate is its most frequent width times the share of lines that have it, counted
    outside quotes; a file without any candidate is one column wide and takes the comma.
    """
    first = str(lines[0]).strip().lower() if len(lines) else ""
    if first.startswith(SEP_LINE) and len(first) == len(SEP_LINE) + 1:
        return first[-1]
    bare = lines.head(SAMPLE_LINES).str.replace_all(QUOTED, "")
    return max(DELIMITERS, key=lambda delimiter: _score(bare, delimiter))


def _score(lines: pl.Series, delimiter: str) -> float:
    widths = lines.filter(lines.str.strip_chars(" ") != "").str.count_matches(delimiter, literal=True)
    if widths.is_empty() or widths.max() == 0:
        return 0.0
    modal = widths.filter(widths > 0).mode().max()
    return float(modal) * float((widths == modal).mean() or 0)  # type: ignore[arg-type]  # polars types any scalar
