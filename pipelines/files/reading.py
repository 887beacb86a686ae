"""Reading any file: its format by content, then the reader of that format.

Lives here: which reader reads what. Not here: the readers (`delimited.py`, `workbooks.py`).
"""

from pipelines.files.delimited import read_delimited
from pipelines.files.sheet import Limits, ReadingOptions, Sheet


def read_file(
    content: bytes, language: str = "en", told: ReadingOptions | None = None, limits: Limits | None = None
) -> Sheet:
    """Read a file whole, whatever its name says it is.

    Raises FileRefused with what the reader of its format raises.
    """
    return read_delimited(content, language, told, (limits or Limits()).header_first)
