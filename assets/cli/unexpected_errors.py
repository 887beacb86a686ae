"""Surprises: errors that nobody foresaw, told in a sentence; where in the code they came from stands in a file.

Lives here: that file, `logs/errors.log` under CUSTOMERS_HOME, in which no text of a sender stands: an error's kind, and
the lines of code that it passed. Not here: errors that are ours to explain (`pipelines/errors.py`).
"""

import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pipelines.home import Home

MOST_BYTES = 1_000_000
"""When the file is larger, it begins anew."""
MOST_SHOWN = 300


def surprise(home: Home, command: str, error: BaseException) -> str:
    """Note an error; returns the sentence that a person gets, which says where the details lie."""
    first = (str(error).strip().splitlines() or [""])[0][:MOST_SHOWN]
    told = f"{type(error).__name__}: {first}" if first else type(error).__name__
    log = home.logs / "errors.log"
    try:
        _append(log, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {command}\n{''.join(_lines(error))}\n")
    except OSError as unwritten:
        where = f"the details could not be written to {log} ({unwritten.strerror})"
    else:
        where = f"details: {log}"
    return f"this was not foreseen ({told}); {where}. Ask again: whatever was done already is not done twice"


def _append(log: Path, text: str) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    anew = not log.exists() or log.stat().st_size > MOST_BYTES
    with open(log, "w" if anew else "a", encoding="utf-8") as file:
        file.write(text)


def _lines(error: BaseException) -> Iterator[str]:
    """The kinds of an error and of those behind it, each with the lines of code that it passed."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield f"{type(current).__module__}.{type(current).__qualname__}"
        yield f" [errno {current.errno}]\n" if isinstance(current, OSError) else "\n"
        for frame in traceback.extract_tb(current.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}\n"
        current = current.__cause__ or current.__context__
