"""Each of the scenarios of stripe.md 6.4 and 7b has a test that names it."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
SCENARIOS = range(1, 67)
NAMED = re.compile(r"scenario_(\d+)")


def test_every_scenario_has_a_test() -> None:
    trees = [ast.parse(path.read_text("utf-8")) for path in TESTS.rglob("test_*.py")]
    names = [node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    shown = {int(number) for name in names if name.startswith("test_") for number in NAMED.findall(name)}
    assert shown == set(SCENARIOS)
