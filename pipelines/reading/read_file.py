"""Reading any file: its format by content, then the reader of that format.

Lives here: which reader reads what. Not here: the formats (`pipelines/reading/containers/formats.py`), the readers
(`pipelines/reading/text/csv_reader.py`, `pipelines/reading/events/json_lines.py`,
`pipelines/reading/workbooks/workbook_reader.py`).
"""

from pipelines.models.sheet import Limits, ReadingOptions, Sheet
from pipelines.reading.containers.formats import format_of
from pipelines.reading.events.json_lines import read_json_lines
from pipelines.reading.layout.second_tables import without_other_tables
from pipelines.reading.text.csv_reader import read_delimited


def read_file(
    content: bytes, language: str = "en", told: ReadingOptions | None = None, limits: Limits | None = None
) -> Sheet:
    """Read a file whole, whatever its name says it is; what stands below its list is none of its rows (PIT-105).

    Raises FileRefused with what `format_of` and the reader of its format raise.
    """
    kind = format_of(content, language)
    if kind == "ndjson":
        return read_json_lines(content, language)
    if kind == "csv":
        sheet = read_delimited(content, language, told, limits)
    else:
        # Imported where there is a workbook: what its formats take is 10 ms of an import of one row.
        from pipelines.reading.workbooks.workbook_reader import read_workbook

        sheet = read_workbook(content, kind, language, told, limits)
    return without_other_tables(sheet, language)
