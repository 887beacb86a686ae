"""`make explore`: the analyst's page on 127.0.0.1, behind a token that is new each time.

Lives here: starting marimo so that it stays on this machine. Not here: the page (`page.py`).
"""

import importlib.util
import os
import sys
from pathlib import Path

from assets.instance.environment import PROJECT, environment, home_of, sources_of
from assets.instance.permissions import guard_process

PAGE = Path(__file__).with_name("page.py")

ALONE = {"MARIMO_SKIP_UPDATE_CHECK": "1", "DO_NOT_TRACK": "1"}
"""Nothing is asked of any network: the files of the page are marimo's own, and it does not look for a newer version."""


def main() -> None:
    """Become `marimo run`. Its address, printed with the token, is all that somebody needs to read every customer."""
    if importlib.util.find_spec("marimo") is None:
        sys.exit("marimo is not installed: run `make explore`, which installs it")
    home = home_of(environment())
    if not home.published.exists():
        sys.exit(f"{home.published} does not exist yet: import a file first, or run `make run`")
    guard_process(sources_of(environment()))
    os.chdir(PROJECT)
    variables = environment() | ALONE | {"CUSTOMERS_HOME": str(home.root)}
    arguments = ["marimo", "--log-level", "warn", "run", str(PAGE), "--host", "127.0.0.1", "--token", "--no-sandbox"]
    os.execve(sys.executable, [sys.executable, "-m", *arguments, *sys.argv[1:]], variables)


if __name__ == "__main__":
    main()
