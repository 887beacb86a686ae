"""The ledger a second time, naively: plain Python, row after row, nothing shared with what it is compared to.

Lives here: what counts after imports, undos, decisions and clean-ups. It holds no state of a database: an import is an
object in a list, and everything else is looked up anew each time. Not here: what a new import repeats
(`naive_overlaps.py`), which rows tell of one payment (`naive_payments.py`), who is one with whom (`naive_merges.py`),
customers (`naive_customers.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tests.reference.facts import Choice, CleanUp, Entry, Import, Policy, Row
from tests.reference.naive_customers import Customer, fold
from tests.reference.naive_merges import heads, joining, last_words, leaving
from tests.reference.naive_overlaps import of_others, of_own_source
from tests.reference.naive_payments import by_state, counted_once


@dataclass
class Ledger:
    """All imports there ever were, in their order."""

    imports: list[Import] = field(default_factory=list)
    clean_ups: list[CleanUp] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
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
        once = counted_once(rows, by_state(rows))
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

    def enter(self, entry: Entry) -> Entry | None:
        """Note what somebody enters by hand; None where it is refused: a new person who is there, another who is not,
        what counts so already.
        """
        known = self.find(entry.key)
        if self.head(entry.key) in self.known() if entry.is_new else known is None:
            return None
        entry.about = "" if entry.is_new else known or ""
        decided = self.decided(self.head(entry.key))
        same = all(decided.get(name, self) == value for name, value in entry.stated.items())
        if same and not set(entry.released) & decided.keys():
            return None
        self.numbers += 1
        entry.number = self.numbers
        self.entries.append(entry)
        return entry

    def decided(self, head: str) -> dict[str, object]:
        """What counts of a customer because somebody stated it: field by field the last that was not given back. Their
        address is not among it, which is their own whoever they are one with.
        """
        told: dict[str, object] = {}
        for each in self.entries:
            if self.head(each.key) == head and not each.undone:
                told = {name: value for name, value in told.items() if name not in each.released} | dict(each.stated)
        return {name: value for name, value in told.items() if name != "email"}

    def addresses(self) -> set[str]:
        """Of whom rows tell or who was added by hand."""
        added = {each.key for each in self.entries if each.is_new and not each.undone}
        return added | {row.email.lower() for each in self.live() for row in each.counted}

    def known(self) -> set[str]:
        """Who stands for anybody who is known, a clean-up or not."""
        return {self.head(each) for each in self.addresses()}

    def head(self, key: str) -> str:
        """Who stands for somebody now."""
        return heads(last_words(self.choices, are_one=True)).get(key, key)

    def find(self, key: str) -> str | None:
        """The customer in the table whom an address means."""
        head = self.head(key)
        return head if key in self.addresses() and head in self.customers() else None

    def merge(self, survivor: str, other: str) -> Choice | None:
        """Note that two are one; None where they are already, or one of them is not there."""
        stays, goes = self.find(survivor), self.find(other)
        return self._choose(True, [(stays, goes)]) if stays and goes and stays != goes else None

    def separate(self, one: str, other: str | None) -> Choice | None:
        """Note that somebody leaves whom they are part of, or that everybody leaves them; or that two are two. None
        where that is so already, or nobody is meant.
        """
        found, joined = self.find(one), last_words(self.choices, are_one=True)
        if found is None:
            return None
        if other is None:
            left = leaving(joined, one)
            return self._choose(False, left) if left else None
        ends = [each if self.head(each) != each else self.find(each) for each in (one, other)]
        return self._apart(ends[0], ends[1]) if ends[0] and ends[1] and ends[0] != ends[1] else None

    def _apart(self, one: str, other: str) -> Choice | None:
        joined, taken = last_words(self.choices, are_one=True), []
        while merge := joining(joined, one, other):
            joined.remove(merge)
            taken.append(merge)
        ends = (self.head(one), self.head(other))
        if not taken and any({*map(self.head, pair)} == {*ends} for pair in last_words(self.choices, are_one=False)):
            return None
        return self._choose(False, taken or [ends])

    def _choose(self, are_one: bool, pairs: Sequence[tuple[str, str]]) -> Choice:
        self.choices.append(Choice(are_one, tuple(pairs)))
        return self.choices[-1]

    def undo(self, wanted: Import | CleanUp | Entry | Choice) -> None:
        """Take an import out for ever; what it replaced counts again, unless somebody else replaced that too. Of a
        clean-up, whom it removed may be back.
        """
        wanted.undone = True

    def clean_up(self, below: Decimal) -> CleanUp | None:
        """Remove who is there and is known to have spent less; None where that is nobody."""
        people = {
            key for key, customer in self.customers().items() if customer.total is not None and customer.total < below
        }
        if not people:
            return None
        self.clean_ups.append(CleanUp(below, frozenset(people)))
        return self.clean_ups[-1]

    def _write(self, taken: Import, overlap: str | None) -> None:
        live = self.live()
        earlier = [each for each in live if each.source == taken.source]
        known, closest = of_own_source([] if taken.snapshot else earlier, taken)
        elsewhere, twin = of_others([each for each in live if each.source != taken.source], taken)
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
        there = {each.key for each in self.entries if each.is_new and not each.undone}
        there |= {row.email.lower() for each in self.live() if each is not taken for row in each.counted}
        there = {self.head(each) for each in there}
        known = {row: self.head(row.email.lower()) in there for row in taken.counted}
        refused = [row for row in taken.counted if not known[row] and not taken.policy.creates]
        skipped = [row for row in taken.counted if known[row] and not taken.policy.updates]
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
        once = {source: iter(counted_once(rows, range(len(rows)))) for source, rows in told.items()}
        return [(each, next(once[each.source])) for each in self.live() for _ in each.counted]

    def customers(self) -> dict[str, Customer]:
        """Everybody there is, by the address in lower case of who stands for them; without those whom a clean-up keeps
        away.
        """
        above = heads(last_words(self.choices, are_one=True))
        told = fold(self.counted_rows(), above)
        for entry in self.entries:
            head = above.get(entry.key, entry.key)
            if not entry.undone and (entry.is_new or head in told):
                told.setdefault(head, Customer(head)).sources.add("manual")
                if entry.is_new:
                    told[head].addresses[entry.key] = (entry.number, entry.email)
        for key, customer in told.items():
            for name, value in self.decided(key).items():
                customer.decide(name, value)
        return {
            key: customer
            for key, customer in told.items()
            if not any(each.keeps_away(key, customer.total) for each in self.clean_ups)
        }


def _set_aside(each: Import) -> bool:
    """Whether anybody who still stands replaced it, or replaced whoever replaced it."""
    return any(not by.undone or _set_aside(by) for by in each.replaced_by)
