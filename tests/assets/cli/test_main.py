"""The `customers` command as scripts and people use it: exit codes, JSON, tables."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import polars as pl
import pytest
from click.testing import CliRunner, Result

from assets.cli.main import COMMANDS, main
from assets.cli.output import imports
from assets.cli.output.drawing import Table
from assets.instance.environment import PROJECT
from pipelines.home import Home
from schemas.sentences.note import Note
from tests.support.flow import first_import, table

GOOD = "email,name,total_spent\nana@example.com,Ana,10\n"
MIXED = GOOD + "nobody,Bob,5\n"
BAD = "name\nAna\n"


@pytest.fixture(autouse=True)
def environment(home: Home, at_home: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home.root)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def file(home: Home, name: str, text: str) -> str:
    path = home.root / name
    path.write_text(text, "utf-8")
    return str(path)


def told(result: Result) -> dict[str, object]:
    return json.loads(result.stdout)


@pytest.mark.slow
def test_exit_codes_tell_done_rejected_and_refused(home: Home) -> None:
    assert call("import", file(home, "good.csv", GOOD), "--json").exit_code == 0
    assert call("import", file(home, "mixed.csv", MIXED), "--json").exit_code == 1
    assert call("import", file(home, "bad.csv", BAD), "--json").exit_code == 2
    assert call("import", file(home, "good.csv", GOOD), "--json").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "no-such-file.csv"],
        ["import", "--colour", "red"],
        ["nonsense"],
        ["undo", "x"],
        ["export", "--format", "pdf"],
        ["import", "good.csv", "--map", "no equals sign"],
        ["import", "good.csv", "--as-of", "tomorrow"],
        ["import", "good.csv", "--profile", "shopify"],
    ],
)
def test_wrong_use_is_three(home: Home, arguments: list[str]) -> None:
    file(home, "good.csv", GOOD)
    assert call(*arguments).exit_code == 3


def test_a_fault_in_the_sources_is_told_before_anything_starts(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERS_SOURCES", file(home, "sources.yaml", "sources: {crm: {profil: askusers}}"))
    result = call("import", file(home, "good.csv", GOOD), "--source", "crm")
    assert (result.exit_code, "profil" in result.output) == (3, True)
    assert not home.published.exists()
    result = call("import", file(home, "good.csv", GOOD), "--source", "shop")
    assert (result.exit_code, "Left out until it is mended" in result.output) == (0, True), "other sources work"


@pytest.mark.slow
def test_import_tells_scripts_what_became_of_each_file(home: Home) -> None:
    result = call("import", file(home, "a.csv", MIXED), file(home, "b.csv", BAD), "--source", "crm", "--json")
    first, second = told(result)["imports"]
    assert result.exit_code == 2
    assert (first["status"], first["rows_accepted"], first["reject_codes"]) == (
        "done_with_rejects",
        1,
        {"INVALID_EMAIL": 1},
    )
    assert (second["status"], second["reasons"][0]["code"]) == ("refused", "MISSING_REQUIRED_COLUMN")
    assert told(result)["work_seconds"] > 0


@pytest.mark.slow
@pytest.mark.rule("AU-12")
def test_import_without_files_takes_what_waits_in_the_inbox(home: Home) -> None:
    waiting = home.inbox / "crm" / "list.csv"
    waiting.parent.mkdir(parents=True)
    waiting.write_text(GOOD, "utf-8")
    result = call("import", "--json")
    assert [entry["source"] for entry in told(result)["imports"]] == ["crm"]
    assert not waiting.exists()
    assert "Nothing waits" in call("import").output


@pytest.mark.slow
@pytest.mark.rule("PIT-20")
def test_import_leaves_what_somebody_still_writes_into_the_inbox_and_says_so(home: Home) -> None:
    whole, half = home.inbox / "crm" / "list.csv", home.inbox / "crm" / "half.csv"
    whole.parent.mkdir(parents=True)
    whole.write_text(GOOD, "utf-8")
    with half.open("w") as copying:
        result = call("import", "--json")
        copying.write(GOOD.replace("ana", "eve"))
    assert result.exit_code == 2 and Note("STILL_WRITTEN", found=str(half)).sentence("en") in result.stderr
    assert [entry["file_name"] for entry in told(result)["imports"]] == ["list.csv"]
    assert [entry["file_name"] for entry in told(call("import", "--json"))["imports"]] == ["half.csv"]


@pytest.mark.slow
def test_mapping_and_ignoring_columns_and_as_of(home: Home) -> None:
    text = "Courrier;Qui;Combien;Notes\nana@example.com;Ana;1,50;x\n"
    options = ["--map", "Courrier=email", "--map", "Qui=name", "--map", "Combien=total_spent", "--ignore", "Notes"]
    result = call("import", file(home, "a.csv", text), *options, "--as-of", "2026-01-31", "--json")
    assert result.exit_code == 0, result.output
    assert str(table(home)["total_spent"][0]) == "1.500"
    assert str(table(home, "customer_priority")["as_of_date"][0]) == "2026-01-31"


@pytest.mark.slow
@pytest.mark.rule("MO-22")
def test_people_read_tables_and_reasons(home: Home) -> None:
    """How many customers are new, how many were changed or not, and what went wrong."""
    output = call("import", file(home, "mixed.csv", MIXED), file(home, "bad.csv", BAD)).output
    assert "done_with_rejects" in output
    lines = [re.split(r"\s*[│┃|]\s*|\s{2,}", line.strip(" │┃|")) for line in output.splitlines()]
    titles = next(line for line in lines if "unchanged" in line)
    counts = next(dict(zip(titles, line, strict=False)) for line in lines if "mixed.csv" in line)
    told_of = ("read", "accepted", "rejected", "created", "updated", "unchanged")
    assert [counts[name] for name in told_of] == ["2", "1", "1", "1", "0", "0"]
    assert "1 × INVALID_EMAIL" in output
    assert "MISSING_REQUIRED_COLUMN" in output
    assert "\x1b[" not in output


@pytest.mark.slow
@pytest.mark.rule("RF-28")
def test_history_undo_and_the_seeds_text(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry stays, greyed, with the words of the seed."""
    key = told(call("import", file(home, "a.csv", GOOD), "--json"))["imports"][0]["import_id"]
    call("import", file(home, "b.csv", GOOD.replace("ana", "bob")), "--json")
    undone = told(call("undo", key, "--by", "Zoé", "--json"))["import"]
    assert (undone["status"], undone["undone_count"]) == ("undone", 1)
    assert "1 supprimés par Zoé." in call("history").output
    assert {entry["file_name"]: entry["status"] for entry in told(call("history", "--json"))["imports"]} == {
        "a.csv": "undone",
        "b.csv": "done",
    }
    drawn: list[Table] = []
    monkeypatch.setattr(imports, "print_table", drawn.append)
    call("history")
    styles = {row[2]: style for row, style in zip(drawn[0].rows, drawn[0].styles, strict=True)}
    assert styles == {"a.csv": "grey50", "b.csv": None}
    again = call("undo", key, "--by", "Zoé")
    assert (again.exit_code, "undone already" in again.output) == (3, True)


@pytest.mark.slow
@pytest.mark.rule("RF-30")
def test_the_preview_of_an_undo_needs_no_name_and_changes_nothing(home: Home) -> None:
    key = told(call("import", file(home, "a.csv", GOOD), "--json"))["imports"][0]["import_id"]
    effect = told(call("undo", key, "--preview", "--json"))["effect"]
    assert (effect["customers_removed"], effect["amount_change"]) == (1, "-10.000")
    assert "-10.00" in call("undo", key, "--preview").output
    assert table(home).height == 1
    unnamed = call("undo", key)
    assert (unnamed.exit_code, "--by NAME" in unnamed.output) == (3, True)
    assert call("undo", "nothing", "--preview").exit_code == 3


@pytest.mark.slow
def test_prioritise_rebuild_and_publish(home: Home) -> None:
    call("import", file(home, "a.csv", GOOD))
    prioritised = told(call("prioritise", "--as-of", "2027-01-01", "--json"))["priorities"]
    assert prioritised == [{"priority": "low", "customers": 1, "as_of_date": "2027-01-01"}]
    for command in ("rebuild", "publish"):
        assert told(call(command, "--json"))["tables"]["customers"] == 1
    assert told(call("publish", "--json"))["tables"]["customer_values"] == 0
    assert told(call("publish", "--values", "--json"))["tables"]["customer_values"] > 0
    assert "high" not in call("summary").output.split("Top customers")[0]


def test_before_the_first_import_commands_say_what_to_do(home: Home) -> None:
    for command in (["history"], ["rebuild"], ["prioritise"], ["export"]):
        result = call(*command)
        assert result.exit_code == 3
        assert "import" in result.output


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("name", ["customers", "rejected_rows", "rejected_reasons", "import_history"])
def test_every_table_exports_in_every_format(home: Home, kind: str, name: str, tmp_path: Path) -> None:
    first_import(home, MIXED)
    target = tmp_path / f"out.{kind}"
    result = call("export", "--table", name, "--format", kind, "-o", str(target), "--json")
    assert told(result)["rows"] == table(home, name).height
    if kind == "csv":
        assert pl.read_csv(target, infer_schema=False).height == table(home, name).height
    assert target.stat().st_size > 0


def test_an_unknown_table_is_told_with_those_that_exist(home: Home) -> None:
    first_import(home, GOOD)
    result = call("export", "--table", "secrets")
    assert (result.exit_code, "customer_priority" in result.output) == (3, True)


def test_a_table_without_its_option_or_mistyped_is_answered_with_what_was_meant(home: Home) -> None:
    first_import(home, GOOD)
    bare, near = call("export", "customers"), call("export", "--table", "customer")
    assert (bare.exit_code, near.exit_code) == (3, 3)
    assert "--table customers" in bare.stderr and "did you mean --table customers?" in near.stderr


@pytest.mark.slow
def test_each_reason_is_shown_with_its_first_row_and_its_sentence_and_amounts_with_two_decimals(home: Home) -> None:
    answer = call("import", file(home, "mixed.csv", MIXED + "no,Cid,1\n"))
    assert "2 × INVALID_EMAIL (rows rejected); row 3: “nobody” is not" in answer.stdout
    assert "10.00" in call("preview", file(home, "more.csv", GOOD + "bo@example.com,Bo,0\n")).stdout


def test_a_template_lies_below_home_unless_told_otherwise(home: Home) -> None:
    written = told(call("template", "reveal_field", "--json"))
    assert written["path"] == str(home.templates / "reveal_field.xlsx")
    assert (home.templates / "reveal_field.xlsx").exists()
    assert {"title": "Courriel", "field": "email"} in written["columns"]
    result = call("template", "smartcrm", "--format", "csv", "-o", "mine.csv")
    assert (result.exit_code, "mine.csv" in result.output) == (0, True)
    assert (home.root / "mine.csv").read_text("utf-8-sig").startswith("Imię;Nazwisko;Email;")


@pytest.mark.parametrize("arguments", [["template", "shopify"], ["template", "smartcrm", "--format", "xlsx"]])
def test_a_template_that_cannot_be_is_wrong_use(arguments: list[str]) -> None:
    assert call(*arguments).exit_code == 3


def test_a_template_is_written_without_dagster(home: Home) -> None:
    script = "import sys; from assets.cli.main import main; main(['template', 'default'])"
    checked = script.replace("main([", "sys.exit = lambda code: print('dagster' in sys.modules); main([")
    printed = subprocess.run([sys.executable, "-c", checked], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert printed.stdout.endswith("False\n")


@pytest.mark.slow
def test_an_own_profile_has_a_template_and_validates_a_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "profiles: {club: {required: [email, city]}}"
    monkeypatch.setenv("CUSTOMERS_SOURCES", file(home, "sources.yaml", text))
    assert call("template", "club", "-o", "club.xlsx").exit_code == 0
    result = call("import", file(home, "a.csv", "email,city\na@x.fr,Lyon\nb@x.fr,\n"), "--profile", "club", "--json")
    assert (result.exit_code, told(result)["imports"][0]["reject_codes"]) == (1, {"MISSING_REQUIRED_FIELD": 1})


@pytest.mark.slow
@pytest.mark.rule("SC-08")
def test_the_bad_rows_of_a_file_that_was_stopped_are_listed(home: Home) -> None:
    path = file(home, "a.csv", "Imię;Email\nAna;a@x.fr\nBob;\n")
    result = call("import", path, "--profile", "smartcrm", "--map", "Imię=first_name", "--json")
    [outcome] = told(result)["imports"]
    assert (result.exit_code, outcome["status"], outcome["reject_codes"]) == (2, "refused", {"MISSING_EMAIL": 1})
    rejected = table(home, "rejected_rows")
    assert set(rejected.select("severity", "row_number").rows()) == {("file", None), ("row", 3)}
    assert table(home).is_empty()


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--help"], ["import", "one.csv", "--json"]])
def test_a_process_ends_in_silence(words: list[str], tmp_path: Path) -> None:
    """What is kept from the collector must not end as leaks that DuckDB complains of."""
    (tmp_path / "one.csv").write_text("email,name\na@b.fr,Ann\n", "utf-8")
    command = [sys.executable, "-m", "assets.cli", *words]
    variables = {**os.environ, "CUSTOMERS_HOME": str(tmp_path / "home"), "PYTHONPATH": str(PROJECT)}
    ended = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=True)
    assert not ended.stderr


def test_a_file_that_a_missing_table_stops_is_told_why(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = home.root / "sources.yaml"
    declared.write_text("sources: {clients: {profile: upflow, dunning_plans: plans.csv}}", "utf-8")
    monkeypatch.setenv("CUSTOMERS_SOURCES", str(declared))
    result = call("import", file(home, "a.csv", "ID externe;Workflow\nC-1;Standard\n"), "--source", "clients")
    assert result.exit_code == 2
    assert "a.csv: dunning_plans: " in result.output
    assert "plans.csv cannot be read: No such file or directory" in " ".join(result.output.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_of_each_what_its_own_help_begins_with(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None and command.help is not None
    own = " ".join(command.help.split())
    said = COMMANDS[name][1].rstrip(".")
    assert own.startswith(said), f"{own!r} does not begin as the list says: {said!r}"
