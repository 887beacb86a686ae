"""Entries by hand as short calls: add a customer, change one, give fields back."""

from datetime import datetime

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.ledger.decisions.enter_by_hand import Entered, Order, enter_by_hand
from pipelines.ledger.decisions.write_entry import Signature
from pipelines.manual_entry.asked import to_add, to_edit
from tests.support.flow import NOW


def order_to_add(now: datetime = NOW, **stated: str) -> Order:
    """What adding a customer with these values asks for."""
    return Order(to_add(stated), Signature("Zoé", now))


def order_to_edit(who: str, released: tuple[str, ...] = (), now: datetime = NOW, **stated: str) -> Order:
    """What changing a customer so asks for."""
    return Order(to_edit(stated, released), Signature("Zoé", now), who)


def add(home: Home, sources: Sources | None = None, now: datetime = NOW, **stated: str) -> Entered:
    """Add a customer."""
    return enter_by_hand(home, sources or Sources(), order_to_add(now, **stated))


def edit(home: Home, who: str, sources: Sources | None = None, now: datetime = NOW, **stated: str) -> Entered:
    """State these values of a customer."""
    return enter_by_hand(home, sources or Sources(), order_to_edit(who, (), now, **stated))


def release(home: Home, who: str, *fields: str) -> Entered:
    """Give these fields back to the files."""
    return enter_by_hand(home, Sources(), order_to_edit(who, fields))
