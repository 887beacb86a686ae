"""Stopping: a command ends in order when it is told to, by Ctrl-C, by SIGTERM or because its terminal closed.

Lives here: which signals mean that, and at which time they mean what. Not here: what a run makes of it (Dagster marks
it as failed), what is told and the exit code (`assets/cli/exit_codes.py`).

Before a command begins, a signal ends its process as that of any program (`assets/cli/__main__.py`). From then on it
interrupts the work, each time it comes; and once the answer is told, it means nothing any more: the answer stays the
answer.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pipelines.interrupts import interruptible, interrupts_are_known

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


AGAIN_SECONDS = 0.02
"""After so long a signal comes again that came where nothing can be interrupted."""


class Stop(KeyboardInterrupt):
    """What a signal raises.

    A class of its own: a plain KeyboardInterrupt that passes through `exec` of a text, as dataclasses use it, ends
    a process begun with `-m` by SIGINT however well it is caught (CPython 3.11, `run_eval_code_obj`).
    """


def listen() -> list[signal.Signals]:
    """From now on a signal interrupts what is done; returns those that did something else before.

    One that is ignored stays so, as under `nohup`.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    changed = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, _interrupt)]
    for number in changed:
        signal.signal(number, _interrupt)
    return changed


@contextmanager
def stoppable() -> Iterator[None]:
    """Within the block a signal interrupts, and it is known that one came; nothing is changed that listens already."""
    # Python sets handlers of signals in the main thread alone.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    changed, hook = listen(), sys.unraisablehook
    sys.unraisablehook = lambda raised: _come_again() if isinstance(raised.exc_value, Stop) else hook(raised)
    try:
        with noticing():
            yield
    finally:
        sys.unraisablehook = hook
        for number in changed:
            signal.signal(number, before[number])


def _come_again() -> None:
    """The signal once more, a moment later: Python drops what is raised while it ends an object, and goes on."""
    again = threading.Timer(AGAIN_SECONDS, os.kill, (os.getpid(), signal.SIGINT))
    again.daemon = True
    again.start()


def answer_stands() -> None:
    """What is told now is the answer: a signal changes it no more, until the process or the block has ended."""
    if threading.current_thread() is not threading.main_thread():
        return
    for handler in (_nothing, signal.SIG_IGN):  # first one that takes what came a moment ago
        for number in SIGNALS:
            signal.signal(number, handler)


@contextmanager
def noticing() -> Iterator[None]:
    """Within the block it is known whether a signal came, whoever handles it: Dagster has handlers of its own."""
    if threading.current_thread() is not threading.main_thread() or interrupts_are_known():
        yield
        return
    read, write = os.pipe()
    # `set_wakeup_fd` takes only a descriptor that does not block; nor may a look at an empty pipe wait.
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    try:
        with interruptible(_Noticed(read)):
            yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(read)
        os.close(write)


class _Noticed:
    """Whether one of the signals was written to a pipe, as Python does with the number of each that comes."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._came = False

    def __call__(self) -> bool:
        try:
            numbers = os.read(self._pipe, 4096)
        except BlockingIOError:
            numbers = b""
        self._came = self._came or any(number in SIGNALS for number in numbers)
        return self._came


def _interrupt(number: int, frame: FrameType | None) -> None:
    """As Ctrl-C now: while a run is worked on, Dagster has its own way to end it."""
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler) and handler is not _interrupt:
        handler(signal.SIGINT, frame)
    else:
        raise Stop


def _nothing(number: int, frame: FrameType | None) -> None:
    pass
