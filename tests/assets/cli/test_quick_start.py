"""What only helps or asks starts at once: it imports nothing that it does not need (measured: 0.6 s of CPU before)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assets.cli.main import COMMANDS
from pipelines.home import Home
from tests.support.flow import first_import

PROJECT = Path(__file__).resolve().parents[3]

HEAVY = ("dagster", "sqlalchemy", "pandera", "polars", "duckdb", "pyarrow", "pydantic", "babel", "stripe", "requests")
OF_THE_SNAPSHOT = {"polars", "duckdb", "pyarrow"}
"""What a question of the snapshot reads it with."""

FROM_WORDS = {"add", "edit", "cleanup"}
"""Commands whose options are those of our fields, or have a default of a step: `--help` reads both."""

SCRIPT = """
import sys
from assets.cli.main import main
for words in sys.argv[2:]:
    try:
        main(words.split())
    except SystemExit as end:
        assert not end.code, words
print("imported:", *sorted({name.split(".")[0] for name in sys.modules} & {*sys.argv[1].split()}))
print("commands:", *sorted(name for name in sys.modules if name.startswith("assets.cli.commands.")))
"""


def after(home: Home, *commands: str) -> tuple[set[str], list[str]]:
    """Which heavy packages and which modules of commands a process has imported that ran these commands."""
    process = [sys.executable, "-c", SCRIPT, " ".join(HEAVY), *commands]
    variables = {**os.environ, "CUSTOMERS_HOME": str(home.root), "PYTHONPATH": str(PROJECT)}
    ended = subprocess.run(process, cwd=home.root, env=variables, capture_output=True, text=True, check=True)
    imported, modules = ended.stdout.splitlines()[-2:]
    return {*imported.split()[1:]}, modules.split()[1:]


def test_the_list_of_commands_is_shown_without_importing_them(home: Home) -> None:
    assert after(home, "--help") == (set(), [])


def test_the_help_of_a_command_imports_nothing_heavy(home: Home) -> None:
    names = [name for name in COMMANDS if name not in FROM_WORDS and name != "stripe"]
    words = [*(f"{name} --help" for name in names), "stripe --help", "stripe check --help", "stripe sync --help"]
    assert after(home, *words)[0] == set()


@pytest.mark.matrix(2)
@pytest.mark.parametrize("words", ["history", "history --all --json", "history --json"])
def test_the_history_needs_what_reads_the_snapshot_and_nothing_else(home: Home, words: str) -> None:
    first_import(home, "email,name\nana@example.com,Ana\n")
    assert after(home, words)[0] == OF_THE_SNAPSHOT


@pytest.mark.matrix(1)
@pytest.mark.parametrize("words", ["show ana@example.com", "rows {import_id}", "export -o customers.csv"])
def test_what_only_reads_starts_without_dagster(home: Home, words: str) -> None:
    outcome = first_import(home, "email,name\nana@example.com,Ana\n")
    assert not after(home, words.format(import_id=outcome.import_id))[0] & {"dagster", "sqlalchemy", "stripe"}
