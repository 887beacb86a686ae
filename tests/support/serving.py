"""A program of ours that serves pages, as a process of its own: started, waited for, ended as a person ends it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START, STOP = 180, 60  # seconds


@contextmanager
def serving(module: str, arguments: Sequence[str], home: Path, log: Path) -> Iterator[str]:
    """Run a module over a home, with nothing else in its environment; yields the first address in its output."""
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "CUSTOMERS_HOME": str(home)}
    with running(module, arguments, variables, log) as process:
        yield _address(process, log)


@contextmanager
def running(
    module: str, arguments: Sequence[str], variables: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A module's process; stopped as a person stops it, and by force, and a failure, only where that does not help."""
    command = [sys.executable, "-m", module, *arguments]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=output, stderr=output, start_new_session=True
        ) as process,
    ):
        try:
            yield process
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"http://[\w.]+:\d+\S*", log.read_text("utf-8")):
            return found[0]
        time.sleep(0.2)
    raise RuntimeError(f"no page was served:\n{log.read_text('utf-8')[-3000:]}")
