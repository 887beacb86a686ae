"""`customers tidy` says what is past its period, and removes it."""

import json
import os

import pytest
from click.testing import CliRunner, Result

from assets.cli.main import main
from pipelines.home import Home

pytestmark = pytest.mark.usefixtures("at_home")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_a_preview_says_what_then_goes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = home.root / "sources.yaml"
    declared.write_text("retention: {reports: 30, logs: 30}", "utf-8")
    monkeypatch.setenv("CUSTOMERS_SOURCES", str(declared))
    report = home.reports / "customer-1.html"
    report.parent.mkdir()
    report.write_text("<p>Ana</p>", "utf-8")
    os.utime(report, (1_000_000_000, 1_000_000_000))
    shown = call("tidy", "--preview", "--json")
    told = json.loads(shown.output)
    assert (shown.exit_code, told["preview"], told["count"], told["bytes"]) == (0, True, 1, 10)
    assert (told["removed_count"], told["removed_bytes"]) == (0, 0)
    expected = {"kind": "reports", "kept_days": 30, "count": 1, "bytes": 10, "oldest": "2001-09-09"}
    assert expected in told["kinds"] and report.exists()
    done = call("tidy")
    assert (done.exit_code, report.exists()) == (0, False), done.output
    assert "1 removed, 10 bytes in all." in done.output
    assert "2001-09-09" in done.output and "forever" in done.output
