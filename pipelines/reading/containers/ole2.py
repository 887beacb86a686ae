"""The streams of an OLE2 container, in which old Excel workbooks and all protected ones lie.

Lives here: every use of olefile. Not here: what the streams mean (`formats.py`, `binary_records.py`).
"""

import io
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import olefile

SIGNATURE: bytes = olefile.MAGIC
SECTOR, SECTORS_TOLD_BY_ONE, TOLD_IN_HEADER = 512, 128, 109
FAT_SECTORS = 0x2C
"""Where the header says how many sectors the table of all sectors has (MS-CFB 2.2)."""

FAULTS = (OSError, ValueError, IndexError, OverflowError, RecursionError, struct.error)
"""What olefile 0.47 raises over containers that are broken, beside its own errors, which are OSErrors."""


class Broken(ValueError):
    """The container contradicts itself or ends too early."""


def streams_of(content: bytes, first_bytes: int) -> Mapping[str, bytes]:
    """The first bytes of every stream by its path in lower case, with slashes between the names. Raises Broken."""
    with _opened(io.BytesIO(content)) as container:
        paths = container.listdir()
        # Names of streams compare without case (MS-CFB 2.6.4).
        return {"/".join(path).lower(): container.openstream(path).read(first_bytes) for path in paths}


def with_stream(content: bytes, name: str, stream: bytes) -> bytes:
    """The container with these bytes, as many as before, in the stream of that path. Raises Broken."""
    changed = io.BytesIO(content)
    with _opened(changed) as container:
        # olefile 0.47 writes a stream only if it is as long as before.
        container.write_stream(name, stream)
    return changed.getvalue()[: len(content)]


@contextmanager
def _opened(file: io.BytesIO) -> Iterator[olefile.OleFileIO]:
    """The container in a file, its last sector filled up: some writers leave out the zeros at the end."""
    end = file.seek(0, io.SEEK_END)
    file.write(bytes(-end % SECTOR))
    try:
        _guard_table(file.getbuffer())
        with olefile.OleFileIO(file) as container:
            yield container
    except FAULTS as error:
        raise Broken(str(error)) from error


def _guard_table(content: memoryview) -> None:
    """Raise ValueError where the table of sectors is said to tell of far more sectors than there are.

    olefile 0.47 believes the header: one that says four thousand million is read until the memory is full.
    """
    told = struct.unpack_from("<I", content, FAT_SECTORS)[0]
    if told > TOLD_IN_HEADER + 2 * len(content) // (SECTOR * SECTORS_TOLD_BY_ONE):
        raise ValueError(f"a table of {told} sectors in {len(content)} bytes")
