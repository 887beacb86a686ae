"""Fifty random imports of a thousand customers, edits, merges, undos: what wins is in the tables, and all of it undone
leaves empty ones.
"""

import random
from contextlib import suppress

import polars as pl
import pytest

from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger.decisions.merge_customers import Deciding, merge_customers, separate_customers
from tests.support.by_hand import edit
from tests.support.flow import NOW, derived, first_import, import_text, table, undo
from tests.support.lineage import lineage_agrees

ZOE = Deciding("Zoé", NOW)
TITLES = "email,name,company,total spent,payment count,first payment date,city"
EMPTY = f"{TITLES}\nnobody@example.com,Nobody,,1.00,1,2025-01-01,\n"


def rows_of_some(draw: random.Random, people: int, most: int) -> str:
    """A list of some of these people, each once, with blanks here and there."""
    rows = [TITLES]
    for number in sorted(draw.sample(range(people), min(most, people))):
        name, company = draw.choice(("", f"Person {number}", f"P. {number}")), draw.choice(("", "ACME", "Blé SARL"))
        spent, city = draw.randrange(1, 90_000), draw.choice(("", "Lyon", "Łódź"))
        day = f"2025-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
        rows.append(f"p{number}@example.com,{name},{company},{spent // 100}.{spent % 100:02},1,{day},{city}")
    return "\n".join(rows) + "\n"


def decide(home: Home, draw: random.Random, people: int) -> None:
    """Something that somebody decides of random customers; what cannot be decided is left."""
    one, other = (f"p{draw.randrange(people)}@example.com" for _ in range(2))
    with suppress(AlreadyDone, WrongUse):
        kind = draw.choice(("edit", "edit", "merge", "merge", "separate", "leave"))
        if kind == "edit":
            edit(home, one, **{draw.choice(("name", "company", "city")): f"By hand {draw.randrange(99)}"})
        elif kind == "merge":
            merge_customers(home, one, other, ZOE)
        else:
            separate_customers(home, one, other if kind == "separate" else None, ZOE)


def standing(home: Home) -> list[str]:
    """All entries of the history that are not undone, imports and decisions."""
    history = table(home, "import_history").filter(pl.col("status").str.starts_with("done")).sort("import_id")
    return history["import_id"].to_list()


def published_rows(home: Home) -> dict[str, str]:
    """The derived tables in bytes."""
    return {name: rows.write_ndjson() for name, rows in derived(home).items()}


@pytest.mark.parametrize(
    ("people", "imports", "steps"), [(12, 4, 2), pytest.param(1000, 50, 30, marks=pytest.mark.slow)]
)
def test_what_wins_is_in_the_tables_and_everything_undone_gives_empty_ones(
    home: Home, people: int, imports: int, steps: int
) -> None:
    draw = random.Random(16)
    undo(home, first_import(home, EMPTY).import_id)
    empty = published_rows(home)
    kinds = ["import"] * imports + ["decide"] * steps + ["undo"] * (imports // 4)
    draw.shuffle(kinds)
    for number, kind in enumerate(["import", *kinds]):
        if kind == "import":
            import_text(home, rows_of_some(draw, people, people // 3), name=f"{number}.csv", on_overlap="add")
        elif kind == "decide":
            decide(home, draw, people)
        elif known := standing(home):
            undo(home, draw.choice(known))
    import_text(home, rows_of_some(draw, people, people), name="all.csv", on_overlap="add")
    assert table(home).height > people * 3 // 4
    values = lineage_agrees(home)
    assert values["customer_id"].n_unique() == table(home).height
    left = standing(home)
    draw.shuffle(left)
    for import_id in left:
        undo(home, import_id)
    assert published_rows(home) == empty and table(home).is_empty()
