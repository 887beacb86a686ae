"""How large a file really is once it is unpacked, and its longest cell: counted while it streams, before it is read.

Lives here: counting. Not here: the limits (`pipelines/validation/file_limits.py`), reading. What a container declares
of its parts is a claim of whoever made it: the parts are unpacked, piece by piece, and nothing of them is kept.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator

from pipelines.reading.containers.xlsx_parts import BROKEN

PIECE = 1 << 16
# Bytes of a part's local header before its name; the lengths of name and extra field are the last four (APPNOTE 4.3.7).
LOCAL_HEADER = 30
SEPARATORS = (b"\n", b"\r", b",", b";", b"\t", b"|")


class TooLarge(Exception):
    """Something is larger than allowed; how large it was when counting stopped."""

    def __init__(self, size: int) -> None:
        """`size`: what was counted."""
        super().__init__(size)
        self.size = size


class ExpandsTooFar(TooLarge):
    """The parts of a container come to more than allowed."""


class CellTooLong(TooLarge):
    """A text without an end goes on for longer than a cell may be."""


def check_container(content: bytes, largest: int, longest: int) -> None:
    """Unpack every part of a container to nowhere. Raises ExpandsTooFar, CellTooLong.

    `longest`: bytes that may stand between two tags. A part that cannot be unpacked is left to its reader.
    """
    total = 0
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        for part in container.infolist():
            run = 0
            for piece in _unpacked(container, content, part):
                total += len(piece)
                if total > largest:
                    raise ExpandsTooFar(total)
                run = _run(piece, run, longest) if part.filename.lower().endswith(".xml") else 0


def _run(piece: bytes, run: int, longest: int) -> int:
    """The bytes since the last tag began, at the end of a piece. Raises CellTooLong."""
    first = piece.find(b"<")
    if run + (len(piece) if first < 0 else first) > longest:
        raise CellTooLong(run + len(piece))
    return run + len(piece) if first < 0 else len(piece) - piece.rfind(b"<")


def _unpacked(container: zipfile.ZipFile, content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part unpacks to, whatever sizes are declared: to the end of its own stream."""
    # zipfile stops at the declared size; of deflated parts the real end of the stream is looked for below.
    if part.compress_type != zipfile.ZIP_DEFLATED:
        try:
            with container.open(part) as stream:
                while piece := stream.read(PIECE):
                    yield piece
        except BROKEN:
            return
        return
    # The lengths in the local header count, not those in the directory: the two may differ.
    start = part.header_offset + LOCAL_HEADER
    start += int.from_bytes(content[start - 4 : start - 2], "little") + int.from_bytes(
        content[start - 2 : start], "little"
    )
    stream_of = zlib.decompressobj(-zlib.MAX_WBITS)
    rest = memoryview(content)[start:]
    while not stream_of.eof:
        given = stream_of.unconsumed_tail or bytes(rest[:PIECE])
        rest = rest if stream_of.unconsumed_tail else rest[PIECE:]
        try:
            piece = stream_of.decompress(given, PIECE)
        except zlib.error:
            return
        if not (piece or given):  # cut off; without input it still gives what it has unpacked
            return
        yield piece


def check_text(content: bytes, longest: int) -> None:
    """Raises CellTooLong where a delimited text goes on without any delimiter or line end for more bytes than that."""
    place = 0
    while len(content) - place > longest:
        # Any separator will do, so that of a hundred megabytes only the ends of windows are read.
        found = (content.rfind(sign, place, place + longest + 1) for sign in SEPARATORS)
        last = next((at for at in found if at >= 0), None)
        if last is None:
            ends = [end for sign in SEPARATORS if (end := content.find(sign, place)) >= 0]
            raise CellTooLong(min(ends, default=len(content)) - place)
        place = last + 1
