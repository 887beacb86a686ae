"""What people and crashes do around a run: it neither breaks nor counts anything again."""

import subprocess
import sys
from pathlib import Path

from assets.customers import waiting_filings
from pipelines import booking
from pipelines.settings import Home
from tests.flow import book_all, file_one, import_text, table, undo

ANA = "email,name,total_spent\nana@example.com,Ana,10\n"
BOB = "email,name,total_spent\nbob@example.com,Bob,5\n"
HOLDER = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(60)"


def test_a_run_goes_on_while_somebody_has_the_snapshot_open_for_writing(home: Home) -> None:
    import_text(home, ANA)
    home.published.chmod(0o644)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(home.published)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout and holder.stdout.readline() == b"open\n"
        import_text(home, BOB, name="b.csv")
        holder.kill()
    assert table(home)["email"].sort().to_list() == ["ana@example.com", "bob@example.com"]


def test_a_filing_that_a_crash_left_behind_is_not_booked_again_after_an_undo(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(ANA, "utf-8")
    filing = file_one(home, path, "shop")
    booking.book(home, [filing], None, filing.started_at)
    undo(home, filing.key)
    left = waiting_filings(home)
    book_all(home, left) if left else None
    assert table(home).is_empty()
