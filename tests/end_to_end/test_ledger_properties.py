"""Any sequence of imports, undos, decisions and crashes gives what a second, naive ledger gives."""

import os
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from pipelines.home import Home
from pipelines.publishing.exports import tables_of
from pipelines.publishing.tables import TABLES, VIEWS
from tests.reference.both_ledgers import Both, id_of, is_whole
from tests.reference.numbered_lists import CUSTOMERS, Take, customer_row, customer_text
from tests.reference.steps import STEPS, Step, takes
from tests.support.flow import derived, import_text, table, tables, undo
from tests.support.memo import remembered, scratch_home

pytestmark = pytest.mark.proofs

LONG = os.environ.get("CUSTOMERS_PROPERTIES") == "thousands"
"""Whether `make properties` looks for more than CI does."""

SEED = int(os.environ.get("CUSTOMERS_SEED", "0"))
"""CI has the same sequences every time, `make properties` other ones for each of its seeds."""

PARTS, STEPS_OF_A_PART = 10, 1000 if LONG else 100
"""Parts may run in several processes; each does so many steps at least: a thousand in CI."""


def examples(part: int, count: int, many: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """So many examples of a part's own; a failure prints the steps that lead to it."""
    chosen = settings(max_examples=many if LONG else count, suppress_health_check=list(HealthCheck))
    return lambda test: seed(SEED * PARTS + part)(chosen(test))


@pytest.mark.parametrize("part", range(PARTS))
def test_the_tables_are_what_a_naive_ledger_gives_whatever_happens_contract_6_5(part: int) -> None:
    done = 0

    @examples(part, 60, 250)
    @given(STEPS)
    def whatever_happens(steps: list[Step]) -> None:
        nonlocal done
        if done >= STEPS_OF_A_PART:
            return
        with scratch_home() as home:
            both = Both(home)
            for step in steps:
                both.do(step)
            done += both.done
            if both.naive.imports:
                is_whole(both)

    whatever_happens()
    assert done >= STEPS_OF_A_PART


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
    for name in ("customer_priority", "computed_priorities"):
        found[name] = found[name].drop("previous_priority")
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
    """Five customers of a list, each with the same values of what the newest row decides in all of them."""
    agreed = {"name": "N", "company": "C", "status": "active", "city": "Lyon", "plan": "Strict", "phones": ()}
    rows = [
        replace(row, **agreed, email=row.email.lower(), groups=tuple(map(str.lower, row.groups)))
        for row in map(customer_row, range(place * 5, place * 5 + 5))
    ]
    return "\n".join([CUSTOMERS, *map(customer_text, rows)])
