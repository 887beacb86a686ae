"""`customers backup` and `customers restore`, and the job `backup`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from assets.cli.main import main


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a home of this test's own lies."""
    monkeypatch.setenv("CUSTOMERS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CUSTOMERS_SOURCES", str(tmp_path / "sources.yaml"))
    (tmp_path / "sources.yaml").write_text("base_currency: EUR\n", "utf-8")
    (tmp_path / "list.csv").write_text("email,name,total spent\nana@example.com,Ana,12.5\n", "utf-8")
    return tmp_path


def asked(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(main, words)
    return answer.exit_code, answer.output


@pytest.mark.slow
def test_a_home_is_copied_and_comes_back(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked("import", str(place / "list.csv"))[0] == 0
    code, told = asked("backup", str(place / "backup"))
    assert (code, "1 import, customers: 1, total spent 12.500 EUR" in told) == (0, True), told
    code, told = asked("backup", str(place / "backup"))
    assert (code, "holds the backup of" in told) == (3, True), told
    code, told = asked("restore", str(place / "backup"))
    assert (code, "--replace" in told) == (3, True), told
    monkeypatch.setenv("CUSTOMERS_HOME", str(place / "another"))
    code, told = asked("restore", str(place / "backup"))
    assert (code, "Restored as of" in told) == (0, True), told
    code, told = asked("export", "-o", str(place / "customers.csv"))
    assert "ana@example.com" in (place / "customers.csv").read_text("utf-8")
    (next((place / "backup" / "archive").rglob("*.csv"))).write_text("", "utf-8")
    code, told = asked("restore", str(place / "backup"), "--replace")
    assert (code, "nothing was restored" in told) == (2, True), told
