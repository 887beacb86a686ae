"""A command's process ends with its code as soon as all that libraries registered for the end is done."""

import subprocess
import sys

import pytest

from assets.instance.environment import PROJECT

SCRIPT = """
import sys
from assets.cli.process_end import run_to_the_end

class TakenApart:
    def __del__(self):
        print("taken apart")

def command():
    import atexit
    global kept
    kept = TakenApart()
    atexit.register(print, "registered for the end")
    sys.stdout.write("unflushed ")
    {end}

run_to_the_end(command)
"""


@pytest.mark.parametrize(
    ("end", "code"),
    [("pass", 0), ("sys.exit()", 0), ("sys.exit(0)", 0), ("sys.exit(3)", 3), ("sys.exit('a reason')", 1)],
)
def test_what_is_written_and_registered_is_done_and_then_nothing_more(end: str, code: int) -> None:
    ended = _run(SCRIPT.format(end=end))
    assert (ended.returncode, ended.stdout) == (code, "unflushed registered for the end\n")


def test_an_error_that_nobody_caught_is_shown_as_ever() -> None:
    ended = _run(SCRIPT.format(end="raise ValueError('so')"))
    assert ended.returncode == 1
    assert ended.stderr.endswith("ValueError: so\n")


def test_a_closed_output_changes_no_code() -> None:
    script = "import sys\nfrom assets.cli.process_end import run_to_the_end\n"
    ended = _run(script + "sys.stdout.close()\nrun_to_the_end(lambda: sys.exit(2))")
    assert (ended.returncode, ended.stderr) == (2, "")


def _run(script: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)
