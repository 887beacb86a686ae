"""The analyst's page in a real browser: selecting, charts, export, another snapshot; no other machine is asked."""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from pipelines.home import Home
from tests.browser.conftest import SIZE
from tests.support.accessibility import barriers
from tests.support.flow import import_text
from tests.support.serving import serving

pytestmark = pytest.mark.browser

PAID = (
    "email,name,amount,date\n"
    "ana@example.com,Ana Lima,1200.10,2026-01-05\nana@example.com,Ana Lima,0.20,2026-04-05\n"
    "bo@example.com,Bo Berg,7,2026-04-03\n"
)
MARIMOS_OWN = (
    "All page content should be contained by landmarks",
    "marimo-plugin-refres",  # its button and its list of intervals have no names
    'aria-haspopup="menu"',
    "Table header text should not be empty",  # of the column of boxes
    "No selection",  # small and pale
)
"""What marimo 0.25.2 does of itself, that a page cannot change."""

LISTED = "email,name,groups\nbo@example.com,Bo Berg,VIP\nno address,Cy,\n"


@dataclass(frozen=True)
class Explored:
    """The running page: where it is, and over which home."""

    address: str
    home: Home


@pytest.fixture(scope="module")
def explored(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explored]:
    """The page over a small home, started as `make explore` does."""
    pytest.importorskip("marimo")
    home = Home(tmp_path_factory.mktemp("explore") / "home")
    home.root.mkdir()
    import_text(home, PAID, "till", "till.csv", profile="payments")
    import_text(home, LISTED, "crm", "crm.csv")
    with serving("assets.explore", ["--headless"], home.root, home.root / "explore.log") as address:
        yield Explored(address, home)


@pytest.fixture
def page(explored: Explored, browser: Browser) -> Iterator[Page]:
    """The opened page, all of it there; whatever it asked of another machine fails the test."""
    asked: set[str] = set()
    with browser.new_context(viewport=SIZE, accept_downloads=True) as context:
        opened = context.new_page()
        opened.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))
        opened.goto(explored.address)
        expect(opened.get_by_role("heading", name="Quality of imports")).to_be_visible()
        yield opened
        keep(opened, "explore")
    assert asked <= {"localhost", "127.0.0.1", ""}, "it works without any network"


def keep(page: Page, name: str) -> None:
    """Keep a picture of the page where SHOTS says; nothing happens without it."""
    if folder := os.environ.get("SHOTS"):
        page.wait_for_timeout(1000)
        page.screenshot(path=Path(folder) / f"{name}.png")


def choose(page: Page, by: str, value: str) -> None:
    page.get_by_label(by, exact=True).select_option(value)


def test_without_the_token_nobody_is_shown_anything(explored: Explored) -> None:
    address = urlsplit(explored.address)
    with urlopen(f"http://{address.netloc}/") as answer:
        assert "/auth/login" in answer.url


def test_filters_charts_and_one_customer(page: Page) -> None:
    expect(page.get_by_role("img", name="Paid by month and source")).to_be_visible()
    expect(page.get_by_role("img", name="Customers by month of their first payment")).to_be_visible()
    expect(page.get_by_role("img", name="Rows of each import")).to_be_visible()
    expect(page.get_by_text("1,207.30 USD")).to_be_visible()
    choose(page, "group", "VIP")
    expect(page.get_by_text("7.00 USD", exact=True)).to_be_visible()
    expect(page.get_by_text("ana@example.com")).to_have_count(0)
    page.get_by_role("checkbox").first.click()
    expect(page.get_by_role("heading", name="A customer")).to_be_visible()
    expect(page.get_by_role("heading", name="Payments", exact=True)).to_be_visible()
    page.get_by_role("heading", name="A customer").scroll_into_view_if_needed()
    keep(page, "explore-customer")


def test_the_page_keeps_nobody_out(page: Page) -> None:
    page.get_by_role("checkbox").first.click()
    expect(page.get_by_role("heading", name="A customer")).to_be_visible()
    assert [told for told in barriers(page) if not any(map(told.__contains__, MARIMOS_OWN))] == []


def test_the_selection_is_exported_as_it_stands(page: Page, tmp_path: Path) -> None:
    choose(page, "priority", "low")
    expect(page.get_by_text("ana@example.com")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_text("Export these customers as CSV").click()
    download.value.save_as(tmp_path / "customers.csv")
    with (tmp_path / "customers.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["email"], row["total_spent"]) for row in csv.DictReader(file)] == [("bo@example.com", "7.00")]


def test_a_new_snapshot_is_seen_without_a_restart_and_the_selection_stays(page: Page, explored: Explored) -> None:
    choose(page, "source", "till")
    expect(page.get_by_text("1,207.30 USD")).to_be_visible()
    more = "email,name,amount,date\ndi@example.com,Di,100,2026-05-05\n"
    import_text(explored.home, more, "till", "more.csv", profile="payments")
    expect(page.get_by_text("1,307.30 USD")).to_be_visible(timeout=15_000)
    assert page.get_by_label("source", exact=True).input_value()
    assert not list(explored.home.root.glob("customers.duckdb.wal"))
