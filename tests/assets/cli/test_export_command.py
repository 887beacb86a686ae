"""`customers export`: of whom, and how a CSV is written."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from assets.cli.main import main
from pipelines.home import Home
from tests.support.flow import import_text


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with two customers, and a French source."""
    monkeypatch.setenv("CUSTOMERS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CUSTOMERS_SOURCES", str(tmp_path / "sources.yaml"))
    (tmp_path / "sources.yaml").write_text("sources: {shop: {locale: fr}}\n", "utf-8")
    home = Home(tmp_path / "home")
    home.root.mkdir()
    import_text(home, "email,name,total spent\nana@example.com,Ana,12.5\nbob@example.com,Bob,\n")
    return tmp_path


def asked(*words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(main, ("export", *words))
    return answer.exit_code, answer.output


def test_whom_an_export_holds_and_how_it_is_written_is_said(place: Path) -> None:
    target = str(place / "some.csv")
    code, told = asked("--status", "active", "--source", "shop", "-o", target, "--json")
    assert (code, json.loads(told)["rows"]) == (0, 1)
    assert ";12,50;" in Path(target).read_text("utf-8-sig")


@pytest.mark.matrix(2)
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--status", "actif"), "did you mean --status 'active'"),
        (("--table", "custmers"), "did you mean --table customers"),
        (("--source", "shpo"), "did you mean shop"),
        (("--locale", "xx"), "no locale 'xx'"),
        (("--format", "xlsx", "--locale", "fr"), "say how a CSV is written"),
        (("--table", "segments", "--group", "a"), "belong to no customer"),
    ],
)
def test_what_cannot_be_is_wrong_usage(place: Path, words: tuple[str, ...], said: str) -> None:
    code, told = asked(*words, "-o", str(place / "some.csv"))
    assert (code, said in told) == (3, True), told
    assert not (place / "some.csv").exists()
