"""Every byte and every value under a home, searched for texts in every encoding that files come in."""

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1250", "cp1252", "iso-8859-2", "cp852", "mac-roman")


def found_in(root: Path, texts: Iterable[str], but: Iterable[str] = ()) -> tuple[list[str], int, int]:
    """Where any of the texts stands, in whatever case; and how many files and bytes were searched.

    `but`: names of folders that are not searched.
    """
    sought = {(text, spelled) for text in texts for spelled in _spellings(text)}
    found, files, size = [], 0, 0
    paths = sorted(path for path in root.rglob("*") if path.is_file() and not set(but) & set(path.parts))
    for name, content in (*_bytes(root, paths), *(value for path in paths if path.exists() for value in _values(path))):
        files, size = files + 1, size + len(content)
        lower = content.lower()
        found += [f"{text} in {name}" for text, spelled in sought if spelled in lower]
    return sorted(set(found)), files, size


def _bytes(root: Path, paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """All files as they are, before a database is opened: whoever closes SQLite's takes the log beside it away."""
    for path in paths:
        yield from _contents(str(path.relative_to(root)), path.read_bytes())


def _spellings(text: str) -> Iterator[bytes]:
    for form in {text, text.lower(), text.upper(), json.dumps(text)[1:-1], json.dumps(json.dumps(text)[1:-1])[1:-1]}:
        for encoding in ENCODINGS:
            coded = form.encode(encoding, "ignore")
            if coded.decode(encoding) == form:
                yield coded.lower()


def _contents(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            for member in container.namelist():
                yield from _contents(f"{name}!{member}", container.read(member))


def _values(path: Path) -> Iterator[tuple[str, bytes]]:
    """What pages hold, which may be compressed: every value as text."""
    if path.suffix == ".parquet":
        yield f"{path.name} rows", str(pl.read_parquet(path).rows()).encode()
    elif path.suffix == ".duckdb":
        with duckdb.connect(path, read_only=True) as connection:
            tables = "SELECT schema_name || '.\"' || table_name || '\"' FROM duckdb_tables()"
            for (table,) in connection.execute(tables).fetchall():
                yield f"{path.name} {table}", str(connection.execute(f"FROM {table}").fetchall()).encode()
    elif path.read_bytes()[:15] == b"SQLite format 3":
        with closing(sqlite3.connect(path)) as lite:
            for (table,) in lite.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                yield f"{path.name} {table}", str(lite.execute(f'SELECT * FROM "{table}"').fetchall()).encode()
