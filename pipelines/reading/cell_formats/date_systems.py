"""From which day a workbook counts: 1900 as nearly all do, 1904 as old Macs did, or as an OpenDocument says.

Lives here: finding that in each format. Not here: cells that are dates, which the native readers turn into days
themselves (`pipelines/reading/workbooks/workbook_worker.py`); numbers that stand for days, which need this
(`pipelines/parsing/dates/dates.py`).
"""

import io
import re
import zipfile
from datetime import date

from pipelines.models.sheet import DAY_ZERO, DAY_ZERO_OF_1904
from pipelines.reading.containers import ole2
from pipelines.reading.containers.binary_records import GLOBALS, binary_records, records_of
from pipelines.reading.containers.formats import Format

# The null date stands before the tables of an ods, behind its styles.
SETTINGS_WITHIN = 4_000_000
OF_1904 = re.compile(rb"""<(?:\w+:)?workbookPr\s[^>]*?\bdate1904\s*=\s*["'](?:1|true)["']""")
NULL_DATE = re.compile(rb"""<table:null-date\s[^>]*?table:date-value\s*=\s*["'](\d{4}-\d\d-\d\d)""")
# Records DATEMODE of MS-XLS and BrtWbProp of MS-XLSB.
DATE_MODE, BOOK_PROPERTIES = 0x22, 153


def day_zero(content: bytes, kind: Format) -> date:
    """The day that the number 0 stands for in a workbook that could be read (PIT-36, PIT-37)."""
    match kind:
        case "xls":
            streams = ole2.streams_of(content, GLOBALS)
            records = records_of(streams.get("workbook", streams.get("book", b"")))
            return _of(any(record == DATE_MODE and data[:1] == b"\x01" for record, data in records))
        case "xlsb":
            records = binary_records(_start(content, "workbook.bin"))
            return _of(any(record == BOOK_PROPERTIES and data[0] & 1 for record, data in records if data))
        case "ods":
            found = NULL_DATE.search(_start(content, "content.xml"))
            return date.fromisoformat(found[1].decode()) if found else DAY_ZERO
        case _:
            return _of(bool(OF_1904.search(_start(content, "workbook.xml"))))


def _of(counts_from_1904: bool) -> date:
    return DAY_ZERO_OF_1904 if counts_from_1904 else DAY_ZERO


def _start(content: bytes, end_of_name: str) -> bytes:
    """The start of the part whose name ends so; nothing where there is none."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        name = next((name for name in container.namelist() if name.lower().endswith(end_of_name)), None)
        if name is None:
            return b""
        with container.open(name) as part:
            return part.read(SETTINGS_WITHIN)
