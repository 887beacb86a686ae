"""Stopping: a command ends in order when it is told to, by Ctrl-C, by SIGTERM or because its terminal closed.

Lives here: which signals mean that. Not here: what a run makes of it (Dagster marks it as failed), what is told and the
exit code (`answering.py`).
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stoppable() -> Iterator[None]:
    """Within the block SIGTERM and SIGHUP do what Ctrl-C does; one that is ignored stays so, as under `nohup`."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heeded = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in heeded:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number])


def _interrupt(number: int, frame: FrameType | None) -> None:
    """As Ctrl-C now: while a run is worked on, Dagster has its own way to end it."""
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler) and handler is not _interrupt:
        handler(signal.SIGINT, frame)
    else:
        raise KeyboardInterrupt
