"""SQL that stands in files of its own, packaged beside the module that runs it.

Lives here: reading such a file. Not here: what it says, running it (`database.py`).
"""

from functools import cache
from importlib import resources
from string import Template


@cache
def sql_file(package: str, name: str, **words: str) -> str:
    """The SQL in `NAME.sql` of a package, with words in place of its `$placeholders`.

    What no word is given for stays: a `$parameter` that is bound when the query runs.
    """
    text = resources.files(package).joinpath(f"{name}.sql").read_text("utf-8")
    return Template(text).safe_substitute(words)
