"""OLE2 containers: what is broken says so, and soon; what is only short at its end is opened."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import FileRefused
from pipelines.reading.containers import ole2
from pipelines.reading.read_file import read_file
from tests.support.workbooks import xls

CONTENT = xls([["Email", "Name"], ["ann@example.com", "Ann"]])


def test_a_header_that_tells_of_more_sectors_than_there_are_is_not_believed() -> None:
    """olefile 0.47 reads as many as the header says, round in circles, until the memory is full."""
    swollen = bytearray(CONTENT)
    for place, word in ((0x2C, 4_000_000_000), (0x44, 0), (0x48, 31_496_063)):
        struct.pack_into("<I", swollen, place, word)
    with pytest.raises(ole2.Broken):
        ole2.streams_of(bytes(swollen), 1)
    with pytest.raises(FileRefused) as refused:
        read_file(bytes(swollen))
    assert refused.value.reason.code == "CORRUPT_FILE"


def test_zeros_that_are_missing_at_the_end_break_nothing() -> None:
    short = CONTENT.rstrip(b"\x00")
    assert len(short) < len(CONTENT)
    assert ole2.streams_of(short, len(CONTENT)) == ole2.streams_of(CONTENT, len(CONTENT))


@given(st.integers(8, len(CONTENT) - 1), st.integers(0, 255), st.integers(0, len(CONTENT)))
def test_whatever_is_broken_is_said_to_be(place: int, byte: int, end: int) -> None:
    damaged = (CONTENT[:place] + bytes([byte]) + CONTENT[place + 1 :])[: max(end, 8)]
    try:
        streams = ole2.streams_of(damaged, len(damaged))
    except ole2.Broken:
        return
    assert all(len(stream) <= len(damaged) + ole2.SECTOR for stream in streams.values())
