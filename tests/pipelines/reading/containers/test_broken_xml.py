"""Text that no parser takes for XML is no XML, whatever the parser raises."""

import pytest

from pipelines.reading.containers.number_formats import of_xlsx


@pytest.mark.parametrize("declared", ["UTF-6", "shift_jis", "utf-16", "no such encoding"])
def test_a_part_in_an_encoding_that_cannot_be_read_is_no_xml(declared: str) -> None:
    """One byte of a declaration may be damaged; found by damaging workbooks at random."""
    part = f'<?xml version="1.0" encoding="{declared}"?><styleSheet><cellXfs><xf numFmtId="1"/></cellXfs></styleSheet>'
    assert of_xlsx(part.encode()) == ()
