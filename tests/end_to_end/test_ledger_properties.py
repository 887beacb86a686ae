"""Any sequence of imports, undos, decisions and crashes gives what a second, naive ledger gives."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from pipelines.configuration.settings import Sources
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.identity import import_id, import_key
from pipelines.ledger import commit_imports, recompute
from pipelines.ledger.decisions import low_spend_cleanup
from pipelines.publishing.exports import tables_of
from pipelines.publishing.tables import TABLES, VIEWS
from tests.crash.injection import Struck, counted
from tests.reference.naive_ledger import CleanUp, Contact, Import, Ledger, Policy, Row, fold
from tests.support.flow import AS_OF, NOW, derived, drop, import_text, run_inbox, table, tables, undo
from tests.support.memo import remembered, scratch_home

pytestmark = pytest.mark.proofs

POLICIES = {
    "desk": Policy({"name": "if_blank", "company": "always"}),
    "form": Policy({"name": "always", "company": "never"}),
    "agency": Policy({"company": "if_blank"}, creates=False),
    "leads": Policy(updates=False),
}
"""Sources whose rows count by rules of their own."""

SOURCES = Sources.model_validate(
    {
        "sources": {
            "crm": {"amounts": "snapshot", "keep": "rest"},
            "shop": {"keep": ["Shoe size"]},
            "till": {"profile": "payments"},
            **{
                name: {"update": policy.rules, "creates": policy.creates, "updates": policy.updates, "keep": "rest"}
                for name, policy in POLICIES.items()
            },
        }
    }
)
PEOPLE = ("ana@example.com", "Ana@Example.com", "bob@example.com", "cam@example.org", "dee@example.net")
NAMES = ("Ana", "Bob", "Cam Ève", "Łucja")
DAY = date(2025, 3, 1)


LONG = os.environ.get("CUSTOMERS_PROPERTIES") == "thousands"
"""Whether `make properties` looks for more than CI does."""

SEED = int(os.environ.get("CUSTOMERS_SEED", "0"))
"""CI has the same sequences every time, `make properties` other ones for each of its seeds."""

THRESHOLDS = (Decimal(10), Decimal(90), Decimal(250), Decimal("0.01"))
"""What clean-ups ask for: few, some and most of the customers, and those who are known to have paid nothing."""

PARTS, STEPS_OF_A_PART = 10, 1000 if LONG else 200
"""Parts may run in several processes; each does so many steps at least: two thousand in CI."""


@dataclass
class Tally:
    """The steps that were really done, of all tests in a process."""

    steps: int = 0


tally = Tally()


def examples(part: int, count: int, many: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """So many examples of a part's own; a failure prints the steps that lead to it."""
    chosen = settings(max_examples=many if LONG else count, suppress_health_check=list(HealthCheck))
    return lambda test: seed(SEED * PARTS + part)(chosen(test))


def customer_row(number: int) -> Row:
    """The row of a customer list with this number: each its own, of few people, with blanks here and there."""
    first = DAY + timedelta(days=number * 11 % 400)
    return Row(
        email=PEOPLE[number % 5],
        name=NAMES[number % 4],
        company=(None, "ACME", None, "Blé SARL")[number % 4],
        total=None if number % 6 == 5 else Decimal(number * 997 % 50_000) / 100,
        count=None if number % 5 == 4 else number % 7,
        first=None if number % 9 == 8 else first,
        last=None if number % 3 == 2 or number % 9 == 8 else first + timedelta(days=number),
        groups=((), ("vip",), (), ("VIP", "Łódź, centre"))[number * 7 // 3 % 4],
        status=(None, "active", None, None, "potential")[number // 2 % 5],
        opt_in=(None, True, None, None, False, True)[number % 6],
        contact=contact_of(number),
    )


def contact_of(number: int) -> Contact | None:
    """One of three contacts, in two spellings, on two rows of three; some say that it is the main one, or that not."""
    if number % 3 == 1:
        return None
    email = ("ann@client.example", "Ann@client.example", "ben@client.example", "cy@client.example")[number % 4]
    return Contact(email, (None, f"R{number}")[number % 2], (True, None, False, True, None)[number // 2 % 5])


STATES = ("paid", "paid", "pending", "refunded", "paid", "cancelled", "failed")


def payment_row(number: int) -> Row:
    """The row of a payment list with this number.

    Every fifth has no id; the others come in threes of one id, customer and amount, in any states, some on another day.
    """
    payment, state = number // 3, STATES[number % 7]
    day, amount = DAY + timedelta(days=payment * 7 % 300 + number % 2), Decimal(payment * 313 % 20_000) / 100
    paid, numbered = state in ("paid", "refunded"), number % 5 != 0
    return Row(
        email=PEOPLE[payment * 3 % 5],
        total=amount if paid else Decimal(0),
        count=1 if paid else 0,
        first=day if paid else None,
        last=day if paid else None,
        payment_id=f"p{payment % 3}" if numbered else None,
        stated=amount if numbered else None,
        day=day if numbered else None,
        state=state if numbered else None,
        is_payment=True,
    )


def customer_text(row: Row) -> str:
    contact = row.contact or Contact("")
    said = ("" if yes is None else int(yes) for yes in (row.opt_in, contact.main))
    groups = ";".join(f"'{name}'" for name in row.groups).replace("'", '""')
    cells = (row.email, row.name, row.company, row.total, row.count, row.first, row.last, row.status, *said)
    further = (contact.email, contact.reference, f'"{groups}"', row.custom)
    return ",".join("" if cell is None else str(cell) for cell in (*cells, *further))


def payment_text(row: Row) -> str:
    """Without an id nothing is left of the state of a payment that does not count, so that any will do."""
    status = row.state or ("paid" if row.count else "failed")
    amount = row.total if row.stated is None else row.stated
    return f"{row.payment_id or ''},{row.email},{amount},{row.day or row.first or DAY},{status}"


CUSTOMERS = (
    "email,name,company,total spent,payment count,first payment date,last payment date,status,opt-in,main contact,"
    "contact email,contact reference,groups,Shoe size"
)
PAYMENTS = "payment id,email,amount,date,status"


@dataclass(frozen=True)
class Take:
    """Import a file: rows of a numbered pool, so that files overlap; perhaps twice each, perhaps with a bad row."""

    source: str
    numbers: tuple[int, ...]
    bad: bool = False
    overlap: str | None = None
    sizes: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        if self.source == "till":
            return tuple(payment_row(number) for number in self.numbers)
        return tuple(replace(customer_row(number), custom=self.size_of(number)) for number in self.numbers)

    def size_of(self, number: int) -> str | None:
        """What stands in a column that no field means: another value for the same row in another file, or none."""
        return None if (number + self.sizes) % 3 == 0 else f"{number} in {self.sizes}"

    @property
    def text(self) -> str:
        title, told = (PAYMENTS, payment_text) if self.source == "till" else (CUSTOMERS, customer_text)
        broken = (
            [{"till": "p,nobody,1,2025-01-01,paid"}.get(self.source, "nobody,Eve,,1,,,,,,,,,,")] if self.bad else []
        )
        return "\n".join([title, *(told(row) for row in self.rows), *broken]) + "\n"


@dataclass(frozen=True)
class Step:
    """Something that somebody does: `kind` and which of the imports it is about; and where it is struck, if it is."""

    kind: str
    place: int = 0
    take: Take | None = None
    strike: int = 0


@st.composite
def takes(draw: st.DrawFn) -> Take:
    start, length = draw(st.integers(0, 4)), draw(st.sampled_from((16, 13, 10, 9, 4, 1)))
    numbers = tuple(range(start, start + length)) * draw(st.sampled_from((1, 1, 1, 2)))
    overlaps = (None, None, None, "add", "replace", "skip_identical")
    return Take(
        draw(st.sampled_from(("shop", "shop", "crm", "till", *POLICIES))),
        numbers,
        draw(st.sampled_from((False, False, True))),
        draw(st.sampled_from(overlaps)),
        draw(st.integers(0, 3)),
    )


STRIKES = st.one_of(st.just(0), st.just(0), st.integers(1, 150))
ONE = st.one_of(
    st.builds(lambda take, strike: Step("take", take=take, strike=strike), takes(), STRIKES),
    st.builds(lambda take, strike: Step("take", take=take, strike=strike), takes(), STRIKES),
    st.builds(Step, st.just("undo"), st.integers(0, 9), st.none(), STRIKES),
    st.builds(Step, st.just("clean up"), st.integers(0, 3), st.none(), STRIKES),
    st.builds(Step, st.sampled_from(("prioritise", "rebuild", "publish")), st.integers(0, 2), st.none(), STRIKES),
)


@st.composite
def held_and_decided(draw: st.DrawFn) -> list[Step]:
    """A list, most of it once more, something else meanwhile, and what somebody decides."""
    start, more = draw(st.integers(0, 4)), draw(st.integers(-2, 6))
    first = Take("shop", tuple(range(start, start + 13)), overlap="add")
    again = Take("shop", tuple(range(start, start + 13 + more)), bad=True)
    decided = Step("decide", draw(st.integers(0, 9)), strike=draw(STRIKES))
    return [Step("take", take=first), Step("take", take=again), *draw(st.lists(ONE, max_size=1)), decided]


SINGLE = ONE.map(lambda step: [step])
STEPS = st.lists(st.one_of(SINGLE, SINGLE, SINGLE, held_and_decided()), min_size=5, max_size=18).map(
    lambda several: [step for steps in several for step in steps]
)


@dataclass
class Both:
    """The real ledger beside the naive one, and the day to which priorities are counted."""

    home: Home
    naive: Ledger = field(default_factory=Ledger)
    as_of: date = AS_OF

    def do(self, step: Step) -> None:
        """One step on both; a struck one is done again, as people do. One that finds nothing to do is none."""
        action = self._action(step)
        if action is None:
            return
        tally.steps += 1
        with suppress(Struck), counted(self.home.root, step.strike):
            action()
        if step.strike:
            with suppress(WrongUse):  # it was done before the strike
                action()

    def _action(self, step: Step) -> Callable[[], object] | None:
        if step.take:
            return self._taking(step.take)
        if not self.naive.imports:
            return None
        if step.kind == "undo":
            return self._undoing(step.place)
        if step.kind == "decide":
            return self._deciding(step.place)
        if step.kind == "clean up":
            return self._cleaning_up(THRESHOLDS[step.place])
        if step.kind == "prioritise":
            self.as_of = AS_OF + timedelta(days=40 * step.place)
            return lambda: recompute.prioritise_all(self.home, self.as_of)
        return lambda: (recompute.rebuild if step.kind == "rebuild" else recompute.publish)(self.home)

    def _taking(self, take: Take) -> Callable[[], object]:
        before = list(self.naive.imports)
        taken = self.naive.take(
            take.source, take.text, take.rows, take.source == "crm", take.overlap, POLICIES.get(take.source)
        )
        self.as_of = self.as_of if any(taken is each for each in before) else AS_OF

        def action() -> None:
            drop(self.home, take.text, take.source)
            with remembered():
                run_inbox(self.home, "run", SOURCES, on_overlap=take.overlap)

        return action

    def _undoing(self, place: int) -> Callable[[], object] | None:
        every: list[Import | CleanUp] = [*self.naive.imports, *self.naive.clean_ups]
        standing = [each for each in every if not each.undone]
        if not standing:
            return None
        wanted = standing[place % len(standing)]
        self.naive.undo(wanted)
        return lambda: undo(self.home, id_of(wanted))

    def _cleaning_up(self, below: Decimal) -> Callable[[], object] | None:
        """A clean-up; a struck one may be there already when it is done again, and is then found in the history."""
        done = self.naive.clean_up(below)
        if done is None:
            return None

        def action() -> None:
            recompute.publish(self.home)  # a preview reads what is published, and mends nothing
            listed, mark = low_spend_cleanup.low_spend(self.home, below)
            if not listed.is_empty():
                low_spend_cleanup.clean_up(self.home, below, mark, "tester", NOW)
            others = [each for each in self.naive.clean_ups if each is not done]  # it is done twice where none strikes
            known = {each.import_id for each in others}
            there = table(self.home, "import_history").filter(format="cleanup")["import_id"]
            (done.import_id,) = set(there) - known

        return action

    def _deciding(self, place: int) -> Callable[[], object] | None:
        held = [each for each in self.naive.imports if each.status == "held" and not each.undone]
        if not held:
            return None
        wanted = held[place % len(held)]
        choice = ("add", "replace", "skip_identical")[place % 3]
        self.naive.decide(wanted, choice)
        self.as_of = AS_OF
        return lambda: commit_imports.decide(self.home, id_of(wanted), choice, "tester", NOW)


def id_of(each: Import | CleanUp) -> str:
    if isinstance(each, CleanUp):
        return each.import_id
    return import_id(import_key(each.source, hashlib.sha256(each.content.encode()).hexdigest()), each.attempt - 1)


def agrees(both: Both) -> None:
    """Customers, priorities and the history are what the naive ledger says."""
    beside = ("contacts", "customer_groups", "customer_custom_fields", "payments")
    found = tables(both.home, ("customers", *beside, "customer_priority", "import_history"))
    customers = fold(both.naive)
    names = ("email", "name", "company", "total_spent", "payment_count", "first_payment_date", "last_payment_date")
    rows = found["customers"].select(*names, "sources", "status", "opt_in", "groups").iter_rows()
    assert {row[0].lower(): row for row in rows} == {key: customer.told() for key, customer in customers.items()}
    clients = found["customers"].select("customer_id", client=pl.col("email").str.to_lowercase())
    contacts = (
        found["contacts"].join(clients, on="customer_id", how="left").with_columns(pl.col("reference").fill_null(""))
    )
    assert sorted(contacts.select("client", "email", "reference", "is_primary").iter_rows()) == sorted(
        (key, *contact) for key, customer in customers.items() for contact in customer.told_contacts()
    )
    groups = found["customer_groups"].join(clients, on="customer_id", how="left").select("client", "name")
    assert sorted(groups.iter_rows()) == sorted(
        (key, name) for key, customer in customers.items() for name in customer.groups.values()
    )
    kept = found["customer_custom_fields"].join(clients, on="customer_id", how="left")
    assert {
        (client, source): value for client, source, value in kept.select("client", "source", "value").iter_rows()
    } == {(key, source): value for key, customer in customers.items() for source, value in customer.custom.items()}
    paid = found["payments"].join(clients, on="customer_id", how="left").with_columns(pl.col("refund").fill_null(0))
    assert sorted(paid.select("client", "source", "paid_date", "amount", "refund").iter_rows()) == sorted(
        (key, *payment) for key, customer in customers.items() for payment in customer.payments
    )
    priorities = found["customer_priority"].select("email", "priority", "as_of_date").iter_rows()
    expected = {key: (customer.priority(both.as_of), both.as_of) for key, customer in customers.items()}
    assert {email.lower(): (priority, as_of) for email, priority, as_of in priorities} == expected
    history = found["import_history"].select("import_id", "status", "rows_accepted", "rows_skipped").iter_rows()
    told = {name: (status.removesuffix("_with_rejects"), *counts) for name, status, *counts in history}
    clean_ups = {each.import_id: ("undone" if each.undone else "done", 0, 0) for each in both.naive.clean_ups}
    assert told == clean_ups | {id_of(each): standing(both.naive, each) for each in both.naive.imports}
    removed = found["import_history"].filter(format="cleanup").select("import_id", "customers_removed").iter_rows()
    assert dict(removed) == {each.import_id: len(each.people) for each in both.naive.clean_ups}


def standing(ledger: Ledger, each: Import) -> tuple[str, int, int]:
    """What the history says of an import: its status, the rows it counted, the rows it left out."""
    live = any(each is other for other in ledger.live())
    status = "undone" if each.undone else each.status if live or each.status == "held" else "replaced"
    counted_rows = len(each.rows) if each.status == "held" else len(each.counted)
    return status, counted_rows, len(each.rows) - counted_rows - each.rejected


def nothing_is_left_over(home: Home) -> None:
    """No half-built snapshot, no staged file that waits, no file in the inbox."""
    assert not list(home.root.glob(".customers.duckdb*"))
    assert not [path for path in home.staging.rglob("filing.json") if ".held" not in path.parts]
    assert not [path for path in home.inbox.rglob("*") if path.is_file()]


@pytest.mark.parametrize("part", range(PARTS))
def test_the_tables_are_what_a_naive_ledger_gives_whatever_happens_contract_6_5(part: int) -> None:
    before = tally.steps

    @examples(part, 60, 250)
    @given(STEPS)
    def whatever_happens(steps: list[Step]) -> None:
        if tally.steps - before >= STEPS_OF_A_PART:
            return
        with scratch_home() as home:
            both = Both(home)
            for step in steps:
                both.do(step)
            if both.naive.imports:
                is_whole(both)

    whatever_happens()
    assert tally.steps - before >= STEPS_OF_A_PART


def is_whole(both: Both) -> None:
    """What is published is what the naive ledger says and what a rebuild gives, and nothing lies about."""
    run_inbox(both.home, "last", SOURCES)
    agrees(both)
    nothing_is_left_over(both.home)
    before = derived(both.home)
    recompute.rebuild(both.home)
    after = derived(both.home)
    assert all(rows.equals(after[name]) for name, rows in before.items())


@pytest.mark.parametrize("part", range(2))
def test_an_undo_takes_back_all_that_an_import_did_to_the_byte_contract_6_5(part: int) -> None:
    """What remembers keeps the import: its own entry, its rejected rows, the changes of priority since."""

    @examples(part, 10, 50)
    @given(st.lists(takes(), min_size=1, max_size=2), takes())
    def is_taken_back(earlier: list[Take], last: Take) -> None:
        with scratch_home() as home:
            both = Both(home)
            for take in (*earlier, Take("shop", (99,))):
                both.do(Step("take", take=take))
            changes = table(both.home, "customer_priority_history").height
            count = len(both.naive.imports)
            before = published_bytes(both.home, "", changes)
            both.do(Step("take", take=replace(last, numbers=(*last.numbers, 77))))
            taken = id_of(both.naive.imports[-1]) if len(both.naive.imports) > count else ""
            if taken:
                undo(both.home, taken)
            assert published_bytes(both.home, taken, changes) == before

    is_taken_back()


def published_bytes(home: Home, without: str, changes: int) -> dict[str, str]:
    """Every published table and view, without one import's lines in those that remember, and without what says when.

    Of the changes of priority the first ones.
    """
    found = tables(home, tables_of(home.published))
    assert found.keys() >= TABLES.keys() | VIEWS.keys()
    mine = pl.col("import_id") == without
    for name in ("import_history", "import_history_recent", "rejected_rows", "rejected_reasons"):
        found[name] = found[name].filter(~mine)
    found["customer_priority"] = found["customer_priority"].drop("previous_priority")
    history = found["customer_priority_history"].sort("change_number", "customer_id")
    found["customer_priority_history"] = history.head(changes)
    return {name: rows.write_ndjson() for name, rows in found.items()}


@pytest.mark.rule("PIT-68")
@pytest.mark.parametrize("part", range(2))
def test_the_order_of_steps_that_commute_does_not_matter(part: int) -> None:
    """Files that share customers and agree on what the newest decides; only the first and the last import differ."""
    told: dict[frozenset[int], dict[str, str]] = {}

    @examples(part, 8, 40)
    @given(st.permutations(range(6)), st.sets(st.integers(0, 2), max_size=2))
    def comes_to_the_same(order: list[int], undone: set[int]) -> None:
        key = frozenset(undone)
        if key not in told:
            told[key] = whatever_order(list(range(6)), undone)
        assert whatever_order(order, undone) == told[key]

    comes_to_the_same()


def whatever_order(order: list[int], undone: set[int]) -> dict[str, str]:
    """What is published after importing 0, 1 and 2 and undoing some, which are 3, 4 and 5; none before its import."""
    with scratch_home() as home:
        ids: dict[int, str] = {}
        due: set[int] = set()
        for place in order:
            if place < 3:
                with remembered():
                    ids[place] = import_text(home, agreeing_text(place), name=f"{place}.csv").import_id
            elif place - 3 in undone:
                due.add(place - 3)
            for ready in sorted(due & ids.keys()):
                undo(home, ids[ready])
            due -= ids.keys()
        found = derived(home)
        customers = found["customers"].drop("first_import_id", "last_import_id")
        priorities = found["customer_priority"].drop("previous_priority")
        return {"customers": customers.write_ndjson(), "priority": priorities.write_ndjson()}


def agreeing_text(place: int) -> str:
    """Five customers of a list, each with the same name, company, status and spelling of groups in all of them."""
    agreed = {"name": "N", "company": "C", "status": "active"}
    rows = [
        replace(row, **agreed, email=row.email.lower(), groups=tuple(map(str.lower, row.groups)))
        for row in map(customer_row, range(place * 5, place * 5 + 5))
    ]
    return "\n".join([CUSTOMERS, *map(customer_text, rows)])
