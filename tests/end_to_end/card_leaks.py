"""Numbers of payment cards, and every byte and value of a home in which one is sought."""

import io
import re
import zipfile
from pathlib import Path

import duckdb
import polars as pl

from pipelines.home import Home

NUMBERS = (
    "4242424242424242",
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
    "2223003122003222",
    "6200000000000005",
    "4000056655665556",
)


ANYWHERE = {number: re.compile("[^0-9A-Za-z]{0,8}".join(number)) for number in NUMBERS}


def contents_of(name: str, content: bytes) -> list[tuple[str, bytes]]:
    """A file, and the members of a container, however deep."""
    found = [(name, content)]
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            for member in container.namelist():
                found += contents_of(f"{name}!{member}", container.read(member))
    return found


def values_of(path: Path) -> str:
    """Every value of a Parquet file or a database, whose pages may be compressed."""
    if path.suffix == ".parquet":
        return str(pl.read_parquet(path).rows())
    with duckdb.connect(path, read_only=True) as connection:
        names = connection.execute("SELECT schema_name || '.\"' || table_name || '\"' FROM duckdb_tables()").fetchall()
        return "\n".join(str(connection.execute(f"FROM {name}").fetchall()) for (name,) in names)


SEARCHED = {"files": 0, "bytes": 0, "found": 0}
"""By all tests of this process."""


def leaks(root: Path) -> tuple[list[str], int, int]:
    """Where a number is found, and how many files and bytes were searched."""
    found, files, size = [], 0, 0
    kept = [path for path in root.rglob("*") if path.is_file() and not {"drops", "refused"} & set(path.parts)]
    for path in kept:
        for name, content in contents_of(str(path), path.read_bytes()):
            files, size = files + 1, size + len(content)
            wide = (content[start:].decode("utf-16-le", "ignore") for start in (0, 1))
            texts = [content.decode("latin-1"), content.decode("utf-8", "ignore"), *wide]
            texts += [values_of(path)] if path.suffix in (".parquet", ".duckdb") else []
            found += [
                f"{number} in {name}" for number, sought in ANYWHERE.items() for text in texts if sought.search(text)
            ]
    for name, count in (("files", files), ("bytes", size), ("found", len(found))):
        SEARCHED[name] += count
    return found, files, size


def dropped(home: Home, name: str, content: bytes) -> Path:
    path = home.root / "drops" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
