"""What senders wrote in rejected rows goes after its period; that there were rows, and why not, stays."""

from datetime import timedelta

import pytest

from pipelines.configuration.retention import Retention
from pipelines.home import Home
from pipelines.ledger.recompute import rebuild
from pipelines.retention.remove_files import tidy_files
from pipelines.retention.tally import Tally
from pipelines.warehouse.database import rows_of, working
from tests.support.flow import NOW, derived, first_import, import_text, table, undo

LATER = NOW + timedelta(days=31)
BOTH = Retention(rejects=30, open_rejects=30, rejected_rows=30)
LISTED = "email,name,total spent\nana@example.com,Ana Nowak,10\nbo@example.com,Bo Quick,nothing\n"
SHORT = "email,name,total spent\nana@example.com,Ana Nowak,10\nbo@example.com,Bo, Quick,20\n"
TEXTS = ("row", "typed", "reasons")


def tidied(home: Home, periods: Retention = BOTH, only_shown: bool = False) -> Tally:
    return next(told for told in tidy_files(home, periods, LATER, only_shown) if told.kind == "rejected_rows")


def texts(home: Home) -> str:
    """All that the ledger and the snapshot say of rejected rows."""
    with working(home.working) as connection:
        known = rows_of(connection, "FROM ledger.rejected_rows")
    return f"{known.rows()} {table(home, 'rejected_rows').rows()} {table(home, 'rejected_reasons').rows()}"


@pytest.mark.rule("PIT-75")
def test_texts_are_blanked_and_numbers_codes_and_counts_stay(home: Home) -> None:
    first_import(home, LISTED)
    rows, reasons, others = table(home, "rejected_rows"), table(home, "rejected_reasons"), derived(home)
    history = table(home, "import_history")
    assert "Quick" in texts(home) and "nothing" in texts(home)
    told = tidied(home, only_shown=True)
    assert (told.kept_days, told.count, told.oldest) == (30, 1, NOW) and told.byte_count > 50
    assert "Quick" in texts(home), "a preview blanks nothing"
    assert tidied(home) == told, "what it says goes"
    assert tidied(home).count == 0, "and once"
    assert not any(text in texts(home) for text in ("Quick", "nothing", "bo@example.com"))
    assert table(home, "rejected_rows").drop(TEXTS).equals(rows.drop(TEXTS))
    assert table(home, "rejected_reasons").drop("value", "message").equals(reasons.drop("value", "message"))
    assert table(home, "import_history").equals(history)
    assert all(others[name].equals(after) for name, after in derived(home).items())


def test_without_a_period_or_before_it_texts_stay(home: Home) -> None:
    first_import(home, LISTED)
    for periods in (Retention(rejects=30, open_rejects=30), Retention(rejects=30, open_rejects=30, rejected_rows=31)):
        assert tidied(home, periods).count == 0 and "Quick" in texts(home)


def test_what_can_still_be_mended_stays_as_long_as_its_reject_file(home: Home) -> None:
    imported = first_import(home, LISTED)
    settled = Retention(rejects=30, rejected_rows=30)
    assert tidied(home, settled).count == 0 and "Quick" in texts(home)
    mended = (home.rejects / f"{imported.import_id}.csv").read_text("utf-8-sig").replace("nothing", "5")
    assert import_text(home, mended, name="mended.csv").status == "done"
    assert tidied(home, settled).count == 1 and "Quick" not in texts(home)


def test_a_rebuild_has_them_blank_too_and_writes_no_file_of_blanks(home: Home) -> None:
    first_import(home, LISTED)
    tidied(home)
    (home.rejects / ".removed").unlink()
    blank = table(home, "rejected_rows")
    rebuild(home)
    assert table(home, "rejected_rows").equals(blank) and blank.height == 1
    assert [path.name for path in home.rejects.glob("[!.]*")] == []


def test_an_import_with_blank_rows_is_undone_and_read_again(home: Home) -> None:
    first = first_import(home, LISTED)
    tidied(home)
    assert undo(home, first.import_id) == 1
    assert table(home).is_empty() and "Quick" not in texts(home)
    again = import_text(home, LISTED)
    assert (again.status, again.rows_rejected) == ("done_with_rejects", 1)


@pytest.mark.parametrize("change", ["none", "reasons emptied"])
def test_a_row_that_was_misread_does_not_pass_because_its_text_is_blank(home: Home, change: str) -> None:
    imported = first_import(home, SHORT)
    sent = (home.rejects / f"{imported.import_id}.csv").read_text("utf-8-sig")
    with working(home.working) as connection:
        (reasons,) = rows_of(connection, "SELECT reasons FROM ledger.rejected_rows")["reasons"].to_list()
    assert [reason["code"] for reason in reasons] == ["WRONG_FIELD_COUNT"]
    tidied(home)
    if change == "reasons emptied":
        sent = sent.replace(reasons[0]["message"].replace('"', '""'), "")
    came = import_text(home, sent, name="came.csv")
    assert came.reject_codes.get("WRONG_FIELD_COUNT", 0) == (1 if change == "none" else 0), came


def test_a_mended_row_counts_once_though_its_text_is_blank(home: Home) -> None:
    imported = first_import(home, LISTED)
    mended = (home.rejects / f"{imported.import_id}.csv").read_text("utf-8-sig").replace("nothing", "5")
    tidied(home)
    assert import_text(home, mended, name="mended.csv").rows_accepted == 1
    assert import_text(home, mended + "\n", name="again.csv").rows_accepted == 0
    assert table(home, "rejected_rows")["resolved_by_import_id"].drop_nulls().len() == 1
