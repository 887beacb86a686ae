"""Names of files that are no data: on their way, or of a system or a program (`vocabulary/no_data_names.csv`).

Lives here: telling them by their name. Not here: looking into folders (`pipelines/intake/inbox.py`).
"""

from fnmatch import fnmatchcase

from schemas.wordlists import wordlist


def is_no_data(name: str) -> bool:
    """Whether a file of this name, or all in a folder of it, is left alone; in the list `*` stands for anything."""
    # `fnmatch` would fold case by the rules of the system that it runs on.
    return any(fnmatchcase(name.lower(), line["word"]) for line in wordlist("no_data_names"))
