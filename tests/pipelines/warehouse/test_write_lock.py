"""Turns: who waits knows for whom, for how long at most, and can end the wait."""

import os
import signal
import threading

import pytest

from pipelines.errors import WarehouseBusy
from pipelines.home import Home
from pipelines.warehouse import write_lock
from pipelines.warehouse.database import working
from pipelines.warehouse.write_lock import Turn, taking_turns, writer_lock


def test_a_wait_says_whom_it_waits_for_and_since_when_and_has_a_limit(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(write_lock, "PATIENT_SECONDS", 0.0)  # told at the first look, however late that is
    with (
        taking_turns(Turn("customers import")),
        working(home.working),
        taking_turns(Turn("another", 0.5, told.append)),
        pytest.raises(
            WarehouseBusy, match=rf"held by customers import \(process {os.getpid()}\), which has been writing"
        ),
        working(home.working),
    ):
        pass
    (text,) = told
    assert f"waiting for customers import (process {os.getpid()}), which has been writing since 20" in text
    assert "0.5 seconds" in text


def test_a_short_wait_is_told_to_nobody(home: Home) -> None:
    told: list[str] = []
    with (
        working(home.working),
        taking_turns(Turn("", 0.2, told.append)),
        pytest.raises(WarehouseBusy),
        working(home.working),
    ):
        pass
    assert told == []


@pytest.mark.parametrize("text", ["", "4711", "{", '{"pid": 1}'])
def test_whatever_stands_in_the_lock_its_holder_is_told_as_far_as_it_is_known(home: Home, text: str) -> None:
    path = home.root / "some.lock"
    with writer_lock(path):
        path.write_text(text)
        with pytest.raises(WarehouseBusy, match="held by another process"), writer_lock(path, 0.0):
            pass


def test_an_interrupt_ends_a_wait_at_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes a moment after the wait was told of, so that it meets nothing but the wait."""
    monkeypatch.setattr(write_lock, "PATIENT_SECONDS", 0.0)

    def interrupt_soon(_: object) -> None:
        threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    with (
        working(home.working),
        taking_turns(Turn("", 600.0, interrupt_soon)),
        pytest.raises(KeyboardInterrupt),
        working(home.working),
    ):
        pass
