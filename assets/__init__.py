"""When and where it happens: every Dagster object, and the `customers` command. No rule about data lives here."""

import atexit
import gc

YOUNG = 100_000
"""New objects after which the collector looks through them. Python's own number is made for small programs."""

gc.set_threshold(5 * YOUNG, 50, 100)  # importing makes fewer: none of them is garbage, looking takes a tenth of a start
atexit.register(gc.freeze)  # nor is it looked through at the end, which takes longer than all of that


def imported() -> None:
    """All is imported: it stays, so that the collector need never look at it, and from now on it looks more often."""
    gc.freeze()
    gc.set_threshold(YOUNG, 50, 100)
