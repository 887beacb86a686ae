"""The ledger a second time, naively: plain Python, row after row, nothing shared with what it is compared to.

Lives here: files of plain rows, what counts of them after imports, undos and decisions, and the fold. It holds no
state of a database: an import is an object in a list, and everything else is looked up anew each time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

HELD_ROWS = 10
HELD_PERCENT = 50


@dataclass(frozen=True)
class Contact:
    """Whom a row names at a client, and whether it says of them that they are the main contact."""

    email: str
    reference: str | None = None
    main: bool | None = None


@dataclass(frozen=True)
class Row:
    """What one row contributes; `payment_id`, and with it what the row states, only in lists of payments.

    `custom`: what its source keeps without knowing it, which makes no row another.
    """

    email: str
    name: str | None = None
    company: str | None = None
    total: Decimal | None = None
    count: int | None = None
    first: date | None = None
    last: date | None = None
    payment_id: str | None = None
    stated: Decimal | None = None
    day: date | None = None
    state: str | None = None
    groups: tuple[str, ...] = ()
    status: str | None = None
    opt_in: bool | None = None
    contact: "Contact | None" = None
    is_payment: bool = False
    custom: str | None = field(default=None, compare=False)

    @property
    def person_alone(self) -> "Row":
        """The row without what it counts."""
        return replace(self, total=None, count=None, first=None, last=None)


@dataclass
class Import:
    """One import: what it brought, where it stands, and who replaced it."""

    source: str
    content: str
    rows: tuple[Row, ...]
    number: int
    attempt: int
    snapshot: bool = False
    status: str = "new"
    counted: tuple[Row, ...] = ()
    undone: bool = False
    replaced_by: list["Import"] = field(default_factory=list)
    policy: "Policy" = field(default_factory=lambda: Policy())
    rejected: int = 0


@dataclass(frozen=True)
class Policy:
    """What a source may do to customers: by which rule its values of a field count, whom it may create or change."""

    rules: Mapping[str, str] = field(default_factory=dict)
    creates: bool = True
    updates: bool = True


@dataclass
class CleanUp:
    """One clean-up: its threshold, whom it removed, and the id that it has in the real ledger."""

    below: Decimal
    people: frozenset[str]
    undone: bool = False
    import_id: str = ""

    def keeps_away(self, key: str, total: Decimal | None) -> bool:
        """Whether somebody with this total stays removed by it."""
        return not self.undone and key in self.people and total is not None and total < self.below


@dataclass
class Ledger:
    """All imports there ever were, in their order."""

    imports: list[Import] = field(default_factory=list)
    clean_ups: list["CleanUp"] = field(default_factory=list)
    numbers: int = 0

    def live(self) -> list[Import]:
        """The imports that count, in the order in which they were entered."""
        counting = [each for each in self.imports if each.status == "done" and not each.undone and not _set_aside(each)]
        return sorted(counting, key=lambda each: each.number)

    def take(
        self,
        source: str,
        content: str,
        rows: Sequence[Row],
        snapshot: bool = False,
        overlap: str | None = None,
        policy: Policy | None = None,
    ) -> Import:
        """Import a file; returns what became of it, which is the earlier import where its bytes are known."""
        mine = [each for each in self.imports if (each.source, each.content) == (source, content)]
        there = next((each for each in mine if not each.undone), None)
        if there and (there.status == "done" or overlap is None):
            return there
        if there:
            self.imports.remove(there)
        attempt = 1 + sum(each.undone for each in mine)
        once = _once(rows, _by_state(rows))
        told = [
            row if row == was else replace(row, total=Decimal(0), count=0) for row, was in zip(once, rows, strict=True)
        ]
        taken = Import(source, content, tuple(told), 0, attempt, snapshot, policy=policy or Policy())
        self.imports.append(taken)
        self._write(taken, overlap)
        return taken

    def decide(self, held: Import, overlap: str) -> None:
        """Settle a held import."""
        self._write(held, overlap)

    def undo(self, wanted: "Import | CleanUp") -> None:
        """Take an import out for ever; what it replaced counts again, unless somebody else replaced that too. Of a
        clean-up, whom it removed may be back.
        """
        wanted.undone = True

    def clean_up(self, below: Decimal) -> "CleanUp | None":
        """Remove who is there and is known to have spent less; None where that is nobody."""
        people = {key for key, customer in fold(self).items() if customer.total is not None and customer.total < below}
        if not people:
            return None
        self.clean_ups.append(CleanUp(below, frozenset(people)))
        return self.clean_ups[-1]

    def _write(self, taken: Import, overlap: str | None) -> None:
        live = self.live()
        earlier = [each for each in live if each.source == taken.source]
        known, closest = _of_own_source([] if taken.snapshot else earlier, taken)
        elsewhere, twin = _of_others([each for each in live if each.source != taken.source], taken)
        repeated = closest or twin
        if not taken.policy.updates:
            known, elsewhere, repeated = set(), set(), None
        taken.status, taken.counted = "done", taken.rows
        if overlap == "skip_identical":
            taken.counted = tuple(row for place, row in enumerate(taken.rows) if place not in known | elsewhere)
        elif overlap == "replace" and repeated:
            self._replace([repeated], taken)
        elif overlap is None and repeated:
            taken.status, taken.counted = "held", ()
        if taken.status == "done":
            self._replace(earlier if taken.snapshot else [], taken)
            self._admit(taken)
            self.numbers += 1
            taken.number = self.numbers

    def _admit(self, taken: Import) -> None:
        """Leave out whom the source may not create or change, by who is there when it comes."""
        there = {row.email.lower() for each in self.live() if each is not taken for row in each.counted}
        refused = [row for row in taken.counted if row.email.lower() not in there and not taken.policy.creates]
        skipped = [row for row in taken.counted if row.email.lower() in there and not taken.policy.updates]
        taken.rejected = len(refused)
        taken.counted = tuple(row for row in taken.counted if row not in refused and row not in skipped)

    def _replace(self, gone: Iterable[Import], taken: Import) -> None:
        for each in gone:
            each.replaced_by.append(taken)

    def counted_rows(self) -> list[tuple[Import, Row]]:
        """Import and row of all that is live, in its order; what tells of a payment again counts nothing."""
        told: dict[str, list[Row]] = {}
        for each in self.live():
            told.setdefault(each.source, []).extend(each.counted)
        once = {source: iter(_once(rows, range(len(rows)))) for source, rows in told.items()}
        return [(each, next(once[each.source])) for each in self.live() for _ in each.counted]


def _of_own_source(earlier: Sequence[Import], taken: Import) -> tuple[set[int], Import | None]:
    """The places of the rows that are there already, and the import that they repeat so far that it is held for."""
    compared = [row if row.payment_id is None else None for row in taken.rows]
    held = [[row for row in each.counted if row.payment_id is None] for each in earlier]
    place, repeated = _closest(held, compared)
    unpaid = sum(row is not None for row in compared)
    largely = repeated >= HELD_ROWS and repeated * 100 >= HELD_PERCENT * unpaid
    all_of_few = repeated and repeated == len(taken.rows) and any(row.total for row in taken.rows)
    return _known(held, compared), earlier[place] if largely or all_of_few else None


def _of_others(others: Sequence[Import], taken: Import) -> tuple[set[int], Import | None]:
    """The same for the money of other sources: who paid, how much and when; and for the same bytes."""
    compared = [_money(row) for row in taken.rows]
    held = [[money for row in each.counted if (money := _money(row))] for each in others]
    place, repeated = _closest(held, compared)
    everything = sum(money is not None for money in compared)
    largely = repeated >= HELD_ROWS and repeated * 100 >= HELD_PERCENT * everything
    dated = any(money and money[-1] for money in compared)
    all_of_few = repeated and repeated == everything and (repeated > 1 or dated)
    twins = [each for each, money in zip(others, held, strict=True) if each.content == taken.content and money]
    twin = twins[-1] if twins and everything else others[place] if largely or all_of_few else None
    return _known(held, compared), twin


def _money(row: Row) -> tuple[object, ...] | None:
    return (row.email.lower(), row.total, row.last, row.first) if row.total else None


def _closest(held: Sequence[Sequence[object]], compared: Sequence[object | None]) -> tuple[int, int]:
    """Which of several most rows repeat, the newest of equal ones, and how many they are."""
    wanted = Counter(row for row in compared if row is not None)
    shared = [(wanted & Counter(rows)).total() for rows in held]
    best = max(shared, default=0)
    return (len(shared) - 1 - shared[::-1].index(best), best) if shared else (0, 0)


def _known(held: Sequence[Sequence[object]], compared: Sequence[object | None]) -> set[int]:
    """The places of rows that are there already; of equal rows as many as are there."""
    there = Counter(row for rows in held for row in rows)
    known = set()
    for place, row in enumerate(compared):
        if row is not None and there[row]:
            there[row] -= 1
            known.add(place)
    return known


def _by_state(rows: Sequence[Row]) -> list[int]:
    """The places of a file's rows in time: pending ones first, refunds last; a list from the newest down is turned."""
    days = [row.day for row in rows if row.day]
    steps = [(after - before).days for before, after in pairwise(days)]
    down, up = sum(step < 0 for step in steps), sum(step > 0 for step in steps)
    turned = -1 if down and down >= 9 * up else 1
    classes = {"pending": 0, "refunded": 2}
    ranked = sorted(range(len(rows)), key=lambda place: (classes.get(rows[place].state or "", 1), turned * place))
    return [ranked.index(place) for place in range(len(rows))]


def _once(rows: Sequence[Row], times: Sequence[int]) -> list[Row]:
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


def _set_aside(each: Import) -> bool:
    """Whether anybody who still stands replaced it, or replaced whoever replaced it."""
    return any(not by.undone or _set_aside(by) for by in each.replaced_by)


class Payment(NamedTuple):
    """A payment that counts: its source, day and amount, and what went back of it."""

    source: str
    day: date | None
    amount: Decimal
    refund: Decimal


@dataclass
class Customer:
    """One customer, row after row."""

    email: str
    name: str | None = None
    company: str | None = None
    total: Decimal | None = None
    count: int | None = None
    first: date | None = None
    last: date | None = None
    sources: set[str] = field(default_factory=set)
    status: str | None = None
    opt_in: bool | None = None
    groups: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    main: str | None = None
    by: dict[str, str] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    custom: dict[str, str] = field(default_factory=dict)

    def take(self, taken: Import, row: Row) -> None:
        """One more row of this customer."""
        self.sources.add(taken.source)
        self.name = self._settled("name", self.name, row.name, taken.policy.rules)
        self.company = self._settled("company", self.company, row.company, taken.policy.rules)
        self.total = self.total if row.total is None else (self.total or Decimal(0)) + row.total
        self.count = self.count if row.count is None else (self.count or 0) + row.count
        self.status = row.status or self.status
        self.opt_in = self.opt_in if row.opt_in is None else row.opt_in and self.opt_in is not False
        for name in row.groups:
            self.groups.setdefault(name.lower(), name)
        if row.contact:
            self._meet(row.contact)
        if row.custom:
            self.custom[taken.source] = row.custom
        if row.is_payment and row.count:
            total = row.total or Decimal(0)
            self.payments.append(
                Payment(taken.source, row.first, total, total if row.state == "refunded" else Decimal(0))
            )
        self.first = min((day for day in (self.first, row.first) if day), default=None)
        self.last = max((day for day in (self.last, row.last) if day), default=None)

    def _meet(self, contact: Contact) -> None:
        key = contact.email.lower()
        known = self.contacts.get(key, contact)
        self.contacts[key] = replace(known, reference=contact.reference or known.reference)
        if contact.main:
            self.main = key
        elif contact.main is False and self.main == key:
            self.main = None

    def _settled(self, name: str, present: str | None, told: str | None, rules: Mapping[str, str]) -> str | None:
        """The present value or the one told; what is told by a weaker rule than the present one does not count."""
        rule, strength = rules.get(name, "newest"), ("if_blank", "newest", "always")
        if not told or rule == "never":
            return present
        before = self.by.get(name)
        if before and (strength.index(rule) < strength.index(before) or rule == before == "if_blank"):
            return present
        self.by[name] = rule
        return told

    def priority(self, as_of: date) -> str:
        """What the formula says."""
        if self.total is None or self.first is None:
            return "low"
        months = (as_of.year - self.first.year) * 12 + as_of.month - self.first.month
        months = max(1, months - (self.first.day > as_of.day))
        return "high" if self.total >= 100 * months else "medium" if self.total >= 50 * months else "low"

    def told(self) -> tuple[object, ...]:
        """What the table says of this customer."""
        facts = (self.email, self.name, self.company, self.total, self.count, self.first, self.last)
        status = self.status or ("active" if (self.total or 0) > 0 or (self.count or 0) > 0 else "potential")
        groups = [name for _, name in sorted(self.groups.items())] or None
        return (*facts, sorted(self.sources), status, self.opt_in, groups)

    def told_contacts(self) -> list[tuple[str, str, bool]]:
        """What the table says of this customer's contacts: address, reference, whether it is the main one."""
        return [(each.email, each.reference or "", key == self.main) for key, each in self.contacts.items()]


def fold(ledger: Ledger) -> dict[str, Customer]:
    """Everybody there is, by the address in lower case; without those whom a clean-up keeps away."""
    customers: dict[str, Customer] = {}
    for taken, row in ledger.counted_rows():
        customers.setdefault(row.email.lower(), Customer(row.email)).take(taken, row)
    away = {
        key
        for key, customer in customers.items()
        if any(each.keeps_away(key, customer.total) for each in ledger.clean_ups)
    }
    return {key: customer for key, customer in customers.items() if key not in away}
