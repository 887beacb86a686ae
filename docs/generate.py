"""Writes `docs/tables.md` and `docs/codes.md` from the contracts and the list of codes; a test compares them."""

from pathlib import Path

from pipelines.snapshot import TABLES, VIEWS
from schemas.base import Contract, columns_of
from schemas.codes import Code, codes

HERE = Path(__file__).parent
MADE = "Written by `make docs` from the code; do not edit.\n"

LEVELS = {
    "file": "The file is refused; nothing of it is imported.",
    "row": "The row is rejected; the others are imported.",
    "field": "The row is imported without this value.",
    "warning": "Nothing is held back; it is worth knowing.",
}


def tables() -> str:
    """The page on the tables of `customers.duckdb`."""
    views = "".join(f"\n## {name} (view)\n\n{comment}.\n" for name, (comment, _) in VIEWS.items())
    return f"# Tables in customers.duckdb\n\n{MADE}" + "".join(map(_table, TABLES.items())) + views


def _table(entry: tuple[str, type[Contract]]) -> str:
    name, contract = entry
    rows = "".join(
        f"| {column.name} | {column.sql_type} | {'' if column.nullable else 'not null'} | {column.description} |\n"
        for column in columns_of(contract)
    )
    summary = " ".join((contract.__doc__ or "").split())
    return f"\n## {name}\n\n{summary}\n\n| column | type | | meaning |\n|---|---|---|---|\n{rows}"


def code_page() -> str:
    """The page on the codes, by what they cost."""
    parts = [
        f"\n## {level.capitalize()}\n\n{meaning}\n"
        + "".join(_code(code) for code in codes().values() if code.level == level)
        for level, meaning in LEVELS.items()
        if _of(level)
    ]
    return f"# Codes\n\n{MADE}" + "".join(parts)


def _of(level: str) -> list[Code]:
    return [code for code in codes().values() if code.level == level]


def _code(code: Code) -> str:
    lines = "".join(f"- {language}: {text}\n" for language, text in code.messages.items())
    return f"\n### {code.name}\n\n{lines}"


PAGES = {"tables.md": tables, "codes.md": code_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), "utf-8")
