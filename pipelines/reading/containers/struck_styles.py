"""The cell styles of an xlsx whose font is struck out.

Lives here: what `styles.xml` says of fonts. Not here: the scan of the sheet (`xlsx_parts.py`), xls and ods
(`pipelines/reading/workbooks/struck_rows.py`), text of which a part alone is struck out.
"""

import re
from xml.etree import ElementTree

from pipelines.reading.containers.broken_xml import NO_XML


def struck_cell(styles: bytes) -> re.Pattern[bytes] | None:
    """The start of a cell of an xlsx that holds something and is struck out, with its row; None where no style is."""
    try:
        root = ElementTree.fromstring(styles)  # noqa: S314  # expat refuses entities that swell
    except NO_XML:
        return None
    struck = [
        any(each.get("val", "1") not in ("0", "false") for each in font.iterfind("{*}strike"))
        for font in root.iterfind("{*}fonts/{*}font")
    ]
    fonts = [each.get("fontId", "0") for each in root.iterfind("{*}cellXfs/{*}xf")]
    here = [
        place for place, font in enumerate(fonts) if font.isdecimal() and struck[int(font) : int(font) + 1] == [True]
    ]
    if not here:
        return None
    style = rb"(?=[^>]*\bs=[\"'](?:%b)[\"'])" % b"|".join(str(place).encode() for place in here)
    return re.compile(rb"""<(?:\w+:)?c\s%b[^>]*?\br=["'][A-Z]{1,3}(\d+)["'](?:[^>/]|/(?!>))*>(?!</)""" % style)
