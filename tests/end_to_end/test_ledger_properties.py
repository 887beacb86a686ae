"""Any sequence of imports, undos and rebuilds gives the fold of what is live, computed anew in plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.booking import rebuild
from pipelines.settings import Home
from tests.flow import AS_OF, derived, import_text, table, undo

EMAILS = ("ana@example.com", "Ana@Example.com", "bob@example.com", "cam@example.org", "dee@example.net")
MONEY = st.one_of(st.none(), st.integers(0, 500_00).map(lambda cents: Decimal(cents) / 100))
DAYS = st.one_of(st.none(), st.integers(0, 900).map(lambda days: date(2024, 1, 1) + timedelta(days=days)))


@dataclass(frozen=True)
class Row:
    email: str
    name: str
    total: Decimal | None
    count: int | None
    first: date | None
    last: date | None
    company: str | None

    def text(self) -> str:
        cells = (self.email, self.name, self.total, self.count, self.first, self.last, self.company)
        return ",".join("" if cell is None else str(cell) for cell in cells)


@dataclass
class Customer:
    """The naive fold: one customer, row after row."""

    email: str
    name: str | None = None
    company: str | None = None
    total: Decimal | None = None
    count: int | None = None
    first: date | None = None
    last: date | None = None
    rows: int = field(default=0)

    def take(self, row: Row) -> None:
        self.name = row.name or self.name
        self.company = row.company or self.company
        self.total = self.total if row.total is None else (self.total or Decimal(0)) + row.total
        self.count = self.count if row.count is None else (self.count or 0) + row.count
        self.first = min((day for day in (self.first, row.first) if day), default=None)
        self.last = max((day for day in (self.last, row.last) if day), default=None)
        self.rows += 1


HEADER = "email,name,total spent,payment count,first payment date,last payment date,company"


@st.composite
def rows(draw: st.DrawFn) -> Row:
    days = sorted(day for day in (draw(DAYS), draw(DAYS)) if day)
    return Row(
        email=draw(st.sampled_from(EMAILS)),
        name=draw(st.sampled_from(["Ana", "Bob", "Cam Ève", "Łucja"])),
        total=draw(MONEY),
        count=draw(st.one_of(st.none(), st.integers(0, 9))),
        first=days[0] if days else None,
        last=days[-1] if len(days) == 2 else None,
        company=draw(st.sampled_from([None, "ACME", "Blé SARL"])),
    )


STEPS = st.lists(
    st.one_of(
        st.lists(rows(), min_size=1, max_size=6),
        st.integers(0, 9).map(lambda place: ("undo", place)),
        st.just("rebuild"),
    ),
    min_size=1,
    max_size=7,
)


def naive(imports: Iterable[list[Row]]) -> dict[str, Customer]:
    customers: dict[str, Customer] = {}
    for row in (row for rows in imports for row in rows):
        customers.setdefault(row.email.lower(), Customer(row.email)).take(row)
    return customers


def naive_priority(customer: Customer) -> str:
    if customer.total is None or customer.first is None:
        return "low"
    months = (AS_OF.year - customer.first.year) * 12 + AS_OF.month - customer.first.month
    months = max(1, months - (customer.first.day > AS_OF.day))
    return "high" if customer.total >= 100 * months else "medium" if customer.total >= 50 * months else "low"


def found(home: Home) -> dict[str, tuple[object, ...]]:
    names = (
        "email",
        "name",
        "company",
        "total_spent",
        "payment_count",
        "first_payment_date",
        "last_payment_date",
    )
    return {row[0].lower(): row for row in table(home).select(names).iter_rows()}


def expected(imports: Iterable[list[Row]]) -> dict[str, tuple[object, ...]]:
    return {key: (c.email, c.name, c.company, c.total, c.count, c.first, c.last) for key, c in naive(imports).items()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_the_tables_are_the_fold_of_what_is_live(steps: list[object]) -> None:
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        live: dict[str, list[Row]] = {}
        for number, step in enumerate(steps):
            apply(home, live, step, number)
        if not home.published.exists():
            return
        assert found(home) == expected(live.values())
        priorities = {email.lower(): priority for email, priority in read_priorities(home)}
        assert priorities == {key: naive_priority(customer) for key, customer in naive(live.values()).items()}
        before = derived(home)
        rebuild(home)
        assert all(rows.equals(derived(home)[name]) for name, rows in before.items())


def apply(home: Home, live: dict[str, list[Row]], step: object, number: int) -> None:
    if isinstance(step, list):
        text = "\n".join([HEADER, *(row.text() for row in step)])
        outcome = import_text(home, text, name=f"{number}.csv")
        if outcome.status == "done":
            live[outcome.import_id] = step
    elif isinstance(step, tuple) and live:
        chosen = list(live)[int(step[1]) % len(live)]
        undo(home, chosen)
        del live[chosen]
    elif step == "rebuild" and home.published.exists():
        rebuild(home)


def read_priorities(home: Home) -> list[tuple[str, str]]:
    return table(home, "customer_priority").select("email", "priority").rows()
