"""The pages for readers: every link leads somewhere, every command is one, what a server is given is well formed."""

import configparser
import re
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
import yaml

from assets.cli.main import Commands, main

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs" / "decisions").glob("*.md"),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
    ]
)
FENCED = re.compile(r"^```(.*)\n((?s:.*?))^```$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CALL = re.compile(r"(?<![\w/-])(?:\.venv/bin/)?customers ((?:stripe )?[a-z]+)((?: [^`\n|;]+)?)")


def names(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the site make them."""
    text = FENCED.sub("", page.read_text("utf-8"))
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    return {
        re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading)).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_link_of_a_page_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    wrong = []
    for link in LINK.findall(re.sub(r"`[^`]*`", "", FENCED.sub("", page.read_text("utf-8")))):
        place, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    assert wrong == []


def calls() -> Iterator[tuple[str, str, str]]:
    """Each call of the command on the pages: where, which command, what follows."""
    for page in PAGES:
        text = page.read_text("utf-8")
        lines = re.findall(r"`([^`\n]+)`", FENCED.sub("", text)) + re.findall(r"(?m)^    (.*)$", text)
        lines += [line for verb, block in FENCED.findall(text) if verb.startswith("sh") for line in block.splitlines()]
        for line in lines:
            for command, rest in CALL.findall(line.split(" # ")[0]):
                yield str(page.relative_to(ROOT)), command, rest


def command_of(words: list[str]) -> click.Command | None:
    """A command by its words."""
    assert isinstance(main, Commands)
    context = click.Context(main)
    found = main.get_command(context, words[0])
    return found.get_command(context, words[1]) if len(words) > 1 and isinstance(found, click.Group) else found


def test_every_command_and_option_that_a_page_names_is_there() -> None:
    wrong, seen = [], 0
    for page, command, rest in calls():
        found = command_of(command.split())
        if found is None:
            wrong.append(f"{page}: customers {command}")
            continue
        known = {option for each in found.params for option in each.opts} | {"--help"}
        wrong += [
            f"{page}: customers {command} {option}" for option in re.findall(r"--[a-z-]+", rest) if option not in known
        ]
        seen += 1
    assert wrong == []
    assert seen > 60


def blocks(page: str, verb: str) -> dict[str, str]:
    """The blocks of a page that begin with a word, by what is said beside it."""
    found = FENCED.findall((ROOT / "docs" / page).read_text("utf-8"))
    return {told.removeprefix(verb).strip(): block for told, block in found if told.split(" ")[0] == verb}


def test_the_units_of_a_server_start_what_is_there_and_write_where_they_may() -> None:
    units = blocks("deployment.md", "ini")
    assert set(units) == {"customer-intake-ui.service", "customer-intake-daemon.service"}
    for text in units.values():
        unit = configparser.ConfigParser(strict=True, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(text)
        service = unit["Service"]
        home = service["ReadWritePaths"]
        assert service["Environment"] == f"CUSTOMERS_HOME={home} DAGSTER_HOME={home}/dagster"
        assert (ROOT / service["ExecStart"].split("--workspace ")[1]).exists()
        assert service["ExecStart"].startswith(f"{service['WorkingDirectory']}/.venv/bin/dagster")


def test_what_is_said_of_dagsters_storage_is_yaml_that_dagster_takes() -> None:
    (text,) = blocks("deployment.md", "yaml").values()
    assert yaml.safe_load(text) == {"storage": {"postgres": {"postgres_url": {"env": "DAGSTER_PG_URL"}}}}


def test_the_site_has_every_page_in_its_menu_and_no_link_into_the_code(tmp_path: Path) -> None:
    site = runpy.run_path(str(ROOT / "docs" / "site.py"))
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "explore.png").write_bytes(b"PNG")
    site["lay_pages"](tmp_path / "pages", tmp_path / "shots")
    laid = {str(path.relative_to(tmp_path / "pages")) for path in (tmp_path / "pages").rglob("*.md")}
    menu = re.findall(r"[\w/.-]+\.md", (ROOT / "docs" / "site.yml").read_text("utf-8"))
    assert sorted(menu) == sorted({page for page in laid if "decisions/" not in page} | {"decisions/index.md"})
    for page in laid:
        text = (tmp_path / "pages" / page).read_text("utf-8")
        outside = [link for link in LINK.findall(FENCED.sub("", text)) if link.endswith(".py") or "](docs/" in link]
        assert outside == [] and "```mermaid" not in text, page
    assert "pictures/explore.png" in (tmp_path / "pages" / "analysts.md").read_text("utf-8")
    assert "<!-- picture" not in (tmp_path / "pages" / "senders.md").read_text("utf-8")


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = sorted(page.name.partition("-")[0] for page in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == sorted(set(numbers))
