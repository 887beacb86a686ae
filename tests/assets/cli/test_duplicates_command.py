"""Customers who may be one, as people use the commands: look for them, merge, separate, the history, undo."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from assets.cli.main import main
from pipelines.home import Home
from tests.support.flow import first_import, table

LIST = (
    "email,first name,last name,city,phone,total spent\n"
    "kasia@example.com,Katarzyna,Wójcik,Łódź,+48 42 630 00 01,10.50\n"
    "k.wojcik@example.net,Kasia,Wojcik,Lodz,,5.25\n"
    "other@example.com,Olaf,Rund,Bonn,,1\n"
)
KASIA, WOJCIK = "kasia@example.com", "k.wojcik@example.net"


@pytest.fixture(autouse=True)
def listed(home: Home, at_home: None) -> None:
    first_import(home, LIST)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def told(*arguments: str) -> dict[str, Any]:
    done = call(*arguments, "--json")
    assert done.exit_code == 0, done.output
    (document,) = json.loads(done.stdout).values()
    return dict(document) if isinstance(document, dict) else {"pairs": document}


@pytest.mark.slow
@pytest.mark.rule("AMB-42")
def test_a_pair_is_found_merged_separated_and_each_decision_undone(home: Home) -> None:
    ids = dict(table(home).select("email", "customer_id").iter_rows())
    (pair,) = told("duplicates")["pairs"]
    assert {pair["customer_a"], pair["customer_b"]} == {ids[KASIA], ids[WOJCIK]}
    merged = call("merge", "Kasia@example.com", WOJCIK, "--by", "Zoé")
    assert merged.exit_code == 0, merged.output
    assert f"Part of {ids[KASIA]} now: {ids[WOJCIK]}." in merged.stdout
    assert dict(table(home).select("email", "total_spent").iter_rows())[KASIA] == 15.75
    again = call("merge", KASIA, WOJCIK, "--by", "Zoé")
    assert (again.exit_code, "one customer already" in again.stderr) == (3, True), again.output
    apart = told("separate", WOJCIK, "--by", "Ola")
    assert (apart["customer"], apart["others"], apart["warnings"]) == (ids[KASIA], ids[WOJCIK], "none")
    assert table(home).height == 3
    assert "Zoé" in call("history").stdout and apart["import"] in call("history").stdout
    undone = call("undo", apart["import"], "--by", "Ola")
    assert undone.exit_code == 0, undone.output
    assert set(table(home)["email"]) == {KASIA, "other@example.com"}
    listed_too = call("duplicates", "--all")
    assert listed_too.exit_code == 0 and "`customers merge A B`" in listed_too.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("merge", KASIA, "nobody@example.com"), "no customer"),
        (("separate", "nobody@example.com"), "no customer"),
        (("merge", KASIA), "OTHER"),
    ],
)
def test_whom_nobody_knows_is_refused_before_any_run(home: Home, words: tuple[str, ...], said: str) -> None:
    before = table(home)
    refused = call(*words)
    assert (refused.exit_code, said in refused.stderr) == (3, True), refused.output
    assert table(home).equals(before)


def test_who_is_the_same_or_part_of_nobody_is_refused_with_what_to_do(home: Home) -> None:
    before = table(home)
    same, alone = call("merge", KASIA, "KASIA@example.com"), call("separate", KASIA)
    assert (same.exit_code, "name two" in same.stderr) == (3, True), same.output
    assert (alone.exit_code, "customers separate A B" in alone.stderr) == (3, True), alone.output
    assert table(home).equals(before)
