"""Names of files that are no data: on their way, or of a system or a program (`vocabulary/no_data_names.csv`).

Lives here: telling them by their name. Not here: looking into folders (`pipelines/intake/inbox.py`).
"""

from fnmatch import fnmatchcase

from schemas.wordlists import wordlist

LISTS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".json", ".jsonl", ".ndjson")
"""How the name of a list of customers ends, or of events, among other files of a folder."""


def is_list(name: str) -> bool:
    """Whether a file of this name, in a folder that somebody names, is a list to be imported."""
    return name.lower().endswith(LISTS) and not is_no_data(name)


def is_no_data(name: str) -> bool:
    """Whether a file of this name, or all in a folder of it, is left alone; in the list `*` stands for anything."""
    # `fnmatch` would fold case by the rules of the system that it runs on.
    return any(fnmatchcase(name.lower(), line["word"]) for line in wordlist("no_data_names"))
