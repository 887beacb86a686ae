"""Whether a workbook that a native reader gave up on is damaged, or whether only the reader cannot read it.

Lives here: the signs of damage in each container: parts that are no XML, records that end too early. Not here: reading
(`workbook_reader.py`), containers that cannot be opened at all (`pipelines/reading/containers/formats.py`).
"""

import io
import zipfile
from xml.parsers import expat

from pipelines.reading.containers import ole2
from pipelines.reading.containers.binary_records import END_OF_GLOBALS, records_of
from pipelines.reading.containers.broken_xml import NO_XML
from pipelines.reading.containers.xlsx_parts import BROKEN, PIECE

MAIN_PARTS = ("workbook.xml", "workbook.bin", "content.xml")
XLS_SHEET, END = 0x85, END_OF_GLOBALS.to_bytes(2, "little")
# A part may be sound XML of something else: bytes of another file in its place.
ROOTS = {"workbook.xml": "workbook", "content.xml": "document-content"}


def is_damaged(content: bytes) -> bool:
    """Whether the bytes themselves show it; a workbook without such a sign is sound as far as anybody knows."""
    if content.startswith(ole2.SIGNATURE):
        return _ends_early(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            names = [name for name in container.namelist() if name.lower().endswith((".xml", ".rels"))]
            has_main = any(name.lower().endswith(MAIN_PARTS) for name in container.namelist())
            return not has_main or not all(_is_xml(container, name) for name in names)
    except BROKEN:
        return True


def _is_xml(container: zipfile.ZipFile, name: str) -> bool:
    """Whether a part is XML to its end, and the main one about a workbook."""
    roots: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda element, _: roots.append(element) if not roots else None
    try:
        with container.open(name) as stream:
            while piece := stream.read(PIECE):
                parser.Parse(piece)
        parser.Parse(b"", True)
    except NO_XML:
        return False
    wanted = ROOTS.get(name.lower().rpartition("/")[2])
    return wanted is None or roots[0].rpartition(" ")[2].lower() == wanted


def _ends_early(content: bytes) -> bool:
    """Whether the streams of an xls are broken, or the records of the book or of a sheet never come to their end."""
    try:
        streams = ole2.streams_of(content, len(content))
    except ole2.Broken:
        return True
    book = streams.get("workbook", streams.get("book", b""))
    sheets = [int.from_bytes(data[:4], "little") for kind, data in records_of(book) if kind == XLS_SHEET]
    # A file that was cut off has no end of its last sheet.
    return not all(_comes_to_end(book[place:]) for place in (0, *sheets))


def _comes_to_end(records: bytes) -> bool:
    whole = sum(4 + len(data) for _, data in records_of(records))
    return records[whole : whole + 2] == END
