"""A real daemon that is killed with all its workers while it imports: the next one imports the file without help."""

import os
import sqlite3
import time
from contextlib import closing

import pytest

from assets.instance.environment import prepare_home
from pipelines.home import Home
from pipelines.publishing.queries import read
from tests.support.daemons import daemon, until

pytestmark = [
    pytest.mark.proofs,
    pytest.mark.skipif(os.environ.get("CUSTOMERS_PROPERTIES") != "thousands", reason="make killed runs it"),
]

ANA = "email,name,total_spent\nana@example.com,Ana,10\n"
STARTS_SECONDS = 600
POINTS = [(status, seconds) for status in ("STARTING", "STARTED") for seconds in (0.0, 0.4, 1.0, 2.0)]


def statuses(home: Home, job: str = "import_files") -> list[str]:
    """How its runs stand, by what Dagster wrote."""
    path = home.dagster / "history" / "runs.db"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            found = connection.execute("SELECT status FROM runs WHERE pipeline_name = ? ORDER BY id", [job])
            return [status for (status,) in found]
    except sqlite3.OperationalError:  # the daemon has not made it yet
        return []


@pytest.mark.rule("PIT-70")
@pytest.mark.parametrize(("status", "seconds"), POINTS)
def test_a_daemon_that_was_killed_is_followed_by_one_that_imports_the_file(
    home: Home, status: str, seconds: float
) -> None:
    home.inbox.mkdir()
    (home.root / "sources.yaml").write_text("sources: {}", "utf-8")
    prepare_home(home)
    (home.inbox / "crm").mkdir()
    (home.inbox / "crm" / "list.csv").write_text(ANA, "utf-8")
    with daemon(home):
        until(lambda: any(each in (status, "SUCCESS", "FAILURE") for each in statuses(home)), STARTS_SECONDS)
        time.sleep(seconds)
    with daemon(home):
        until(lambda: imported(home), STARTS_SECONDS)
        until(lambda: not set(statuses(home)) & {"STARTED", "STARTING", "QUEUED"}, STARTS_SECONDS)
    history = read(home.published, "SELECT status FROM import_history")
    assert history["status"].to_list() == ["done"]
    assert not list(home.inbox.rglob("*.csv"))


def imported(home: Home) -> bool:
    """Whether the file is in the table, and left the inbox."""
    if not home.published.exists() or list(home.inbox.rglob("*.csv")):
        return False
    return read(home.published, "SELECT email FROM customers")["email"].to_list() == ["ana@example.com"]
