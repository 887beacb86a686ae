"""Takes the screenshots of the site, in a browser over the bundled samples: `make pictures`, then `make site`.

Lives here: which pages are taken. Not here: where they stand (`<!-- picture NAME: … -->` in a page). Pictures are never
committed: they are made, and no two machines make the same.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, PATIENCE, QUIETLY
from tests.support.serving import ROOT, serving

SIZE = ViewportSize(width=1280, height=860)


def main() -> None:
    """Import the samples into a home of its own, serve the UI and the analyst's page over it, and take pictures."""
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE * 1000)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "home"
        variables = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "CUSTOMERS_HOME": str(home)}
        samples = [sys.executable, "-m", "assets.cli", "samples"]
        subprocess.run(samples, cwd=ROOT, env=variables, check=True, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        page = browser.new_page(viewport=SIZE)
        with serving("assets.explore", ["--headless"], home, home / "explore.log") as address:
            _explore(page, address, target)
        with serving("assets.cli.dev", ["--port", "3917"], home, home / "dev.log") as address:
            _ui(page, address, target)
        browser.close()


def _explore(page: Page, address: str, target: Path) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name="Quality of imports")).to_be_visible()
    _take(page, target / "explore.png")
    page.get_by_role("checkbox").first.click()
    page.get_by_role("heading", name="A customer").scroll_into_view_if_needed()
    expect(page.get_by_role("heading", name="Payments", exact=True)).to_be_visible()
    _take(page, target / "explore-customer.png")


def _ui(page: Page, address: str, target: Path) -> None:
    page.goto(f"{address}/locations/customers/asset-groups/customers")
    expect(page.get_by_text("customers_snapshot", exact=True).first).to_be_visible()
    _take(page, target / "ui-graph.png")
    page.goto(f"{address}/runs")
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()
    _take(page, target / "ui-runs.png")


def _take(page: Page, picture: Path) -> None:
    page.wait_for_timeout(3000)  # what fades in or loads late has come
    page.screenshot(path=picture)


if __name__ == "__main__":
    main()
