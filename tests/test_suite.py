"""The tests keep their own house: a module of one idea, and nothing that the product keeps to itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
LONGEST = 350
PRODUCT = ("pipelines", "assets", "schemas")
PRIVATE = re.compile(r"_[a-z]\w*")
IN_TEXT = re.compile(rf"(?:{'|'.join(PRODUCT)})(?:\.\w+)*\._[a-z]\w*")
OF_OTHERS = {"_replace", "_asdict", "_fields", "_exit", "_parser", "_event_storage", "_initdb"}
"""Of the standard library, where the underscore means no secret, or where it is the only way; of Dagster."""


def modules() -> Iterator[tuple[str, str]]:
    for path in sorted(TESTS.rglob("*.py")):
        yield path.relative_to(TESTS).as_posix(), path.read_text("utf-8")


def private_names(text: str) -> Iterator[str]:
    """Names of the product with an underscore that a test imports, asks an object for, or replaces by its path."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PRODUCT:
            yield from (alias.name for alias in node.names if PRIVATE.fullmatch(alias.name))
        elif isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr) and node.attr not in OF_OTHERS:
            if ast.unparse(node.value) not in ("self", "cls", "super()"):
                yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from IN_TEXT.findall(node.value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("setattr"):
            names = [each.value for each in node.args[1:2] if isinstance(each, ast.Constant)]
            yield from (name for name in names if PRIVATE.fullmatch(str(name)) and name not in OF_OTHERS)


def test_no_test_reaches_into_a_private_name_of_the_product() -> None:
    found = {module: sorted(names) for module, text in modules() if (names := set(private_names(text)))}
    assert found == {}, "test what it does, or make the name public"


def test_a_module_of_tests_has_one_idea_and_a_length_to_read_at_once() -> None:
    assert {module for module, text in modules() if text.count("\n") > LONGEST} == set()


@pytest.mark.parametrize(
    ("suite", "folder"), [("browser", "browser"), ("libreoffice", "end_to_end"), ("proofs", "end_to_end")]
)
def test_make_finds_all_of_a_suite_in_the_folder_that_it_collects(suite: str, folder: str) -> None:
    """To collect all tests takes as long as some suites."""
    marked = {module for module, text in modules() if f"mark.{suite}" in text} - {"test_suite.py"}
    assert marked and {module.split("/")[0] for module in marked} == {folder}
