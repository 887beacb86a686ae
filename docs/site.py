"""Builds the docs as a site in `site/`: `make site`. Strict: a link that leads nowhere fails it.

Lives here: laying the pages down for mkdocs. The README is its first page, CONTRIBUTING one of them, decisions get a
list; links into the code become its path. Where a page has `<!-- picture NAME: what it shows -->` the screenshot of
that name comes, if `screenshots.py` made one: in the repository, which holds no made files, the line shows nothing.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
BUILD = ROOT / "build" / "docs"
PICTURE = re.compile(r"<!-- picture ([a-z-]+): (.*?) -->")
DIAGRAM = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)
CODE = re.compile(r"\[([^\]]*)\]\((?:\.\./)+[^)]*\.(?:py|csv|yaml|yml|sql)\)")


def lay_pages(pages: Path, shots: Path) -> None:
    """Write every page as the site has it into an empty folder, the pictures beside them."""
    shutil.copytree(DOCS / "pictures", pages / "pictures")
    for shot in sorted(shots.glob("*.png")):
        shutil.copy(shot, pages / "pictures" / shot.name)
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md"), *DOCS.glob("decisions/*.md")):
        target = pages / name_of(page)
        target.parent.mkdir(exist_ok=True)
        target.write_text(as_page(page, pages / "pictures"), "utf-8")
    decisions = [f"- [{heading_of(page)}]({page.name})\n" for page in sorted(DOCS.glob("decisions/*.md"))]
    (pages / "decisions" / "index.md").write_text("# Decisions\n\n" + "".join(decisions), "utf-8")


def name_of(page: Path) -> str:
    """Where a page stands in the site."""
    top = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}
    return top[page.name] if page.parent == ROOT else str(page.relative_to(DOCS))


def as_page(page: Path, pictures: Path) -> str:
    """A page's text with links and pictures as they are in the site."""
    text = page.read_text("utf-8")
    if page.parent == ROOT:
        text = text.replace("](docs/", "](")
    text = text.replace("](../CONTRIBUTING.md", "](contributing.md").replace("](decisions)", "](decisions/index.md)")
    text = CODE.sub(r"`\1`", text)
    text = DIAGRAM.sub("![From a file to customers.duckdb](pictures/flow.svg)\n", text)
    return PICTURE.sub(lambda found: _picture(found[1], found[2], pictures), text)


def _picture(name: str, shows: str, pictures: Path) -> str:
    return f"![{shows}](pictures/{name}.png)" if (pictures / f"{name}.png").exists() else ""


def heading_of(page: Path) -> str:
    """The first heading of a page."""
    return page.read_text("utf-8").splitlines()[0].removeprefix("# ")


def main() -> None:
    """Lay the pages down, and become mkdocs."""
    shutil.rmtree(BUILD / "pages", ignore_errors=True)
    (BUILD / "pages").mkdir(parents=True)
    lay_pages(BUILD / "pages", BUILD / "shots")
    config = (DOCS / "site.yml").read_text("utf-8").replace("site_dir: ../site", f"site_dir: {ROOT / 'site'}")
    (BUILD / "mkdocs.yml").write_text(config, "utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", BUILD / "mkdocs.yml"]
    sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
