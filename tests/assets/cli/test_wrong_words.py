"""What somebody gets who is new here, or mistypes: what was meant, whole ids, folders, names that a shell proposes."""

import os
import re
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets.cli.main import main
from assets.cli.output.drawing import Table, counted, print_table
from assets.instance.environment import PROJECT
from pipelines.home import Home
from tests.support.flow import NOW, first_import, import_text

GOOD = "email,name,total_spent\nana@example.com,Ana,10\n"
SOURCES = "sources: {shop: {profile: payments}, billing: {kind: stripe}}"


@pytest.fixture(autouse=True)
def environment(home: Home, at_home: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(home.root)
    declared = tmp_path / "sources.yaml"
    declared.write_text(SOURCES, "utf-8")
    monkeypatch.setenv("CUSTOMERS_SOURCES", str(declared))


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def lists(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(GOOD.replace("ana", Path(name).stem), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["histroy"], "did you mean history?"),
        (["stripe", "snyc", "billing"], "sync"),
        (["export", "--tabel", "customers"], "--table"),
        (["template", "askuser"], "did you mean askusers?"),
        (["import", "list.csv", "--profile", "paymnts"], "did you mean payments?"),
        (["preview", "list.csv", "--map", "name=emial"], "did you mean email?"),
        (["preview", "list.csv", "--map", "nmae=name"], "did you mean name?"),
        (["preview", "list.csv", "--source", "shpo", "--profile", "paymets"], "did you mean payments?"),
        (["edit", "ana@example.com", "nmae=x"], "did you mean name?"),
        (["stripe", "sync", "biling"], "did you mean billing?"),
        (["export", "--table", "customer"], "did you mean --table customers?"),
        (["decide", "shop-1", "ad", "--by", "me"], "'add'"),
    ],
)
def test_a_mistyped_word_is_answered_with_the_one_that_was_meant(home: Home, words: list[str], told: str) -> None:
    first_import(home, GOOD)
    lists(home.root, "list.csv")
    answer = call(*words)
    assert answer.exit_code == 3
    assert told in answer.stderr


@pytest.mark.matrix(1)
@pytest.mark.parametrize("words", [["undo", "{}", "--by", "me"], ["rows", "{}"], ["decide", "{}", "add", "--by", "me"]])
def test_an_import_id_that_is_cut_or_mistyped_is_answered_with_the_whole_one(home: Home, words: list[str]) -> None:
    whole = first_import(home, GOOD).import_id
    for wrong in (whole[:-4], whole[:-1] + "_"):
        answer = call(*(word.format(wrong) for word in words))
        assert (answer.exit_code, f"did you mean {whole}?" in answer.stderr) == (3, True)
    assert "did you mean" not in call(words[0], "quite-another", *words[2:]).stderr


def test_a_source_that_looks_like_a_declared_one_is_told_and_imported_all_the_same(home: Home) -> None:
    lists(home.root, "list.csv")
    near, other = (call("preview", "list.csv", "--source", name).stderr for name in ("shpo", "partners"))
    assert near == "shpo is not declared in sources.yaml and takes the profile default; did you mean shop?\n"
    assert other == ""


@pytest.mark.slow
def test_a_folder_is_imported_list_by_list_and_what_is_left_is_said(home: Home) -> None:
    folder = lists(home.root / "in", "ana.csv", "bob.CSV", ".hidden.csv", "~$eve.xlsx", "ivy.csv.part", "notes.pdf")
    lists(folder, "older/zoe.csv")
    answer = call("import", str(folder), "--json")
    assert answer.exit_code == 0
    assert re.findall(r'"file_name": "(.*?)"', answer.stdout) == ["ana.csv", "bob.CSV"]
    for name in (".hidden.csv", "~$eve.xlsx", "ivy.csv.part", "notes.pdf", "older/"):
        assert name in answer.stderr


@pytest.mark.parametrize("command", ["import", "preview"])
def test_a_folder_without_a_list_is_answered_with_what_it_holds(home: Home, command: str) -> None:
    folder = lists(home.root / "in", "notes.pdf")
    answer = call(command, str(folder))
    assert answer.exit_code == 3
    assert "holds no list" in answer.stderr and "it holds notes.pdf" in answer.stderr


def test_ids_are_whole_however_narrow_the_terminal_and_when_nobody_sees_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = first_import(home, GOOD).import_id
    for width in ("20", "40", "80", "300", None):
        monkeypatch.setenv("COLUMNS", width) if width else monkeypatch.delenv("COLUMNS", raising=False)
        shown = call("history").stdout
        assert identity in shown and "done" in shown, width


def test_a_narrow_table_names_what_each_cell_is_and_takes_brackets_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_table(Table(("import", "file", "status"), [("shop-0123456789ab", "[red] list.csv", "done_with_rejects")]))
    assert capsys.readouterr().out == "import shop-0123456789ab\n  file [red] list.csv\n  status done_with_rejects\n"


@pytest.mark.slow
def test_history_tells_the_reason_of_what_is_not_in_the_table(home: Home) -> None:
    (home.root / "bad.csv").write_text("name\nAna\n", "utf-8")
    assert call("import", "bad.csv").exit_code == 2
    assert "MISSING_REQUIRED_COLUMN" in call("history").stdout


def test_a_long_history_lists_the_newest_and_says_how_many_are_older(home: Home) -> None:
    first = first_import(home, GOOD)
    second = import_text(home, GOOD.replace("ana", "zoe"), name="second.csv", started_at=NOW + timedelta(hours=1))
    shown = call("history", "--all", "--limit", "1").stdout
    assert second.import_id in shown and first.import_id not in shown
    assert "Older, not listed: 1 (--limit 0 lists all, --json too)." in shown
    for words in (("--limit", "0"), ("--limit", "1", "--json"), ()):
        shown = call("history", "--all", *words).stdout
        assert first.import_id in shown and second.import_id in shown and "Older" not in shown


def test_an_empty_history_says_how_to_begin(home: Home) -> None:
    first_import(home, GOOD)
    call("cleanup")
    assert "No import yet" not in call("history").stdout


def test_numbers_have_their_nouns() -> None:
    assert [counted(number, "row") for number in (0, 1, 2, 1000)] == ["0 rows", "1 row", "2 rows", "1,000 rows"]
    assert counted(2, "address", "addresses") == "2 addresses"


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"customers \d+\.\d+\.\d+\n", call("--version").output)


@pytest.mark.parametrize(
    ("words", "proposed"),
    [
        ("customers hist", "history"),
        ("customers undo ", "{}"),
        ("customers import --source sh", "shop"),
        ("customers template up", "upflow"),
        ("customers stripe sync b", "billing"),
    ],
)
def test_a_shell_is_told_the_names_that_there_are(home: Home, words: str, proposed: str) -> None:
    identity = first_import(home, GOOD).import_id
    asked = {"_CUSTOMERS_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    answer = CliRunner().invoke(main, [], prog_name="customers", env=asked)
    assert f"plain,{proposed.format(identity)}" in answer.output.splitlines()


def test_make_dev_on_a_taken_port_says_so_and_ends() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = subprocess.run(
            [sys.executable, "-m", "assets.cli.dev", "--port", str(port)],
            cwd=PROJECT,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert answer.returncode == 1
    assert f"Port {port} of 127.0.0.1 is taken" in answer.stderr and f"PORT={port + 1}" in answer.stderr


@pytest.mark.slow
def test_a_second_make_run_says_that_the_samples_are_there(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = lists(home.root / "bundled", "crm/ana.csv").parent
    monkeypatch.setattr("assets.cli.commands.samples.sample_files", lambda: [folder / "bundled" / "crm" / "ana.csv"])
    assert "ana.csv" in call("samples").stdout
    assert "1 bundled sample is in the table already" in call("samples").stdout
