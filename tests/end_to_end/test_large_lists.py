"""Lists of a size at which a library once waited for itself: the command comes to its end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.home import Home

TITLES = "Client name;External ID;Contact email;First name;Last name;Main contact"
CLIENTS = 75_000
LONGEST_SECONDS = 600
"""Ends what hangs; the import takes a hundredth of it."""


@pytest.mark.slow
def test_a_list_of_very_many_contacts_is_checked_and_committed(home: Home, tmp_path: Path) -> None:
    """DuckDB 2.0.0 never answered the check of contacts of so many rows, where its parts were kept as tables."""
    path = tmp_path / "clients.csv"
    rows = (
        f"Client {number};C-{number};a{number}@example.com;Ann;Roe;1\n;C-{number};b{number}@example.com;Bob;Lee;\n"
        for number in range(CLIENTS)
    )
    path.write_text(f"{TITLES}\n{''.join(rows)}", "utf-8")
    words = [sys.executable, "-m", "assets.cli", "import", str(path), "--profile", "upflow", "--json"]
    told = {**os.environ, "CUSTOMERS_HOME": str(home.root), "DAGSTER_HOME": str(home.dagster)}
    ended = subprocess.run(words, env=told, capture_output=True, timeout=LONGEST_SECONDS, check=False)
    (outcome,) = json.loads(ended.stdout)["imports"]
    assert (outcome["status"], outcome["customers_created"]) == ("done", CLIENTS)
