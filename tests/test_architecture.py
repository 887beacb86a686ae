"""The house keeps its shape: who may import whom, where the edges are, and pages that follow the code."""

import ast
import graphlib
import re
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from pipelines.configuration.sources_file import read_sources
from pipelines.errors import WrongUse

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("schemas", "pipelines", "assets")
FORBIDDEN = {
    "schemas": {"pipelines", "assets", "dagster", "duckdb", "click", "rich"},
    "pipelines": {"assets", "dagster", "click", "rich"},
}
EDGES = {
    "duckdb": {"pipelines/warehouse/database.py"},
    "pyarrow": {
        "pipelines/warehouse/database.py",
        "pipelines/reading/text/byte_scan.py",
        "pipelines/frames_on_disk.py",
    },
    "email_validator": {"pipelines/parsing/emails.py"},
    "charset_normalizer": {"pipelines/reading/text/legacy_encodings.py"},
    "rphonenumbers": {"pipelines/parsing/phones/phone_library.py"},
    "phonenumbers": {"pipelines/parsing/phones/phone_library.py"},
    "stdnum": {"pipelines/cards/card_numbers.py", "pipelines/parsing/vat.py"},
    "babel": {"pipelines/language/languages.py", "pipelines/language/locale_formats.py"},
    "rapidfuzz": {
        "pipelines/configuration/yaml_documents.py",
        "pipelines/duplicates/words_alike.py",
        "pipelines/mapping/fuzzy.py",
    },
    "msgspec": {"pipelines/stripe/extract/decode.py"},
    "filelock": {"pipelines/locks.py"},
    "cronsim": {"pipelines/configuration/cron.py"},
    "yaml": {"pipelines/configuration/yaml_documents.py", "pipelines/configuration/sources_file.py"},
    "xlsxwriter": {"pipelines/spreadsheets/write.py"},
    "fastexcel": {"pipelines/reading/workbooks/workbook_worker.py"},
    "olefile": {"pipelines/reading/containers/ole2.py"},
    "python_calamine": {"pipelines/reading/workbooks/workbook_worker.py"},
    "jinja2": {"pipelines/reports/page.py"},
    "stripe": {"pipelines/stripe/api/client.py", "pipelines/stripe/api/transport.py"},
    "requests": {"pipelines/stripe/api/transport.py"},
    "cryptography": {"pipelines/stripe/credentials/vault.py"},
    "sqlalchemy": {"assets/instance/compile_once.py"},
    "apprise": {"pipelines/notifications/channels.py"},
    "smtplib": {"pipelines/notifications/channels.py"},
    "rich": {"assets/cli/output/drawing.py"},
    "marimo": {"assets/explore/page.py"},
}
SQL = re.compile(r"\b(SELECT|FROM|INSERT INTO|UPDATE|DELETE FROM)\b")
OUTSIDE = ("datetime.now", "date.today", "time.time", "os.environ", "os.getenv", "random.")


@cache
def modules() -> list[tuple[str, str, ast.Module]]:
    """Each module's path, text and tree; parsed once, for all of them take half a second."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in paths}
    return [(path, text, ast.parse(text)) for path, text in texts.items()]


@cache
def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_imports_go_one_way() -> None:
    for path, _, tree in modules():
        wrong = imported(tree) & FORBIDDEN.get(path.split("/")[0], set())
        assert not wrong, f"{path} imports {wrong}"


@pytest.mark.parametrize("library", EDGES)
def test_a_library_is_imported_in_one_place(library: str) -> None:
    users = {path for path, _, tree in modules() if library in imported(tree)}
    assert users == EDGES[library]


def test_only_the_command_line_imports_click() -> None:
    users = {path for path, _, tree in modules() if "click" in imported(tree)}
    assert {path for path in users if not path.startswith("assets/cli/")} == set()


ROOMS = (
    "schemas",
    "pipelines",
    "pipelines/language",
    "pipelines/warehouse",
    "pipelines/spreadsheets",
    "pipelines/configuration",
    "pipelines/models",
    "pipelines/titles",
    "pipelines/parsing",
    "pipelines/reading",
    "pipelines/mapping",
    "pipelines/payments",
    "pipelines/reference_tables",
    "pipelines/validation",
    "pipelines/cards",
    "pipelines/rejects",
    "pipelines/customers",
    "pipelines/duplicates",
    "pipelines/publishing",
    "pipelines/exploring",
    "pipelines/conflicts",
    "pipelines/intake",
    "pipelines/manual_entry",
    "pipelines/ledger",
    "pipelines/stripe",
    "pipelines/reports",
    "pipelines/notifications",
    "pipelines/lineage",
    "pipelines/backup",
    "pipelines/erasure",
    "pipelines/retention",
    "assets",
)
"""From the ground up, as `docs/architecture.md` has them: a room imports only from rooms below it."""
MOST_MODULES = 13
MOST_LINES = 350


def room_of(path: str) -> str:
    """The room of a module: its package, for a package within a room the room."""
    parts = path.split("/")[:-1]
    return "/".join(parts[: 2 if parts[0] == "pipelines" else 1])


def modules_imported(tree: ast.Module) -> Iterator[str]:
    """The paths of our own modules that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            place = node.module.replace(".", "/")
            for alias in node.names:
                named = (f"{place}/{alias.name}.py", f"{place}.py", f"{place}/__init__.py")
                yield next(name for name in named if (ROOT / name).exists())


def test_no_arrow_between_rooms_runs_back_up() -> None:
    for path, _, tree in modules():
        for other in modules_imported(tree):
            wrong = ROOMS.index(room_of(other)) > ROOMS.index(room_of(path))
            assert not wrong, f"{path} imports {other}, which stands above it"


def test_packages_within_a_room_form_no_circle() -> None:
    below: dict[str, set[str]] = {}
    for path, _, tree in modules():
        here = str(Path(path).parent)
        there = {str(Path(other).parent) for other in modules_imported(tree)} - {here}
        below.setdefault(here, set()).update(place for place in there if place.startswith(room_of(path) + "/"))
    graphlib.TopologicalSorter(below).prepare()  # raises CycleError with the circle


def test_a_room_holds_about_twelve_modules() -> None:
    held: dict[str, list[str]] = {}
    for path, _, _ in modules():
        if not path.endswith("__init__.py"):
            held.setdefault(str(Path(path).parent), []).append(path)
    assert {room: len(paths) for room, paths in held.items() if len(paths) > MOST_MODULES} == {}


def test_a_module_has_one_idea_and_a_length_to_read_at_once() -> None:
    lengths = {path: text.count("\n") for path, text, _ in modules()}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_every_room_stands_in_the_architecture_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    assert [room for room in ROOMS if f"`{room.removeprefix('pipelines/')}/`" not in page] == []


def test_below_assets_there_is_no_clock_no_environment_no_chance() -> None:
    for path, text, _ in modules():
        if not path.startswith("assets/"):
            assert not [word for word in OUTSIDE if word in text], path


def test_assets_hold_no_sql_and_open_no_database() -> None:
    """But for Dagster's own storage, which `assets/instance/` keeps."""
    for path, _, tree in modules():
        if path.startswith("assets/") and not path.startswith("assets/instance/"):
            texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
            assert not [text for text in texts if isinstance(text, str) and SQL.search(text)], path
            assert "pipelines/warehouse/database.py" not in set(modules_imported(tree)), path


def test_every_module_opens_with_its_charter() -> None:
    for path, text, tree in modules():
        assert ast.get_docstring(tree), path
        assert text.strip(), path


@pytest.mark.parametrize("page", ["tables.md", "codes.md", "reasons.md", "profiles.md", "words.md", "seed-rules.md"])
def test_the_generated_pages_are_those_that_the_code_makes(page: str) -> None:
    made = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"][page]()
    assert (ROOT / "docs" / page).read_text("utf-8") == made, "run `make docs`"


def test_the_committed_sources_are_valid() -> None:
    declared = read_sources(ROOT / "sources.yaml")
    assert set(declared.sources) >= {"crm", "shop"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("base_curency: EUR", "base_curency"),
        ("sources: {shop: {profile: shopify}}", "shopify"),
        ("sources: {shop: {locale: french}}", "locale"),
        ("sources: {shop: {kind: ftp}}", "kind"),
        ("base_currency: euro", "euro"),
        ("sources: [", "YAML"),
    ],
)
def test_a_wrong_source_is_told_by_key_and_value(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(WrongUse, match=named):
        read_sources(path)


def test_no_lock_names_an_address() -> None:
    locks = [*ROOT.glob("*.lock"), *(ROOT / folder / "requirements.lock" for folder in ("assets/explore", "docs"))]
    for lock in (*locks, *ROOT.glob("bench/*.lock")):
        text = lock.read_text("utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text and "index-url" not in text, lock


def test_the_workspace_is_the_code_location() -> None:
    workspace = yaml.safe_load((ROOT / "workspace.yaml").read_text("utf-8"))
    assert workspace["load_from"][0]["python_module"]["module_name"] == "assets.definitions"


def test_every_module_and_test_that_a_page_names_is_there() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    named = {name for page in pages for name in re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", page.read_text("utf-8"))}
    places = (ROOT, ROOT / "tests", ROOT / "pipelines")
    assert [name for name in sorted(named) if not any((place / name).exists() for place in places)] == []
