"""A program of ours that serves pages, as a process of its own: started, waited for, ended as a person ends it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START, STOP = 180, 60  # seconds


@contextmanager
def serving(module: str, arguments: Sequence[str], home: Path, log: Path) -> Iterator[str]:
    """Run a module over a home, with nothing else in its environment; yields the first address in its output."""
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "CUSTOMERS_HOME": str(home)}
    command = [sys.executable, "-m", module, *arguments]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=output, stderr=output, start_new_session=True
        ) as process,
    ):
        try:
            yield _address(process, log)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"http://[\w.]+:\d+\S*", log.read_text("utf-8")):
            return found[0]
        time.sleep(0.2)
    raise RuntimeError(f"no page was served:\n{log.read_text('utf-8')[-3000:]}")
