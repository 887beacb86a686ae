"""Reading an account to the end of a plan: many requests at once, one writer, nothing lost whatever ends it.

Lives here: the order of the lists, the workers, what each answer means for what is still to do. Not here: HTTP, rates
and retries (`pipelines/stripe/api/client.py`), the arithmetic of ranges (`ranges.py`), the file that holds it
(`store.py`).

Charges and refunds are read side by side, then the objects to read again, customers last, so that whoever a charge
names is there; those that no list gave are asked for one by one. Workers only fetch and decode; the caller's thread
commits what came in and what remains, together. Ranges that follow from a page may be fetched before it is committed,
never committed before it.
"""

import hashlib
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from pipelines.errors import CursorGone, ObjectGone, PermissionMissing
from pipelines.stripe.api.protocol import STREAMS, Account, Stream
from pipelines.stripe.extract.decode import NOBODY, Page, gone, object_of, page_of
from pipelines.stripe.extract.plan import Plan
from pipelines.stripe.extract.ranges import Range, children, restarted
from pipelines.stripe.extract.store import ExtractStore, Step

WORKERS = 24
COMMIT_SECONDS = 0.2
COMMIT_PAGES = 64
"""What was read is committed this often, or when so many pages wait for it."""
REPORT_SECONDS = 5.0
MOST_LACKING = 1000
"""Customers that one sync asks for because their list lacks them: a list that answers an empty page lacks everybody."""
RESTARTS = 20
"""So often may cursors vanish in one call; a list whose cursors all vanish would never be read to its end."""
DISPENSABLE: tuple[Stream, ...] = ("refunds",)
"""Lists without which a sync is still right: charges say how much of them was refunded (AMB-21)."""


class Progress(NamedTuple):
    """How far a reading is: objects and pages of the extract, objects a second now, seconds left where known."""

    objects: int
    pages: int
    per_second: float
    seconds_left: float | None


Report = Callable[[Progress], None]


class Single(NamedTuple):
    """An object to be asked for alone; `is_known`: the ledger has it, so that its absence deletes nothing."""

    stream: Stream
    id: str
    is_known: bool = False


Work = Range | Single


class Manner(NamedTuple):
    """How an account is read: whom it is reported to and how often, by how many requests at once."""

    report: Report
    workers: int = WORKERS
    report_seconds: float = REPORT_SECONDS


class CustomersBefore(NamedTuple):
    """Ids of the account's customers that earlier syncs have read.

    `known` need not be asked for one by one when a charge names them. Of those, `present` were not deleted when they
    were last read: one that the whole list lacks is asked for, for lists leave customers out (test clocks), and only
    Stripe's own word deletes (scenarios 51, 52).
    """

    known: Collection[str] = ()
    present: Collection[str] = ()


NOBODY_YET = CustomersBefore()


def extract(
    account: Account,
    store: ExtractStore,
    plan: Plan,
    manner: Manner,
    customers: CustomersBefore = NOBODY_YET,
) -> None:
    """Read what is left of a plan into the store; a plan that the store does not hold is begun.

    Whatever is raised, what was committed stays, and another call goes on from there with the same bounds (stripe.md
    scenarios 31, 32, 37).
    Raises what the account raises, PageBroken, and PermissionMissing for a list that cannot be done without.
    """
    if store.plan() != plan:
        store.begin(plan)
    pool = ThreadPoolExecutor(manner.workers, "stripe")
    reading = _Reading(account, store, plan, pool, manner)
    try:
        reading.through(store.ranges(("charges", "refunds")))
        reading.through(_to_read_again(store, plan))
        # Last of the lists, so that whoever a charge names was created by then.
        reading.through(store.ranges(("customers",)))
        known = frozenset(customers.known)
        reading.through(Single("customers", one) for one in store.unlisted_customers() if one not in known)
        reading.through(_lacking(store, plan, customers.present))
        reading.pace.tell()
    finally:
        pool.shutdown(cancel_futures=True)


def _to_read_again(store: ExtractStore, plan: Plan) -> list[Single]:
    """The objects of the plan that may have changed and that no list gave (PIT-77, PIT-78)."""
    readable = [stream for stream, counter in store.counters().items() if not counter.unavailable]
    return [Single(stream, one) for stream in readable for one in store.unread(stream, plan.again.get(stream, ()))]


def _lacking(store: ExtractStore, plan: Plan, present: Collection[str]) -> list[Single]:
    """The present customers that a whole list lacks; of very many some, others with each sync."""
    lacking = store.unread("customers", tuple(present)) if "customers" in plan.whole else []
    # Another thousand with each sync, and the same for whoever goes on with this one.
    turns = sorted(lacking, key=lambda one: hashlib.sha256(f"{plan.run_id} {one}".encode()).digest())
    return [Single("customers", one, is_known=True) for one in turns[:MOST_LACKING]]


def fetched(account: Account, plan: Plan, work: Work) -> Page:
    """What an account answers; runs in a worker's thread."""
    if isinstance(work, Single):
        try:
            return object_of(work.stream, work.id, account.one(work.stream, work.id))
        except ObjectGone as error:
            # A list and a request that both lack a known customer prove nothing: only Stripe's own `deleted` removes.
            return NOBODY if work.is_known and work.stream == "customers" else gone(work.stream, work.id, error)
    page = page_of(work.query, account.page(work.query))
    # A sequential range has no bound of its own; what is newer is the next sync's.
    return page if work.lt is not None else page.before(plan.upper_bound)


class _Pace:
    """The rate of a reading, told every few seconds."""

    def __init__(self, store: ExtractStore, plan: Plan, manner: Manner) -> None:
        counters = store.counters().values()
        self.objects, self.pages = sum(one.objects for one in counters), sum(one.pages for one in counters)
        self.expected, self.report, self.every = plan.expected or 0, manner.report, manner.report_seconds
        self.told_at, self.told = time.monotonic(), self.objects

    def count(self, steps: Iterable[Step]) -> None:
        """Take in what was committed, and tell when it is time."""
        pages = [step.page for step in steps if step.page]
        self.objects += sum(len(page.objects) + len(page.surprises) for page in pages)
        self.pages += len(pages)
        if time.monotonic() - self.told_at >= self.every:
            self.tell()

    def tell(self) -> None:
        """Tell how far it is."""
        now = time.monotonic()
        rate = (self.objects - self.told) / max(now - self.told_at, 0.001)
        left = (self.expected - self.objects) / rate if rate and self.expected > self.objects else None
        self.told_at, self.told = now, self.objects
        self.report(Progress(self.objects, self.pages, rate, left))


class _Reading:
    """One call of `extract`: the work that waits, the work in flight, the steps that wait to be committed."""

    def __init__(
        self, account: Account, store: ExtractStore, plan: Plan, pool: ThreadPoolExecutor, manner: Manner
    ) -> None:
        self.account, self.store, self.plan = account, store, plan
        self.pool, self.workers, self.pace = pool, manner.workers, _Pace(store, plan, manner)
        self.waiting: dict[Stream, deque[Work]] = {stream: deque() for stream in STREAMS}
        self.flights: dict[Future[Page], Work] = {}
        self.steps: list[Step] = []
        self.refused: set[Stream] = set()
        self.restarts = 0
        self.committed_at = time.monotonic()
        self.failure: Exception | None = None

    def through(self, work: Iterable[Work]) -> None:
        """Do some work and all that follows from it; a failure is raised when what is in flight has landed."""
        self._queue(work)
        while self._waits() or self.flights:
            self._take_off()
            landed, _ = wait(self.flights, timeout=self.pace.every, return_when=FIRST_COMPLETED)
            for flight in landed:
                self._land(self.flights.pop(flight), flight)
            if len(self.steps) >= COMMIT_PAGES or time.monotonic() - self.committed_at >= COMMIT_SECONDS:
                self._commit()
        self._commit()
        if self.failure:
            raise self.failure

    def _queue(self, work: Iterable[Work]) -> None:
        for one in work:
            self.waiting[one.stream].append(one)

    def _waits(self) -> int:
        return sum(map(len, self.waiting.values()))

    def _take_off(self) -> None:
        """Keep the workers busy, with a second request at hand for each; no list starves beside another."""
        # A second request is at hand as soon as a worker is free.
        while self._waits() and len(self.flights) < 2 * self.workers:
            flying = Counter(work.stream for work in self.flights.values())
            stream = min((stream for stream in STREAMS if self.waiting[stream]), key=lambda one: flying[one])
            work = self.waiting[stream].popleft()
            self.flights[self.pool.submit(fetched, self.account, self.plan, work)] = work

    def _land(self, work: Work, flight: Future[Page]) -> None:
        """What an answer means for what is still to do; nothing that comes after a refusal of its list counts."""
        # Answers that were under way when the list was refused would leave half a list.
        if work.stream in self.refused:
            return
        try:
            step = self._step(work, flight)
        except Exception as error:
            self._fail(error)
            return
        self.steps.append(step)
        if not self.failure:
            self._queue(step.left)

    def _step(self, work: Work, flight: Future[Page]) -> Step:
        error = flight.exception()
        if isinstance(error, PermissionMissing) and work.stream in DISPENSABLE:
            return self._refused(work.stream)
        if isinstance(work, Single):
            return Step(work.stream, flight.result())
        # The object was deleted while its list was read.
        if isinstance(error, CursorGone) and work.cursor and self.restarts < RESTARTS:
            self.restarts += 1
            return Step(work.stream, done=work, left=(restarted(work),))
        page = flight.result()
        idle = self._waits() + len(self.flights) < self.workers
        return Step(work.stream, page, work, children(work, page.facts, idle=idle))

    def _refused(self, stream: Stream) -> Step:
        """A list that the key may not read and that can be done without (stripe.md scenario 38)."""
        self.refused.add(stream)
        self.waiting[stream].clear()
        return Step(stream, unavailable=True)

    def _fail(self, error: Exception) -> None:
        """Begin nothing more; what is in flight is still taken in."""
        self.failure = self.failure or error
        for queue in self.waiting.values():
            queue.clear()
        # What has left already is paid for, and is taken in.
        self.flights = {flight: work for flight, work in self.flights.items() if not flight.cancel()}

    def _commit(self) -> None:
        steps, self.steps, self.committed_at = self.steps, [], time.monotonic()
        if steps:
            self.store.commit(steps)
        self.pace.count(steps)
