"""Lines of one order: equal ones are added where the list gives lines their own amounts, and once (PIT-100)."""

import pytest

from pipelines.home import Home
from tests.pipelines.customers.payment_scenes import TILL, spent
from tests.support.flow import import_text, table

LINES = "order number,email,amount,date,item\n"


def lines(home: Home, *rows: str, name: str = "a.csv", title: str = LINES) -> list[str]:
    """Import rows such as `7 ana 25 Mug`, all of one day; the codes of the warnings."""
    cells = [row.split() for row in rows]
    text = title + "".join(
        f"{number},{who}@example.com,{amount},2026-03-01,{item}\n" for number, who, amount, item in cells
    )
    outcome = import_text(home, text + "\n" * len(name), "till", name, sources=TILL)
    assert outcome.status == "done", outcome
    return [warning.split(":")[0] for warning in outcome.warnings if warning.startswith(("PAYMENT_", "EQUAL_"))]


LISTED: dict[str, tuple[list[str], int]] = {
    "lines of several amounts, two of them equal": (["7 ana 25 Mug", "7 ana 50 Tea", "7 ana 25 Pen"], 100),
    "equal lines that no item tells apart": (["7 ana 25 -", "7 ana 50 -", "7 ana 25 -"], 100),
    "the order's total beside each item": (["7 ana 70 Mug", "7 ana 70 Tea"], 70),
    "an order that is there twice, cell by cell": (["7 ana 25 A", "7 ana 50 B", "7 ana 25 A", "7 ana 50 B"], 75),
    "an order that stands again below others": (
        ["7 ana 25 A", "7 ana 50 B", "7 ana 25 C", "8 ana 1 A", "7 ana 25 A", "7 ana 50 B", "7 ana 25 C", "7 ana 5 D"],
        106,
    ),
    "equal lines in a list of lines": (
        ["7 ana 25 A", "7 ana 50 B", "8 ana 3 A", "8 ana 4 B", "9 ana 30 A", "9 ana 30 B"],
        142,
    ),
    "a total beside items in a list that has one order of two amounts": (
        ["7 ana 25 A", "7 ana 50 B", "9 ana 30 A", "9 ana 30 B"],
        105,
    ),
    "refunds of two equal lines": (
        ["7 ana 25 A", "7 ana 50 B", "7 ana 25 C", "7 ana -25 A", "7 ana -25 C", "7 ana -50 B"],
        100,
    ),
}


OFTEN = tuple(LISTED)[::2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "total"),
    [pytest.param(*told, marks=[] if name in OFTEN else [pytest.mark.slow], id=name) for name, told in LISTED.items()],
)
def test_equal_lines_of_an_order_are_added_where_the_list_has_the_lines_amounts_and_never_again_by_another_file(
    home: Home, rows: list[str], total: int
) -> None:
    told = lines(home, *rows)
    assert spent(home)["ana"][0] == total
    assert table(home, "import_history")["amount_accepted"].to_list() == [total]
    told_apart = sum(int(row.split()[2]) for row in rows if "-" not in row.split()[2]) == total
    assert told_apart or "PAYMENT_TOLD_AGAIN" in told
    lines(home, *rows, name="later.csv")
    lines(home, *rows[:2], "99 bob 1 Mug", name="of some.csv")
    assert (spent(home)["ana"][0], spent(home)["bob"][0]) == (total, 1)
    assert table(home, "import_history")["amount_accepted"].sum() == total + 1


def test_a_file_that_has_one_more_equal_line_adds_that_line(home: Home) -> None:
    assert lines(home, "7 ana 25 Mug", "7 ana 50 Tea") == []
    assert lines(home, "7 ana 25 Mug", "7 ana 50 Tea", "7 ana 25 Pen", name="b.csv") == [
        "EQUAL_ORDER_LINES",
        "PAYMENT_TOLD_AGAIN",
    ]
    assert spent(home) == {"ana": (100, 3, 0)}
    history = (
        table(home, "import_history").sort("started_at", "amount_accepted").select("amount_accepted", "amount_repeated")
    )
    assert sorted(history.rows()) == [(25, 75), (75, 0)]


@pytest.mark.matrix(1)
@pytest.mark.parametrize("title", ["Transaction ID", "Numéro de transaction", "ID transakcji", "Txn ID"])
def test_a_transaction_that_is_there_twice_counts_once_unless_items_tell_it_apart(home: Home, title: str) -> None:
    titles = LINES.replace("order number", title)
    told = lines(home, "7 ana 25 A", "7 ana 50 B", "7 ana 25 A", title=titles)
    assert (spent(home)["ana"][0], sorted(told)) == (75, ["PAYMENT_CONTRADICTED", "PAYMENT_TOLD_AGAIN"])
    lines(home, "8 bob 25 A", "8 bob 50 B", "8 bob 25 C", title=titles, name="b.csv")
    assert spent(home)["bob"][0] == 100


@pytest.mark.matrix(2)
@pytest.mark.parametrize("title", ["Line total", "Item price", "Zeilensumme", "Montant de la ligne", "Wartość pozycji"])
def test_an_amount_that_its_title_gives_to_a_line_is_added_for_each_line(home: Home, title: str) -> None:
    text = f"order number,email,{title},date,item\n" + "".join(
        f"7,ana@example.com,30,2026-03-01,{item}\n" for item in ("Mug", "Tea")
    )
    outcome = import_text(home, text, "till", "a.csv", sources=TILL, mapping={title: "amount"})
    assert (outcome.amount_accepted, spent(home)["ana"][0]) == (60, 60)
