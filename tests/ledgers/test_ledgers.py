"""What earlier versions wrote, today's version restores: the same customers, the same money, the same history."""

import json
import tarfile
from pathlib import Path

import pytest

from pipelines.backup.restore import restore
from pipelines.home import Home
from pipelines.ledger.recompute import rebuild
from pipelines.warehouse.ledger_tables import LEDGER_VERSION
from tests.ledgers.make import BACKUP, EXPECTED, HERE, records

VERSIONS = sorted(path.name for path in HERE.glob("version_*.tar.xz"))


def differences(home: Home, expected: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    """What a home shows otherwise, by table; of columns that came since nothing is expected."""
    found: dict[str, object] = {}
    for name, rows in expected.items():
        titles = list(rows[0]) if rows else []
        shown = sorted(({title: row.get(title) for title in titles} for row in records(home, name)), key=str)
        if rows and shown != sorted(rows, key=str):
            found[name] = shown
    return found


def test_there_is_a_ledger_of_this_version_and_each_is_small() -> None:
    assert f"version_{LEDGER_VERSION}.tar.xz" in VERSIONS
    assert all((HERE / each).stat().st_size < 200_000 for each in VERSIONS)


@pytest.mark.slow
@pytest.mark.matrix(1)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_ledger_of_a_version_is_restored_to_the_tables_that_it_had(
    home: Home, tmp_path: Path, version: str
) -> None:
    with tarfile.open(HERE / version) as packed:
        packed.extractall(tmp_path, filter="data")
    restored = restore(home, tmp_path / BACKUP, replace=False)
    expected = json.loads((tmp_path / EXPECTED).read_text("utf-8"))
    assert restored.differences == {}
    assert differences(home, expected) == {}
    rebuild(home)
    assert differences(home, expected) == {}
