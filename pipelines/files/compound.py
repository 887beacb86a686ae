"""The streams of an OLE2 container, in which old Excel workbooks and all protected ones lie.

Lives here: its directory, the first bytes of a stream, other bytes in their place (MS-CFB). Not here: what the
streams mean (`formats.py`).
"""

import struct
from collections.abc import Iterator, Mapping

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTRY = 128
STREAM, ROOT = 2, 5
IN_HEADER = 109
MINI_STREAM_BELOW = 4096
MINI_SECTOR = 64
LAST = 0xFFFFFFFA


class Broken(ValueError):
    """The container contradicts itself or ends too early."""


def streams_of(content: bytes, first_bytes: int) -> Mapping[str, bytes]:
    """The first bytes of every stream by its name in lower case. Raises Broken."""
    try:
        table = _table(content)
        entries = list(_entries(_chained(content, table, _word(content, 0x30), len(content))))
        root = next(entry for entry in entries if entry[1] == ROOT)
        mini = _chained(content, table, root[2], len(content))
        return {
            name.lower(): _stream(content, table, mini, start, size, first_bytes)
            for name, kind, start, size in entries
            if kind == STREAM
        }
    except (struct.error, IndexError, StopIteration, UnicodeDecodeError) as error:
        raise Broken(str(error)) from error


def with_stream(content: bytes, name: str, stream: bytes) -> bytes:
    """The container with these bytes, as many as before, in the stream of that name in lower case. Raises Broken."""
    try:
        table = _table(content)
        entries = list(_entries(_chained(content, table, _word(content, 0x30), len(content))))
        root = next(entry for entry in entries if entry[1] == ROOT)
        start = next(start for own, kind, start, _ in entries if kind == STREAM and own.lower() == name)
        changed, at = bytearray(content), 0
        for place, room in _places(content, table, root[2], start, len(stream)):
            piece = stream[at : at + room]
            changed[place : place + len(piece)] = piece
            at += room
    except (struct.error, IndexError, StopIteration, UnicodeDecodeError) as error:
        raise Broken(str(error)) from error
    return bytes(changed)


def _places(content: bytes, table: tuple[int, ...], root: int, start: int, size: int) -> Iterator[tuple[int, int]]:
    """Where a stream of this size lies in the container, piece by piece, and how long each piece is."""
    sector = _sector_size(content)
    if size >= MINI_STREAM_BELOW:
        yield from (((place + 1) * sector, sector) for place in _chain(table, start, size // sector + 1))
        return
    small_table = _words(_chained(content, table, _word(content, 0x3C), len(content)))
    held = list(_chain(table, root, len(content) // sector + 1))
    for place in _chain(small_table, start, size // MINI_SECTOR + 1):
        whole, rest = divmod(place * MINI_SECTOR, sector)
        yield (held[whole] + 1) * sector + rest, MINI_SECTOR


def _stream(content: bytes, table: tuple[int, ...], mini: bytes, start: int, size: int, wanted: int) -> bytes:
    if size < MINI_STREAM_BELOW:
        return _mini(content, table, mini, start, size)[:wanted]
    return _chained(content, table, start, min(size, wanted))[:wanted]


def _mini(content: bytes, table: tuple[int, ...], mini: bytes, start: int, size: int) -> bytes:
    small_table = _words(_chained(content, table, _word(content, 0x3C), len(content)))
    places = _chain(small_table, start, size // MINI_SECTOR + 1)
    return b"".join(mini[place * MINI_SECTOR : (place + 1) * MINI_SECTOR] for place in places)[:size]


def _sector_size(content: bytes) -> int:
    shift = struct.unpack_from("<H", content, 0x1E)[0]
    if shift not in (9, 12):
        raise Broken(f"sectors of 2^{shift} bytes")
    return 1 << int(shift)


def _table(content: bytes) -> tuple[int, ...]:
    """The sector that follows each sector (the FAT)."""
    size = _sector_size(content)
    head = [place for place in struct.unpack_from(f"<{IN_HEADER}I", content, 0x4C) if place < LAST]
    more = list(_table_places(content, size, _word(content, 0x44)))
    return _words(b"".join(_sector(content, place, size) for place in [*head, *more]))


def _table_places(content: bytes, size: int, place: int) -> Iterator[int]:
    """Where the parts of the table are that the header has no room for."""
    for _ in range(len(content) // size):
        if place >= LAST:
            return
        words = _words(_sector(content, place, size))
        yield from (word for word in words[:-1] if word < LAST)
        place = words[-1]


def _chained(content: bytes, table: tuple[int, ...], start: int, wanted: int) -> bytes:
    """The bytes of a chain of sectors, at least as many as wanted where there are so many."""
    size = _sector_size(content)
    return b"".join(_sector(content, place, size) for place in _chain(table, start, wanted // size + 1))


def _chain(table: tuple[int, ...], start: int, at_most: int) -> Iterator[int]:
    place = start
    for _ in range(at_most):
        if place >= len(table):
            return
        yield place
        place = table[place]


def _entries(directory: bytes) -> Iterator[tuple[str, int, int, int]]:
    """Name, kind, first sector and size of every entry."""
    for at in range(0, len(directory) - ENTRY + 1, ENTRY):
        length, kind = struct.unpack_from("<HB", directory, at + 0x40)
        if kind in (STREAM, ROOT):
            start, size = struct.unpack_from("<II", directory, at + 0x74)
            yield directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le"), kind, start, size


def _sector(content: bytes, place: int, size: int) -> bytes:
    return content[(place + 1) * size : (place + 2) * size]


def _word(content: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", content, at)[0])


def _words(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])
