"""A real daemon of Dagster's over a home: its sensors tick, its runs are processes of their own.

Lives here: starting one, and killing it with all that it started. Not here: what it has to do.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from assets.instance.environment import PROJECT
from pipelines.home import Home
from tests.crash.killed_commands import environment


@contextmanager
def daemon(home: Home, **variables: str) -> Iterator[None]:
    """A daemon with its code server and workers, all killed at the end of the block."""
    variables = environment(home) | {"DAGSTER_HOME": str(home.dagster)} | variables
    command = [sys.executable, "-m", "dagster._daemon", "run", "-w", str(PROJECT / "workspace.yaml")]
    process = subprocess.Popen(
        command,
        env=variables,
        cwd=PROJECT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        for each in below(process.pid):
            with suppress(ProcessLookupError):  # it ended when the one that had started it did
                os.kill(each, signal.SIGKILL)
        process.wait()


def below(process: int) -> list[int]:
    """A process and all that it started, itself first, so that it starts no more."""
    found, parents = [process], {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(place.parent.name)] = int(place.read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    for parent in found:
        found += [child for child, its in parents.items() if its == parent]
    return found


def until(met: Callable[[], object], seconds: float) -> None:
    """Wait for something to come true; fail where it does not within so many seconds."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)
