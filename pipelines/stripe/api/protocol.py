"""What the sync needs of an account: pages of three lists, and single objects.

Lives here: the words in which one asks. Not here: who answers: Stripe (`client.py`), a recording (`recording.py`).
"""

from typing import Literal, NamedTuple, Protocol, Self

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


class Body(bytes):
    """What an account answered, and `request`: how Stripe's support finds it again (`request req_…`)."""

    request: str

    def __new__(cls, raw: bytes, request: str = "no request id") -> Self:
        """The bytes as they came."""
        body = super().__new__(cls, raw)
        body.request = request
        return body


def request_of(body: bytes) -> str:
    """Which request a body answers, for messages about it."""
    return body.request if isinstance(body, Body) else "no request: a recording"


class Account(Protocol):
    """An account to read; safe to be asked by several threads at once."""

    def page(self, query: Query) -> bytes:
        """The body of a page: a list object as Stripe writes it.

        Raises KeyRefused, PermissionMissing, CursorGone, RequestRefused, StripeUnavailable.
        """

    def one(self, stream: Stream, identity: str) -> bytes:
        """One object's body; of a deleted customer the stub that Stripe keeps. Raises as `page`, and ObjectGone."""
