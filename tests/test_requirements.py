"""The requirements resolve: whoever meets an ID finds what it means, and no ID is in a sentence that people read."""

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import marked_rules

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "requirements.md"
OF_THE_SEEDS = (ROOT / "docs" / "seed-rules.md", ROOT / "docs" / "out-of-scope.csv")
"""Every rule of the five products, whether it is kept here or not."""

PLACES = ("pipelines", "assets", "schemas", "docs", "tests", "bench", "findings")
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "sources.yaml", "Makefile", "pyproject.toml")
KINDS = {".py", ".md", ".json", ".csv", ".yaml", ".toml"}

PREFIX = "AU|RF|UP|MO|SC|AMB|PIT"
ID = re.compile(rf"\b(?:{PREFIX})-[0-9]{{2,3}}\b")
CITED = re.compile(rf"\b({PREFIX})-([0-9]{{2,3}})(?:…(?:\1-)?([0-9]{{2,3}}))?\b")
"""`UP-24`, and ranges of one prefix, whose IDs are all cited."""

NAMED = re.compile(rf"_(?:{PREFIX.lower()}|scenario)_[0-9]{{1,3}}(?![0-9a-z])")
"""An ID in the name of a test, as `_up_24`: it belongs in the marker `rule`."""

LINE = re.compile(rf"^\| ((?:{PREFIX})-[0-9]{{2,3}}) \| (.+) \| (.+) \|$", re.MULTILINE)
MODULE = re.compile(r"`([a-z]+/[a-z_/]+\.py)`")


def cited_in(text: str) -> set[str]:
    """The IDs that a text cites."""
    found = set()
    for prefix, first, last in CITED.findall(text):
        found |= {f"{prefix}-{number:02}" for number in range(int(first), int(last or first) + 1)}
    return found


def _texts() -> Iterator[str]:
    listed = [ROOT / name for name in PAGES]
    found = [path for place in PLACES for path in (ROOT / place).rglob("*") if path.suffix in KINDS]
    for path in (*listed, *found):
        if path not in (PAGE, *OF_THE_SEEDS, Path(__file__)) and path.is_file():
            yield path.read_text("utf-8", errors="replace")


def _sentences(module: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module with their lines, but for those that stand alone: docstrings."""
    tree = ast.parse(module.read_text("utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as asked (UP-24, PIT-105).", {"UP-24", "PIT-105"}),
        ("the formula (AU-42…44)", {"AU-42", "AU-43", "AU-44"}),
        ("read so (PIT-99…PIT-101)", {"PIT-99", "PIT-100", "PIT-101"}),
        ('@pytest.mark.rule("UP-24", "AMB-31")', {"UP-24", "AMB-31"}),
        ("UTF-8, ISO-8859, rows_mo_1, PIT-1000", set()),
    ],
)
def test_ids_are_found_in_words_in_ranges_and_in_markers(text: str, found: set[str]) -> None:
    assert cited_in(text) == found


def test_every_id_that_is_cited_has_one_line_and_every_line_is_cited() -> None:
    lines = [line[0] for line in LINE.findall(PAGE.read_text("utf-8"))]
    assert len(lines) == len(set(lines)), "an ID has two lines"
    cited = set().union(*map(cited_in, _texts()))
    assert cited - set(lines) == set(), "cited, and unknown to docs/requirements.md"
    assert set(lines) - cited == set(), "in docs/requirements.md, and cited nowhere"


def test_a_marker_names_ids_one_by_one_and_no_test_has_one_in_its_name() -> None:
    assert [each for each in marked_rules.shown("rule") if not ID.fullmatch(each.id)] == []
    assert [each for each in marked_rules.shown("scenario") if not each.id.isdigit()] == []
    assert [each for each in marked_rules.tests() if NAMED.search(each[1])] == [], "use @pytest.mark.rule"


def test_every_rule_of_the_five_products_is_proven_by_a_test_or_out_of_scope_with_its_reason() -> None:
    counts = {"AU": 46, "UP": 39, "RF": 31, "SC": 19, "MO": 22}
    rules = {f"{prefix}-{number:02}" for prefix, count in counts.items() for number in range(1, count + 1)}
    with OF_THE_SEEDS[1].open(encoding="utf-8", newline="") as file:
        reasons = {line["rule"]: line["why"] for line in csv.DictReader(file)}
    proven = {each.id for each in marked_rules.shown("rule")}
    assert len(rules) == 157
    assert all(reasons.values())
    assert reasons.keys() <= rules
    assert rules - proven - reasons.keys() == set(), "neither proven nor out of scope"
    assert reasons.keys() & proven == set(), "proven, and yet out of scope"
    always = {each.id for each in marked_rules.shown("rule", without=("slow", "proofs", "libreoffice", "browser"))}
    assert rules & (proven - always) == set(), "proven by tests alone that `make test` leaves out"


def test_every_line_names_modules_that_are_there() -> None:
    for name, _, kept in LINE.findall(PAGE.read_text("utf-8")):
        modules = MODULE.findall(kept)
        assert modules, name
        assert [module for module in modules if not (ROOT / module).is_file()] == [], name


def test_no_message_and_no_advice_for_senders_names_an_id() -> None:
    for name in ("messages.csv", "reasons.csv", "mending.csv"):
        with (ROOT / "schemas" / name).open(encoding="utf-8", newline="") as file:
            named = [line for line in csv.reader(file) if any(ID.search(cell) for cell in line)]
        assert named == [], name
    assert ID.findall((ROOT / "docs" / "reasons.md").read_text("utf-8")) == []


def test_no_sentence_in_code_names_an_id() -> None:
    modules = [path for place in ("pipelines", "assets") for path in (ROOT / place).rglob("*.py")]
    named = [
        (str(module.relative_to(ROOT)), line, text)
        for module in modules
        for line, text in _sentences(module)
        if ID.search(text)
    ]
    assert named == []
