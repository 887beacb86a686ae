"""What lands in a table, a reject file or a list of warnings is a record: no sentence stands where the code works."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.codes import listed
from schemas.sentences.template import gaps, parsed

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    "models",
    "titles",
    "reading",
    "mapping",
    "parsing",
    "payments",
    "validation",
    "cards",
    "rejects",
    "reference_tables",
    "conflicts",
    "intake",
    "ledger",
    "stripe/sync",
)
"""Where what is told to senders comes from. Other rooms speak to whoever set them up: a wrong key, a wrong setting."""

TOLD_OTHERWISE = {
    "pipelines/ledger/checks/rules.py": "what a check proves, beside its result in the run",
    "pipelines/ledger/transaction.py": "an error's text",
    "pipelines/parsing/dates/times.py": "patterns",
    "pipelines/stripe/sync/sync_account.py": "progress",
}
"""Modules whose texts are no records, and what they are."""

NO_PROSE = re.compile(
    r"\b(?:SELECT|FROM|WHERE|INSERT|UPDATE|DELETE|JOIN|CASE|COLUMNS|coalesce)\b| AS |urn:"
    r"|[a-z]_[a-z]+ [a-z]+_[a-z]|\(\?|\\[bsdwS]|\[\^"
)
"""SQL, patterns and names of XML."""

WORDS = re.compile(r"(?<![\w.:/-])[a-zà-ÿ]{2,}(?![\w:/=(-])")
ENOUGH = 4
TELLERS = ("Note", "FileRefused")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / "pipelines" / room).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text of a module but docstrings, errors, what is reported on the way, and lists of words."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        above = [node]
        while above[-1] in parents:
            above.append(parents[above[-1]])
        if not any(_speaks_otherwise(one, parents.get(one)) for one in above) and not isinstance(
            above[1], ast.JoinedStr
        ):
            yield node.lineno, text


def _speaks_otherwise(node: ast.AST, parent: ast.AST | None) -> bool:
    """An error, a docstring, a progress report, a list of words that is split, or a word list of a module."""
    match node:
        case ast.Raise() | ast.Assert():
            return True
        case ast.Constant():
            return isinstance(parent, ast.Expr)
        case ast.Call(func=ast.Name(id=name)):
            return name == "report" or name.endswith("Error") or name in ERRORS
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in ("report", "split")
    return False


ERRORS = {"WrongUse", "SealBroken", "AccountChanged", "AccountTaken", "ModesMixed", "ChargesVanished", "WarehouseBusy"}


def is_prose(text: str) -> bool:
    return not NO_PROSE.search(text) and " " in text and len(WORDS.findall(text)) >= ENOUGH


def test_no_sentence_stands_where_a_record_belongs() -> None:
    found = [
        f"{path}:{line}: {text}"
        for path, tree in modules()
        if path not in TOLD_OTHERWISE
        for line, text in texts(tree)
        if is_prose(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ('told = f"{count} rows of the list were left out"', True),
        ('WARNING = "the file stays in the inbox: mend it"', True),
        ('raise WrongUse(f"there is no import {name} in this home")', False),
        ('report(f"reading {name}: many rows of it are read")', False),
        ('query = "SELECT one FROM two WHERE three IS so"', False),
        ('WORDS = "one two three four five".split()', False),
        ('Note("ITEM_ROWS", found=count)', False),
    ],
)
def test_a_sentence_is_told_from_an_error_and_a_query(source: str, is_found: bool) -> None:
    assert any(is_prose(text) for _, text in texts(ast.parse(source))) == is_found


def told() -> Iterator[tuple[str, str, set[str]]]:
    """Each place that names a code in full: where, the code, the parameters that it gives."""
    for path, tree in modules():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(code)), *_]) if name in TELLERS:
                    given = {keyword.arg or "**" for keyword in node.keywords}
                    yield f"{path}:{node.lineno}", code, given


def test_every_place_that_tells_a_code_gives_what_its_sentence_needs() -> None:
    """Notes of a column get its title where they are gathered; of a file, a cell that is too long may have none."""
    lacking = []
    for where, code, given in told():
        needed = {gap.name for text in listed()[code].messages.values() for gap in gaps(parsed(text))}
        later = (
            {"header"} if "/parsing/" in where or "/validation/" in where or "/reference_tables/" in where else set()
        )
        if needed - given - later and "**" not in given and (code, where.split(":")[0]) not in MAY_LACK:
            lacking.append((where, code, sorted(needed - given - later)))
    assert lacking == []


OF_COLUMNS = ("/parsing/", "/validation/", "/reference_tables/")
MAY_LACK = {("CELL_TOO_LONG", "pipelines/validation/file_limits.py")}
"""A container is refused before it is known where its long text stands."""


def test_every_phrase_is_told_somewhere() -> None:
    phrases = {name for name, code in listed().items() if code.level == "phrase"}
    written = "\n".join(path.read_text("utf-8") for path in (ROOT / "pipelines").rglob("*.py"))
    built = {name for name in phrases if name.startswith("is_") or name.endswith("_would")}
    assert [name for name in sorted(phrases - built) if f'"{name}"' not in written] == []
