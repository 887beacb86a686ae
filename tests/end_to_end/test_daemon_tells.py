"""A real daemon whose sensors tick: a file that is dropped is imported, and whoever asked for it is told."""

from pathlib import Path

import pytest

from assets.instance.environment import prepare_home
from pipelines.home import Home
from tests.support.daemons import daemon, until
from tests.support.servers import WebServer, web_server

pytestmark = pytest.mark.slow

LIST = "email,name,total_spent\nana@example.com,Ana,10\nnobody,Eve,5\n"
DECLARED = "sources: {}\nnotifications: {team: {webhook: {env: HOOK}, events: [done, rejects]}}"
SECONDS = 300


@pytest.mark.rule("UP-13")
def test_a_tick_of_the_daemon_tells_what_became_of_a_dropped_file(home: Home, tmp_path: Path) -> None:
    (home.inbox / "crm").mkdir(parents=True)
    (home.root / "sources.yaml").write_text(DECLARED, "utf-8")
    prepare_home(home)
    with web_server(WebServer()) as server, daemon(home, HOOK=server.address):
        # Who is new is told what comes from the first tick on.
        until(lambda: (home.dagster / "notified.json").exists(), SECONDS)
        written = tmp_path / "list.csv"
        written.write_text(LIST, "utf-8")
        written.replace(home.inbox / "crm" / "list.csv")
        until(lambda: server.posted, SECONDS)
    (posted,) = server.posted
    assert posted["subject"] == "Customer Intake: with rejected rows: 1"
    assert "list.csv (crm): in the table; rows accepted: 1 of 2, rejected: 1" in str(posted["text"])
    assert "ana@" not in str(posted) and "Eve" not in str(posted)
