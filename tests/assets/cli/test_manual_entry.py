"""Entering customers by hand as people use it: add, edit, release, the history, undo; what is refused and how."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets.cli.main import main
from pipelines.home import Home
from schemas.ways_in.manual_entry import STATABLE
from tests.support.flow import first_import, table

LIST = "email,name,city\nana@example.com,Ana,Lyon\n"


@pytest.fixture(autouse=True)
def environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERS_HOME", str(home.root))
    monkeypatch.setenv("DAGSTER_HOME", str(home.dagster))


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.slow
@pytest.mark.rule("MO-01", "MO-02", "MO-06")
def test_a_customer_is_added_changed_released_and_taken_out_again(home: Home, tmp_path: Path) -> None:
    added = call("add", "--email", "ana@example.com", "--name", "Ana", "--first-name", "Ana", "--by", "Zoé")
    assert added.exit_code == 0, added.output
    assert "ana@example.com is added:" in added.stdout and "customers undo manual-" in added.stdout
    file = tmp_path / "list.csv"
    file.write_text(LIST, "utf-8")
    assert call("import", str(file), "--json").exit_code == 0
    preview = json.loads(call("edit", "ana@example.com", "city=Nice", "--preview", "--json").stdout)["effect"]
    assert preview["changes"] == [{"field": "city", "rule": "by_hand", "before": "Lyon", "after": "Nice"}]
    edited = json.loads(call("edit", "ana@example.com", "city=Nice", "opt_in=1", "--by", "Zoé", "--json").stdout)[
        "entry"
    ]
    assert table(home).select("city", "opt_in", "origin").row(0) == ("Nice", True, "manual")
    released = call("edit", "ANA@example.com", "--release", "city", "first_name=", "--by", "Ola")
    assert released.exit_code == 0, released.output
    assert table(home).select("city", "first_name").row(0) == ("Lyon", None)
    history = call("history").stdout
    assert "stated by hand: city, opt_in" in history and "released to the files: city" in history
    undone = call("undo", edited["import_id"], "--by", "Ola")
    assert undone.exit_code == 0, undone.output
    assert table(home)["opt_in"].to_list() == [None]
    rebuilt = table(home)
    assert call("rebuild").exit_code == 0
    assert table(home).equals(rebuilt)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("edit", "ana@example.com", "phone=12"), 2, "INVALID_PHONE"),
        (("edit", "ana@example.com", "phone"), 3, "phone=VALUE"),
        (("edit", "ana@example.com", "city=Nice", "city=Metz"), 3, "stated twice"),
        (("edit", "ana@example.com", "--release", "city", "city=Metz"), 3, "stated and released"),
        (("edit", "nobody@example.com", "city=Nice"), 3, "no customer"),
        (("edit", "ana@example.com", "total_spent=5"), 3, "Import a list"),
        (("edit", "ana@example.com"), 3, "what is to change"),
        (("add", "--email", "ana@example.com", "--name", "Ana"), 3, "customers edit ana@example.com"),
        (("add", "--email", "ana@", "--name", "Ana"), 2, "INVALID_EMAIL"),
        (("add", "--email", "bob@example.com"), 2, "MISSING_NAME"),
        (("add", "--fone", "1"), 3, "--fone"),
    ],
)
def test_what_cannot_be_entered_is_refused_before_any_run(
    home: Home, words: tuple[str, ...], code: int, told: str
) -> None:
    first_import(home, LIST)
    refused = call(*words)
    assert (refused.exit_code, told in refused.stderr) == (code, True), refused.output
    assert list(home.dagster.rglob("*.db")) == []
    assert table(home, "import_history").height == 1


def test_help_names_every_field_that_may_be_stated_and_no_number_of_ours() -> None:
    shown = call("add", "--help").stdout
    assert [name for name in STATABLE if f"--{name.replace('_', '-')} " not in shown] == []
    assert "AU-0" not in shown and "(" not in shown.partition("--email")[2].partition("\n")[0]
    assert "FIELD=VALUE" in call("edit", "--help").stdout
