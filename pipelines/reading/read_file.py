"""Reading any file: its format by content, then the reader of that format.

Lives here: which reader reads what. Not here: the formats (`formats.py`), the readers (`delimited.py`,
`workbooks.py`).
"""

from pipelines.files.delimited import read_delimited
from pipelines.files.formats import format_of
from pipelines.files.second_tables import without_other_tables
from pipelines.files.sheet import Limits, ReadingOptions, Sheet
from pipelines.files.workbooks import read_workbook


def read_file(
    content: bytes, language: str = "en", told: ReadingOptions | None = None, limits: Limits | None = None
) -> Sheet:
    """Read a file whole, whatever its name says it is; what stands below its list is none of its rows (PIT-105).

    Raises FileRefused with what `format_of` and the reader of its format raise.
    """
    kind = format_of(content, language)
    if kind == "csv":
        sheet = read_delimited(content, language, told, (limits or Limits()).header_first)
    else:
        sheet = read_workbook(content, kind, language, told, limits)
    return without_other_tables(sheet, language)
