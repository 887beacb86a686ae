"""Rows that tell of one payment, naively: which of them counts.

Lives here: the order of a file's rows in time, and which rows lose what they count. Not here: whole imports.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from tests.reference.facts import Row


def by_state(rows: Sequence[Row]) -> list[int]:
    """The places of a file's rows in time: pending ones first, refunds last; a list from the newest down is turned."""
    days = [row.day for row in rows if row.day]
    steps = [(after - before).days for before, after in pairwise(days)]
    down, up = sum(step < 0 for step in steps), sum(step > 0 for step in steps)
    turned = -1 if down and down >= 9 * up else 1
    classes = {"pending": 0, "refunded": 2}
    ranked = sorted(range(len(rows)), key=lambda place: (classes.get(rows[place].state or "", 1), turned * place))
    return [ranked.index(place) for place in range(len(rows))]


def counted_once(rows: Sequence[Row], times: Sequence[int]) -> list[Row]:
    """The rows, of which those lose what they count that tell of a payment which a later one tells of."""
    lines: dict[object, list[int]] = {}
    for place, row in enumerate(rows):
        if row.payment_id and row.stated is not None:
            lines.setdefault((row.email.lower(), row.payment_id, row.stated), []).append(place)
    gone: set[int] = set()
    for places in lines.values():
        aged = sorted(places, key=lambda place: (rows[place].state not in ("pending", "failed"), times[place]))
        standing = {rows[place].day: place for place in aged}
        gone |= set(places) - set(standing.values())
        steps = {
            step: [paid for paid in standing.values() if _about(rows[step], rows[paid])] for step in standing.values()
        }
        for meant in steps.values():
            if len(meant) == 1 and sum(meant[0] in others for others in steps.values()) == 1:
                gone.add(meant[0])
    return [replace(row.person_alone, stated=None) if place in gone else row for place, row in enumerate(rows)]


def _about(step: Row, paid: Row) -> bool:
    """Whether a row can be about the payment of another on an earlier day."""
    if step.day is None or paid.day is None or step.day <= paid.day:
        return False
    return step.state in ("cancelled", "refunded") and paid.state == "paid"
