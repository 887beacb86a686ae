"""Customers out of rows, naively: row after row.

Lives here: what the tables say of one customer. Not here: which rows count (`naive_ledger.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tests.reference.facts import Contact, Import, Row


class Payment(NamedTuple):
    """A payment that counts: its source, day and amount, and what went back of it."""

    source: str
    day: date | None
    amount: Decimal
    refund: Decimal


@dataclass
class Customer:
    """One customer, row after row; `addresses`: by the person whose row it was, with the import that told it first."""

    key: str
    addresses: dict[str, tuple[int, str]] = field(default_factory=dict)
    name: str | None = None
    company: str | None = None
    city: str | None = None
    plan: str | None = None
    phone: str | None = None
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
    ranked: dict[int, str] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """The address of the one who stands for all; of one who has none the first of the others."""
        own = self.addresses.get(self.key)
        return (own or min(self.addresses.values(), key=lambda told: told[0]))[1]

    def take(self, taken: Import, row: Row) -> None:
        """One more row of this customer."""
        self.addresses.setdefault(row.email.lower(), (taken.number, row.email))
        self.sources.add(taken.source)
        rules = taken.policy.rules
        self.name = self._settled("name", self.name, row.name, rules)
        self.company = self._settled("company", self.company, row.company, rules)
        self.city = self._settled("city", self.city, row.city, rules)
        self.plan = self._settled("dunning_plan", self.plan, row.plan, rules)
        self.status = self._settled("status", self.status, row.status, rules)
        self.phone = self._settled("phone", self.phone, next(iter(row.phones), None), rules)
        if rules.get("phone") != "never":
            self.ranked |= dict(enumerate(row.phones, start=1))
        self.total = self.total if row.total is None else (self.total or Decimal(0)) + row.total
        self.count = self.count if row.count is None else (self.count or 0) + row.count
        self.opt_in = self.opt_in if row.opt_in is None else row.opt_in and self.opt_in is not False
        for name in row.groups if rules.get("groups") != "never" else ():
            self.groups.setdefault(name.lower(), name)
        if row.contact:
            self._meet(row.contact, rules)
        if row.custom:
            self.custom[taken.source] = row.custom
        if row.is_payment and row.count:
            total = row.total or Decimal(0)
            self.payments.append(
                Payment(taken.source, row.first, total, total if row.state == "refunded" else Decimal(0))
            )
        self.first = min((day for day in (self.first, row.first) if day), default=None)
        self.last = max((day for day in (self.last, row.last) if day), default=None)

    def decide(self, name: str, value: object) -> None:
        """What somebody stated by hand counts, whatever rows say."""
        if name == "groups":
            self.groups = {each.lower(): each for each in value or ()}  # type: ignore[attr-defined]  # names, as rows have them
        else:
            setattr(self, name, value)

    def _meet(self, contact: Contact, rules: Mapping[str, str]) -> None:
        key = contact.email.lower()
        told = replace(
            contact,
            reference=None if rules.get("contact_reference") == "never" else contact.reference,
            main=None if rules.get("is_primary") == "never" else contact.main,
        )
        known = self.contacts.get(key, told)
        self.contacts[key] = replace(known, reference=told.reference or known.reference)
        if told.main:
            self.main = key
        elif told.main is False and self.main == key:
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
        facts = (self.email, self.name, self.company, self.city, self.plan, self.phone)
        facts += (self.total, self.count, self.first, self.last)
        status = self.status or ("active" if (self.total or 0) > 0 or (self.count or 0) > 0 else "potential")
        groups = [name for _, name in sorted(self.groups.items())] or None
        return (*facts, sorted(self.sources), status, self.opt_in, groups)

    def told_contacts(self) -> list[tuple[str, str, bool]]:
        """What the table says of this customer's contacts: address, reference, whether it is the main one."""
        return [(each.email, each.reference or "", key == self.main) for key, each in self.contacts.items()]

    def told_phones(self) -> dict[int, str]:
        """The numbers by rank: the customer's own, then the newest of each further rank, none of them twice."""
        first: dict[str, int] = {}
        for rank, number in sorted(self.ranked.items()):
            first.setdefault(number, rank)
        further = {rank: number for number, rank in first.items() if rank > 1 and number != self.phone}
        return ({1: self.phone} if self.phone else {}) | further


def fold(rows: Iterable[tuple[Import, Row]], heads: Mapping[str, str]) -> dict[str, Customer]:
    """Everybody of whom rows tell, by the address in lower case of who stands for them."""
    customers: dict[str, Customer] = {}
    for taken, row in rows:
        key = heads.get(row.email.lower(), row.email.lower())
        customers.setdefault(key, Customer(key)).take(taken, row)
    return customers
