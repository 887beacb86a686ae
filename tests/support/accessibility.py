"""What axe-core finds wrong with a page for people who cannot see, point or tell colours apart.

Lives here: the one use of axe (axe-playwright-python carries its script, so that nothing is fetched). Not here: the
pages.
"""

from collections.abc import Sequence

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def barriers(page: Page, outside: Sequence[str] = ()) -> list[str]:
    """Each rule that the page breaks, with the elements that break it; none of those within `outside`, as selectors."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(
        page,
        {"exclude": [[selector] for selector in outside]} if outside else None,
        {"runOnly": RULES, "resultTypes": ["violations"]},
    )
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]
