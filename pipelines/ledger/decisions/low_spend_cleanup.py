"""The low-spend clean-up as people ask for it: a preview of the published customers, and what confirms it.

Lives here: reading what they typed, the preview, the transaction. Not here: who is a candidate and what becomes of one
(`customers/low_spend.py`).
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import polars as pl

from pipelines.customers.affected import imports_are_affected
from pipelines.customers.derive import derive
from pipelines.customers.low_spend import candidates, mark_of, remove_with_tombstone, removed_by
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger.transaction import current_as_of, ledger_transaction, next_over, note_change, verified
from pipelines.warehouse.database import published, transaction
from schemas.ways_in.actions import both_ways


def threshold_of(text: str) -> Decimal:
    """The threshold that somebody typed. Raises WrongUse for what is no amount."""
    try:
        below = Decimal(text)
    except InvalidOperation:
        below = Decimal(-1)
    # Decimal reads `NaN` and `Infinity` too; more than three decimals do not fit the ledger's money.
    if not (below.is_finite() and below > 0 and below == round(below, 3)):
        raise WrongUse(f"the threshold {text!r} is no amount; write it as 10 or 9.50")
    return below


def named(by: str | None) -> str:
    """Who decides. Raises WrongUse where nobody is named."""
    if not by:
        raise WrongUse("removing customers needs a name that stays with the decision: --by NAME")
    return by


def low_spend(home: Home, below: Decimal) -> tuple[pl.DataFrame, str]:
    """LowSpendCandidates as published now, and the mark of this list. Raises WrongUse before the first import."""
    with published(home.published) as connection:
        listed = candidates(connection, "main", below)
    return listed, mark_of(listed, below)


class CleanedUp(NamedTuple):
    """What a clean-up did: its entry in the history, None where there was nobody to remove, and how many went."""

    import_id: str | None
    removed_count: int


def removed_already(home: Home, below: Decimal, confirmed: str, by: str) -> CleanedUp:
    """What the clean-up of this mark did that an earlier attempt finished."""
    with ledger_transaction(home) as connection:
        return CleanedUp(*(removed_by(connection, confirmed, below, by) or (None, 0)))


def clean_up(
    home: Home, below: Decimal, confirmed: str, by: str, now: datetime, run_id: str | None = None
) -> CleanedUp:
    """Remove the customers under a threshold, as an entry of the history that an undo takes back (AU-41, AMB-22).

    `confirmed`: the mark of the preview that somebody looked at. Raises WrongUse where it is not that of who would go
    now: then nothing is removed; AlreadyDone where this very list was removed.
    """
    with ledger_transaction(home) as connection:
        as_of = current_as_of(connection)
        with next_over(connection, home) as writer, transaction(connection):
            listed = candidates(writer, "snapshot.main", below)
            if mark_of(listed, below) != confirmed:
                # An attempt that died after its commit is asked for again with its old mark.
                if removed_by(connection, confirmed, below, by) is not None:
                    raise AlreadyDone(f"whom {confirmed!r} listed was removed already by {by}")
                raise WrongUse(
                    f"{confirmed!r} is not the mark of who would go now ({mark_of(listed, below)}, {listed.height} "
                    f"customers): the customers have changed, or the threshold. Preview again with "
                    f"{both_ways('cleanup')}"
                )
            if listed.is_empty():
                return CleanedUp(None, 0)
            note_change(connection, as_of)
            entry = remove_with_tombstone(connection, listed, below, by, now, run_id)
            imports_are_affected(connection, [entry.import_seq])
            derived = derive(connection, writer, as_of, False, "data")
            verified(connection)
    return CleanedUp(entry.import_id, derived.removed_count)
