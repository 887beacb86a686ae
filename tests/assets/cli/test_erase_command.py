"""Erasing a person by the command: nothing of them is in any byte, Dagster's storage included."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets.cli.main import main
from pipelines.home import Home
from tests.support.byte_search import found_in
from tests.support.flow import table

ZANETA = "zaneta.wisniewska@example.com"
SOUGHT = (ZANETA, "Żaneta Wiśniewska", "Wiśniewska", "512345678", "512 345 678")
LISTED = (
    "email;name;phone;total spent;country\n"
    f"{ZANETA};Żaneta Wiśniewska;+48 512 345 678;12,50;PL\n"
    "olek@example.com;Olek Nowak;+48 512 345 679;9,90;PL\n"
)


@pytest.fixture(autouse=True)
def environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERS_HOME", str(home.root))


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.slow
def test_a_person_is_erased_from_every_byte_and_never_comes_back_in_silence(home: Home, tmp_path: Path) -> None:
    listed, wrong = tmp_path / "list.csv", tmp_path / "wrong.csv"
    listed.write_bytes(LISTED.encode("cp1250"))
    wrong.write_text(f"email;name;total spent\n{ZANETA};Żaneta Wiśniewska;nothing\nbo@example.com;Bo;1\n", "utf-8")
    assert call("import", str(listed), "--locale", "pl").exit_code == 0
    assert call("import", str(wrong)).exit_code == 1
    before = found_in(home.root, SOUGHT)[0]
    assert any("rejects" in place for place in before) and any("archive" in place for place in before)

    assert call("erase", ZANETA, "--preview").exit_code == 0
    assert call("erase", ZANETA, "--by", "dpo").exit_code == 3
    assert call("erase", "+48 512 345 678", "--yes").exit_code == 3
    assert table(home).height == 3
    done = call("erase", "+48 512-345-678", "--by", "dpo", "--yes")
    assert (done.exit_code, done.output.count("zaneta")) == (0, 0), done.output
    assert found_in(home.root, SOUGHT)[0] == []
    assert table(home)["email"].to_list() == ["bo@example.com", "olek@example.com"]
    assert call("history", "--all").exit_code == 0

    again = tmp_path / "again.csv"
    again.write_bytes(LISTED.replace("9,90", "5,00").encode("utf-16"))
    returned = call("import", str(again), "--locale", "pl")
    assert returned.exit_code == 1 and "ERASED_PERSON" in returned.output
    assert found_in(home.root, SOUGHT)[0] == []


@pytest.mark.slow
def test_of_the_forms_in_which_something_was_typed_of_them_no_value_is_left(home: Home, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(
        LISTED.replace("country", "country;external id").replace(";PL", ";PL;REF-0077", 1).replace(";PL\n", ";PL;\n"),
        "utf-8",
    )
    assert call("import", str(listed), "--locale", "pl").exit_code == 0
    typed = ("city=Zakopane", "address=ulica Sosnowa 7")
    assert call("edit", ZANETA, *typed, "--by", "Zoé").exit_code == 0
    assert call("edit", "REF-0077", "region=Podhale", "country=Nowhere at all", "--by", "Zoé").exit_code == 2
    assert call("edit", "olek@example.com", "city=Gdynia", "--by", "Zoé").exit_code == 0
    sought = (*SOUGHT, "Zakopane", "Sosnowa", "Podhale", "REF-0077", "Nowhere at all")
    assert call("erase", ZANETA, "--by", "dpo", "--yes").exit_code == 0
    assert found_in(home.root, sought)[0] == []
    assert any("runs.db" in place for place in found_in(home.root, ("Gdynia",))[0])


@pytest.mark.slow
def test_a_form_of_somebody_who_was_never_added_is_emptied_too(home: Home, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(LISTED, "utf-8")
    assert call("import", str(listed), "--locale", "pl").exit_code == 0
    refused = call("add", "--email", ZANETA, "--name", "Żaneta W", "--city", "Zakopane", "--by", "Zoé")
    assert refused.exit_code == 3, refused.output
    assert call("erase", ZANETA, "--by", "dpo", "--yes").exit_code == 0
    assert found_in(home.root, (*SOUGHT, "Zakopane"))[0] == []
