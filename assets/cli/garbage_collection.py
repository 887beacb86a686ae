"""How often Python looks for garbage in a process that runs one command, and ends.

Lives here: the two moments at which a command says so. Not here: other processes; importing us changes nothing there.
"""

import gc

YOUNG = 100_000
"""New objects after which the collector looks through them. Python's own 700 are made for small programs."""


def look_seldom() -> None:
    """A command begins: importing makes fewer objects than this, and none of them is garbage.

    With Python's own numbers an import of one row takes half as much processor time again (3.9 s instead of 2.5 s).
    """
    gc.set_threshold(5 * YOUNG, 50, 100)


def leave_imported_alone() -> None:
    """All is imported: it stays, so the collector never looks at it, not at the end either, and looks more often now.

    Only where a command runs a job: other processes end with DuckDB's complaint of leaks.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, 50, 100)
