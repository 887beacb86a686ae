"""Interrupts: whether this process was told to end, so that what fails after that is no fault of a file.

Lives here: who is asked. Not here: the signals (`assets/instance/stop_signals.py`).

A signal during a call into a library need not arrive as an interrupt: DuckDB 2.0 raises `RuntimeError: Query
interrupted` in its place, polars 2.1 a `TypeError` about a data type, a reader of workbooks dies of it. Taken for what
they say, they would make a failed import of a good file.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pipelines.errors import TryAgain

Asked = Callable[[], bool]


class Interrupted(TryAgain):
    """The process was told to end; what it was working on is not kept."""


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


@contextmanager
def interruptible(asked: Asked) -> Iterator[None]:
    """Within the block `asked` knows whether the process was told to end."""
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)


def interrupted() -> bool:
    """Whether this process was told to end; where nobody knows, it was not."""
    asked = _asked.get()
    return asked is not None and asked()


def interrupts_are_known() -> bool:
    """Whether somebody knows."""
    return _asked.get() is not None


def go_on() -> None:
    """Raise Interrupted where this process was told to end: before something is kept that may be wrong for it."""
    if interrupted():
        raise Interrupted("stopped. Ask again: whatever was done already is not done twice")
