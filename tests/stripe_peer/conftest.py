"""Fixtures of the peer's own tests: the official SDK as its reader."""

import pytest
import stripe


@pytest.fixture(autouse=True)
def quiet_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK else writes a file into the home folder, sends how long requests took, and rests between its retries."""
    monkeypatch.setattr(stripe, "enable_telemetry", False)
    for delay in ("INITIAL_DELAY", "MAX_DELAY"):
        monkeypatch.setattr(stripe.HTTPClient, delay, 0.01)
