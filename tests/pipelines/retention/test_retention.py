"""What is past its period goes, whole files only; what waits, is held or can still be mended stays; all works on."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from pipelines.backup.make_backup import back_up
from pipelines.backup.restore import restore
from pipelines.configuration.retention import Retention
from pipelines.erasure.erase import erase
from pipelines.home import Home
from pipelines.ledger import commit_imports
from pipelines.ledger.recompute import rebuild
from pipelines.lineage.report import report_of
from pipelines.lineage.rows_of_import import rows_of_import
from pipelines.models.staged_file import HELD
from pipelines.retention.remove_files import NotRemoved, tidy_files
from pipelines.retention.tally import Tally
from tests.crash.injection import Struck, counted
from tests.crash.killed_writes import HELD as HELD_KEY
from tests.crash.killed_writes import with_held
from tests.support.flow import NOW, derived, file_one, first_import, import_text, table, undo
from tests.support.homes import copy_home

ALL = Retention(archive=30, staging=30, rejects=30, open_rejects=30, reports=30, logs=30)
LATER = NOW + timedelta(days=31)
LISTED = "email,name,total spent\nana@example.com,Ana Nowak,10\nbo@example.com,Bo,nothing\n"


def tidied(home: Home, periods: Retention = ALL, now: datetime = LATER, only_shown: bool = False) -> dict[str, Tally]:
    return {told.kind: told for told in tidy_files(home, periods, now, only_shown)}


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def aged(path: Path, days: int) -> Path:
    """A file of ours that was written so many days before LATER."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("…", "utf-8")
    at = (LATER - timedelta(days=days)).timestamp()
    os.utime(path, (at, at))
    return path


@pytest.mark.rule("PIT-75")
def test_each_kind_goes_after_its_own_period(home: Home) -> None:
    imported = first_import(home, LISTED)
    places = {"archive": home.archive, "staging": home.staging, "open_rejects": home.rejects}
    before = {kind: sum(path.stat().st_size for path in files(place)) for kind, place in places.items()}
    for kind, place in places.items():
        assert sum(told.count for told in tidied(home, Retention(**{kind: 31})).values()) == 0, "not a day earlier"
        told = tidied(home, Retention(**{kind: 30}))
        assert told[kind] == Tally(kind, 30, 1, before[kind], NOW)
        assert sum(each.count for each in told.values()) == 1
        assert files(place) == []
    assert list(home.archive.iterdir()) == [], "no empty folder stays"
    assert table(home, "import_history")["import_id"].to_list() == [imported.import_id]
    assert table(home, "rejected_rows").height == 1, "tables are no files"


def test_reports_and_logs_go_by_their_own_age(home: Home) -> None:
    old, young = aged(home.reports / "customer-1.html", 31), aged(home.reports / "customer-2.html", 29)
    log = aged(home.logs / "errors.log", 40)
    told = tidied(home)
    assert (told["reports"].count, told["logs"].count) == (1, 1)
    assert (old.exists(), young.exists(), log.exists()) == (False, True, False)
    assert not home.working.exists(), "where nothing was imported no ledger is made"


def test_without_a_period_everything_stays_and_a_preview_removes_nothing(home: Home) -> None:
    first_import(home, LISTED)
    before = files(home.root)
    assert all(told.count == 0 for told in tidied(home, Retention()).values())
    shown = tidied(home, only_shown=True)
    assert files(home.root) == before
    assert tidied(home) == shown, "what it says goes"
    assert all(told.count == 0 for told in tidied(home).values()), "and once"


@pytest.mark.slow
def test_held_imports_and_what_waits_are_never_removed(home: Home) -> None:
    with_held(home)
    held = [*files(home.staging / HELD), *files(home.archive / HELD_KEY)]
    waiting = files(home.inbox)
    tidied(home, now=NOW + timedelta(days=4000))
    assert held and all(path.exists() for path in held)
    assert waiting and files(home.inbox) == waiting
    commit_imports.decide(home, HELD_KEY, "skip_identical", "tester", NOW)
    assert table(home, "import_history").filter(import_id=HELD_KEY)["status"][0].startswith("done")


def test_the_original_of_what_is_read_once_more_stays(home: Home) -> None:
    undo(home, first_import(home, LISTED).import_id)
    (original,) = files(home.archive)
    file_one(home, home.root / "drops" / "list.csv", "shop")
    assert tidied(home)["archive"].count == 0 and original.exists()


def test_a_reject_file_that_can_still_be_mended_has_a_period_of_its_own(home: Home) -> None:
    imported = first_import(home, LISTED)
    periods = Retention(rejects=30)
    assert tidied(home, periods)["rejects"].count == 0 and files(home.rejects)
    mended = (home.rejects / f"{imported.import_id}.csv").read_text("utf-8-sig").replace("nothing", "5")
    assert import_text(home, mended, name="mended.csv").status == "done"
    assert tidied(home, periods)["rejects"].count == 1 and files(home.rejects) == []


def test_the_rejects_of_an_undone_import_are_nobodys_to_mend(home: Home) -> None:
    undo(home, first_import(home, LISTED).import_id)
    assert tidied(home, Retention(rejects=30))["rejects"].count == 1


def test_a_reject_file_that_is_gone_stays_away_until_its_period_is_longer(home: Home) -> None:
    first_import(home, LISTED)
    tidied(home)
    rebuild(home)
    assert files(home.rejects) == []
    tidied(home, Retention())
    rebuild(home)
    assert len(files(home.rejects)) == 2


@pytest.mark.slow
def test_an_import_whose_files_are_gone_is_shown_listed_rebuilt_and_undone(home: Home) -> None:
    first = first_import(home, LISTED)
    second = import_text(home, LISTED.replace("10", "20").replace("Bo", "Boris"), name="second.csv", on_overlap="add")
    before = derived(home)
    tidied(home)
    report = report_of(home, "ana@example.com")
    assert "ana@example.com" in str(report)
    assert rows_of_import(home, second.import_id)
    rebuild(home)
    assert all(before[name].equals(after) for name, after in derived(home).items())
    assert undo(home, second.import_id) == 0
    assert table(home)["total_spent"].to_list() == [10]
    assert undo(home, first.import_id) == 1
    again = import_text(home, LISTED)
    assert again.status == "done_with_rejects" and again.import_id != first.import_id
    assert len(files(home.archive)) == 1 and len(files(home.rejects)) == 2


def test_who_stands_in_files_that_are_gone_is_erased_all_the_same(home: Home) -> None:
    first_import(home, LISTED)
    tidied(home)
    erased = erase(home, "ana@example.com", "dpo", LATER, UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427"))
    assert (erased.row_count, erased.files_gone) == (1, ())
    assert files(home.rejects) == [] and table(home).is_empty()


def test_a_backup_without_the_files_that_are_gone_is_restored(home: Home, tmp_path: Path) -> None:
    first_import(home, LISTED)
    tidied(home)
    back_up(home, tmp_path / "backup", lambda: datetime(2027, 1, 1, tzinfo=UTC))
    fresh = Home(tmp_path / "fresh")
    assert restore(fresh, tmp_path / "backup", replace=False).differences == {}
    assert table(fresh).equals(table(home))


def test_what_is_not_ours_stays_and_links_are_not_followed(home: Home, tmp_path: Path) -> None:
    imported = first_import(home, LISTED)
    own = [aged(place / "own" / "notes.txt", 4000) for place in (home.archive, home.staging, home.rejects)]
    elsewhere = aged(tmp_path / "elsewhere" / "notes.txt", 4000)
    (home.reports).mkdir()
    (home.reports / "linked").symlink_to(elsewhere.parent)
    (home.archive / imported.import_id / "linked.txt").symlink_to(elsewhere)
    tidied(home)
    assert all(path.exists() for path in (*own, elsewhere))
    assert (home.archive / imported.import_id / "linked.txt").is_symlink()


def test_a_file_that_cannot_go_keeps_no_other_and_the_next_attempt_goes_on(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_import(home, LISTED)
    real = Path.unlink

    def refusing(path: Path, missing_ok: bool = False) -> None:
        if path.is_relative_to(home.archive):
            raise PermissionError(13, "Permission denied", str(path))
        real(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refusing)
        with pytest.raises(NotRemoved, match=r"1 files .*archive/.*list\.csv \(Permission denied\)"):
            tidied(home)
    assert files(home.staging) == files(home.rejects) == []
    assert tidied(home)["archive"].count == 1 and files(home.archive) == []


def test_struck_anywhere_the_next_attempt_goes_on(home: Home, tmp_path: Path) -> None:
    first_import(home, LISTED)
    copy_home(home.root, tmp_path / "undisturbed")
    with counted(tmp_path / "undisturbed") as points:
        tidied(Home(tmp_path / "undisturbed"))
    removing = [number for number, name in enumerate(points, 1) if "execute" not in name]
    assert len(removing) > 5
    for number in removing[::4]:  # the others are tried by `make proofs`
        place = Home(tmp_path / str(number))
        copy_home(home.root, place.root)
        with pytest.raises(Struck), counted(place.root, number):
            tidied(place)
        tidied(place)
        assert [files(folder) for folder in (place.archive, place.staging, place.rejects)] == [[], [], []]
        assert table(place).equals(table(home))
