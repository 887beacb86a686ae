"""What the naive ledger is told: rows, imports of them, what a source may do, clean-ups.

Lives here: plain objects, one for each fact. Not here: what counts of them (`naive_ledger.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal


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
    contact: Contact | None = None
    is_payment: bool = False
    city: str | None = None
    plan: str | None = None
    phones: tuple[str, ...] = ()
    custom: str | None = field(default=None, compare=False)

    @property
    def person_alone(self) -> "Row":
        """The row without what it counts."""
        return replace(self, total=None, count=None, first=None, last=None)


@dataclass(frozen=True)
class Policy:
    """What a source may do to customers: by which rule its values of a field count, whom it may create or change.

    `owned`: fields that another source owns, with that source.
    """

    update: Mapping[str, str] = field(default_factory=dict)
    creates: bool = True
    updates: bool = True
    owned: Mapping[str, str] = field(default_factory=dict)

    @property
    def rules(self) -> dict[str, str]:
        """The rule of each field that has one: what another owns this source never sets."""
        return {**self.update, **dict.fromkeys(self.owned, "never")}


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
    policy: Policy = field(default_factory=Policy)
    rejected: int = 0


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
class Entry:
    """What somebody entered by hand of one person: values by field, where None or nothing blanks it, and fields that
    are given back. A new person is known by it; else it makes nobody known. `about`: who the person was then, where
    they are not new.
    """

    email: str
    stated: Mapping[str, object] = field(default_factory=dict)
    released: tuple[str, ...] = ()
    is_new: bool = False
    about: str = ""
    number: int = 0
    undone: bool = False
    import_id: str = ""

    @property
    def key(self) -> str:
        """The person, whatever the case of the address."""
        return self.about or self.email.lower()


@dataclass
class Choice:
    """What somebody decided of pairs of people, who stays before who is part of them: that they are one, or two."""

    are_one: bool
    pairs: tuple[tuple[str, str], ...]
    undone: bool = False
    import_id: str = ""
