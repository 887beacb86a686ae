"""Reject files that come back, mended or not: each row counts once, and leads to the row it was."""

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.models.staged_file import Outcome
from pipelines.titles.reject_titles import IMPORT, REASONS
from tests.pipelines.rejects.rejected_list import LIST, cells_of, csv_of, mended
from tests.support.flow import commit_all, derived, file_one, first_import, import_file, import_text, table, undo
from tests.support.workbooks import xlsx


def total(home: Home) -> Decimal:
    return Decimal(table(home)["total_spent"].sum() or 0)


def mended_workbook(home: Home, path: Path, mends: dict[str, str], name: str = "mended.xlsx") -> Path:
    book = openpyxl.load_workbook(path)
    for row in book.active.iter_rows(min_row=2):
        for cell in row:
            if cell.value in mends:  # openpyxl 3.1 makes a formula of any text with `=` in front that is set anew
                cell.value = mends[cell.value]
    target = home.root / "drops" / name
    book.save(target)
    return target


def warned(outcome: Outcome) -> set[str]:
    """The warnings of rows that come back."""
    return {code for warning in outcome.warnings if (code := warning.partition(":")[0]).startswith("REJECTS_")}


def resolved(home: Home, outcome: Outcome) -> list[str | None]:
    rows = table(home, "rejected_rows").filter(import_id=outcome.import_id, severity="row").sort("row_number")
    return rows["resolved_by_import_id"].to_list()


ALL = {"bob(at)x.fr": "bob@x.fr", "abc": "2,50"}


IN_CSV = {'"bob(at)x.fr"': '"bob@x.fr"', '"abc"': '"2,50"', '"Dan";""': '"Dan";"dan@x.fr"'}


@pytest.mark.rule("RF-25")
def test_a_mended_csv_comes_in_as_it_is_and_its_rows_are_resolved_until_the_undo(home: Home) -> None:
    first = first_import(home, LIST)
    second = import_file(home, mended(home, csv_of(home, first), IN_CSV))
    assert (second.status, second.rows_accepted, second.rows_rejected) == ("done", 3, 0)
    spent = dict(table(home).select("email", "total_spent").rows())
    assert spent == {
        "ana@x.fr": Decimal("1234.5"),
        "bob@x.fr": Decimal(1234),
        "cid@x.fr": Decimal("2.5"),
        "dan@x.fr": Decimal(12),
        "eve@x.fr": Decimal(5),
    }
    assert resolved(home, first) == [second.import_id] * 3
    assert not [warning for warning in second.warnings if "customer-intake" in warning]
    undo(home, second.import_id)
    assert resolved(home, first) == [None] * 3
    assert total(home) == Decimal("1239.5")


@pytest.mark.rule("RF-25")
def test_a_mended_workbook_comes_in_as_it_is(home: Home) -> None:
    first = first_import(home, LIST)
    path = mended_workbook(home, Path(first.reject_file or ""), ALL)
    book = openpyxl.load_workbook(path)
    book.active["B4"] = "dan@x.fr"
    book.save(path)
    second = import_file(home, path)
    assert (second.status, second.rows_accepted, total(home)) == ("done", 3, Decimal("2488"))
    assert resolved(home, first) == [second.import_id] * 3


@pytest.mark.slow
def test_the_same_reject_file_in_two_forms_counts_nothing_twice(home: Home) -> None:
    first = first_import(home, LIST)
    second = import_file(home, mended(home, csv_of(home, first), IN_CSV))
    before = derived(home)
    again = import_file(home, mended_workbook(home, Path(first.reject_file or ""), ALL))
    assert (again.rows_accepted, again.rows_skipped, again.rows_rejected, again.status) == (0, 3, 0, "done")
    assert warned(again) == {"REJECTS_SETTLED"}
    assert second.import_id in str(again.warnings)
    changed = import_file(home, mended(home, csv_of(home, first), IN_CSV | {'"abc"': '"99"'}, "third.csv"))
    assert (changed.rows_accepted, changed.rows_skipped) == (0, 3)
    assert all(rows.equals(derived(home)[name]) for name, rows in before.items())


def test_two_forms_of_one_reject_file_in_one_batch_count_once(home: Home) -> None:
    first = first_import(home, LIST)
    paths = [mended(home, csv_of(home, first), IN_CSV, f"{name}.csv") for name in "ab"]
    paths[1].write_bytes(paths[1].read_bytes() + b"\r\n")
    outcomes = commit_all(home, [file_one(home, path, "shop") for path in paths])
    assert [(outcome.rows_accepted, outcome.rows_skipped) for outcome in outcomes] == [(3, 0), (0, 3)]


def test_a_row_copied_within_a_reject_file_counts_once(home: Home) -> None:
    first = first_import(home, LIST)
    path = mended(home, csv_of(home, first), IN_CSV)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[1]]))
    second = import_file(home, path)
    assert (second.rows_accepted, second.rows_skipped) == (3, 1)
    assert "REJECTS_SETTLED" in warned(second)


@pytest.mark.slow
@pytest.mark.rule("PIT-75")
def test_what_is_not_mended_is_rejected_again_and_leads_back_to_its_first_row(home: Home) -> None:
    first = first_import(home, LIST)
    second = import_file(home, mended(home, csv_of(home, first), {'"abc"': '"2,50"'}))
    assert (second.rows_accepted, second.rows_rejected) == (1, 2)
    assert resolved(home, first) == [None, second.import_id, None]
    listed = table(home, "rejected_rows").filter(import_id=second.import_id).sort("row_number")
    assert listed.select("retry_of_import_id", "retry_of_row_number").rows() == [
        (first.import_id, 3),
        (first.import_id, 5),
    ]
    third = import_file(home, mended(home, csv_of(home, second), {'"bob(at)x.fr"': '"bob@x.fr"'}, "third.csv"))
    assert (third.rows_accepted, third.rows_rejected) == (1, 1)
    assert resolved(home, first) == [third.import_id, second.import_id, None]
    assert resolved(home, second) == [third.import_id, None]
    last = import_file(home, mended(home, csv_of(home, first), IN_CSV, "last.csv"))
    assert (last.rows_accepted, last.rows_skipped) == (1, 2)
    assert resolved(home, first) == [third.import_id, second.import_id, last.import_id]


def test_a_settled_row_that_is_still_at_fault_is_left_out_and_not_listed_again(home: Home) -> None:
    first = first_import(home, LIST)
    import_file(home, mended(home, csv_of(home, first), {'"abc"': '"2,50"'}))
    again = import_file(home, mended(home, csv_of(home, first), {'"Dan";""': '"Dan";"dan@x.fr"'}, "again.csv"))
    assert (again.rows_accepted, again.rows_rejected, again.rows_skipped) == (1, 1, 1)
    assert again.reject_codes == {"INVALID_EMAIL": 1}


def test_undo_opens_rows_again_for_another_file(home: Home) -> None:
    first = first_import(home, LIST)
    second = import_file(home, mended(home, csv_of(home, first), IN_CSV))
    undo(home, second.import_id)
    third = import_file(home, mended(home, csv_of(home, first), IN_CSV | {'"abc"': '"7"'}, "third.csv"))
    assert (third.rows_accepted, third.rows_skipped, resolved(home, first)) == (3, 0, [third.import_id] * 3)


def test_the_columns_of_a_few_rows_are_read_as_those_of_the_whole_list_were(home: Home) -> None:
    first = first_import(home, LIST)
    second = import_file(home, mended(home, csv_of(home, first), {'"bob(at)x.fr"': '"bob@x.fr"'}), "default")
    row = table(home).filter(email="bob@x.fr").row(0, named=True)
    assert (row["total_spent"], str(row["first_payment_date"])) == (Decimal(1234), "2025-04-03")
    assert [warning for warning in second.warnings if warning.startswith("DATES_BY_COLUMN: ")]


def test_a_mended_cell_that_contradicts_its_column_leaves_undecided_what_could_be_either(home: Home) -> None:
    first = first_import(home, LIST)
    second = import_file(home, mended(home, csv_of(home, first), IN_CSV | {'"abc"': '"2.50"'}))
    assert second.reject_codes == {"AMBIGUOUS_NUMBER": 1}
    other = import_file(home, mended(home, csv_of(home, first), IN_CSV | {'"03/04/2025"': '"12/25/2025"'}, "o.csv"))
    assert other.reject_codes == {"DATE_FORMAT_CONFLICT": 1}


def test_the_mapping_of_the_whole_list_holds_for_its_rejects(home: Home) -> None:
    text = "Qui,Courrier,Combien,Autre\nAna,ana,1.50,x\nBob,bob@x.fr,2.50,y\n"
    mapping = {"Qui": "name", "Courrier": "email", "Combien": "total_spent"}
    first = import_text(home, text, mapping=mapping, ignore=("Autre",))
    second = import_file(home, mended(home, csv_of(home, first), {'"ana"': '"ana@x.fr"'}))
    assert (second.status, second.warnings, total(home)) == ("done", (), Decimal(4))


@pytest.mark.slow
def test_numbers_and_dates_of_a_workbook_are_such_again_in_both_forms(tmp_path: Path) -> None:
    titles = ["email", "name", "average monthly spend", "postal code", "country"]
    rows = [titles, ["a", "A", 1.234, 1000, "FR"], ["b@x.fr", "B", 7.5, 75001, "FR"]]
    french = Sources.model_validate({"sources": {"shop": {"locale": "fr"}}})
    for name in ("csv", "xlsx"):
        home = Home(tmp_path / name)
        drops = home.root / "drops"
        drops.mkdir(parents=True)
        (drops / "list.xlsx").write_bytes(xlsx(rows))
        first = import_file(home, drops / "list.xlsx", sources=french)
        assert first.rows_rejected == 1
        if name == "csv":
            path = mended(home, csv_of(home, first), {'"a"': '"a@x.fr"'})
        else:
            path = mended_workbook(home, Path(first.reject_file or ""), {"a": "a@x.fr"})
        import_file(home, path, sources=french)
        row = table(home).filter(email="a@x.fr").row(0, named=True)
        assert (row["reported_monthly_spend"], row["postal_code"]) == (Decimal("1.234"), "01000")


@pytest.mark.rule("PIT-10")
def test_cells_beyond_the_titles_have_columns_that_go_once_they_are_empty(home: Home) -> None:
    first = import_text(home, "email,name\na@x.fr,A,B\nb@x.fr,B\n")
    assert cells_of(csv_of(home, first), ",")[0][:3] == ["email", "name", "column 3"]
    second = import_file(home, mended(home, csv_of(home, first), {'"A","B"': '"A B",""'}))
    assert (second.status, [warning for warning in second.warnings if "column 3" in warning]) == ("done", [])


@pytest.mark.rule("PIT-10")
def test_a_short_row_that_comes_back_untouched_is_rejected_again_until_it_is_confirmed(home: Home) -> None:
    first = import_text(home, "email,name,city\na@x.fr,A\nb@x.fr,B,C\n")
    untouched = mended(home, csv_of(home, first), {"\r\n": "\n"})
    assert import_file(home, untouched).reject_codes == {"WRONG_FIELD_COUNT": 1}
    titles, row = cells_of(csv_of(home, first), ",")
    confirmed = [*row[: titles.index(REASONS)], "", *row[titles.index(IMPORT) :]]
    text = "".join(",".join(f'"{cell}"' for cell in cells) + "\r\n" for cells in (titles, confirmed))
    assert import_text(home, text, name="confirmed.csv").rows_accepted == 1


def test_rows_that_came_back_are_no_reason_to_hold_a_file(home: Home) -> None:
    rows = "".join(f"c{n}@x.fr,N{n},{n}.50\n" for n in range(30))
    wrong = "".join(f"c{n}@x.fr,N{n},{n}.50,,\n" for n in range(12))
    first = import_text(home, "email,name,total_spent\n" + rows + wrong.replace(",,\n", ",x\n"))
    second = import_file(home, mended(home, csv_of(home, first), {',"x",': ',"",'}))
    assert (second.status, second.rows_accepted, second.warnings) == ("done", 12, ())


@pytest.mark.rule("AMB-34")
def test_most_rows_of_a_reject_file_may_still_be_at_fault(home: Home) -> None:
    rows = "".join(f"c{n}@x.fr,N{n}\n" for n in range(40)) + "".join(f"d{n},N{n}\n" for n in range(30))
    first = import_text(home, "email,name\n" + rows)
    second = import_file(home, mended(home, csv_of(home, first), {'"d7"': '"d7@x.fr"'}))
    assert (second.rows_accepted, second.rows_rejected) == (1, 29)


def test_a_reject_file_for_another_source_is_told_so(home: Home) -> None:
    first = import_text(home, LIST, "crm")
    second = import_file(home, mended(home, csv_of(home, first), IN_CSV), "shop")
    assert (second.source, second.rows_accepted) == ("shop", 3)
    assert warned(second) == {"REJECTS_OF_OTHER_SOURCE"}
    assert resolved(home, first) == [second.import_id] * 3


def test_rows_that_name_no_rejected_row_are_new_and_told_so(home: Home) -> None:
    first = first_import(home, LIST)
    text = csv_of(home, first).read_text("utf-8-sig").replace(first.import_id, "shop-000000000000")
    second = import_text(home, text.replace('"abc"', '"2,50"'), name="strange.csv")
    assert warned(second) == {"REJECTS_WITHOUT_ORIGIN"}
    assert resolved(home, first) == [None] * 3


def test_mended_rows_of_an_undone_import_come_alone_and_are_told_so(home: Home) -> None:
    first = first_import(home, LIST)
    undo(home, first.import_id)
    assert csv_of(home, first).exists()
    second = import_file(home, mended(home, csv_of(home, first), IN_CSV))
    assert (second.rows_accepted, warned(second)) == (3, {"REJECTS_OF_UNCOUNTED_IMPORT"})


SNAPSHOTS = Sources.model_validate({"sources": {"shop": {"amounts": "snapshot"}}})


@pytest.mark.slow
def test_mended_rows_add_to_the_snapshot_that_rejected_them(home: Home) -> None:
    first = import_text(home, LIST, sources=SNAPSHOTS)
    second = import_file(home, mended(home, csv_of(home, first), IN_CSV), sources=SNAPSHOTS)
    assert (second.rows_accepted, total(home)) == (3, Decimal("2488"))
    newer = import_text(home, LIST.replace("5;06/07", "6;06/07"), name="newer.csv", sources=SNAPSHOTS)
    assert total(home) == Decimal("1240.5")
    other = IN_CSV | {'"abc"': '"9"'}
    late = import_file(home, mended(home, csv_of(home, first), other, "late.csv"), sources=SNAPSHOTS)
    assert (late.rows_accepted, late.rows_skipped, total(home)) == (0, 3, Decimal("1240.5"))
    undo(home, newer.import_id)
    assert total(home) == Decimal("2488")


def test_rebuild_gives_the_same_tables_after_rows_came_back(home: Home) -> None:
    first = first_import(home, LIST)
    import_file(home, mended(home, csv_of(home, first), IN_CSV))
    before = derived(home) | {"rejected_rows": table(home, "rejected_rows")}
    recompute.rebuild(home)
    after = derived(home) | {"rejected_rows": table(home, "rejected_rows")}
    assert all(rows.equals(after[name]) for name, rows in before.items())
