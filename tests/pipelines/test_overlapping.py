"""The same rows again: held with three choices, never counted twice, never left out in silence (contract page 6)."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines import booking
from pipelines.errors import WrongUse
from pipelines.files.filing import Outcome
from pipelines.settings import Home, Sources
from tests.flow import NOW, derived, import_text, table, undo

TITLES = "email,name,total_spent,first_payment_date\n"


def rows(numbers: range) -> str:
    """One row per number: its own address and amount."""
    return "".join(f"c{number}@x.fr,N{number},{number}.50,2026-01-{number % 28 + 1:02}\n" for number in numbers)


def total(home: Home) -> Decimal:
    return Decimal(table(home)["total_spent"].sum() or 0)


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
        settled = booking.decide(home, held.import_id, choice.name, "Ana", NOW)
        assert (settled.status, settled.rows_accepted) == ("done", choice.rows_counted)
        assert total(home) - before == choice.amount_change


def test_skip_identical_counts_the_new_rows_only_and_tells_the_skipped_pit_64(home: Home) -> None:
    _, held = half_repeated(home)
    settled = booking.decide(home, held.import_id, "skip_identical", "Ana", NOW)
    assert (settled.rows_accepted, settled.rows_skipped, table(home).height) == (5, 15, 25)


def test_replace_undoes_the_earlier_import_in_one_step_and_its_own_undo_brings_it_back(home: Home) -> None:
    first, held = half_repeated(home)
    before = derived(home)
    booking.decide(home, held.import_id, "replace", "Ana", NOW)
    statuses = dict(table(home, "import_history").select("import_id", "status").rows())
    assert statuses == {first.import_id: "replaced", held.import_id: "done"}
    assert set(table(home)["email"]) == {f"c{number}@x.fr" for number in range(6, 26)}
    undo(home, held.import_id)
    assert derived(home)["customers"].equals(before["customers"])


def test_a_chain_of_replacements_never_brings_two_of_them_back(home: Home) -> None:
    for name, numbers in (("a", range(1, 21)), ("b", range(1, 22)), ("c", range(1, 23))):
        import_text(home, TITLES + rows(numbers), name=f"{name}.csv", on_overlap="replace")
    ids = table(home, "import_history").sort("rows_read")["import_id"].to_list()
    undo(home, ids[1])
    assert table(home).height == 22
    undo(home, ids[2])
    assert table(home).height == 20


def test_equal_rows_are_recognised_whatever_order_titles_delimiter_and_encoding_pit_66(home: Home) -> None:
    import_text(home, "email,name,city,total_spent\n" + "".join(f"c{n}@x.fr,É{n},Łódź,{n}.5\n" for n in range(12)))
    path = home.root / "other.csv"
    lines = "Montant total;Ville;Nom;E-mail\r\n" + "".join(f"{n},50;Łódź;É{n};c{n}@x.fr\r\n" for n in range(11, -1, -1))
    path.write_bytes(b"\xef\xbb\xbf" + lines.encode())
    from tests.flow import import_file

    assert import_file(home, path).status == "held"


def test_two_equal_rows_of_one_file_are_two_and_a_third_is_new_amb_11(home: Home) -> None:
    import_text(home, TITLES + rows(range(1, 11)) * 2, name="twice.csv")
    again = import_text(home, TITLES + rows(range(1, 11)) * 3, name="thrice.csv", on_overlap="skip_identical")
    assert (again.rows_accepted, again.rows_skipped) == (10, 20)


def test_fewer_repeated_rows_are_added_with_a_warning(home: Home) -> None:
    import_text(home, TITLES + rows(range(1, 21)), name="one.csv")
    few = import_text(home, TITLES + rows(range(16, 40)), name="two.csv")
    assert few.status == "done"
    assert [warning for warning in few.warnings if warning.startswith("OVERLAPPING_ROWS: 5 ")]
    assert total(home) == sum(Decimal(number) + Decimal("0.5") for number in [*range(1, 21), *range(16, 40)])


def test_under_ten_repeated_rows_are_never_held(home: Home) -> None:
    import_text(home, TITLES + rows(range(1, 10)), name="one.csv")
    assert import_text(home, TITLES + rows(range(0, 10)), name="two.csv").status == "done"


def test_another_source_may_bring_the_same_rows(home: Home) -> None:
    import_text(home, TITLES + rows(range(1, 21)), "shop")
    assert import_text(home, TITLES + rows(range(1, 22)), "crm").status == "done"


def test_rows_of_an_undone_import_are_new_again(home: Home) -> None:
    first = import_text(home, TITLES + rows(range(1, 21)), name="one.csv")
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
        booking.decide(home, held.import_id, "add", "Ana", NOW)
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
        booking.decide(home, first.import_id if wanted == "done" else wanted, "add", "Ana", NOW)


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
    booking.decide(home, held.import_id, "replace", "Ana", NOW)
    import_text(home, TITLES + rows(range(10, 30)), name="third.csv", on_overlap="skip_identical")
    before = derived(home)
    booking.rebuild(home)
    assert all(rows.equals(derived(home)[name]) for name, rows in before.items())
