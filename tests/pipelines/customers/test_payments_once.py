"""A payment counts once, and no other payment is lost with it: numbers come again for good reasons (PIT-100)."""

from decimal import Decimal
from itertools import chain, permutations

import polars as pl
import pytest

from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.warehouse.database import working
from tests.pipelines.customers.payment_scenes import SCENES, TILL, TITLES, Scenes, Told, line, spent, take
from tests.support.flow import NOW, derived, import_text, table, undo

LINES = "the lines of one order"
"""Of two amounts below one number a list may say that its orders have lines, so this scene stands alone."""


@pytest.mark.matrix(2)
@pytest.mark.parametrize("name", [LINES, "no number", "paid, refunded later", "one month of three fails"])
def test_rows_of_one_file_are_one_payment_or_several(home: Home, name: str) -> None:
    rows, expected = SCENES[name]
    take(home, *rows)
    assert spent(home) == expected
    assert added(home) == (sum(Decimal(total) for total, _, _ in expected.values()), len(expected))


def test_payments_of_one_file_are_counted_each_for_itself(home: Home) -> None:
    scenes = {name: scene for name, scene in SCENES.items() if name != LINES}
    take(home, *chain.from_iterable(in_files(scenes)))
    expected = all_of(scenes)
    assert spent(home) == expected
    assert added(home) == (sum(Decimal(total) for total, _, _ in expected.values()), len(expected))


@pytest.mark.slow
def test_rows_of_several_files_are_the_same_and_any_undo_gives_what_is_left(home: Home) -> None:
    files = in_files(SCENES)
    ids = [take(home, *rows, name=f"{place}.csv", overlap="add") for place, rows in enumerate(files)]
    assert spent(home) == all_of(SCENES)
    before = derived(home)
    recompute.rebuild(home)
    assert all(frame.equals(derived(home)[name]) for name, frame in before.items())
    undo(home, ids[0])
    alone = Home(home.root / "alone")
    alone.root.mkdir()
    for place, rows in enumerate(files[1:], 1):
        take(alone, *rows, name=f"{place}.csv", overlap="add")
    assert of_customers(home).equals(of_customers(alone))
    for each in ids[1:]:
        undo(home, each)
    assert table(home).is_empty()


def all_of(scenes: Scenes) -> Told:
    """What the customers of all scenes come to, each with its scene's number behind its name."""
    return {f"{who}{n}": sums for n, (_, told) in enumerate(scenes.values()) for who, sums in told.items()}


def added(home: Home) -> tuple[Decimal, int]:
    """What the only import says that it added: money, and customers."""
    told = table(home, "import_history").row(0, named=True)
    return told["amount_accepted"], told["customers_created"]


def in_files(scenes: Scenes) -> list[list[str]]:
    """The first rows of all scenes, their second rows, …: each scene with a number and customers of its own."""
    files: list[list[str]] = []
    for n, (rows, _) in enumerate(scenes.values()):
        for place, row in enumerate(rows):
            number, who, rest = row.split(maxsplit=2)
            files.extend([] for _ in range(place + 1 - len(files)))
            files[place].append(f"{number.replace('7', f'7{n:02}')} {who}{n} {rest}")
    return files


def of_customers(home: Home) -> pl.DataFrame:
    """The customers, but for what tells of imports and of the time."""
    return derived(home)["customers"].drop("first_import_id", "last_import_id", "created_at", "updated_at")


@pytest.mark.matrix(2)
@pytest.mark.parametrize("order", tuple(permutations(["paid", "refunded", "pending"])))
def test_the_state_of_a_payment_in_one_file_does_not_hang_on_the_order_of_its_rows(
    home: Home, order: tuple[str, ...]
) -> None:
    take(home, *(f"7 ana 9 01-05 {state}" for state in order))
    assert spent(home)["ana"][:2] == (9, 1)


def test_a_file_that_lists_the_newest_first_is_read_from_its_end(home: Home) -> None:
    take(home, "9 bob 1 03-01 paid", "8 bob 1 02-01", "7 ana 9 01-05 cancelled", "7 ana 9 01-05 paid", "6 bob 2 01-01")
    assert spent(home) == {"ana": (0, 0, 0), "bob": (4, 3, 0)}


def test_a_row_without_a_day_that_is_pending_takes_no_dated_payment_away(home: Home) -> None:
    import_text(home, TITLES + line(["7", "ana", "9", "01-05", "paid", ""]), "till", "a.csv", sources=TILL)
    import_text(home, TITLES + "7,ana@example.com,9,,pending,\n", "till", "b.csv", sources=TILL)
    assert spent(home) == {"ana": (9, 1, 0)}


@pytest.mark.slow
def test_the_newer_file_says_what_state_a_payment_is_in(home: Home) -> None:
    take(home, "7 ana 9 01-05 paid")
    take(home, "7 ana 9 01-05 cancelled", name="b.csv")
    assert spent(home) == {"ana": (0, 0, 0)}
    take(home, "7 ana 9 01-05 paid", "8 ana 1 01-06 paid", name="c.csv")
    assert spent(home) == {"ana": (10, 2, 0)}


def test_a_list_sent_again_with_new_payments_counts_each_once_and_keeps_what_older_rows_said(home: Home) -> None:
    first = take(home, *(f"{number} ana 5 01-05" for number in range(1, 21)))
    take(home, *(f"{number} ana 5 01-05" for number in range(1, 22)), name="b.csv")
    assert spent(home) == {"ana": (105, 21, 0)}
    assert table(home)["first_import_id"].to_list() == [first]


def test_the_same_number_in_another_source_is_another_payment(home: Home) -> None:
    take(home, "7 ana 9 01-05")
    take(home, "7 ana 9 02-05", source="kiosk")
    assert spent(home) == {"ana": (18, 2, 0)}


@pytest.mark.slow
def test_a_ledger_made_before_payments_were_known_by_what_they_state_is_brought_up(home: Home) -> None:
    take(home, "7 ana 9 01-05 paid", "8 ana -4 01-06 paid", "9 bob 5 01-07 paid")
    take(home, "7 ana 9 01-05 paid", "9 bob 5 01-07 cancelled", "7 cam 3 01-05 paid", name="b.csv")
    expected = {"ana": (9, 1, 4), "bob": (0, 0, 0), "cam": (3, 1, 0)}
    assert spent(home) == expected
    with working(home.working) as connection:
        for name in ("payment_amount", "payment_day", "payment_state", "payment_line"):
            connection.execute(f"ALTER TABLE ledger.contributions DROP COLUMN {name}")
        connection.execute("UPDATE ledger.shape SET digest = 'of yesterday'")
    recompute.prioritise_all(home, NOW.date())
    assert spent(home) == expected
    take(home, "8 ana -4 01-06 paid", "9 bob 5 01-07 paid", name="c.csv")
    assert spent(home) == {"ana": (9, 1, 4), "bob": (5, 1, 0), "cam": (3, 1, 0)}
