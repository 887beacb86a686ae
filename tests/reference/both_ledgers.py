"""The real ledger beside the naive one: each step done on both, and what both must say afterwards.

Lives here: how a step is done, and the comparison. Not here: which steps there are (`steps.py`).
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.identity import import_id, import_key
from pipelines.ledger import commit_imports, recompute
from pipelines.ledger.decisions import low_spend_cleanup
from pipelines.ledger.decisions.enter_by_hand import enter_by_hand
from pipelines.ledger.decisions.merge_customers import Deciding, merge_customers, separate_customers
from pipelines.warehouse.database import customer_uuids
from tests.crash.injection import Struck, counted
from tests.reference.facts import Choice, CleanUp, Entry, Import
from tests.reference.naive_ledger import Ledger
from tests.reference.naive_merges import apart, heads, last_words
from tests.reference.numbered_lists import POLICIES, SOURCES, Take
from tests.reference.steps import THRESHOLDS, Step, entry_of, two_of
from tests.support.by_hand import order_to_add, order_to_edit
from tests.support.flow import AS_OF, NOW, derived, drop, run_inbox, table, tables, undo
from tests.support.lineage import lineage_agrees
from tests.support.memo import remembered


@dataclass
class Both:
    """The real ledger beside the naive one; the day to which priorities are counted; how many steps were done."""

    home: Home
    naive: Ledger = field(default_factory=Ledger)
    as_of: date = AS_OF
    done: int = 0

    def do(self, step: Step) -> None:
        """One step on both; a struck one is done again, as people do. One that finds nothing to do is none."""
        action = self._action(step)
        if action is None:
            return
        self.done += 1
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
        if step.kind == "enter":
            return self._entering(entry_of(step.place))
        if step.kind in ("merge", "separate"):
            return self._choosing(step.kind, *two_of(step.place))
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
        decided: list[CleanUp | Entry | Choice] = [*self.naive.clean_ups, *self.naive.entries, *self.naive.choices]
        every: list[Import | CleanUp | Entry | Choice] = [*self.naive.imports, *decided]
        standing = [each for each in every if not each.undone]
        if not standing:
            return None
        wanted = standing[place % len(standing)]
        self.naive.undo(wanted)
        return lambda: undo(self.home, id_of(wanted))

    def _entering(self, asked: Entry) -> Callable[[], object] | None:
        """An entry by hand; a struck one may be there already when it is done again."""
        done = self.naive.enter(asked)
        if done is None:
            return None
        stated = {name: _typed(value) for name, value in done.stated.items()}
        known = {each.import_id for each in self.naive.entries if each is not done}

        def action() -> None:
            with suppress(AlreadyDone):
                order = order_to_add(**stated) if done.is_new else order_to_edit(done.email, done.released, **stated)
                enter_by_hand(self.home, SOURCES, order)
            (done.import_id,) = self._of_format("manual") - known

        return action

    def _choosing(self, kind: str, one: str, other: str | None) -> Callable[[], object] | None:
        """A merge or a separation; a struck one may be there already, and done again it may be another one."""
        keys = one.lower(), other and other.lower()
        done = self.naive.separate(*keys) if kind == "separate" else keys[1] and self.naive.merge(keys[0], keys[1])
        if not done:
            return None
        known = {each.import_id for each in self.naive.choices if each is not done}

        def action() -> None:
            recompute.publish(self.home)
            if not self._of_format("merge", "separate") - known:
                who = Deciding("tester", NOW)
                if kind == "separate":
                    separate_customers(self.home, one, other, who)
                else:
                    merge_customers(self.home, one, other or "", who)
            (done.import_id,) = self._of_format("merge", "separate") - known

        return action

    def _of_format(self, *formats: str) -> set[str]:
        """The entries of the history that are of these kinds."""
        return set(table(self.home, "import_history").filter(pl.col("format").is_in(formats))["import_id"])

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
            (done.import_id,) = self._of_format("cleanup") - known

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


def _typed(value: object) -> str:
    """A value as somebody types it."""
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(int(value)) if isinstance(value, bool) else str(value or "")


def id_of(each: Import | CleanUp | Entry | Choice) -> str:
    if isinstance(each, CleanUp | Entry | Choice):
        return each.import_id
    return import_id(import_key(each.source, hashlib.sha256(each.content.encode()).hexdigest()), each.attempt - 1)


def agrees(both: Both) -> None:
    """Customers, priorities and the history are what the naive ledger says."""
    beside = ("contacts", "contact_points", "customer_groups", "customer_custom_fields", "payments")
    found = tables(both.home, ("customers", *beside, "customer_priority", "import_history"))
    customers = {customer.email.lower(): customer for customer in both.naive.customers().values()}
    names = (
        "email",
        "name",
        "company",
        "city",
        "dunning_plan",
        "phone",
        "total_spent",
        "payment_count",
        "first_payment_date",
        "last_payment_date",
    )
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
    points = (
        found["contact_points"].filter(pl.col("contact_id").is_null(), kind="phone").join(clients, on="customer_id")
    )
    assert sorted(points.select("client", "rank", "value").iter_rows()) == sorted(
        (key, *phone) for key, customer in customers.items() for phone in customer.told_phones().items()
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
    decided: list[CleanUp | Choice] = [*both.naive.clean_ups, *both.naive.choices]
    clean_ups = {each.import_id: ("undone" if each.undone else "done", 0, 0) for each in decided}
    entries = {each.import_id: ("undone" if each.undone else "done", 1, 0) for each in both.naive.entries}
    assert told == clean_ups | entries | {id_of(each): standing(both.naive, each) for each in both.naive.imports}
    assert pair_decisions(both.home) == decided_pairs(both.naive)
    removed = found["import_history"].filter(format="cleanup").select("import_id", "customers_removed").iter_rows()
    assert dict(removed) == {each.import_id: len(each.people) for each in both.naive.clean_ups}


def pair_decisions(home: Home) -> set[tuple[str, frozenset[str]]]:
    """The pairs that the tables show as decided."""
    return {(choice, frozenset(pair)) for *pair, choice in table(home, "pair_decisions").iter_rows()}


def decided_pairs(ledger: Ledger) -> set[tuple[str, frozenset[str]]]:
    """The same as the naive ledger has them: who is part of whom, and who are two."""
    told = heads(last_words(ledger.choices, are_one=True))
    pairs = [("merged", (head, each)) for each, head in told.items() if head != each]
    pairs += [("separate", tuple(pair)) for pair in apart(ledger.choices)]
    return {(choice, frozenset(customer_uuids("email:" + pl.Series(pair)))) for choice, pair in pairs}


def standing(ledger: Ledger, each: Import) -> tuple[str, int, int]:
    """What the history says of an import: its status, the rows it counted, the rows it left out."""
    live = any(each is other for other in ledger.live())
    status = "undone" if each.undone else each.status if live or each.status == "held" else "replaced"
    counted_rows = len(each.rows) if each.status == "held" else len(each.counted)
    return status, counted_rows, len(each.rows) - counted_rows - each.rejected


def nothing_is_left_over(home: Home) -> None:
    """No half-built snapshot, no staged file that waits, no file in the inbox."""
    assert not list(home.root.glob(".customers.duckdb*"))
    assert not [path for path in home.staging.rglob("staged_file.json") if ".held" not in path.parts]
    assert not [path for path in home.inbox.rglob("*") if path.is_file()]


def is_whole(both: Both) -> None:
    """What is published is what the naive ledger says and what a rebuild gives, and nothing lies about."""
    run_inbox(both.home, "last", SOURCES)
    agrees(both)
    nothing_is_left_over(both.home)
    lineage_agrees(both.home)
    before = derived(both.home)
    recompute.rebuild(both.home)
    after = derived(both.home)
    assert all(rows.equals(after[name]) for name, rows in before.items())
