"""Contacts of clients, ways to reach customers, and groups, whatever is imported or undone when."""

from itertools import permutations

import pytest

from pipelines.configuration.settings import Sources
from pipelines.customers import batches
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.models.staged_file import Outcome
from tests.support.flow import drop, import_text, run_inbox, table, tables, undo
from tests.support.homes import once

TITLE = (
    "External ID;Client name;City;Group;Contact email;First name;Last name;Phone;Contact reference;"
    "Position;Main contact"
)
ANN, BOB, CAM = "ann@example.com", "bob@example.com", "cam@example.com"
OURS = ("contacts", "ranked_contact_points", "contact_points", "customer_groups", "groups")


def upflow(home: Home, *rows: str, name: str = "list.csv", source: str = "crm") -> str:
    """Import rows of a list of clients and contacts; returns the import's id."""
    return import_text(home, "\n".join([TITLE, *rows, ""]), source, name, profile="upflow").import_id


def contacts(home: Home) -> dict[tuple[str, str], tuple[object, ...]]:
    """Each contact by its client's reference and its address."""
    whole = table(home, "contacts").join(table(home).select("customer_id", "external_id"), on="customer_id")
    columns = ("external_id", "email", "first_name", "last_name", "phone", "reference", "position", "is_primary")
    return {(client, email): tuple(told) for client, email, *told in whole.select(columns).iter_rows()}


def main_contacts(home: Home) -> dict[str, str]:
    return {client: email for (client, email), told in contacts(home).items() if told[-1]}


@pytest.mark.rule("UP-07", "UP-29")
def test_rows_of_one_client_are_one_client_and_as_many_contacts(home: Home) -> None:
    upflow(
        home,
        f"C1;Acme;Lyon;Retail;{ANN};Ann;A;+33612345678;R1;Comptable;1",
        f"C1;;;;{BOB};Bob;;;;Acheteur;",
        "C2;Blue;Lille;;;;;;;;",
    )
    clients = table(home).select("external_id", "name", "city").iter_rows()
    assert set(clients) == {("C1", "Acme", "Lyon"), ("C2", "Blue", "Lille")}
    assert contacts(home) == {
        ("C1", ANN): ("Ann", "A", "+33612345678", "R1", "accountant", True),
        ("C1", BOB): ("Bob", None, None, None, "buyer", False),
    }


@pytest.mark.slow
@pytest.mark.rule("UP-29", "UP-33", "UP-34")
def test_the_newest_value_of_each_field_counts_and_the_contact_stays_who_it_is(home: Home) -> None:
    upflow(home, f"C1;Acme;;;{ANN};Ann;A;+33612345678;R1;Comptable;1", name="a.csv")
    before = table(home, "contacts")["contact_id"].to_list()
    second = upflow(home, "C1;;;;Ann@Example.com;Anna;;;;;", name="b.csv")
    assert contacts(home) == {("C1", ANN): ("Anna", "A", "+33612345678", "R1", "accountant", True)}
    assert table(home, "contacts")["contact_id"].to_list() == before
    undo(home, second)
    assert contacts(home) == {("C1", ANN): ("Ann", "A", "+33612345678", "R1", "accountant", True)}


@pytest.mark.slow
@pytest.mark.rule("UP-35", "UP-36")
def test_the_latest_row_that_names_a_main_contact_wins_and_an_undo_brings_back_the_one_before(home: Home) -> None:
    upflow(home, f"C1;Acme;;;{ANN};;;;;;1", name="a.csv")
    second = upflow(home, f"C1;;;;{BOB};;;;;;1", name="b.csv")
    third = upflow(home, f"C1;;;;{ANN};;;;;;0", f"C1;;;;{CAM};;;;;;", name="c.csv")
    assert main_contacts(home) == {"C1": BOB}
    undo(home, second)
    assert main_contacts(home) == {}
    undo(home, third)
    assert main_contacts(home) == {"C1": ANN}


@once
def named_main(home: Home) -> list[str]:
    """Three imports that each name another main contact."""
    return [upflow(home, f"C1;Acme;;;{email};;;;;;1", name=f"{email}.csv") for email in (ANN, BOB, CAM)]


@pytest.mark.slow
@pytest.mark.matrix(1)
@pytest.mark.rule("UP-36")
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_at_most_one_contact_is_the_main_one_in_any_order_of_undo(home: Home, order: tuple[int, ...]) -> None:
    ids = named_main(home)
    standing = [ANN, BOB, CAM]
    for place in order:
        assert main_contacts(home) == {"C1": standing[-1]}
        undo(home, ids[place])
        standing.remove((ANN, BOB, CAM)[place])
    assert table(home, "contacts").height == 0


@pytest.mark.rule("UP-33")
def test_a_contact_without_an_address_is_known_by_its_reference_name_or_number(home: Home) -> None:
    title = "email,name,contact email,contact reference,contact first name,contact phone"
    rows = f"c@example.com,C,{ANN},R1,,\nc@example.com,C,,R1,Ann,\nc@example.com,C,,R2,Rita,\nc@example.com,C,,,Bob,\n"
    mapping = {"contact first name": "contact_first_name", "contact phone": "contact_phone"}
    import_text(home, f"{title}\n{rows}c@example.com,C,,,bob,+33612345678\n", mapping=mapping)
    told = table(home, "contacts").select("email", "reference", "first_name", "phone")
    assert set(told.iter_rows()) == {
        (ANN, "R1", "Ann", None),
        (None, "R2", "Rita", None),
        (None, None, "bob", "+33612345678"),
    }


FIVE = "email,name,email 2,phone,phone 2,phone 3,mobile,address,postal address\n"


@pytest.mark.rule("RF-12", "RF-18", "RF-19", "RF-21", "AMB-43")
def test_every_way_to_reach_a_customer_is_there_by_rank(home: Home) -> None:
    import_text(
        home,
        FIVE + "a@example.com,A,a2@example.com,,01 42 68 53 00,01 42 68 53 01,06 12 34 56 78,1 rue A,2 rue B\n"
        "b@example.com,B,,,06 12 34 56 80,,,,\nc@example.com,C,,,,,01 42 68 53 02,,\n",
        sources=Sources.model_validate({"sources": {"shop": {"locale": "fr", "default_country": "FR"}}}),
        name="five.csv",
    )
    told = table(home, "contact_points").join(table(home).select("customer_id", "name"), on="customer_id")
    assert set(told.select("name", "kind", "rank", "value", "sms_reachable").iter_rows()) == {
        ("A", "email", 1, "a@example.com", False),
        ("A", "email", 2, "a2@example.com", False),
        ("A", "phone", 1, "+33142685300", False),
        ("A", "phone", 2, "+33142685301", False),
        ("A", "mobile", 1, "+33612345678", True),
        ("A", "address", 1, "1 rue A", False),
        ("A", "address", 2, "2 rue B", False),
        ("B", "email", 1, "b@example.com", False),
        ("B", "phone", 1, "+33612345680", False),
        ("C", "email", 1, "c@example.com", False),
        ("C", "mobile", 1, "+33142685302", True),
    }
    assert table(home).height == 3
    raw = told.filter(kind="phone", name="A").select("rank", "raw_value").sort("rank").rows()
    assert raw == [(1, "01 42 68 53 00"), (2, "01 42 68 53 01")]


@pytest.mark.rule("RF-12")
def test_the_first_way_is_what_the_customer_s_own_row_shows_and_none_is_there_twice(home: Home) -> None:
    import_text(home, "email,name,phone,phone 2\na@example.com,A,+33142685300,+33142685301\n", name="a.csv")
    import_text(home, "email,name,phone\na@example.com,A,+33142685301\n", name="b.csv")
    points = table(home, "contact_points").filter(kind="phone").select("rank", "value", "raw_value")
    assert points.rows() == [(1, "+33142685301", None)]
    assert table(home)["phone"].to_list() == ["+33142685301"]


@pytest.mark.rule("UP-24", "MO-17", "MO-18", "PIT-62")
def test_groups_are_one_whatever_their_case_and_come_and_go_with_their_customers(home: Home) -> None:
    first = import_text(home, "email,name,groups,group reference\na@example.com,A,Retail,G1\n", name="a.csv").import_id
    import_text(home, 'email,name,groups\na@example.com,A,"retail, VIP"\nb@example.com,B,RETAIL\n', name="b.csv")
    groups = table(home, "groups").select("name", "reference", "customer_count")
    assert set(groups.iter_rows()) == {("Retail", "G1", 2), ("VIP", None, 1)}
    before = dict(table(home, "groups").select("name", "group_id").iter_rows())
    undo(home, first)
    groups = table(home, "groups").select("name", "reference", "customer_count")
    assert set(groups.iter_rows()) == {("retail", None, 2), ("VIP", None, 1)}
    after = {name.lower(): group for name, group in table(home, "groups").select("name", "group_id").iter_rows()}
    assert after == {name.lower(): group for name, group in before.items()}


def new_groups(outcome: Outcome) -> list[str]:
    return [warning for warning in outcome.warnings if warning.startswith("NEW_GROUPS")]


@pytest.mark.slow
@pytest.mark.rule("MO-18")
def test_an_import_tells_which_groups_it_made_and_no_other(home: Home) -> None:
    made = import_text(home, 'email,name,groups\na@example.com,A,"Retail, VIP"\nb@example.com,B,vip\n', name="a.csv")
    (told,) = new_groups(made)
    assert told.startswith("NEW_GROUPS: 2 groups that were not there before were made: “Retail”, “VIP”.")
    again = import_text(home, 'email,name,groups\nc@example.com,C,"RETAIL, Presse"\n', name="b.csv", locale="fr")
    (told,) = new_groups(again)
    assert told.startswith("NEW_GROUPS: 1 groupe qui n'existait pas a été créé : «\u202fPresse\u202f»")
    undo(home, again.import_id)
    (told,) = new_groups(import_text(home, "email,name,groups\nd@example.com,D,presse\n", name="c.csv", locale="pl"))
    assert told.startswith("NEW_GROUPS: Utworzono 1 grupę, której wcześniej nie było: „presse”")
    assert not new_groups(import_text(home, "email,name\ne@example.com,E\n", name="d.csv"))


@pytest.mark.slow
@pytest.mark.rule("MO-18", "UP-24")
def test_a_list_that_takes_the_place_of_one_and_one_that_comes_beside_it_make_a_group_once(home: Home) -> None:
    """A newer list of lifetime totals, an import that is decided to replace one, two in one transaction."""
    rows = "email,name,groups,total spent\na@example.com,A,Retail,{}\n"
    crm = Sources.model_validate({"sources": {"crm": {"amounts": "snapshot"}}})
    assert new_groups(import_text(home, rows.format(1), "crm", "a.csv", sources=crm))
    assert not new_groups(import_text(home, rows.format(2), "crm", "b.csv", sources=crm))
    clients = "Client name,External ID,Group\nAcme,C{},Łódź\n"
    texts = {f"{number}.csv": clients.format(number) for number in (1, 2)}
    for name, text in texts.items():
        drop(home, text, "up", name)
    upflow = Sources.model_validate({"sources": {"up": {"profile": "upflow"}}})
    outcomes = run_inbox(home, "run", upflow)
    assert [len(new_groups(outcome)) for outcome in outcomes] == [1, 0]


def test_a_change_of_nothing_but_a_contact_or_a_group_s_reference_updates_its_customer(home: Home) -> None:
    rows = [f"C{number};Client {number};;G;{ANN};Ann;;;;;" for number in range(12)]
    import_text(home, "\n".join([TITLE, *rows, ""]), "crm", "a.csv", profile="upflow")
    changed = [row.replace("Ann", "Anna") if number == 3 else row for number, row in enumerate(rows)]
    outcome = import_text(home, "\n".join([TITLE, *changed, ""]), "crm", "b.csv", profile="upflow", on_overlap="add")
    assert (outcome.customers_updated, outcome.customers_unchanged) == (1, 11)


@pytest.mark.slow
@pytest.mark.rule("AU-19")
@pytest.mark.parametrize("batch", [1, 3])
def test_batches_and_a_rebuild_give_the_same_tables(home: Home, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        f"C{number % 5};N;;g{number % 3};c{number % 7}@example.com;F{number};;;;;{number % 2}" for number in range(20)
    ]
    upflow(home, *rows, name="a.csv")
    import_text(home, FIVE + "a@example.com,A,a2@example.com,,,,,1 rue A,2 rue B\n", name="b.csv")
    before = tables(home, OURS)
    monkeypatch.setattr(batches, "BATCH", batch)
    recompute.rebuild(home)
    after = tables(home, OURS)
    assert all(rows.height and rows.equals(after[name]) for name, rows in before.items())


@pytest.mark.rule("UP-35", "AMB-41")
def test_two_main_contacts_of_one_client_in_one_file_are_told_and_the_last_one_counts(home: Home) -> None:
    rows = (f"C1;Acme;;;{ANN};;;;;;1", f"C2;Blue;;;{ANN};;;;;;1", f"C1;;;;{BOB};;;;;;1", f"C1;;;;{CAM};;;;;;")
    outcome = import_text(home, "\n".join([TITLE, *rows, ""]), "crm", profile="upflow")
    told = [warning for warning in outcome.warnings if warning.startswith("MULTIPLE_MAIN_CONTACTS")]
    assert len(told) == 1
    assert "Acme" in told[0]
    assert BOB in told[0]
    assert main_contacts(home) == {"C1": BOB, "C2": ANN}
    again = import_text(home, "\n".join([TITLE, rows[0], rows[0] + " ", ""]), "other", profile="upflow")
    assert not [warning for warning in again.warnings if warning.startswith("MULTIPLE_MAIN_CONTACTS")]


@pytest.mark.rule("UP-07")
def test_an_amount_that_every_contact_s_row_of_a_client_repeats_is_told(home: Home) -> None:
    rows = (f"C1;Acme;{ANN};120", f"C1;Acme;{BOB};120", f"C2;Blue;{ANN};50", f"C2;Blue;{BOB};7", f"C3;Cold;{CAM};0")
    title = "External ID;Client name;Contact email;Total spent"
    outcome = import_text(home, "\n".join([title, *rows, ""]), "crm", profile="upflow")
    told = [warning for warning in outcome.warnings if warning.startswith("AMOUNTS_OF_CONTACTS")]
    assert len(told) == 1
    assert "1 client a " in told[0]
    assert "Acme" in told[0]
    assert table(home)["total_spent"].sum() == 297


@pytest.mark.rule("UP-36")
def test_another_main_contact_and_nothing_else_updates_its_client(home: Home) -> None:
    upflow(home, f"C1;Acme;;;{ANN};;;;;;1", f"C1;;;;{BOB};;;;;;", name="a.csv")
    outcome = import_text(home, f"{TITLE}\nC1;Acme;;;{BOB};;;;;;1\n", "crm", "b.csv", profile="upflow")
    assert (outcome.customers_updated, outcome.customers_unchanged) == (1, 0)
