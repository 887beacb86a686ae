"""News of real runs: every import, failed runs and late syncs, told by a command or by the daemon, never by both."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner

from assets.cli.main import main
from assets.instance.dead_runs import BY_COMMAND, PARTITION
from assets.instance.news import Teller, tell_news
from pipelines.configuration.sources_file import read_sources
from pipelines.home import Home
from pipelines.ledger import commit_imports
from pipelines.warehouse.database import Connection
from tests.assets.cli.conftest import at_home
from tests.support.servers import WebServer, web_server

__all__ = ["at_home"]
LIST = "email,name,total_spent\nana@example.com,Ana,10\nnobody,Eve,5\n"


@pytest.fixture
def declared(home: Home, at_home: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "sources.yaml"
    path.write_text(
        "sources: {billing: {kind: stripe}}\nnotifications: {team: {webhook: {env: HOOK}, "
        "events: [done, rejects, failed, refused, checks, sync_failed, sync_late]}}",
        "utf-8",
    )
    monkeypatch.setenv("CUSTOMERS_SOURCES", str(path))
    monkeypatch.chdir(home.root)
    return path


def imports(home: Home, name: str, text: str) -> int:
    (home.root / name).write_text(text, "utf-8")
    return CliRunner().invoke(main, ["import", name, "--json"]).exit_code


def by_daemon(home: Home, declared: Path, hours: float = 0) -> list[str]:
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        now = datetime.now(UTC) + timedelta(hours=hours)
        teller = Teller(home, read_sources(declared), instance, now)
        return [fault.reason for fault in tell_news(teller)]


def ended(home: Home, job: str, status: str, tags: dict[str, str]) -> None:
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        run = dg.DagsterRun(job, tags=tags, status=dg.DagsterRunStatus(status))
        instance.run_storage.add_run(run)


@pytest.mark.slow
@pytest.mark.rule("UP-13")
def test_a_command_tells_of_its_import_and_the_daemon_not_again(
    home: Home, declared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_server(WebServer()) as server:
        monkeypatch.setenv("HOOK", server.address)
        assert imports(home, "first.csv", LIST.replace("ana", "bob")) == 1
        assert imports(home, "list.csv", LIST) == 1
        assert by_daemon(home, declared, hours=1) == []
    texts = [str(posted["text"]) for posted in server.posted]
    assert [text.count("\n- ") for text in texts] == [1, 1]
    assert "list.csv (default): in the table; rows accepted: 1 of 2, rejected: 1" in texts[-1]
    assert "ana@" not in "".join(texts) and "Eve" not in "".join(texts)


@pytest.mark.slow
@pytest.mark.rule("UP-13")
def test_a_server_that_is_away_fails_no_import_is_noticed_and_told_by_the_daemon_later(
    home: Home, declared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "http://127.0.0.1:9/secret")
    (home.root / "list.csv").write_text(LIST, "utf-8")
    answer = CliRunner().invoke(main, ["import", "list.csv"])
    assert answer.exit_code == 1
    assert "Not told: team (URLError); it is tried again." in answer.stderr and "secret" not in answer.stderr
    with web_server(WebServer()) as server:
        monkeypatch.setenv("HOOK", server.address)
        assert by_daemon(home, declared) == []  # the command may tell it still
        assert server.posted == []
        assert by_daemon(home, declared, hours=1) == []
    (posted,) = server.posted
    assert "list.csv" in str(posted["text"])


@pytest.mark.slow
@pytest.mark.rule("UP-13")
def test_an_import_that_a_check_stopped_is_told_as_that(
    home: Home, declared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    derive = commit_imports.derive

    def deriving_wrong(connection: Connection, writer: Connection, *others: Any) -> object:
        derived = derive(connection, writer, *others)
        writer.execute("UPDATE snapshot.main.customers SET total_spent = total_spent + 1")
        return derived

    with web_server(WebServer()) as server:
        monkeypatch.setenv("HOOK", server.address)
        assert imports(home, "first.csv", LIST) == 1
        monkeypatch.setattr(commit_imports, "derive", deriving_wrong)
        assert imports(home, "second.csv", LIST.replace("ana", "zoe")) == 2
        assert by_daemon(home, declared, hours=1) == []
    first, second = server.posted
    assert first["subject"] == "Customer Intake: with rejected rows: 1", "a warning of a check is none that failed"
    assert second["subject"] == "Customer Intake: failed: 1, failed checks: 1"
    assert "import_files: a check failed, nothing of this run is in the table" in str(second["text"])
    assert "second.csv" in str(second["text"])


@pytest.mark.rule("UP-13")
def test_syncs_that_fail_or_are_late_are_told_and_each_once(
    home: Home, declared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.secrets.mkdir()
    (home.secrets / "billing.json").write_text("{}", "utf-8")
    with web_server(WebServer()) as server:
        monkeypatch.setenv("HOOK", server.address)
        by_daemon(home, declared, hours=-1)
        ended(home, "stripe_sync", "SUCCESS", {PARTITION: "billing"})
        ended(home, "stripe_sync", "FAILURE", {PARTITION: "billing"})
        ended(home, "prioritise_customers", "FAILURE", {BY_COMMAND: "prioritise_customers"})
        assert by_daemon(home, declared) == []
        assert [posted["subject"] for posted in server.posted] == ["Customer Intake: failed syncs: 1"]
        by_daemon(home, declared, hours=0.9)
        assert server.posted[1:][0]["subject"] == "Customer Intake: failed: 1"  # a command that did not tell it itself
        for _ in range(2):
            by_daemon(home, declared, hours=3)
    assert [posted["subject"] for posted in server.posted[2:]] == ["Customer Intake: late syncs: 1"]


@pytest.mark.rule("UP-13")
def test_a_batch_that_goes_on_is_told_when_it_is_over(
    home: Home, declared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_server(WebServer()) as server:
        monkeypatch.setenv("HOOK", server.address)
        by_daemon(home, declared, hours=-1)
        ended(home, "import_files", "FAILURE", {})
        ended(home, "import_files", "STARTED", {})
        by_daemon(home, declared)
        assert server.posted == []
        by_daemon(home, declared, hours=1)  # what hangs holds up nobody for ever
    assert [posted["subject"] for posted in server.posted] == ["Customer Intake: failed: 1"]
