"""Reports on the way: an import writes its own, decisions renew it, and one that fails stops nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from assets.cli.main import main
from assets.reports import renew
from pipelines.home import Home
from pipelines.reports.paths import index_path, report_path
from tests.support.flow import table

LIST = "email,name,total_spent\nana@example.com,Ana,1\nbob,Bob,2\n"


@pytest.fixture(autouse=True)
def environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERS_HOME", str(home.root))
    monkeypatch.delenv("CUSTOMERS_SOURCES", raising=False)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def imported(home: Home, *more: str) -> Any:
    path = home.root / "list.csv"
    path.write_text(LIST, "utf-8")
    return call("import", str(path), *more)


@pytest.mark.slow
def test_an_import_writes_its_report_and_an_undo_writes_it_anew(home: Home) -> None:
    (entry,) = json.loads(imported(home, "--json").stdout)["imports"]
    path = Path(entry["report"])
    assert path == report_path(home, entry["import_id"]) and "Rejected rows" in path.read_text("utf-8")
    assert str(index_path(home)) in call("history").output
    assert call("undo", entry["import_id"], "--by", "Ana").exit_code == 0
    assert "Undone on" in path.read_text("utf-8")


@pytest.mark.slow
def test_a_report_that_cannot_be_written_fails_no_import_and_is_written_when_asked_for(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(renew, "write_reports", lambda *_: 1 / 0)
        result = imported(home)
    assert result.exit_code == 1, result.output
    assert "report-" not in result.output and ".html" not in result.output
    assert table(home)["email"].to_list() == ["ana@example.com"]
    (identity,) = table(home, "import_history")["import_id"]
    assert not report_path(home, identity).exists()
    told = call("report", identity)
    assert told.output.splitlines()[0] == str(report_path(home, identity))
    assert report_path(home, identity).exists()


@pytest.mark.slow
def test_reports_are_asked_for_by_name_or_all(home: Home) -> None:
    assert call("report").exit_code == 3
    imported(home)
    assert json.loads(call("report", "--all", "--json").stdout)["reports"].keys() == {
        *table(home, "import_history")["import_id"]
    }
    assert call("report", "shop-000000000000").exit_code == 3
