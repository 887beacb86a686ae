"""Stripe's objects, as bytes, to rows: a page's body in, the columns that are read of it out.

Lives here: every use of the msgspec package, what an object cannot be without, which objects are surprising. Not here:
what the rows mean (`schemas/stripe.py`).

A page is decoded in one go. Only where that fails, each of its objects is looked at alone: one with a field of a wrong
type is set aside with its reason, one without what every object has breaks the page. Fields and enum values that are
not known are accepted, and so is the absence of any other field (stripe.md scenario 44, PIT-90).
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec
import polars as pl

from pipelines.errors import ObjectGone, PageBroken, StripeUnavailable
from pipelines.stripe.api.protocol import Query, Stream, request_of
from pipelines.stripe.extract.ranges import Facts
from schemas.sentences.languages import IN_TABLES
from schemas.sentences.note import Note
from schemas.stripe import READ

T = TypeVar("T")
Identity = Annotated[str, msgspec.Meta(min_length=1)]
Minor = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Epoch = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
"""Seconds since 1970, at most the last one of the year 9999."""


# gc=False: structs of plain values are in no circle, and Python's collector need not look through a million of them.
class _Billing(msgspec.Struct, gc=False):
    email: str | None = None
    name: str | None = None


class _Charge(msgspec.Struct, gc=False):
    id: Identity
    amount: Minor
    currency: str
    created: Epoch
    customer: str | None = None
    amount_captured: Minor | None = None
    amount_refunded: Minor | None = None
    status: str | None = None
    captured: bool | None = None
    disputed: bool | None = None
    livemode: bool | None = None
    receipt_email: str | None = None
    billing_details: _Billing | None = None
    payment_intent: str | None = None
    failure_code: str | None = None

    @property
    def billing_email(self) -> str | None:
        return self.billing_details.email if self.billing_details else None

    @property
    def billing_name(self) -> str | None:
        return self.billing_details.name if self.billing_details else None


class _Refund(msgspec.Struct, gc=False):
    id: Identity
    amount: Minor
    currency: str
    created: Epoch
    charge: str | None = None
    payment_intent: str | None = None
    status: str | None = None
    reason: str | None = None
    failure_reason: str | None = None


class _Customer(msgspec.Struct, gc=False):
    id: Identity
    created: Epoch
    email: str | None = None
    name: str | None = None
    individual_name: str | None = None
    business_name: str | None = None
    livemode: bool | None = None
    deleted: bool = False


class _Stub(msgspec.Struct, gc=False):
    """What Stripe keeps of a deleted customer (PIT-86)."""

    id: Identity
    deleted: bool
    created: Epoch | None = None
    livemode: bool | None = None
    email: None = None
    name: None = None
    individual_name: None = None
    business_name: None = None


class _List(msgspec.Struct, Generic[T]):
    data: list[T]
    has_more: bool


Object = _Charge | _Refund | _Customer | _Stub

LISTS: dict[Stream, "msgspec.json.Decoder[Any]"] = {
    "charges": msgspec.json.Decoder(_List[_Charge]),
    "refunds": msgspec.json.Decoder(_List[_Refund]),
    "customers": msgspec.json.Decoder(_List[_Customer]),
}
OBJECTS: dict[Stream, Any] = {"charges": _Charge, "refunds": _Refund, "customers": _Customer}
PAYMENT = ("id", "amount", "currency", "created")
ESSENTIAL: dict[Stream, tuple[str, ...]] = {"charges": PAYMENT, "refunds": PAYMENT, "customers": ("id", "created")}
"""What every object of a list has; without it nothing can be told of the object."""


class Surprise(NamedTuple):
    """An object that Stripe should not have sent so: its id, what is wrong with it, its JSON. `created`, if known."""

    id: str
    reason: str
    raw: str
    created: int | None = None


class Page(NamedTuple):
    """What was read at once: objects, those that are surprising, what follows."""

    objects: Sequence[Object]
    surprises: tuple[Surprise, ...]
    facts: Facts

    def before(self, bound: int) -> "Page":
        """The same page without what was created at a bound or later."""
        return self._replace(objects=[one for one in self.objects if (one.created or 0) < bound])


NOTHING_MORE = Facts(more=False, last=None)
NOBODY = Page((), (), NOTHING_MORE)
"""What stands for an object of which nothing is said."""


def rows_of(stream: Stream, pages: Iterable[Page]) -> pl.DataFrame:
    """The objects of some pages of a list as rows with READ's columns."""
    objects = [one for page in pages for one in page.objects]
    columns = {name: [getattr(one, name) for one in objects] for name in READ[stream]}
    return pl.DataFrame(columns, schema=READ[stream])


def page_of(query: Query, body: bytes) -> Page:
    """The page that answers a query.

    Raises PageBroken where an object lacks what every object has, or where the list would not come to an end
    (stripe.md scenarios 30, 44); StripeUnavailable where the body is no JSON.
    """
    try:
        # In one go, 27,000 objects a second and more; object by object only where that fails.
        listed = LISTS[query.stream].decode(body)
    except ValueError:
        return _looked_through(query, body)
    return _page(query, body, listed.data, listed.has_more)


def object_of(stream: Stream, identity: str, body: bytes) -> Page:
    """A single object as a page of one; of a deleted customer its stub. Raises as `page_of`."""
    found = _object(stream, _mended(body), f"{stream}/{identity}")
    if isinstance(found, Surprise):
        return Page((), (found._replace(id=identity),), NOTHING_MORE)
    return Page((found,), (), NOTHING_MORE)


def gone(stream: Stream, identity: str, error: ObjectGone) -> Page:
    """What stands for an object that is no more: of a customer the stub, of anything else a surprise."""
    if stream == "customers":
        return Page((_Stub(identity, deleted=True),), (), NOTHING_MORE)
    return Page((), (Surprise(identity, Note("object_gone", found=str(error)).sentence(IN_TABLES), ""),), NOTHING_MORE)


def _page(query: Query, body: bytes, found: Sequence[Object | Surprise], more: bool) -> Page:
    # Its cursor would be that of the page before: the same page for ever.
    if more and not found:
        raise PageBroken(f"{_page_named(query, body)}: an empty page that says there is more; the list would never end")
    if more and query.cursor in [one.id for one in found]:
        raise PageBroken(f"{_page_named(query, body)}: a page that begins before its cursor; the list would never end")
    objects = [one for one in found if not isinstance(one, Surprise)]
    surprises = tuple(one for one in found if isinstance(one, Surprise))
    return Page(objects, surprises, Facts(more, found[-1].id if found else None, *_times(found)))


def _times(found: Sequence[Object | Surprise]) -> tuple[int | None, int]:
    """When the last object of a page was created and over how many seconds the page goes, if it is newest first."""
    times = [one.created for one in found if one.created is not None]
    # localstripe 1.15 lists customers and charges oldest first: nothing follows from the time of the last one then.
    newest_first = len(times) == len(found) and times == sorted(times, reverse=True)
    return (times[-1], times[0] - times[-1]) if times and newest_first else (None, 0)


def _looked_through(query: Query, body: bytes) -> Page:
    """A page of which something is wrong: each object alone, in its place."""
    try:
        listed = msgspec.json.decode(_mended(body), type=_List[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise PageBroken(f"{_page_named(query, body)}: an answer that is no list of objects: {error}") from None
    place = _page_named(query, body)
    found = [_object(query.stream, bytes(raw), f"{place}: object {at}") for at, raw in enumerate(listed.data, 1)]
    return _page(query, body, found, listed.has_more)


def _page_named(query: Query, body: bytes) -> str:
    where = f"after {query.cursor}" if query.cursor else "from the beginning"
    return f"{query.stream} {where} ({request_of(body)})"


def _object(stream: Stream, raw: bytes, place: str) -> Object | Surprise:
    """One object, or what is surprising about it."""
    try:
        known: Object = msgspec.json.decode(raw, type=OBJECTS[stream])
    except msgspec.DecodeError as error:
        # A deleted customer has neither `created` nor anything else but its id.
        return _stub(stream, raw) or _surprise(stream, raw, place, str(error))
    return known


def _stub(stream: Stream, raw: bytes) -> _Stub | None:
    with suppress(msgspec.DecodeError):
        stub = msgspec.json.decode(raw, type=_Stub)
        return stub if stub.deleted and stream == "customers" else None
    return None


def _surprise(stream: Stream, raw: bytes, place: str, reason: str) -> Surprise:
    try:
        fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        raise PageBroken(f"{place} is no object: {reason}") from None
    missing = [name for name in ESSENTIAL[stream] if bytes(fields.get(name, b"null")) in (b"null", b'""')]
    if missing:
        raise PageBroken(f"{place} has no {', '.join(missing)}, as every object of Stripe has; its page is not taken")
    identity = msgspec.json.decode(fields["id"])
    if not isinstance(identity, str):
        raise PageBroken(f"{place} has an id that is no text: {identity!r}")
    return Surprise(identity, reason, raw.decode(), _epoch(fields["created"]))


def _epoch(raw: msgspec.Raw) -> int | None:
    with suppress(msgspec.DecodeError):
        return msgspec.json.decode(raw, type=Epoch)
    return None


def _mended(body: bytes) -> bytes:
    """The same JSON in a form that can be split: bytes that are no text, and halves of characters, become marks."""
    try:
        # Python's parser takes halves of characters, msgspec does not.
        parsed = json.loads(body.decode("utf-8", "replace"))
    except ValueError as error:
        raise StripeUnavailable(f"an answer of {len(body)} bytes is no JSON ({error}); try again later") from None
    return json.dumps(parsed, ensure_ascii=False).encode("utf-8", "replace")
