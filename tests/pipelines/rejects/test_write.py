"""Reject files and their way back: all failed rows and only them, each counted once when it comes mended."""

import openpyxl
import pytest

from pipelines.errors import Unpublished
from pipelines.home import Home
from pipelines.ledger import commit_imports, recompute
from pipelines.titles.reject_titles import OWN_TITLES
from tests.pipelines.rejects.rejected_list import LIST, cells_of, csv_of, mended
from tests.support.flow import NOW, first_import, import_file, import_text, table


@pytest.mark.rule("RF-24")
def test_a_reject_file_holds_all_failed_rows_and_only_them_in_the_senders_text(home: Home) -> None:
    outcome = first_import(home, LIST)
    titles, *rows = cells_of(csv_of(home, outcome))
    assert titles == ["Nom", "E-mail", "Montant total", "Premier paiement", "Note", *OWN_TITLES]
    assert [row[:4] for row in rows] == [line.split(";")[:4] for line in LIST.splitlines()[2:5]]
    assert [row[4] for row in rows] == ['\'=HYPERLINK("http://x")', "+33 1 23", "-12,00"]
    assert [row[6:] for row in rows] == [[outcome.import_id, str(number)] for number in (3, 4, 5)]
    for row, faulty in zip(rows, ("bob(at)x.fr", "abc", "e-mail address is empty"), strict=True):
        assert faulty in row[5] and row[5].endswith("."), row[5]


@pytest.mark.rule("RF-24")
def test_the_numbers_of_rejected_rows_agree_everywhere(home: Home) -> None:
    several = "Fay;fay@x.fr;1;05/06/2025;x;y\nGil;gil(at)x.fr;abc;05/06/2025;z\n"
    outcome = import_text(home, LIST + several)
    assert outcome.reject_file == str(home.rejects / f"{outcome.import_id}.xlsx")
    history = table(home, "import_history").row(0, named=True)
    sheet = openpyxl.load_workbook(outcome.reject_file).active
    listed = table(home, "rejected_rows").filter(severity="row").height
    counts = {outcome.rows_rejected, history["rows_rejected"], listed, sheet.max_row - 1}
    assert counts | {len(cells_of(csv_of(home, outcome))) - 1} == {5}
    told = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert [row[6] for row in told] == [row[6] for row in cells_of(csv_of(home, outcome))]
    assert "gil(at)x.fr" in told[-1][6] and "abc" in told[-1][6], told[-1]


@pytest.mark.rule("PIT-61")
def test_a_workbook_of_rejects_is_all_text_and_marks_the_cells_at_fault(home: Home) -> None:
    outcome = first_import(home, LIST)
    sheet = openpyxl.load_workbook(outcome.reject_file).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert [row[4].value for row in sheet.iter_rows(min_row=2)] == ['=HYPERLINK("http://x")', "+33 1 23", "-12,00"]
    marked = {cell.coordinate for row in sheet.iter_rows(min_row=2) for cell in row if cell.comment}
    filled = {
        cell.coordinate for row in sheet.iter_rows(min_row=2) for cell in row if cell.fill.fgColor.rgb == "FFFFC7CE"
    }
    assert marked == filled == {"B2", "C3", "B4"}
    assert "abc" in sheet["C3"].comment.text
    assert sheet.freeze_panes == "A2"


def test_a_clean_file_has_no_reject_file(home: Home) -> None:
    outcome = import_text(home, "email,name\na@x.fr,A\n")
    assert outcome.reject_file is None
    assert not home.rejects.exists() or not list(home.rejects.iterdir())


def test_a_row_of_which_only_a_value_was_rejected_is_not_in_the_reject_file(home: Home) -> None:
    outcome = import_text(home, "email,name,phone\na@x.fr,A,12\nb,B,+33123456789\n")
    assert outcome.reject_codes.keys() == {"INVALID_PHONE", "INVALID_EMAIL"}
    assert [row[0] for row in cells_of(csv_of(home, outcome), ",")[1:]] == ["b"]


@pytest.mark.rule("SC-18")
def test_card_numbers_stay_masked_in_reject_files_and_are_refused_until_removed(home: Home) -> None:
    first = import_text(home, "email,name,note\na@x.fr,A,4242 4242 4242 4242\nb@x.fr,B,C\n")
    assert first.reject_codes == {"SENSITIVE_DATA": 1}
    text = csv_of(home, first).read_text("utf-8-sig")
    assert "4242 4242" not in text and "•4242" in text.replace(" ", "")
    assert import_file(home, mended(home, csv_of(home, first), {"\r\n": "\n"})).reject_codes == {"SENSITIVE_DATA": 1}
    note = cells_of(csv_of(home, first), ",")[1][2]
    assert import_file(home, mended(home, csv_of(home, first), {f'"{note}"': '""'}, "m.csv")).status == "done"


def test_a_held_import_gets_its_reject_file_with_the_decision(home: Home) -> None:
    rows = "".join(f"c{n}@x.fr,N{n},{n}.50\n" for n in range(12))
    import_text(home, "email,name,total_spent\n" + rows)
    held = import_text(home, "email,name,total_spent\n" + rows + "bad,B,1\n", name="again.csv")
    assert (held.status, held.reject_file) == ("held", None)
    settled = commit_imports.decide(home, held.import_id, "skip_identical", "Ana", NOW)
    assert settled.reject_file is not None
    assert len(cells_of(csv_of(home, settled), ",")) == 2


def test_a_crash_before_the_reject_file_was_written_is_mended_by_the_next_command(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(commit_imports, "write_rejects", lambda *_: 1 / 0)
        with pytest.raises(Unpublished):
            import_text(home, LIST)
    assert not home.rejects.exists()
    recompute.publish(home)
    assert len(list(home.rejects.iterdir())) == 2
    assert table(home, "rejected_rows").height == 3


@pytest.mark.slow
def test_the_csv_has_the_delimiter_of_the_original(home: Home) -> None:
    for delimiter in (",", ";", "|", "\t"):
        text = f"email{delimiter}name\nbad{delimiter}A\na@x.fr{delimiter}{delimiter and 'B'}\n"
        outcome = import_text(home, text, name=f"{ord(delimiter)}.csv")
        assert csv_of(home, outcome).read_text("utf-8-sig").startswith(f'"email"{delimiter}"name"')


@pytest.mark.rule("PIT-61")
def test_a_title_that_would_run_is_guarded_too_and_found_again(home: Home) -> None:
    first = import_text(home, 'email,name,"=cmd|x"\nbad,A,1\nb@x.fr,B,2\n')
    assert cells_of(csv_of(home, first), ",")[0][2] == "'=cmd|x"
    second = import_file(home, mended(home, csv_of(home, first), {'"bad"': '"a@x.fr"'}))
    assert (second.status, [warning for warning in second.warnings if "HEADER_DRIFT" in warning]) == ("done", [])


def test_more_rejects_than_a_sheet_holds_are_in_the_csv_alone(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.rejects.write.MOST_ROWS", 3)
    outcome = import_text(home, LIST)
    assert outcome.reject_file == str(csv_of(home, outcome))
    assert not (home.rejects / f"{outcome.import_id}.xlsx").exists()


def test_a_source_with_an_encoding_of_its_own_reads_its_reject_files_too(home: Home) -> None:
    path = home.root / "drops" / "old.csv"
    path.parent.mkdir()
    path.write_bytes("email;name\nbad;Éva Łoś\na@x.fr;Zoé\n".encode("cp1250"))
    first = import_file(home, path, encoding="cp1250")
    second = import_file(home, mended(home, csv_of(home, first), {'"bad"': '"b@x.fr"'}), encoding="cp1250")
    assert second.status == "done"
    assert set(table(home)["name"]) == {"Éva Łoś", "Zoé"}
