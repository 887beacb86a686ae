"""The five minutes of the README, typed into a shell as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.publishing.exports import read

ROOT = Path(__file__).resolve().parents[2]


def typed(home: Home, lines: str, place: Path) -> list[int]:
    """Type lines into a shell; the exit codes of the commands of ours among them."""
    ours = f'"{sys.executable}" -m assets.cli'
    script = lines.replace(".venv/bin/customers", ours).replace("data/", f"{home.root}/")
    script = re.sub(r"(?m)^(.*-m assets\.cli.*?)(\s+#.*)?$", r"\1 > said 2>&1; echo $?", script)
    variables = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "CUSTOMERS_HOME": str(home.root),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(["sh", "-c", script], cwd=place, env=variables, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return [int(code) for code in done.stdout.split()]


@pytest.mark.slow
def test_the_tour_of_the_readme_goes_as_it_says(home: Home, tmp_path: Path) -> None:
    tour = (ROOT / "README.md").read_text("utf-8").split("\n## Five minutes\n")[1].split("\n## ")[0]
    first, second = re.findall(r"```sh\n(.*?)```", tour, re.DOTALL)
    assert typed(home, first, tmp_path) == [1, 1]
    assert read(home.published, "SELECT email, total_spent::VARCHAR FROM customers").rows() == [
        ("lea.bernard@example.com", "120.000")
    ]
    assert typed(home, second, tmp_path) == [0, 0, 2, 0]
    assert read(home.published, "SELECT email, total_spent::VARCHAR FROM customers ORDER BY email").rows() == [
        ("lea.bernard@example.com", "120.000"),
        ("tom.petit@example.com", "1000.000"),
    ]
