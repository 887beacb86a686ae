"""A signal at any time: what the process was doing then decides how it ends, and a good file stays a good file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from assets.cli.exit_codes import STOPPED, Main, answers
from assets.instance.environment import PROJECT
from assets.instance.stop_signals import SIGNALS, answer_stands, stoppable
from pipelines.home import Home
from pipelines.interrupts import Interrupted, interrupted, interruptible
from pipelines.models.staged_file import STAGED_FILE
from pipelines.warehouse.database import is_of_machine
from tests.support.flow import drop, file_one

BY = pytest.mark.parametrize("by", SIGNALS)


def handlers() -> list[object]:
    return [signal.getsignal(number) for number in SIGNALS]


def ends_with(action: Callable[[], None], home: Home, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """The exit code of a command that does this, and what it tells of its end."""
    monkeypatch.setenv("CUSTOMERS_HOME", str(home.root))
    before = handlers()
    told = CliRunner().invoke(Main("customers", callback=answers(action), invoke_without_command=True), [])
    assert handlers() == before
    return told.exit_code, told.stderr


@BY
def test_a_command_that_is_interrupted_ends_with_2_and_one_sentence(
    by: signal.Signals, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ends_with(lambda: signal.raise_signal(by), home, monkeypatch) == (2, f"{STOPPED}\n")


@BY
def test_an_error_in_place_of_the_interrupt_is_told_as_the_interrupt(
    by: signal.Signals, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of DuckDB, which raises `RuntimeError: Query interrupted`."""

    def query() -> None:
        try:
            signal.raise_signal(by)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None

    assert ends_with(query, home, monkeypatch) == (2, f"{STOPPED}\n")


@BY
def test_a_signal_while_an_object_ends_interrupts_a_moment_later(
    by: signal.Signals, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python drops what is raised then, prints it, and goes on."""

    class Ending:
        def __del__(self) -> None:
            signal.raise_signal(by)

    def work() -> None:
        Ending()
        time.sleep(20)

    assert ends_with(work, home, monkeypatch) == (2, f"{STOPPED}\n")


@BY
def test_a_second_signal_changes_nothing(by: signal.Signals, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def clumsy() -> None:
        try:
            signal.raise_signal(by)
        finally:
            signal.raise_signal(by)

    assert ends_with(clumsy, home, monkeypatch) == (2, f"{STOPPED}\n")


@BY
def test_once_the_answer_stands_a_signal_means_nothing(by: signal.Signals) -> None:
    with stoppable():
        answer_stands()
        signal.raise_signal(by)


@BY
def test_a_signal_is_noticed_whoever_handles_it(by: signal.Signals) -> None:
    """Dagster puts handlers of its own in place while a run is worked on."""
    with stoppable():
        assert not interrupted()
        signal.signal(by, lambda *_: None)
        signal.raise_signal(by)
        assert interrupted()
        signal.signal(by, signal.SIG_IGN)
    assert not interrupted()


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_interrupt_is_no_fault_of_a_file(home: Home) -> None:
    """A file that was read badly for it is not kept as refused or failed; at the next attempt it is a good one."""
    path = drop(home, "email,name\n\xff\x00,,,\n", "crm")
    with interruptible(lambda: True), pytest.raises(Interrupted):
        file_one(home, path, "crm")
    assert not list(home.staging.rglob(STAGED_FILE))
    assert [is_of_machine(error) for error in (RuntimeError("Query interrupted"), OSError())] == [False, True]
    with interruptible(lambda: True):
        assert is_of_machine(RuntimeError("Query interrupted"))


def test_a_process_ends_with_its_own_code_after_an_interrupt_within_exec(tmp_path: Path) -> None:
    """A plain KeyboardInterrupt there ends a process by SIGINT after all, though it is caught (CPython 3.11)."""
    (tmp_path / "within.py").write_text(
        "import signal, sys\nfrom assets.instance.stop_signals import listen\nlisten()\n"
        "try: exec('signal.raise_signal(signal.SIGTERM)')\nexcept KeyboardInterrupt: sys.exit(2)\n",
        "utf-8",
    )
    variables = os.environ | {"PYTHONPATH": f"{PROJECT}:{tmp_path}"}
    assert subprocess.run([sys.executable, "-m", "within"], env=variables, check=False).returncode == 2


@BY
def test_before_a_command_begins_a_signal_ends_the_process_without_a_word(by: signal.Signals) -> None:
    """In the second that importing takes."""
    script = (
        "import signal, sys\n"
        "class Early:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == 'assets.cli.main': signal.raise_signal({int(by)})\n"
        "sys.meta_path.insert(0, Early())\n"
        "from assets.cli.__main__ import main\nmain()\n"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout + ended.stderr) == (-by, "")
