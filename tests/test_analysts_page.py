"""The page for analysts: its code, run as it stands, shows what was published last."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.home import Home
from pipelines.lineage.publish_values import publish_with_values
from tests.support.flow import import_text

PAGE = Path(__file__).resolve().parents[1] / "docs" / "analysts.md"
SPENT = "SELECT sum(total_spent)::INTEGER FROM customers"
TITLES = "email,name,total_spent,first_payment_date\n"


def documented(snapshot: Path) -> dict[str, Any]:
    """What the page's code defines, with the path of this snapshot in the place of the usual one."""
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[0]
    assert code.count("data/customers.duckdb") == 1
    names: dict[str, Any] = {}
    exec(code.replace("data/customers.duckdb", str(snapshot)), names)
    return names


def questions(heading: str) -> list[str]:
    """The questions of a section, as they stand."""
    section = PAGE.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"```sql\n(.*?)```", section, re.DOTALL)


def test_the_pages_code_sees_a_swap_that_an_open_connection_hides(home: Home) -> None:
    import_text(home, TITLES + "ana@example.com,Ana,10,2026-01-05\n")
    with duckdb.connect(str(home.published), read_only=True) as left_open:
        assert left_open.execute(SPENT).fetchone() == (10,)
        ask = documented(home.published)["ask"]
        assert ask(SPENT) == [(10,)]
        import_text(home, TITLES + "bo@example.com,Bo,5,2026-01-06\n", name="second.csv")
        with duckdb.connect(str(home.published), read_only=True) as second:
            assert second.execute(SPENT).fetchone() == (10,), "DuckDB gives the instance that is open: the page says so"
        assert ask(SPENT) == [(15,)]
        assert ask("SELECT count(*) FROM import_history_recent")[0][0] >= 0, "views find their tables"
        assert left_open.execute(SPENT).fetchone() == (10,)


def test_the_pages_questions_are_answered_as_they_stand(home: Home) -> None:
    import_text(home, TITLES + "ana@example.com,Ana,10,2026-01-05\n")
    paid = (
        "email,amount,date\nana@example.com,30,2026-01-05\nana@example.com,-4,2026-02-01\nbo@example.com,7,2026-02-03\n"
    )
    import_text(home, paid, "till", "till.csv", profile="payments")
    ask = documented(home.published)["ask"]
    months, best, totals, alike = (ask(question) for question in questions("Payments"))
    assert months == [
        ("2026-01", "till", 1, Decimal(30), Decimal(0)),
        ("2026-02", "till", 1, Decimal(7), Decimal(4)),
    ]
    assert {net for _, _, net in best} <= {Decimal(26), Decimal(7)}
    assert alike == []
    assert totals == [("ana@example.com", Decimal(40), Decimal(30), Decimal(10))]


@pytest.mark.rule("AMB-13")
def test_the_page_tells_where_values_and_customers_come_from(home: Home) -> None:
    listed = import_text(home, TITLES + "ana@example.com,Ana,5000,2026-09-05\n").import_id
    paid = "email,name,amount,date\nana@example.com,Ana Lima,40,2026-10-05\nana@example.com,,-4,2026-11-01\n"
    till = import_text(home, paid, "till", "till.csv", profile="payments").import_id
    publish_with_values(home)
    ask = documented(home.published)["ask"]
    came, several, refunds = (ask(question) for question in questions("Customers by when they came and from where"))
    assert came == [("2026-11", "file", 1)]
    assert several == [("ana@example.com", "Ana Lima", ["shop", "till"], Decimal(5040))]
    assert refunds == [("till", Decimal(40), Decimal(4), 10.0)]
    stands, addends, names, high = (ask(question) for question in questions("Where values come from"))
    told = [(row[1], row[2], row[3], row[4], row[5], row[8]) for row in stands if row[0] == "name"]
    assert told == [("Ana Lima", "till", till, 2, "name", True), ("Ana", "shop", listed, 2, "name", False)]
    assert addends == [("ana@example.com", "shop", Decimal(5000)), ("ana@example.com", "till", Decimal(40))]
    assert names == [("ana@example.com", ["shop: Ana", "till: Ana Lima"])]
    ((who, day, _, imports),) = high
    assert (who, imports) == ("ana@example.com", sorted([listed, till])), day


@pytest.mark.rule("RF-23")
def test_whoever_was_imported_is_found_by_an_address_or_a_number(home: Home) -> None:
    found = import_text(home, "email,name,phone,phone 2\nana@example.com,Ana,+33199001234,+33199001235\n")
    (question,) = re.findall(r"    (SELECT DISTINCT .*\n.*);", PAGE.read_text("utf-8"))
    ask = documented(home.published)["ask"]
    for value in ("+33199001234", "+33199001235", "ana@example.com"):
        ((*_, first, last),) = ask(question.replace("+33199001234", value))
        assert (first, last) == (found.import_id, found.import_id)
    assert ask(question.replace("+33199001234", "+33199009999")) == []
