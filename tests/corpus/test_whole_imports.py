"""Every file of the corpus, whatever it is, through a whole import: refused with a reason, or no row lost.

Most are no customer lists, so their first column is told to be the address: then every row is validated, and nearly
every one is rejected with a reason. Workbooks of `calamine/` are measured in `test_workbooks.py`: each costs a process.
The suite takes every fifth file, `make corpus` all of them.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest

from pipelines.configuration.own_profile import OwnProfile
from pipelines.configuration.settings import FileSource, Sources
from pipelines.errors import FileRefused
from pipelines.home import Home
from pipelines.models.staged_file import REJECTED
from pipelines.reading.read_file import read_file
from tests.corpus import Line
from tests.support.flow import file_one

pytestmark = pytest.mark.slow

ANYTHING = OwnProfile(required=("email",), recommended=(), max_reject_ratio=1.0)
SOURCES = Sources(profiles={"anything": ANYTHING}, sources={"shop": FileSource(profile="anything")})
SHARE = 5
MEASURED_APART = ("calamine", "LICENSES")


def files(corpus: Path) -> list[Path]:
    found = sorted(path for path in corpus.rglob("*") if path.is_file())
    return [path for path in found if path.relative_to(corpus).parts[0] not in MEASURED_APART]


def outcome(path: Path, home: Home) -> str:
    """`read`, `lost` where a row is missing or counted twice, the code of a refusal, or the error that escaped."""
    try:
        titles = read_file(path.read_bytes()).titles
    except FileRefused as refused:
        return refused.reason.code
    except Exception as error:
        return f"escaped: {error!r}"
    try:
        staged_file = file_one(home, path, "shop", SOURCES, mapping={titles[0]: "email"}, ignore=titles[1:])
    except Exception as error:
        return f"escaped: {error!r}"
    if staged_file.reason is not None:
        return staged_file.reason.code
    rejected = pl.read_parquet(home.staging / staged_file.key / REJECTED).filter(pl.col("severity") == "row")[
        "row_number"
    ]
    told = staged_file.rows_accepted + rejected.n_unique()
    return "read" if told == staged_file.rows_accepted + staged_file.rows_rejected == staged_file.rows_read else "lost"


def outcomes(corpus: Path, share: int = 1) -> Iterator[tuple[str, str]]:
    with TemporaryDirectory() as folder:
        for path in files(corpus)[::share]:
            yield str(path.relative_to(corpus)), outcome(path, Home(Path(folder)))


def wrong(found: dict[str, str]) -> dict[str, str]:
    return {name: code for name, code in found.items() if code == "lost" or code.startswith("escaped")}


def line(found: dict[str, str]) -> Line:
    read = sum(code == "read" for code in found.values())
    codes = Counter(code for code in found.values() if code != "read" and code not in wrong(found).values())
    note = "refused: " + ", ".join(f"{count} {code}" for code, count in codes.most_common())
    return Line("whole imports of every file", len(found), read, len(wrong(found)), note)


def measure(corpus: Path) -> list[Line]:
    return [line(dict(outcomes(corpus)))]


@pytest.fixture(scope="module")
def found(corpus: Path) -> dict[str, str]:
    return dict(outcomes(corpus, SHARE))


@pytest.mark.rule("PIT-10")
def test_every_file_ends_in_order_and_loses_no_row(found: dict[str, str]) -> None:
    assert wrong(found) == {}
    assert line(found).right > len(found) / 2
