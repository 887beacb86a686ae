"""Pages that we write, tried by axe in light and dark, wide and narrow: nothing keeps anybody out."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ViewportSize

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.lineage.html_report import write_html
from pipelines.lineage.report import report_of
from pipelines.reports.paths import index_path, report_path
from pipelines.reports.write_reports import write_reports
from tests.support.accessibility import barriers
from tests.support.flow import import_text, undo

pytestmark = pytest.mark.browser

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
PAYMENTS = (
    "E-mail;Nom;Montant;Date\nana@example.com;Ana;1 234,50;05/01/2026\nbob@example.com;Bob;10,00;17/02/2026\n"
    "cid(at)example.com;Cid;abc;18/02/2026\n;Dan;5,00;18/02/2026\n"
)
LISTED = "email,name,total_spent\n" + "".join(f"c{number}@example.com,N{number},1.50\n" for number in range(20))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report of each kind, the page that lists them, and the page on a customer."""
    home = Home(tmp_path_factory.mktemp("reports") / "home")
    home.root.mkdir()
    french = Sources(sources={"shop": FileSource(profile="payments", locale="fr")})
    made = {
        "rejects": import_text(home, PAYMENTS, sources=french),
        "undone": import_text(home, "email,name\nzoe@example.com,Zoe\n", name="zoe.csv"),
        "done": import_text(home, LISTED, "crm", "january.csv"),
        "held": import_text(home, LISTED + "new@example.com,New,1\n", "crm", "again.csv"),
        "refused": import_text(home, "name\nAna\n", name="bad.csv"),
    }
    undo(home, made["undone"].import_id)
    write_reports(home, [outcome.import_id for outcome in made.values()], NOW)
    customer = home.reports / "customer.html"
    write_html(report_of(home, "ana@example.com"), "pl", NOW, customer)
    others = {"index": index_path(home), "customer": customer}
    return {name: report_path(home, outcome.import_id) for name, outcome in made.items()} | others


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_no_report_keeps_anybody_out(
    browser: Browser, pages: dict[str, Path], scheme: Literal["light", "dark"], width: int
) -> None:
    with browser.new_context(viewport=ViewportSize(width=width, height=900), color_scheme=scheme) as context:
        page = context.new_page()
        found = {}
        for name, path in pages.items():
            page.goto(path.as_uri())
            found[name] = barriers(page)
            if folder := os.environ.get("SHOTS"):
                page.screenshot(path=Path(folder) / f"report-{name}-{scheme}-{width}.png", full_page=True)
        assert found == {name: [] for name in pages}
