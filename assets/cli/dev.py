"""`make dev`: the Dagster UI and daemon on 127.0.0.1:3000 over the same data."""

import os
import signal
import sys

from assets.instance.environment import PROJECT, environment, home_of, prepare_home, sources_of
from assets.instance.permissions import guard


def main() -> None:
    """Become `dagster dev`, with DAGSTER_HOME under CUSTOMERS_HOME.

    A shell that starts us in the background makes us ignore the interrupt that stops `dagster dev`; it is
    put back first.
    """
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
        "3000",
        "-w",
        "workspace.yaml",
        *sys.argv[1:],
    ]
    # In place of this process: a signal to the command reaches Dagster, and nobody is left to pass on an exit code.
    os.execve(sys.executable, [sys.executable, "-m", *arguments], variables)


if __name__ == "__main__":
    main()
