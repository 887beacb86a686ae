"""The change feed: whoever applies it has the table, whatever was imported, undone, decided or erased."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import polars as pl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.customers.relations.change_feed import FIELDS
from pipelines.erasure.erase import erase
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.decisions.merge_customers import Deciding, merge_customers
from pipelines.ledger.decisions.note_settings import note_settings
from pipelines.ledger.undo import rehearse_undo, undo_import
from pipelines.publishing.queries import read
from tests.support.flow import AS_OF, NOW, import_text, table

ON, OFF = Sources(change_feed=True), Sources()
HEADER = "email,name,total spent,payment count,city\n"


class Follower:
    """Another system: it applies what is new in the feed to a table of its own."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, object]] = {}
        self.since = 0

    def follow(self, home: Home) -> pl.DataFrame:
        news = table(home, "customers_changes").filter(pl.col("change_number") > self.since).sort("change_number")
        for change in news.iter_rows(named=True):
            before = json.loads(change["before"]) if change["before"] else None
            assert self.rows.get(change["customer_id"]) == before
            if change["after"]:
                self.rows[change["customer_id"]] = json.loads(change["after"])
            else:
                del self.rows[change["customer_id"]]
            self.since = change["change_number"]
        return news

    def has_the_table(self, home: Home) -> bool:
        asked = ", ".join(f"'{name}': {name}" for name in FIELDS)
        found = read(home.published, f"SELECT customer_id::VARCHAR, to_json({{{asked}}})::VARCHAR FROM customers")
        return self.rows == {key: json.loads(told) for key, told in found.iter_rows()}


@pytest.fixture
def followed(home: Home) -> tuple[Home, Follower]:
    import_text(home, HEADER + "ana@example.com,Ana,10,1,Lyon\nbob@example.com,Bob,20,2,\n")
    assert note_settings(home, ON)
    return home, Follower()


def test_a_feed_begins_with_everybody(followed: tuple[Home, Follower]) -> None:
    home, follower = followed
    news = follower.follow(home)
    assert news["kind"].to_list() == ["created", "created"]
    assert follower.has_the_table(home)
    assert not note_settings(home, ON)


def test_a_change_tells_before_and_after_what_differs_and_where_it_came_from(followed: tuple[Home, Follower]) -> None:
    home, follower = followed
    follower.follow(home)
    later = NOW + timedelta(hours=1)
    outcome = import_text(home, HEADER + "ana@example.com,Ana,5,1,Paris\n", name="more.csv", started_at=later)
    (change,) = follower.follow(home).iter_rows(named=True)
    assert (change["kind"], change["changed_fields"]) == (
        "updated",
        ["city", "total_spent", "payment_count", "net_spent"],
    )
    before, after = (json.loads(change[side]) for side in ("before", "after"))
    assert (before["city"], after["city"]) == ("Lyon", "Paris")
    assert (str(before["total_spent"]), str(after["total_spent"])) == ("10.0", "15.0")
    assert (change["import_id"], change["changed_at"]) == (outcome.import_id, later)


def test_an_undo_is_a_change_of_its_own(followed: tuple[Home, Follower]) -> None:
    home, follower = followed
    follower.follow(home)
    start = NOW + timedelta(hours=1)
    outcome = import_text(home, HEADER + "cam@example.com,Cam,5,1,\n", name="more.csv", started_at=start)
    rehearse_undo(home, outcome.import_id, start)
    undo_import(home, outcome.import_id, "tester", start + timedelta(hours=1))
    created, removed = follower.follow(home).iter_rows(named=True)
    assert (created["kind"], removed["kind"]) == ("created", "removed")
    assert (removed["before"], removed["after"]) == (created["after"], None)
    assert (removed["import_id"], removed["changed_at"]) == (outcome.import_id, start + timedelta(hours=1))
    assert follower.has_the_table(home)


def test_what_changes_no_customer_is_in_no_feed(followed: tuple[Home, Follower]) -> None:
    home, follower = followed
    follower.follow(home)
    recompute.rebuild(home)
    recompute.prioritise_all(home, AS_OF + timedelta(days=40))
    recompute.publish(home)
    assert follower.follow(home).is_empty()


def test_a_feed_that_is_off_holds_nothing_and_begins_anew(followed: tuple[Home, Follower]) -> None:
    home, follower = followed
    follower.follow(home)
    assert note_settings(home, OFF)
    assert table(home, "customers_changes").is_empty()
    import_text(home, HEADER + "cam@example.com,Cam,5,1,\n", name="more.csv")
    assert table(home, "customers_changes").is_empty()
    note_settings(home, ON)
    anew = Follower()
    assert anew.follow(home)["kind"].to_list() == ["created"] * 3
    assert anew.has_the_table(home)


def test_an_erased_person_leaves_the_feed_and_whoever_follows_it_finds_out_by_the_erasure(
    followed: tuple[Home, Follower],
) -> None:
    home, follower = followed
    follower.follow(home)
    erase(home, "ana@example.com", "dpo", NOW + timedelta(days=1), UUID(int=7))
    assert (
        table(home, "customers_changes")
        .filter(pl.any_horizontal(pl.col("before", "after").str.contains("ana@")))
        .is_empty()
    )
    assert follower.follow(home).is_empty()
    assert table(home, "erasures").height == 1
    present = set(map(str, table(home, "customers")["customer_id"]))
    follower.rows = {key: row for key, row in follower.rows.items() if key in present}
    assert follower.has_the_table(home)


def test_a_home_without_an_import_has_no_feed_yet(home: Home) -> None:
    assert not note_settings(home, ON)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 9))])
def test_whoever_follows_a_feed_has_the_table_after_any_history(followed: tuple[Home, Follower], seed: int) -> None:
    home, follower = followed
    chance = random.Random(seed)
    steps, done = Steps(home, chance), 0
    while done < 8:
        step = chance.choice(steps.all)
        try:
            step()
        except WrongUse:  # this history has nothing that the step could be done to
            continue
        done += 1
        if chance.random() < 0.7:
            follower.follow(home)
            assert follower.has_the_table(home), (seed, step.__name__)
    follower.follow(home)
    assert follower.has_the_table(home)


class Steps:
    """What may happen to a ledger."""

    def __init__(self, home: Home, chance: random.Random) -> None:
        self.home, self.chance = home, chance
        self.times: Iterator[int] = count(1)
        self.imports: list[str] = []
        self.all: list[Callable[[], object]] = [self.add, self.add, self.replace, self.undo, self.merge, self.rebuild]

    def now(self) -> datetime:
        return NOW + timedelta(minutes=next(self.times))

    def rows(self) -> str:
        people = self.chance.sample("abcdef", 3)
        return HEADER + "".join(
            f"{name}@example.com,{name.upper()}{self.chance.randrange(3)},{self.chance.randrange(90)},1,\n"
            for name in people
        )

    def add(self, **options: object) -> None:
        name = f"{next(self.times)}.csv"
        outcome = import_text(self.home, self.rows(), name=name, started_at=self.now(), on_overlap="add", **options)
        self.imports.append(outcome.import_id)

    def replace(self) -> None:
        outcome = import_text(self.home, self.rows(), name=f"{next(self.times)}.csv", started_at=self.now())
        self.imports.append(outcome.import_id)

    def undo(self) -> None:
        if not self.imports:
            raise WrongUse("nothing to undo")
        undo_import(self.home, self.imports.pop(self.chance.randrange(len(self.imports))), "tester", self.now())

    def merge(self) -> None:
        ids = sorted(map(str, table(self.home, "customers")["customer_id"]))
        if len(ids) < 2:
            raise WrongUse("nobody to merge")
        merge_customers(self.home, *self.chance.sample(ids, 2), Deciding("tester", self.now()))

    def rebuild(self) -> None:
        recompute.rebuild(self.home)
