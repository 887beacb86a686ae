"""Which test shows which rule: the IDs in the markers `rule` and `scenario`, read from the tests' own text.

Nothing is imported and nothing is collected, so a page can be written from it without the tests' packages. A marker
stands on a test, on its class, or on its whole module (`pytestmark`).
"""

import ast
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parents[1]


class Shown(NamedTuple):
    """One ID that one test shows."""

    id: str
    """As `AU-24`; a scenario's number as it is written, `47`."""

    module: str
    """The path from the folder of the tests, as `pipelines/test_identity.py`."""

    test: str


def shown(marker: str = "rule", without: Collection[str] = ()) -> Iterator[Shown]:
    """Every ID that a test shows, in the order of modules and lines.

    Args:
        marker: `rule` for IDs of the requirements, `scenario` for those of `docs/stripe.md`.
        without: Markers, as `slow`: tests that have one of them are left out.
    """
    for module, test, marks in _all():
        if not any(ast.unparse(mark) == f"pytest.mark.{name}" for mark in marks for name in without):
            yield from (Shown(argument, module, test) for argument in _arguments(marker, marks))


def tests() -> Iterator[tuple[str, str]]:
    """Module and name of every test."""
    for module, test, _ in _all():
        yield module, test


@cache
def _all() -> tuple[tuple[str, str, tuple[ast.expr, ...]], ...]:
    """Module, name and markers of every test."""
    return tuple(
        (path.relative_to(TESTS).as_posix(), test, marks)
        for path in sorted(TESTS.rglob("test_*.py"))
        for test, marks in _marked(ast.parse(path.read_text("utf-8")).body, ())
    )


def _marked(body: list[ast.stmt], outer: tuple[ast.expr, ...]) -> Iterator[tuple[str, tuple[ast.expr, ...]]]:
    whole = (*outer, *(mark for each in body if isinstance(each, ast.Assign) for mark in _of_the_module(each)))
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _marked(node.body, (*whole, *node.decorator_list))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, (*whole, *node.decorator_list)


def _of_the_module(node: ast.Assign) -> list[ast.expr]:
    if [ast.unparse(target) for target in node.targets] != ["pytestmark"]:
        return []
    return node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else [node.value]


def _arguments(marker: str, marks: tuple[ast.expr, ...]) -> Iterator[str]:
    for mark in marks:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == f"pytest.mark.{marker}":
            yield from (str(ast.literal_eval(argument)) for argument in mark.args)
