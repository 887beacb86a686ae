"""A UI to look at: `make dev` over a temporary home with the bundled samples, and a browser on it.

Lives here: starting and stopping the two, opening pages and keeping pictures of them (in SHOTS, where that is set).
Not here: what a page must show (`test_ui.py`).
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from pipelines.home import Home
from pipelines.intake.inbox import Arrival, key_of
from tests.support.serving import running

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
QUIETLY = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START, PATIENCE = 180, 60  # seconds
SIZE = ViewportSize(width=1400, height=900)


@dataclass(frozen=True)
class Server:
    """A running UI, and the home that it shows."""

    address: str
    home: Home

    def drop(self, source: str, name: str, text: str) -> str:
        """Put a whole file into the inbox at once; returns the key of its import."""
        written = self.home.root / name
        written.write_text(text, "utf-8")
        target = self.home.inbox / source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        key = key_of(Arrival(written, source))
        written.replace(target)
        return key


@dataclass(frozen=True)
class View:
    """A browser's page on the UI."""

    page: Page
    server: Server

    def open(self, path: str) -> None:
        """Go to a page of the UI."""
        self.page.goto(self.server.address + path)

    def text(self, text: str | re.Pattern[str], exact: bool = False) -> Locator:
        """The first place in the main part of the page where a text stands."""
        return self.page.get_by_text(text, exact=exact).first

    def shows(self, text: str | re.Pattern[str], exact: bool = False) -> None:
        """Fail unless a text comes into view."""
        expect(self.text(text, exact)).to_be_visible()

    def keep(self, name: str) -> None:
        """Keep a picture of the page where SHOTS says; nothing happens without it."""
        folder = os.environ.get("SHOTS")
        if folder:
            self.page.wait_for_timeout(3000)  # what fades in or loads late has come
            self.page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Debian's browser; without it the suite skips."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not here: apt-get install chromium")
    return CHROMIUM


@pytest.fixture(scope="session")
def server(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The UI over the bundled samples, on a free port, with nothing in its environment but CUSTOMERS_HOME."""
    home = Home(tmp_path_factory.mktemp("ui") / "home")
    variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "CUSTOMERS_HOME": str(home.root)}
    _fill(variables)
    port = _free_port()
    log = home.root / "server.log"
    with running("assets.cli.dev", ["--port", str(port)], variables, log) as process:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process, log)
        yield Server(address, home)


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """One browser for all tests."""
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIETLY)
        yield browser
        browser.close()


@pytest.fixture
def view(browser: Browser, server: Server) -> Iterator[View]:
    """A fresh page: no cookies, nothing remembered."""
    with browser.new_context(viewport=SIZE) as context:
        context.set_default_timeout(PATIENCE * 1000)
        yield View(context.new_page(), server)


def _fill(variables: dict[str, str]) -> None:
    command = [sys.executable, "-m", "assets.cli", "samples"]
    filled = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    if filled.returncode:
        pytest.fail("the samples were not imported:\n" + filled.stderr[-3000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(f"{address}/server_info"):
            return
        time.sleep(1)
    pytest.fail("the UI did not start:\n" + log.read_text("utf-8")[-3000:])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
