"""Stripe accounts over HTTP, from the command line to the published tables: what the tests of this folder share."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from assets.cli.main import main
from tests.stripe_peer import changes, objects
from tests.stripe_peer.account import FakeAccount

DAY = 86_400
START = int(time.time()) - 40 * DAY
"""When accounts of these tests begin: the commands go by the clock of the machine."""

MASTER = "a2V5IG9mIHRoZSBrZXlzLCBmb3IgdGVzdHMgYWxvbmU="
"""A master key, as the environment holds it."""


def account(charges: int = 250, customers: int = 30, refunds: int = 20) -> FakeAccount:
    """An account of customers who each paid now and then: charge number n is 10.00 and n cents."""
    people = [
        objects.customer(
            f"cus_{number:03}", email=f"person{number}@example.com", name=f"Person {number}", created=START
        )
        for number in range(customers)
    ]
    paid = [
        objects.charge(
            f"ch_{number:04}",
            amount=1000 + number,
            customer=f"cus_{number % customers:03}",
            created=START + 60 * number,
        )
        for number in range(charges)
    ]
    made = FakeAccount([*people, *paid])
    for number in range(refunds):
        changes.give_back(made, f"ch_{number:04}", f"re_{number:03}", amount=100, created=START + DAY + number)
    return made


def declare(folder: Path, url: str, patch: pytest.MonkeyPatch, **options: Any) -> None:
    """A home of its own with one source, `billing`, whose account is at `url`."""
    declared = {"kind": "stripe", "api_base": url, "requests_per_second": "unlimited", "workers": 4} | options
    sources = folder / "sources.yaml"
    sources.write_text(json.dumps({"base_currency": "USD", "sources": {"billing": declared}}), "utf-8")
    patch.setenv("CUSTOMERS_HOME", str(folder / "home"))
    patch.setenv("CUSTOMERS_SOURCES", str(sources))
    patch.setenv("CUSTOMERS_MASTER_KEYS", f"k1:{MASTER}")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "CUSTOMERS_MASTER_KEY_FILE"):
        patch.delenv(name, raising=False)


def call(*words: str, given: str | None = None) -> Result:
    """Run `customers` with these words."""
    return CliRunner().invoke(main, list(words), input=given)


def told(result: Result, exit_codes: Sequence[int] = (0,)) -> dict[str, Any]:
    """What a command that went well said with --json."""
    assert result.exit_code in exit_codes, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found
