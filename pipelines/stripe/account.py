"""What the sync needs of an account: pages of three lists, and single objects.

Lives here: the words in which one asks. Not here: who answers: Stripe (`client.py`), a recording (`recording.py`).
"""

from typing import Literal, NamedTuple, Protocol

Stream = Literal["customers", "charges", "refunds"]
STREAMS: tuple[Stream, ...] = ("charges", "refunds", "customers")
"""The lists, in the order they are read: customers last, so that whoever a charge names exists by then."""

PAGE = 100
"""Objects a page, the most that Stripe gives."""


class Query(NamedTuple):
    """One page of a list: `gte` <= created < `lt` in epoch seconds, newest first, after the object `cursor`."""

    stream: Stream
    gte: int | None = None
    lt: int | None = None
    cursor: str | None = None
    limit: int = PAGE


class Account(Protocol):
    """An account to read; safe to be asked by several threads at once."""

    def page(self, query: Query) -> bytes:
        """The body of a page: a list object as Stripe writes it.

        Raises KeyRefused, PermissionMissing, CursorGone, RequestRefused, StripeUnavailable.
        """

    def one(self, stream: Stream, identity: str) -> bytes:
        """One object's body; of a deleted customer the stub that Stripe keeps. Raises as `page`, and ObjectGone."""
