"""The clean-up as people use it: preview, confirm, history, an import that meets a removed customer, undo."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets.cli.main import main
from pipelines.home import Home
from tests.support.flow import table

LIST = "email,name,total spent\nlow@example.com,Low,9.99\nhigh@example.com,High,10.00\nnone@example.com,None,\n"


pytestmark = pytest.mark.usefixtures("at_home")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.slow
@pytest.mark.rule("AU-39", "AU-40")
def test_a_clean_up_is_seen_in_the_history_told_to_imports_and_undone_by_its_id(home: Home, tmp_path: Path) -> None:
    first, again = tmp_path / "first.csv", tmp_path / "again.csv"
    first.write_text(LIST, "utf-8")
    again.write_text("email,name\nlow@example.com,Low\n", "utf-8")
    assert call("import", str(first), "--json").exit_code == 0
    shown = json.loads(call("cleanup", "--json").stdout)
    (candidate,) = shown["candidates"]
    told = (candidate["email"], candidate["total_spent"], candidate["reason"])
    assert told == ("low@example.com", "9.990", "spent less than 10 in all"), "the threshold is 10 unless told"
    done = json.loads(call("cleanup", "--confirm", shown["confirm"], "--by", "Zoé", "--json").stdout)
    assert done["removed"] == 1
    assert f"{done['import_id']}" in call("history").stdout
    assert "1 customer removed" in call("history").stdout
    (meeting,) = json.loads(call("import", str(again), "--json").stdout)["imports"]
    assert (meeting["customers_created"], meeting["customers_kept_away"]) == (0, 1)
    assert [text[:19] for text in meeting["warnings"] if "low@example.com" in text] == ["CUSTOMERS_KEPT_AWAY"]
    effect = json.loads(call("undo", done["import_id"], "--preview", "--json").stdout)["effect"]
    assert (effect["customers_returned"], effect["amount_change"]) == (1, "9.990")
    assert "1 brought back by Ola." in call("undo", done["import_id"], "--by", "Ola").stdout
    assert set(table(home)["email"]) == {"low@example.com", "high@example.com", "none@example.com"}
    assert call("undo", done["import_id"], "--by", "Ola").exit_code != 0
