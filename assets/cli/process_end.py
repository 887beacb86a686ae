"""The end of a command's process: once all is told and closed, it is gone.

Lives here: that end. Not here: exit codes (`exit_codes.py`).
Python takes apart two thousand modules one by one before it ends, 0.17 s of CPU after an import, for memory that the
machine takes back at once anyway. mypy ends so too.
"""

import atexit
import os
import sys
from collections.abc import Callable
from contextlib import suppress


def run_to_the_end(command: Callable[[], object]) -> None:
    """Run a command; then the process ends with its exit code as soon as whatever was registered for the end is done.

    An error that nobody caught ends it as Python does, with its traceback.
    """
    codes: list[int] = []
    # First in, last out: what libraries registered for the end, after they were imported, is done by then.
    atexit.register(_leave, codes)
    try:
        command()
    except SystemExit as end:
        codes.append(end.code if isinstance(end.code, int) else int(end.code is not None))
        raise
    codes.append(0)


def _leave(codes: list[int]) -> None:
    if not codes:
        return
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a closed one takes nothing, and the code stands already
            stream.flush()
    os._exit(codes[0])
