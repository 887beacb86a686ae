"""XML written plainly: the same text in UTF-8, without what the native readers of workbooks pass over or stop at.

Lives here: rewriting one part, and every part of an xlsx. Not here: when that is needed
(`pipelines/reading/workbooks/repairs.py` for ods, `workbook_reader.py` for xlsx).
"""

import io
import zipfile
from collections.abc import Collection, Mapping
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from pipelines.reading.containers.xlsx_parts import CDATA, packed


def plainly_written(part: bytes, left_out: Collection[str], characters: Mapping[str, str]) -> bytes:
    """The same XML in UTF-8, every text as characters: no CDATA, no comments, no entities of its own.

    Args:
        part: XML that is sound.
        left_out: local names of elements that go with all that is in them.
        characters: local names of elements in whose place a character stands.
    """
    return _Rewriting(left_out, characters).of(part)


def plain_xlsx(content: bytes) -> bytes:
    """An xlsx with its parts plainly written; the very same bytes where they are so already.

    python-calamine 0.9.1 and fastexcel 0.21.0 cannot open an xlsx with a part in UTF-16 (ECMA-376, part 2, allows it
    beside UTF-8) or with an extension within a cell (part 1, 18.3.1.4, CT_Cell), and a value in CDATA is blank.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        parts = {name: container.read(name) for name in container.namelist()}
    plain = {
        name: plainly_written(part, {"extLst"}, {})
        for name, part in parts.items()
        if name.lower().endswith((".xml", ".rels")) and _needs_it(part)
    }
    return packed(parts | plain) if plain else content


def _needs_it(part: bytes) -> bool:
    """Whether a part has values in CDATA, extensions, or is no UTF-8."""
    return CDATA in part or b"extLst" in part or b"\x00" in part[:4] or not _is_utf8(part)


def _is_utf8(part: bytes) -> bool:
    try:
        part.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Rewriting:
    """One way through a part, element by element."""

    def __init__(self, left_out: Collection[str], characters: Mapping[str, str]) -> None:
        self._left_out, self._characters = left_out, characters
        self._written: list[str] = ['<?xml version="1.0" encoding="UTF-8"?>']
        self._depth_left_out = 0

    def of(self, part: bytes) -> bytes:
        parser = expat.ParserCreate()
        parser.ordered_attributes, parser.buffer_text = True, True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(part, True)
        return "".join(self._written).encode()

    def _start(self, name: str, attributes: list[str]) -> None:
        local = name.rpartition(":")[2]
        if self._depth_left_out or local in self._left_out:
            self._depth_left_out += 1
        elif local in self._characters:
            self._written.append(self._characters[local])
        else:
            told = zip(attributes[::2], attributes[1::2], strict=True)
            self._written.append(f"<{name}{''.join(f' {each}={quoteattr(value)}' for each, value in told)}>")

    def _end(self, name: str) -> None:
        if self._depth_left_out:
            self._depth_left_out -= 1
        elif name.rpartition(":")[2] not in self._characters:
            self._written.append(f"</{name}>")

    def _text(self, text: str) -> None:
        if not self._depth_left_out:
            # A bare carriage return would be read back as a line feed (XML 1.0, 2.11).
            self._written.append(escape(text, {"\r": "&#13;"}))
