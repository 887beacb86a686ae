"""Fixtures of the peer's own tests: the official SDK as its reader."""

import pytest
import stripe


@pytest.fixture(autouse=True)
def no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK else writes a file into the home folder and sends how long requests took."""
    monkeypatch.setattr(stripe, "enable_telemetry", False)
