"""When and where it happens: every Dagster object, and the `customers` command. No rule about data lives here."""

import gc

YOUNG = 100_000
"""New objects after which the collector looks through them. Python's own number is made for small programs."""

gc.set_threshold(5 * YOUNG, 50, 100)  # importing makes fewer: none of them is garbage, looking takes a tenth of a start


def imported() -> None:
    """All is imported: it stays, so the collector never looks at it, not at the end either, and looks more often now.

    Only where a command runs a job: other processes end with DuckDB's complaint of leaks.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, 50, 100)
