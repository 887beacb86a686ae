"""What the pipeline writes is its owner's alone, or a group's that `sources.yaml` names (issue 12, 12)."""

import grp
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assets.instance.environment import PROJECT, prepare_home
from assets.instance.permissions import guard
from pipelines.errors import WrongUse
from pipelines.home import Home
from tests.support.flow import drop, import_text, run_inbox, undo


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def declared(home: Home, text: str) -> Path:
    path = home.root.parent / "sources.yaml"
    path.write_text(text, "utf-8")
    return path


def modes(root: Path) -> dict[str, int]:
    """The rights of everything in a folder, the bit that folders pass on left out."""
    return {str(path.relative_to(root)): stat.S_IMODE(path.lstat().st_mode) & 0o777 for path in root.rglob("*")}


def too_open(root: Path, allowed: int) -> dict[str, str]:
    """What more may be done with than allowed."""
    return {name: oct(mode) for name, mode in modes(root).items() if mode & ~allowed}


def worked_in(home: Home) -> None:
    first = import_text(home, "email,name\na@example.com,Ana\nb,Bo\n")
    drop(home, "email,name\nc@example.com,Cy\n")
    run_inbox(home, "one")
    undo(home, first.import_id)


def test_everything_is_its_owners_alone_issue_12_12(home: Home) -> None:
    guard(home, None)
    prepare_home(home)
    worked_in(home)
    assert too_open(home.root, 0o700) == {}
    assert stat.S_IMODE(home.published.stat().st_mode) == 0o600


def test_a_home_that_is_made_is_closed_and_one_that_is_there_keeps_its_own_rights(tmp_path: Path) -> None:
    guard(Home(tmp_path / "new"), None)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    guard(Home(shared), None)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755


def test_what_an_earlier_version_left_open_is_closed(home: Home) -> None:
    worked_in(home)
    assert too_open(home.root, 0o700)
    inbox = stat.S_IMODE(home.inbox.stat().st_mode)
    guard(home, None)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home.archive, home.staging, home.rejects)} == {0o700}
    assert stat.S_IMODE(home.published.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.inbox.stat().st_mode) == inbox


def test_a_group_that_is_named_may_read_and_nobody_else_issue_12_12(home: Home) -> None:
    group = grp.getgrgid(os.getegid()).gr_name
    guard(home, declared(home, f"group: {group}"))
    prepare_home(home)
    worked_in(home)
    found = modes(home.root)
    assert too_open(home.root, 0o750) == {}
    assert found["customers.duckdb"] == 0o640
    assert found["archive"] == 0o750
    assert stat.S_IMODE(home.archive.stat().st_mode) & stat.S_ISGID == 0 or home.archive.stat().st_gid == os.getegid()


def test_a_group_that_there_is_not_is_told(home: Home) -> None:
    with pytest.raises(WrongUse, match="no group 'nobody-knows'"):
        guard(home, declared(home, "group: nobody-knows"))


def test_a_fault_in_the_sources_leaves_everything_private(home: Home) -> None:
    guard(home, declared(home, "group: [a"))
    assert os.umask(0o077) == 0o077


@pytest.mark.slow
@pytest.mark.parametrize("read_only", [True, False])
def test_the_published_file_opens_for_its_owner_with_and_without_flags_issue_12_12(home: Home, read_only: bool) -> None:
    guard(home, None)
    worked_in(home)
    with duckdb.connect(home.published, read_only=read_only) as connection:
        assert connection.execute("SELECT count(*) FROM customers").fetchone() == (1,)


@pytest.mark.slow
def test_what_dagster_and_duckdb_make_is_private_too_issue_12_12(tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("email,name\na@example.com,Ana\nb,Bo\n", "utf-8")
    variables = os.environ | {"CUSTOMERS_HOME": str(tmp_path / "home"), "CUSTOMERS_SOURCES": ""}
    command = [sys.executable, "-m", "assets.cli", "import", str(listed)]
    ended = subprocess.run(command, cwd=PROJECT, env=variables, capture_output=True, check=False, timeout=300)
    assert ended.returncode == 1, ended.stderr
    assert too_open(tmp_path / "home", 0o700) == {}
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert (tmp_path / "home" / "dagster").is_dir()
