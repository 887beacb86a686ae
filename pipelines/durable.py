"""Durability: what must be on the disk before something else says that it is there.

Lives here: the flush. Not here: what is written. A process that dies loses nothing that it wrote; a machine that loses
power loses what the disk does not hold yet, and may keep what was done later.
"""

import os
from collections.abc import Iterable
from pathlib import Path


def flush(paths: Iterable[Path]) -> None:
    """Wait until the disk holds these files, or the names in these folders."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
