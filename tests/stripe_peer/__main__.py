"""A big account served from a process of its own: `python -m tests.stripe_peer --charges 200000 --customers 40000`.

Prints its address on a line, then serves until it is ended. Beside the API it answers `/_peer/expected` (what a reader
must find), `/_peer/requests` (how many of each endpoint and status) and `/_peer/grow?charges=100`.
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.stripe_peer import answers
from tests.stripe_peer.answers import Answer
from tests.stripe_peer.bulk import Bulk
from tests.stripe_peer.server import Server, listening

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def served(**options: object) -> Iterator[str]:
    """The address of a big account in a process of its own; options as on the command line, `per_endpoint=25`."""
    told = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, "-m", "tests.stripe_peer", *told]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main(words: list[str] | None = None) -> None:
    """Build the account and serve it."""
    parser = argparse.ArgumentParser(prog="python -m tests.stripe_peer", description=__doc__)
    for name, default in {"charges": 200_000, "customers": 40_000, "refunds": 10_000, "seed": 1, "port": 0}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    for name in ("latency", "per-second", "per-endpoint"):
        parser.add_argument(f"--{name}", type=float)
    parser.add_argument("--packed", type=int, default=0, help="1: gzip for who takes it, as Stripe does")
    told = parser.parse_args(words)
    account = Bulk(told.seed, told.charges, told.customers, told.refunds)
    limits = {"per_second": told.per_second, "per_endpoint": told.per_endpoint}
    server = Server([account], latency=told.latency or 0.0, packed=bool(told.packed), remember=False, **limits)
    server.extra = lambda path, parameters: _told(account, server, path, parameters)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(server, told.port))


def _told(account: Bulk, server: Server, path: str, parameters: Mapping[str, str]) -> Answer:
    if path == "/_peer/grow":
        account.grow(int(parameters["charges"]))
    if path == "/_peer/requests":
        return Answer(200, answers.rendered([[*key, count] for key, count in sorted(server.statuses.items())]))
    return Answer(200, answers.rendered(account.expected()))


async def _serve(server: Server, port: int) -> None:
    opened = await listening(server, port)
    print(server.url, flush=True)
    await opened.serve_forever()


if __name__ == "__main__":
    main()
