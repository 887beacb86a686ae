"""What processes cost: run as they are, taking turns.

Lives here: a process and its CPU, wall time and peak; builds of Customer Intake beside each other. Not here: the
questions (`imports.py`, `small_imports.py` and the others), what is written down of them (`report.py`).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
NOW, BEFORE = "Customer Intake", "Customer Intake, before"
BEFORE_PYTHON = ROOT / ".venv-before" / "bin" / "python"
PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"


class Cost(NamedTuple):
    """What one run took. `cpu`: seconds, user and system; `wall`: seconds; `peak`: megabytes; `work`: seconds without
    starting the process, as the process itself told them. None where it was not measured.
    """

    cpu: float
    wall: float | None = None
    peak: float | None = None
    work: float | None = None


class Finished(NamedTuple):
    """A process that ended: what it cost, and what it said."""

    cost: Cost
    exit_code: int
    stdout: str
    stderr: str


class CrashError(Exception):
    """A contender did not get through; the text says which, and its last words."""


def finished(words: Sequence[str], home: Path, cwd: Path = ROOT) -> Finished:
    """Run a command to its end with `home` as CUSTOMERS_HOME."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        began = time.perf_counter()
        process = subprocess.Popen(
            words, cwd=cwd, env=_environment(home), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        cost = Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * RSS_UNIT / 1e6)
        return Finished(cost, process.returncode, _text(stdout), _text(stderr))


def _environment(home: Path) -> dict[str, str]:
    # With this one set, every process would compile its libraries anew, which no user's does. A path of modules would
    # put this checkout before the build that is installed apart.
    left = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if name not in left} | {"CUSTOMERS_HOME": str(home)}


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode(errors="replace")


def customers(build: str, words: Sequence[str], home: Path, expected: Sequence[int] = (0, 1)) -> Finished:
    """Run a command of a build of Customer Intake; Raises CrashError for an exit code that is not expected."""
    python = str(BEFORE_PYTHON) if build == BEFORE else sys.executable
    # Away from the checkout, or the build before would import it in place of itself.
    ended = finished([python, "-m", "assets.cli", *words], home, ROOT if build == NOW else home.parent)
    if ended.exit_code not in expected:
        raise crash(build, ended)
    return ended


def crash(contender: str, ended: Finished) -> CrashError:
    """What a contender said last."""
    last_words = f"{ended.stdout[-1000:]}\n{ended.stderr[-3000:]}".strip()
    return CrashError(f"{contender} crashed with exit code {ended.exit_code}:\n{last_words}")


def builds() -> tuple[str, ...]:
    """This build, and the one before where `make .venv-before/ready` has installed it."""
    return (NOW, BEFORE) if BEFORE_PYTHON.exists() else (NOW,)


def in_turns(contenders: Mapping[str, Callable[[], Cost]], runs: int) -> dict[str, list[Cost]]:
    """The costs of each contender. They take turns, forth and back, so that a busy minute hits all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for turn in range(runs):
        for name in list(contenders) if turn % 2 == 0 else reversed(list(contenders)):
            cost = contenders[name]()
            print(f"run {turn + 1} of {runs}, {name}: {cost.cpu:.2f} s CPU, {cost.wall:.2f} s", file=sys.stderr)
            costs[name].append(cost)
    return costs


def fresh(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
