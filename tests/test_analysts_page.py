"""The page for analysts: its code, run as it stands, shows what was published last."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.home import Home
from pipelines.ledger.decisions.note_duplicates import note_duplicates
from pipelines.lineage.publish_values import publish_with_values
from tests.support.flow import import_text
from tests.support.homes import once

PAGE = Path(__file__).resolve().parents[1] / "docs" / "analysts.md"
SPENT = "SELECT sum(total_spent)::INTEGER FROM customers"
TITLES = "email,name,total_spent,first_payment_date\n"


def documented(snapshot: Path) -> dict[str, Any]:
    """What the page's code defines, with the path of this snapshot in the place of the usual one."""
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
    assert code.count("data/customers.duckdb") == 1
    names: dict[str, Any] = {}
    exec(code.replace("data/customers.duckdb", str(snapshot)), names)
    return names


def questions(heading: str) -> list[str]:
    """The questions of a section and its parts, as they stand."""
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


@pytest.fixture
def a_day(home: Home) -> Home:
    """A home in which each of the ten questions has an answer."""
    fill_a_day(home)
    return home


@once
def fill_a_day(home: Home) -> None:
    import_text(home, TITLES + "ana@example.com,Ana,5000,2026-09-05\n")
    paid = "email,name,amount,date\nana@example.com,Ana Lima,40,2026-10-05\nana@example.com,,-4,2026-11-01\n"
    import_text(home, paid, "till", "till.csv", profile="payments")
    people = (
        "Nom du client;Identifiant externe;Adresse mail;Prénom;Nom de famille;Poste;Contact principal\n"
        "Exemple SARL;C-0001;lea.bernard@example.com;Léa;Bernard;Comptable;1\n"
        ";C-0001;tom.petit@example.com;Tom;Petit;Acheteur;\n"
    )
    import_text(home, people, "crm", "clients.csv", profile="upflow")
    asked = (
        "email,first name,last name,city,opt-in\n"
        "kasia@example.com,Katarzyna,Wójcik,Łódź,1\n"
        "k.wojcik@example.net,Kasia,Wojcik,Lodz,0\n"
    )
    import_text(home, asked, "mail", "mail.csv")
    note_duplicates(home)
    publish_with_values(home)


@pytest.mark.slow
@pytest.mark.rule("AMB-13")
def test_the_ten_questions_of_a_day_are_answered_as_they_stand(a_day: Home) -> None:
    ask = documented(a_day.published)["ask"]
    imports = {source: key for key, source in ask("SELECT import_id, source FROM import_history")}
    segments, months, new, came, high, refunds, several, mailable, people, alike, values = (
        ask(question) for question in questions("Ten questions of a day")
    )
    assert segments == [("high_value", 1, Decimal(5040)), ("new", 4, Decimal(5040))]
    assert months == [
        ("2026-10", "till", 1, Decimal(40), Decimal(0)),
        ("2026-11", "till", 0, None, Decimal(4)),
    ]
    assert [(email, file) for email, _, _, _, file in new][:1] == [("ana@example.com", "list.csv")]
    assert came == [("2026-11", "file", 4)]
    ((who, _, _, told_by),) = high
    assert (who, told_by) == ("ana@example.com", sorted([imports["shop"], imports["till"]]))
    assert refunds == [("till", Decimal(40), Decimal(4), 10.0)]
    assert several[0] == ("ana@example.com", "Ana Lima", ["shop", "till"], Decimal(5040))
    assert [email for email, *_ in mailable] == ["kasia@example.com"]
    assert [(row[1], row[4], row[6]) for row in people] == [
        ("lea.bernard@example.com", "accountant", True),
        ("tom.petit@example.com", "buyer", False),
    ]
    assert [set(pair[:2]) for pair in alike] == [{"kasia@example.com", "k.wojcik@example.net"}]
    names = [(row[1], row[2], row[3], row[4], row[5], row[8]) for row in values if row[0] == "name"]
    assert names == [
        ("Ana Lima", "till", imports["till"], 2, "name", True),
        ("Ana", "shop", imports["shop"], 2, "name", False),
    ]


def test_there_are_ten_questions() -> None:
    assert re.findall(r"(?m)^### (\d+)\.", PAGE.read_text("utf-8")) == [str(number) for number in range(1, 11)]


@pytest.mark.slow
def test_every_query_of_the_page_and_of_the_readme_is_one_that_duckdb_answers(a_day: Home) -> None:
    ask = documented(a_day.published)["ask"]
    queries = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    queries += re.findall(r"(?m)^    (SELECT .*);$", (PAGE.parents[1] / "README.md").read_text("utf-8"))
    assert len(queries) > 15
    for query in queries:
        ask(query)


def test_the_page_tells_what_is_paid_and_what_was_told_as_a_total(home: Home) -> None:
    import_text(home, TITLES + "ana@example.com,Ana,10,2026-01-05\n")
    paid = (
        "email,amount,date\nana@example.com,30,2026-01-05\nana@example.com,-4,2026-02-01\nbo@example.com,7,2026-02-03\n"
    )
    import_text(home, paid, "till", "till.csv", profile="payments")
    best, totals = (documented(home.published)["ask"](question) for question in questions("Payments"))
    assert {net for _, _, net in best} <= {Decimal(26), Decimal(7)}
    assert totals == [("ana@example.com", Decimal(40), Decimal(30), Decimal(10))]


def test_the_page_tells_where_values_come_from(a_day: Home) -> None:
    ask = documented(a_day.published)["ask"]
    addends, names = (ask(question) for question in questions("Where values come from"))
    assert addends == [("ana@example.com", "shop", Decimal(5000)), ("ana@example.com", "till", Decimal(40))]
    assert names == [("ana@example.com", ["shop: Ana", "till: Ana Lima"])]


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_the_pages_frames_keep_money_to_the_cent(home: Home, library: str) -> None:
    pytest.importorskip(library)
    import_text(home, TITLES + "ana@example.com,Ana,0.10,2026-01-05\nbo@example.com,Bo,0.20,2026-01-05\n")
    frame = documented(home.published)[f"{library}_frame"]("SELECT email, total_spent FROM customers")
    assert frame["total_spent"].sum() == Decimal("0.30"), "0.1 + 0.2 of floats is not"
    assert type(frame["total_spent"].sum()) is Decimal


@pytest.mark.rule("RF-23")
def test_whoever_was_imported_is_found_by_an_address_or_a_number(home: Home) -> None:
    found = import_text(home, "email,name,phone,phone 2\nana@example.com,Ana,+33199001234,+33199001235\n")
    (question,) = re.findall(r"```sql\n(SELECT DISTINCT .*\n.*)\n", PAGE.read_text("utf-8"))
    ask = documented(home.published)["ask"]
    for value in ("+33199001234", "+33199001235", "ana@example.com"):
        ((*_, first, last),) = ask(question.replace("+33199001234", value))
        assert (first, last) == (found.import_id, found.import_id)
    assert ask(question.replace("+33199001234", "+33199009999")) == []
