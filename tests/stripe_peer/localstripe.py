"""localstripe, a Stripe server that others made, as a process of its own on 127.0.0.1.

It is free software under the GPL: it runs as a program and is spoken to over HTTP, and nothing of ours imports it. Its
store stays in memory; where a file is given it is kept there when the process ends, so that the next one goes on with
it, at another date if need be. What it does differently from Stripe is in stripe.md 1.1: it knows no `created` ranges
but `gt` on charges, lists customers and charges oldest first, takes `sk_` keys only, and leaves fields out (`disputed`,
`billing_details`, `amount_captured`).
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import stripe

from tests.stripe_peer.sdk import client_of

KEY = "sk_test_peer1LocalStripe"
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
PATIENCE = 180.0
PROGRAM = """
import pickle, pathlib, socket, sys
from aiohttp import web
from localstripe import resources, server
kept = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
resources.Store.dump_to_disk = lambda store: None
if kept and kept.exists():
    resources.store.update(pickle.loads(kept.read_bytes()))
async def keep(app):
    kept and kept.write_bytes(pickle.dumps(dict(resources.store)))
server.app.on_cleanup.append(keep)
web.run_app(server.app, sock=socket.socket(fileno=int(sys.argv[1])), access_log=None, print=None)
"""
"""What the process runs: its own server on the loopback alone, its store kept once at the end, not at every write."""


@contextlib.contextmanager
def running(store: Path | None = None, shift: str | None = None) -> Iterator[str]:
    """The address of a server; `store`: the file to go on with and to leave behind; `shift`: its date, such as `-200d`.

    A shift needs Debian's libfaketime (`FAKETIME`). Raises TimeoutError where the server does not come up.
    """
    # Its door is opened here and handed over: a port that was free a moment ago may be another process's by now.
    with socket.create_server(("127.0.0.1", 0)) as door:
        url, number = f"http://127.0.0.1:{door.getsockname()[1]}", door.fileno()
        command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(number), *([str(store)] if store else [])]
        process = subprocess.Popen(command, env=_environment(shift), stderr=subprocess.DEVNULL, pass_fds=[number])
    try:
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


def seed(url: str, customers: int, charges: int) -> dict[str, list[Any]]:
    """So many customers, and charges spread over them, made through the API; returns what it answered."""
    made: dict[str, list[Any]] = {"customers": [], "charges": []}
    with client_of(url, KEY) as client:
        for number in range(customers):
            terms = {"email": f"person{number}@example.com", "name": f"Person {number}"}
            made["customers"].append(client.v1.customers.create(terms))
        for number in range(charges):
            made["charges"].append(pay(client, made["customers"][number % customers].id, 1000 + number))
    return made


def pay(client: stripe.StripeClient, customer: str, amount: int, currency: str = "usd") -> Any:
    """A charge of a customer by a card made for it."""
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    source = client.v1.customers.payment_sources.create(customer, {"source": _token(client, card)})
    terms = {"amount": amount, "currency": currency, "customer": customer, "source": source.id}
    return client.v1.charges.create(terms)


def _token(client: stripe.StripeClient, card: Mapping[str, Any]) -> str:
    return client.v1.tokens.create({"card": dict(card)}).id


def _environment(shift: str | None) -> dict[str, str]:
    if shift is None:
        return dict(os.environ)
    return os.environ | {"LD_PRELOAD": str(FAKETIME), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def _wait_for(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(OSError):  # nobody there yet, or too busy to answer
            request = urllib.request.Request(f"{url}/v1/customers", headers={"Authorization": f"Bearer {KEY}"})
            with urllib.request.urlopen(request, timeout=2):
                return
        time.sleep(0.05)
    raise TimeoutError(f"localstripe did not answer at {url} within {PATIENCE} seconds")
