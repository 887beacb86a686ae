"""Batches bound memory and change no result; a snapshot that is behind is made anew."""

from pathlib import Path

import pytest

from pipelines.customers import batches
from pipelines.customers.affected import (
    are_all_affected,
    everybody_is_affected,
    imports_are_affected,
    nobody_is_affected,
)
from pipelines.errors import Unpublished
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.publishing.snapshot import is_current
from pipelines.warehouse.database import working
from tests.support.flow import AS_OF, commit_all, derived, file_one, first_import, import_text, table
from tests.support.homes import once

LISTS = [
    "email,name,total_spent,first_payment_date\n"
    + "".join(
        f"c{number % 7}@example.com,N{number},{number}.25,2026-0{number % 9 + 1}-05\n" for number in range(start, end)
    )
    for start, end in ((0, 40), (31, 60))
]


@once
def both_lists(home: Home) -> None:
    """The lists in batches of the usual size."""
    for number, text in enumerate(LISTS):
        import_text(home, text, name=f"{number}.csv")


@pytest.mark.slow
@pytest.mark.rule("AU-19")
@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_any_batch_size_gives_the_same_tables(
    home: Home, tmp_path: Path, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Home(tmp_path / "whole")
    both_lists(whole)
    monkeypatch.setattr(batches, "BATCH", batch)
    for number, text in enumerate(LISTS):
        import_text(home, text, name=f"{number}.csv")
    recompute.prioritise_all(home, AS_OF.replace(year=2027))
    recompute.prioritise_all(home, AS_OF)
    assert table(home).equals(table(whole))
    compared = derived(home)["customer_priority"].drop("previous_priority")
    assert compared.equals(derived(whole)["customer_priority"].drop("previous_priority"))


def test_who_is_affected_is_everybody_only_where_no_other_import_and_no_account_contributes(home: Home) -> None:
    first_import(home, LISTS[0], name="a.csv")
    import_text(home, LISTS[1], name="b.csv")
    with working(home.working) as connection:
        asked = {}
        for listed in ([1], [2], [1, 2]):
            imports_are_affected(connection, listed)
            asked[tuple(listed)] = are_all_affected(connection)
        nobody_is_affected(connection)
        nobody = are_all_affected(connection)
        everybody_is_affected(connection)
        assert (asked, nobody) == ({(1,): False, (2,): False, (1, 2): True}, False)
        assert are_all_affected(connection)


def test_a_crash_between_commit_and_swap_is_mended_by_the_next_command(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_import(home, LISTS[0], name="a.csv")
    path = home.root / "b.csv"
    path.write_text(LISTS[1], "utf-8")
    staged_file = file_one(home, path, "shop")
    monkeypatch.setattr("pipelines.publishing.snapshot.copy_facts", _power_cut)
    with pytest.raises(Unpublished, match="power"):
        commit_all(home, [staged_file])
    monkeypatch.undo()
    with working(home.working) as connection:
        assert not is_current(connection, home.published)
    outcome = commit_all(home, [staged_file])[0]
    assert outcome.already_imported
    assert table(home, "import_history").height == 2
    before = derived(home)
    recompute.rebuild(home)
    assert all(rows.equals(derived(home)[name]) for name, rows in before.items())


def _power_cut(_: object) -> None:
    raise OSError("power cut")


def test_a_lost_snapshot_is_made_anew_by_publish(home: Home) -> None:
    first_import(home, LISTS[0])
    before = derived(home)
    home.published.unlink()
    recompute.publish(home)
    assert all(rows.equals(derived(home)[name]) for name, rows in before.items())


def test_a_reader_keeps_what_it_opened_and_sees_the_new_state_when_it_opens_again(home: Home) -> None:
    from pipelines.warehouse.database import number_of, published

    first_import(home, LISTS[0], name="a.csv")
    with published(home.published) as reader:
        import_text(home, "email,name\nnew@example.com,New\n", name="b.csv")
        assert number_of(reader, "SELECT count(*) FROM customers") == 7
    assert table(home).height == 8
