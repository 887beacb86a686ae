"""What kind of file this is, by its content and never by its name (RF-01, PIT-17).

Lives here: the signatures, what is refused and what it seems to be, protection, how large a container may unpack. Not
here: reading any of them (`pipelines/reading/text/csv_reader.py`, `pipelines/reading/workbooks/workbook_reader.py`),
encodings (`pipelines/reading/text/csv_dialect.py`).
"""

import io
import re
import struct
import zipfile
from typing import Literal

from pipelines.errors import FileRefused
from pipelines.reading.containers import ole2
from pipelines.reading.containers.binary_records import GLOBALS, records_of
from pipelines.reading.containers.package_parts import type_of_main_part
from pipelines.reading.containers.xlsx_parts import BROKEN
from pipelines.reading.events.json_lines import is_event_text
from schemas.sentences.note import Note

Format = Literal["csv", "xlsx", "xls", "xlsb", "ods", "ndjson"]

LARGEST_UNPACKED = 4_000_000_000
STEEPEST, STEEP_FROM = 200, 50_000_000
"""A part of a container may unpack to so many times its size, from so many bytes on."""

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "seven_zip"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "database"),
)
# The record BOF of Excel 2 to 5, whose streams lie in no container: its length is 4, 6, 8 or 16.
OLD_BIFF = re.compile(rb"\x09[\x00\x02\x04\x08](?:\x04|\x06|\x08|\x10)\x00", re.DOTALL)
START_OF_XML = re.compile(r"^(?:<\?xml|<!--|<!doctype|<[a-z][\w.-]*(?::[\w.-]+)?[\s/>])", re.IGNORECASE)
HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|table|meta|div|style|script)[\s>]", re.IGNORECASE)
# Not every `{` or `[`: a list of customers may begin with a bracket in its first title.
START_OF_JSON = re.compile(r'^(?:\{\s*(?:"|\})|\[\s*(?:\{|\[\s*["\d\[]|"|\]|-?\d+\s*[,\]]))')
# Without Ctrl-Z (the end of a DOS text) and escape, with which ISO 2022 changes the alphabet.
CONTROLS = bytes({*range(1, 32)} - set(b"\t\n\v\f\r\x1a\x1b"))
BINARY_SAMPLE, BINARY_SHARE, FEWEST_CONTROLS = 65_536, 0.05, 256
MARKS_OF_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# Bit 0 of a part's general purpose flag (APPNOTE 4.4.4).
ENCRYPTED = 1
FIRST_BYTES = 4096
# The record FilePass of MS-XLS.
FILE_PASSWORD = 0x2F


def format_of(content: bytes, language: str = "en") -> Format:
    """The format of a file that can be read; events are `ndjson`, any other text is `csv`.

    Raises FileRefused: INVALID_FILE_FORMAT saying what it seems to be, PASSWORD_PROTECTED, CORRUPT_FILE,
    FILE_TOO_LARGE (a container that unpacks to more than a customer list can be).
    """
    # The second is an empty container, which has nothing but its end.
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_zip(content, language)
    if content.startswith(ole2.SIGNATURE):
        return _of_compound(content, language)
    # Before JSON is refused: events are JSON, one object per line.
    if is_event_text(content):
        return "ndjson"
    seeming = _seeming(content)
    if seeming:
        raise _refused(language, seeming)
    return "csv"


def _refused(language: str, seeming: str) -> FileRefused:
    return FileRefused("INVALID_FILE_FORMAT", language, found=Note(f"is_{seeming}"), expected=Note("readable_formats"))


def _seeming(content: bytes) -> str | None:
    """What else than a table the file seems to be."""
    found = next((meaning for signature, meaning in SIGNATURES if content.startswith(signature)), None)
    if found or OLD_BIFF.match(content):
        return found or "old_biff"
    start = _as_text(content[:FIRST_BYTES]).lstrip("\ufeff \t\r\n")
    if START_OF_XML.match(start):
        return _markup(start)
    if START_OF_JSON.match(start):
        return "json"
    return "binary" if _is_binary(content[:BINARY_SAMPLE]) else None


def _is_binary(sample: bytes) -> bool:
    """Whether there are more control characters than any text has; wide encodings are full of them."""
    controls = 0 if sample.startswith(MARKS_OF_WIDE) else len(sample) - len(sample.translate(None, CONTROLS))
    return controls > max(FEWEST_CONTROLS, BINARY_SHARE * len(sample))


def _as_text(start: bytes) -> str:
    """Good enough to see markup in; without its NUL bytes, UTF-16 reads like ASCII."""
    return start.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\x00", b"").decode("utf-8", "replace")


def _markup(start: str) -> str | None:
    """The kind of markup; null for text that only opens like it, as `<anna@x.fr>` in a list does."""
    if "urn:schemas-microsoft-com:office:spreadsheet" in start and "<Workbook" in start:
        return "xml_spreadsheet"
    if "office:document" in start:
        return "flat_ods"
    if HTML.search(start):
        return "html"
    return "xml" if start.lower().startswith("<?xml") else None


def _of_zip(content: bytes, language: str) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            parts = container.infolist()
            if any(part.flag_bits & ENCRYPTED for part in parts):
                raise FileRefused("PASSWORD_PROTECTED", language)
            _refuse_bombs(parts, language)
            return _of_parts(container, language)
    except (*BROKEN, ValueError, OSError, struct.error) as error:
        raise damaged("damaged_container", language) from error


def damaged(how: str, language: str) -> FileRefused:
    """CORRUPT_FILE with the phrase that says how it is damaged."""
    return FileRefused("CORRUPT_FILE", language, found=Note(how))


def _refuse_bombs(parts: list[zipfile.ZipInfo], language: str) -> None:
    """FILE_TOO_LARGE by what the container itself declares, before anything is unpacked (PIT-19)."""
    # What is declared may be a lie (`expanded_size.py` counts what comes out); this stops honest bombs at once.
    unpacked = sum(part.file_size for part in parts)
    if unpacked > LARGEST_UNPACKED:
        found = Note("bytes_once_unpacked", count=unpacked)
        raise FileRefused("FILE_TOO_LARGE", language, found=found, expected=LARGEST_UNPACKED)
    if any(part.file_size > max(STEEP_FROM, STEEPEST * part.compress_size) for part in parts):
        raise damaged("too_steep", language)


def _of_parts(container: zipfile.ZipFile, language: str) -> Format:
    names = {name.replace("\\", "/").lstrip("/").lower(): name for name in container.namelist()}
    # Every OpenDocument has it (ODF 1.3, part 2, 3.3), an Office package none.
    if "mimetype" in names:
        return _of_open_document(container, names, language)
    if "[content_types].xml" in names:
        return _of_office(type_of_main_part(container) or _all_types(container, names), language)
    raise _refused(language, "numbers" if any(name.endswith(".iwa") for name in names) else "zip")


def _all_types(container: zipfile.ZipFile, names: dict[str, str]) -> str:
    """What a package declares of any part, where it does not say which one it is about."""
    return container.read(names["[content_types].xml"]).decode("utf-8", "replace").lower()


def _of_office(declared: str, language: str) -> Format:
    """The format of an Office package by a content type in lower case."""
    if "application/vnd.ms-excel.sheet.binary" in declared:
        return "xlsb"
    if "spreadsheetml" in declared or "vnd.ms-excel" in declared:
        return "xlsx"
    if "wordprocessingml" in declared or "vnd.ms-word" in declared:
        raise _refused(language, "word")
    raise _refused(language, "slides" if "presentationml" in declared or "powerpoint" in declared else "zip")


def _of_open_document(container: zipfile.ZipFile, names: dict[str, str], language: str) -> Format:
    mimetype = container.read(names["mimetype"])
    if b"opendocument" not in mimetype:
        raise _refused(language, "zip")
    manifest = names.get("meta-inf/manifest.xml")
    if manifest and b"encryption-data" in container.read(manifest):
        raise FileRefused("PASSWORD_PROTECTED", language)
    if b"opendocument.spreadsheet" not in mimetype:
        raise _refused(language, "open_document")
    return "ods"


def _of_compound(content: bytes, language: str) -> Format:
    try:
        streams = ole2.streams_of(content, GLOBALS)
    except ole2.Broken as error:
        raise damaged("damaged_container", language) from error
    # `Workbook` from Excel 97 on, `Book` in Excel 5 and 95.
    workbook = streams.get("workbook", streams.get("book"))
    # A protected xlsx is an OLE2 container with the package encrypted in one stream (MS-OFFCRYPTO).
    if "encryptedpackage" in streams or (workbook and _has_password(workbook)):
        raise FileRefused("PASSWORD_PROTECTED", language)
    if workbook is not None:
        return "xls"
    other = {"worddocument": "word", "powerpoint document": "slides"}
    raise _refused(language, next((kind for name, kind in other.items() if name in streams), "ole"))


def _has_password(workbook: bytes) -> bool:
    """Whether the first records of an old workbook say that the others are encrypted."""
    return any(kind == FILE_PASSWORD for kind, _ in records_of(workbook))
