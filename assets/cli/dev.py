"""`make dev`: the Dagster UI and daemon on 127.0.0.1:3000 over the same data."""

import os
import signal
import socket
import sys

from assets.instance.environment import PROJECT, environment, home_of, prepare_home, sources_of
from assets.instance.permissions import guard

PORT = 3000


def main() -> None:
    """Become `dagster dev`, with DAGSTER_HOME under CUSTOMERS_HOME.

    A shell that starts us in the background makes us ignore the interrupt that stops `dagster dev`; it is
    put back first.
    """
    port = _port(sys.argv[1:])
    if _is_taken(port):
        told = f"Port {port} of 127.0.0.1 is taken: `make dev` runs already, or another program listens there."
        sys.exit(f"{told} End it, or take another port: make dev PORT={port + 1}")
    home = home_of(environment())
    guard(home, sources_of(environment()))
    prepare_home(home)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # `working_directory: .` of workspace.yaml is resolved against the folder of the process, not that of the file.
    os.chdir(PROJECT)
    variables = environment() | {
        "CUSTOMERS_HOME": str(home.root),
        "DAGSTER_HOME": str(home.dagster),
    }
    arguments = [
        "dagster",
        "dev",
        "--host",
        # Dagster has no login: whoever reaches the port may start any job.
        "127.0.0.1",
        "--port",
        str(port),
        "-w",
        "workspace.yaml",
    ]
    # In place of this process: a signal to the command reaches Dagster, and nobody is left to pass on an exit code.
    os.execve(sys.executable, [sys.executable, "-m", *arguments], variables)


def _port(words: list[str]) -> int:
    """The port that the words of this process name: `--port 3001`; by default 3000. Ends it for any other words."""
    if not words:
        return PORT
    if len(words) == 2 and words[0] == "--port" and words[1].isdecimal() and 0 < int(words[1]) < 65_536:
        return int(words[1])
    return sys.exit(f"{' '.join(words)!r} is no port; write --port 3001, or make dev PORT=3001")


def _is_taken(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just given up is free
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


if __name__ == "__main__":
    main()
