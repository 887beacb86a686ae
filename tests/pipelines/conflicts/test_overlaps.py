"""The same rows again: held with three choices, never counted twice, never left out in silence (contract page 6)."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.ledger import commit_imports, recompute
from pipelines.models.staged_file import Outcome
from tests.support.flow import NOW, derived, first_import, import_file, import_text, table, undo
from tests.support.homes import once

TITLES = "email,name,total_spent,first_payment_date\n"


def rows(numbers: range) -> str:
    """One row per number: its own address and amount."""
    return "".join(f"c{number}@x.fr,N{number},{number}.50,2026-01-{number % 28 + 1:02}\n" for number in numbers)


def total(home: Home) -> Decimal:
    return Decimal(table(home)["total_spent"].sum() or 0)


@once
def half_repeated(home: Home) -> tuple[Outcome, Outcome]:
    """An import of twenty rows, then a file with fifteen of them and five new ones."""
    first = import_text(home, TITLES + rows(range(1, 21)), name="january.csv")
    return first, import_text(home, TITLES + rows(range(6, 26)), name="again.csv")


def test_a_file_that_largely_repeats_an_earlier_one_is_held_and_counts_nothing(home: Home) -> None:
    before = None
    first, held = half_repeated(home)
    assert (first.status, held.status, held.reasons[0].code) == ("done", "held", "POSSIBLE_REUPLOAD")
    assert (table(home).height, total(home)) == (20, Decimal("220"))
    entry = table(home, "import_history").filter(pl.col("import_id") == held.import_id).row(0, named=True)
    assert (entry["status"], first.import_id in entry["message"], before) == ("held", True, None)


def test_each_choice_says_what_it_would_do_in_rows_and_money_and_does_it(tmp_path: Path) -> None:
    for place, name in enumerate(("add", "skip_identical", "replace")):
        home = Home(tmp_path / name)
        _, held = half_repeated(home)
        choice = held.choices[place]
        assert choice.name == name
        before = total(home)
        settled = commit_imports.decide(home, held.import_id, choice.name, "Ana", NOW)
        assert (settled.status, settled.rows_accepted) == ("done", choice.rows_counted)
        assert total(home) - before == choice.amount_change


@pytest.mark.rule("PIT-64")
def test_skip_identical_counts_the_new_rows_only_and_tells_the_skipped(home: Home) -> None:
    _, held = half_repeated(home)
    settled = commit_imports.decide(home, held.import_id, "skip_identical", "Ana", NOW)
    assert (settled.rows_accepted, settled.rows_skipped, table(home).height) == (5, 15, 25)


def test_replace_undoes_the_earlier_import_in_one_step_and_its_own_undo_brings_it_back(home: Home) -> None:
    first, held = half_repeated(home)
    before = derived(home)
    commit_imports.decide(home, held.import_id, "replace", "Ana", NOW)
    statuses = dict(table(home, "import_history").select("import_id", "status").rows())
    assert statuses == {first.import_id: "replaced", held.import_id: "done"}
    assert set(table(home)["email"]) == {f"c{number}@x.fr" for number in range(6, 26)}
    undo(home, held.import_id)
    assert derived(home)["customers"].equals(before["customers"])


def test_the_history_says_who_decided_and_what_stands_in_the_place_of_what(home: Home) -> None:
    first, held = half_repeated(home)
    commit_imports.decide(home, held.import_id, "replace", "Ana", NOW)

    def told(column: str) -> dict[str, object]:
        return dict(table(home, "import_history").select("import_id", column).iter_rows())

    assert told("decision") == {first.import_id: None, held.import_id: "replace"}
    assert (told("decided_by")[held.import_id], told("decided_at")[held.import_id]) == ("Ana", NOW)
    assert told("replaced_by") == {first.import_id: held.import_id, held.import_id: None}
    undo(home, held.import_id)
    assert set(told("replaced_by").values()) == {None}


@pytest.mark.slow
def test_a_chain_of_replacements_never_brings_two_of_them_back(home: Home) -> None:
    for name, numbers in (("a", range(1, 21)), ("b", range(1, 22)), ("c", range(1, 23))):
        import_text(home, TITLES + rows(numbers), name=f"{name}.csv", on_overlap="replace")
    ids = table(home, "import_history").sort("rows_read")["import_id"].to_list()
    undo(home, ids[1])
    assert table(home).height == 22
    undo(home, ids[2])
    assert table(home).height == 20


@pytest.mark.rule("PIT-66")
def test_equal_rows_are_recognised_whatever_order_titles_delimiter_and_encoding(home: Home) -> None:
    import_text(home, "email,name,city,total_spent\n" + "".join(f"c{n}@x.fr,É{n},Łódź,{n}.5\n" for n in range(12)))
    path = home.root / "other.csv"
    lines = "Montant total;Ville;Nom;E-mail\r\n" + "".join(f"{n},50;Łódź;É{n};c{n}@x.fr\r\n" for n in range(11, -1, -1))
    path.write_bytes(b"\xef\xbb\xbf" + lines.encode())
    assert import_file(home, path).status == "held"


@pytest.mark.rule("AMB-11")
def test_two_equal_rows_of_one_file_are_two_and_a_third_is_new(home: Home) -> None:
    import_text(home, TITLES + rows(range(1, 11)) * 2, name="twice.csv")
    again = import_text(home, TITLES + rows(range(1, 11)) * 3, name="thrice.csv", on_overlap="skip_identical")
    assert (again.rows_accepted, again.rows_skipped) == (10, 20)


def test_fewer_repeated_rows_are_added_with_a_warning(home: Home) -> None:
    first_import(home, TITLES + rows(range(1, 21)), name="one.csv")
    few = import_text(home, TITLES + rows(range(16, 40)), name="two.csv")
    assert few.status == "done"
    assert [warning for warning in few.warnings if warning.startswith("OVERLAPPING_ROWS: 5 ")]
    assert total(home) == sum(Decimal(number) + Decimal("0.5") for number in [*range(1, 21), *range(16, 40)])


def test_under_ten_repeated_rows_beside_a_new_one_are_not_held(home: Home) -> None:
    import_text(home, TITLES + rows(range(1, 10)), name="one.csv")
    assert import_text(home, TITLES + rows(range(0, 10)), name="two.csv").status == "done"


@pytest.mark.matrix(1)
@pytest.mark.parametrize("count", [1, 2, 9])
def test_all_rows_of_a_small_list_again_are_held_where_they_carry_money(home: Home, count: int) -> None:
    import_text(home, TITLES + rows(range(1, count + 3)), name="one.csv")
    held = import_text(home, TITLES + rows(range(1, count + 1)), name="two.csv")
    assert (held.status, [choice.name for choice in held.choices]) == ("held", ["add", "skip_identical", "replace"])
    people = "email,name\n" + "".join(f"p{number}@x.fr,P\n" for number in range(count))
    import_text(home, people, name="three.csv")
    assert import_text(home, people + "\n", name="four.csv").status == "done"


def test_a_small_list_of_the_next_month_is_no_repetition(home: Home) -> None:
    for month in range(1, 4):
        text = TITLES + "".join(f"c{number}@x.fr,N,9.99,2026-{month:02}-01\n" for number in range(3))
        assert import_text(home, text, name=f"{month}.csv").status == "done"


FEW, MANY = range(1, 4), range(1, 21)


@pytest.mark.matrix(1)
@pytest.mark.parametrize("numbers", [range(1, 2), FEW, MANY])
def test_the_same_bytes_for_another_source_are_held_with_its_name_and_forced_by_add(home: Home, numbers: range) -> None:
    first = import_text(home, TITLES + rows(numbers), "shop")
    before = total(home)
    held = import_text(home, TITLES + rows(numbers), "crm")
    assert (held.status, held.reasons[0].code, total(home)) == ("held", "POSSIBLE_REUPLOAD", before)
    assert f"{first.import_id} (shop)" in held.message
    changes = {choice.name: choice.amount_change for choice in held.choices}
    assert changes == {"add": before, "skip_identical": Decimal(0), "replace": Decimal(0)}
    forced = import_text(home, TITLES + rows(numbers), "crm", on_overlap="add")
    assert (forced.status, total(home)) == ("done", before * 2)


def test_money_that_another_source_brought_is_held_though_it_tells_more_of_its_customers(home: Home) -> None:
    first_import(home, TITLES + rows(MANY), "shop")
    lines = "".join(f"C{n}@x.fr,Nom {n},Lyon,{n}.50,2026-01-{n % 28 + 1:02}\n" for n in range(1, 22))
    assert import_text(home, "email,name,city,total_spent,first_payment_date\n" + lines, "crm").status == "held"


def test_a_list_of_payments_with_numbers_is_known_again_in_another_source(home: Home) -> None:
    text = "email,amount,date,{} id\n" + "".join(f"c{n}@x.fr,5,2026-01-02,p{n}\n" for n in range(3))
    import_text(home, text.format("payment"), "shop", profile="payments")
    assert import_text(home, text.format("order"), "till", profile="payments").status == "held"


@pytest.mark.slow
def test_a_payment_of_another_source_is_known_again_after_money_was_given_back(home: Home) -> None:
    titles = "transaction id,email,amount,date,status,amount refunded\n"
    text = titles + "tx1,a@example.com,100,2026-01-05,paid,\ntx2,b@example.com,10,2026-01-06,paid,\n"
    import_text(home, text, "shop", profile="payments")
    for row in ("refunded,", "refunded,100", "paid,30"):
        later = import_text(home, f"{titles}tx1,a@example.com,100,2026-01-05,{row}\n", "till", profile="payments")
        assert later.status == "held", row
    other = import_text(home, f"{titles}tx1,a@example.com,99,2026-01-05,paid,\n", "till", profile="payments")
    assert other.status == "done"


def test_customers_keyed_by_reference_are_known_again_in_another_source(home: Home) -> None:
    titles = "Nom,Référence client,Dépenses totales\n"
    sources = Sources.model_validate({"sources": {name: {"profile": "upflow", "locale": "fr"} for name in "ab"}})
    import_text(home, titles + "Bleu,C1,10\nVert,C2,20\n", "a", sources=sources)
    assert import_text(home, titles + "Vert,C2,20\nBleu,C1,10\n", "b", sources=sources).status == "held"


def test_the_same_people_without_money_in_two_sources_harm_nobody(home: Home) -> None:
    people = "email,name\n" + "".join(f"p{number}@x.fr,P{number}\n" for number in range(30))
    assert [import_text(home, people, source).status for source in ("shop", "crm")] == ["done", "done"]


def test_one_customer_with_one_total_and_no_day_in_two_sources_may_be_chance_and_is_warned_of(home: Home) -> None:
    import_text(home, "email,name,total spent\nana@x.fr,Ana,50\nbob@x.fr,Bob,7\n", "shop")
    second = import_text(home, "email,name,total spent,city\nana@x.fr,Ana,50,Lyon\n", "crm")
    assert (second.status, total(home)) == ("done", Decimal(107))
    assert [warning for warning in second.warnings if warning.startswith("OVERLAPPING_ROWS: 1 ")]


def test_replacing_the_import_of_another_source_is_taken_back_by_an_undo(home: Home) -> None:
    first = first_import(home, TITLES + rows(MANY), "shop")
    before = derived(home)["customers"]
    held = import_text(home, TITLES + rows(range(1, 23)), "crm")
    commit_imports.decide(home, held.import_id, "replace", "Ana", NOW)
    assert dict(table(home, "import_history").select("import_id", "status").rows())[first.import_id] == "replaced"
    assert (table(home).height, total(home)) == (22, sum(Decimal(n) + Decimal("0.5") for n in range(1, 23)))
    undo(home, held.import_id)
    assert derived(home)["customers"].equals(before)


def test_new_rows_alone_count_where_another_source_brought_the_others(home: Home) -> None:
    first_import(home, TITLES + rows(MANY), "shop")
    new = import_text(home, TITLES + rows(range(11, 31)), "crm", on_overlap="skip_identical")
    assert (new.rows_accepted, new.rows_skipped, table(home).height) == (10, 10, 30)


def test_what_was_undone_or_replaced_in_another_source_is_new(home: Home) -> None:
    first = first_import(home, TITLES + rows(FEW), "shop")
    undo(home, first.import_id)
    assert import_text(home, TITLES + rows(FEW), "crm").status == "done"


def test_a_source_of_snapshots_does_not_double_what_another_source_brought(home: Home) -> None:
    sources = Sources.model_validate({"sources": {"crm": {"amounts": "snapshot"}}})
    import_text(home, TITLES + "z@x.fr,Z,1000,2026-01-01\n", "crm", name="old.csv", sources=sources)
    import_text(home, TITLES + rows(MANY), "shop")
    held = import_text(home, TITLES + rows(range(1, 22)), "crm", sources=sources)
    assert held.status == "held"
    before = total(home)
    choice = {each.name: each.amount_change for each in held.choices}["skip_identical"]
    commit_imports.decide(home, held.import_id, "skip_identical", "Ana", NOW)
    assert total(home) - before == choice == Decimal("21.5") - 1000


def test_rows_of_an_undone_import_are_new_again(home: Home) -> None:
    first = first_import(home, TITLES + rows(range(1, 21)), name="one.csv")
    undo(home, first.import_id)
    again = import_text(home, TITLES + rows(range(1, 22)), name="two.csv")
    assert (again.status, again.warnings) == ("done", ())


def test_payments_with_ids_count_once_anyway_and_are_not_held(home: Home) -> None:
    text = "email,amount,date,payment id\n" + "".join(f"c{n}@x.fr,5,2026-01-02,p{n}\n" for n in range(20))
    import_text(home, text, name="one.csv", profile="payments")
    again = import_text(home, text + "z@x.fr,5,2026-01-02,pz\n", name="two.csv", profile="payments")
    assert (again.status, total(home)) == ("done", Decimal(105))


def test_a_held_import_can_be_undone_and_then_sent_again(home: Home) -> None:
    _, held = half_repeated(home)
    undo(home, held.import_id)
    with pytest.raises(WrongUse, match="undone"):
        commit_imports.decide(home, held.import_id, "add", "Ana", NOW)
    again = import_text(home, TITLES + rows(range(6, 26)), name="again.csv", on_overlap="add")
    assert (again.status, again.import_id) == ("done", f"{held.import_id}-2")


def test_a_held_file_sent_again_is_told_so_and_one_with_a_decision_is_settled(home: Home) -> None:
    _, held = half_repeated(home)
    same = import_text(home, TITLES + rows(range(6, 26)), name="again.csv")
    assert (same.status, same.import_id) == ("held", held.import_id)
    told = import_text(home, TITLES + rows(range(6, 26)), name="again.csv", on_overlap="skip_identical")
    assert (told.status, told.import_id, told.rows_skipped) == ("done", held.import_id, 15)


@pytest.mark.parametrize("wanted", ["shop-000000000000", "done"])
def test_only_a_held_import_can_be_decided(home: Home, wanted: str) -> None:
    first = import_text(home, TITLES + rows(range(3)))
    with pytest.raises(WrongUse):
        commit_imports.decide(home, first.import_id if wanted == "done" else wanted, "add", "Ana", NOW)


def test_a_source_of_snapshots_replaces_what_it_sent_before_and_undo_gives_it_back(home: Home) -> None:
    sources = Sources.model_validate({"sources": {"crm": {"amounts": "snapshot"}}})
    first = import_text(home, TITLES + "a@x.fr,A,100,2026-01-01\nb@x.fr,B,50,2026-01-01\n", "crm", sources=sources)
    before = derived(home)["customers"]
    newer = import_text(home, TITLES + "a@x.fr,A,120,2026-01-01\n", "crm", name="newer.csv", sources=sources)
    assert dict(table(home).select("email", "total_spent").rows()) == {"a@x.fr": Decimal(120)}
    history = dict(table(home, "import_history").select("import_id", "status").rows())
    assert history[first.import_id] == "replaced"
    undo(home, newer.import_id)
    assert derived(home)["customers"].equals(before)


def test_rebuild_gives_the_same_tables_after_every_kind_of_decision(home: Home) -> None:
    _, held = half_repeated(home)
    commit_imports.decide(home, held.import_id, "replace", "Ana", NOW)
    import_text(home, TITLES + rows(range(10, 30)), name="third.csv", on_overlap="skip_identical")
    before = derived(home)
    recompute.rebuild(home)
    assert all(rows.equals(derived(home)[name]) for name, rows in before.items())
