"""Backups: whole or not there, consistent while runs go on, back again to the same tables."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from pipelines.backup import make_backup, parts
from pipelines.backup.make_backup import back_up
from pipelines.backup.manifest import FORMAT, MANIFEST, read_manifest, write_manifest
from pipelines.backup.restore import BackupDamaged, Restored, restore
from pipelines.erasure.erase import erase, finish_erasures, unfinished
from pipelines.errors import AlreadyDone, WarehouseBusy, WrongUse
from pipelines.home import Home
from pipelines.intake.attempts import begun
from pipelines.ledger import commit_imports
from pipelines.warehouse.database import working
from pipelines.warehouse.ledger_tables import LEDGER_VERSION
from tests.crash.killed_writes import HELD, published_state, whole_state, with_held
from tests.support.flow import NOW, import_text, table
from tests.support.homes import once

MADE = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = "email,name,total spent\nlater@example.com,Later,7\n"


@once
def lived_in(home: Home) -> None:
    """A list with a bad row, payments, an undone import, one that is held; a mapping, a sealed key, files that wait."""
    with_held(home)
    home.mappings.mkdir()
    (home.mappings / "another.json").write_text("{}", "utf-8")
    home.secrets.mkdir(mode=0o700)
    (home.secrets / "billing.json").write_text('{"sealed": "…"}', "utf-8")
    (home.secrets / "master-key").write_text("k1:not to be copied", "utf-8")


def copied(home: Home, tmp_path: Path) -> Path:
    target = tmp_path / "backup"
    back_up(home, target, lambda: MADE)
    return target


def restored(tmp_path: Path, backup: Path) -> tuple[Home, Restored]:
    fresh = Home(tmp_path / "fresh")
    return fresh, restore(fresh, backup, replace=False)


@pytest.mark.slow
def test_a_backup_restored_into_an_empty_home_holds_the_same(home: Home, tmp_path: Path) -> None:
    lived_in(home)
    before = whole_state(home)
    fresh, told = restored(tmp_path, copied(home, tmp_path))
    after = whole_state(fresh)
    assert told.differences == {}
    missing = {name for name in before if before[name] != after.get(name)}
    assert {name for name in missing if not name.startswith(("inbox/", "drops/"))} == {
        "secrets/master-key",
        *(name for name in before if name.endswith("/outcome.json")),  # of runs of this machine, for whoever asked
    }
    assert [name for name in after if name not in before] == []


@pytest.mark.slow
def test_what_was_held_can_be_decided_in_a_restored_home(home: Home, tmp_path: Path) -> None:
    lived_in(home)
    fresh, _ = restored(tmp_path, copied(home, tmp_path))
    for each in (home, fresh):
        commit_imports.decide(each, HELD, "replace", "tester", NOW)
    assert published_state(home) == published_state(fresh)


def test_no_master_key_and_nothing_of_the_inbox_is_in_a_backup(home: Home, tmp_path: Path) -> None:
    lived_in(home)
    backup = copied(home, tmp_path)
    assert (backup / "secrets" / "billing.json").exists()
    assert not (backup / "secrets" / "master-key").exists()
    assert not (backup / "inbox").exists()
    assert backup.stat().st_mode & 0o077 == 0


def test_the_manifest_says_what_the_home_held(home: Home, tmp_path: Path) -> None:
    lived_in(home)
    manifest = read_manifest(copied(home, tmp_path))
    assert (manifest.format, manifest.ledger_version, manifest.made_at) == (FORMAT, LEDGER_VERSION, MADE)
    customers = table(home)
    assert manifest.counts.customers == customers.height
    assert manifest.counts.total_spent == customers["total_spent"].sum()
    assert manifest.counts.imports == table(home, "import_history").height


def test_every_folder_of_a_home_is_copied_or_has_a_reason_why_not() -> None:
    named = {name for name, value in vars(Home).items() if isinstance(value, property)}
    assert named == parts.KEPT.keys() | parts.LEFT_OUT.keys()


@pytest.mark.slow
def test_what_is_committed_while_the_originals_are_copied_is_in_the_backup_whole(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_text(home, "email,name\nana@example.com,Ana\n")
    real = make_backup.ledger_transaction

    def after_another_import(of: Home) -> object:
        monkeypatch.setattr(make_backup, "ledger_transaction", real)
        import_text(home, LATER, name="later.csv")
        shutil.rmtree(next(path.parent for path in home.archive.rglob("list.csv")))  # as retention would
        return real(of)

    monkeypatch.setattr(make_backup, "ledger_transaction", after_another_import)
    backup = copied(home, tmp_path)
    assert [path.name for path in (backup / "archive").rglob("*.csv")] == ["later.csv"]
    fresh, told = restored(tmp_path, backup)
    assert told.counts.imports == 2
    assert published_state(fresh) == published_state(home)


@pytest.mark.slow
def test_a_home_that_holds_something_is_replaced_only_where_somebody_says_so(home: Home, tmp_path: Path) -> None:
    lived_in(home)
    backup, before = copied(home, tmp_path), published_state(home)
    import_text(home, LATER, name="later.csv")
    now = whole_state(home)
    with pytest.raises(WrongUse, match=r"holds 5 imports.*has 4 imports.*--replace"):
        restore(home, backup, replace=False)
    assert whole_state(home) == now
    restore(home, backup, replace=True)
    assert published_state(home) == before
    assert not (home.root / ".restore").exists()
    assert (home.inbox / "shop" / "february.csv").exists(), "what senders dropped stays"
    assert import_text(home, LATER, name="later.csv").status == "done"


def test_a_torn_snapshot_and_a_damaged_ledger_are_replaced(home: Home, tmp_path: Path) -> None:
    lived_in(home)
    backup, before = copied(home, tmp_path), published_state(home)
    for path in (home.published, home.working):
        path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(WrongUse, match="cannot be read"):
        restore(home, backup, replace=False)
    restore(home, backup, replace=True)
    assert published_state(home) == before


@pytest.mark.slow
def test_the_log_that_a_killed_writer_left_does_not_meet_the_restored_ledger(home: Home, tmp_path: Path) -> None:
    lived_in(home)
    backup, before = copied(home, tmp_path), published_state(home)
    for path in (home.working, home.published):
        path.with_name(f"{path.name}.wal").write_bytes(b"of another database")
    restore(home, backup, replace=True)
    assert published_state(home) == before


@pytest.mark.slow
@pytest.mark.matrix(1)
@pytest.mark.parametrize("fault", ["changed", "shorter", "gone", "no ledger"])
def test_a_damaged_backup_restores_nothing(home: Home, tmp_path: Path, fault: str) -> None:
    lived_in(home)
    backup, before = copied(home, tmp_path), whole_state(home)
    victim = next((backup / "archive").rglob("*.csv"))
    match fault:
        case "changed":
            victim.write_bytes(victim.read_bytes().replace(b"N1", b"N2"))
        case "shorter":
            victim.write_bytes(victim.read_bytes()[:-1])
        case "gone":
            victim.unlink()
        case _:
            told = json.loads((backup / MANIFEST).read_text("utf-8"))
            told["files"] = [file for file in told["files"] if not file["path"].startswith("warehouse")]
            (backup / MANIFEST).write_text(json.dumps(told), "utf-8")
    with pytest.raises(BackupDamaged, match="nothing was restored"):
        restore(home, backup, replace=True)
    assert whole_state(home) == before


@pytest.mark.matrix(1)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": FORMAT + 1, "software": "9.9"}, rf"customer-intake 9\.9, with format {FORMAT + 1}"),
        ({"ledger_version": LEDGER_VERSION + 1}, f"ledger version {LEDGER_VERSION + 1}"),
        ({"files": [{"path": "../outside", "bytes": 1, "sha256": "0"}]}, "no path within a home"),
        ({"files": [{"path": "/etc/outside", "bytes": 1, "sha256": "0"}]}, "no path within a home"),
        ({"counts": 3}, "damaged"),
    ],
)
def test_a_newer_or_a_changed_manifest_is_refused(
    home: Home, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    lived_in(home)
    backup, before = copied(home, tmp_path), whole_state(home)
    told = json.loads((backup / MANIFEST).read_text("utf-8"))
    (backup / MANIFEST).write_text(json.dumps(told | change), "utf-8")
    with pytest.raises(WrongUse, match=said):
        restore(home, backup, replace=True)
    assert whole_state(home) == before


@pytest.mark.parametrize("made", ["nothing", "a file", "no manifest", "half a manifest"])
def test_a_folder_that_is_no_backup_is_named(home: Home, tmp_path: Path, made: str) -> None:
    place = tmp_path / "place"
    if made == "a file":
        place.write_text("", "utf-8")
    elif made != "nothing":
        place.mkdir()
        (place / (MANIFEST if made == "half a manifest" else "list.csv")).write_text('{"format"', "utf-8")
    with pytest.raises(WrongUse, match=r"no backup|damaged"):
        restore(home, place, replace=False)


def test_a_place_within_the_home_or_with_something_in_it_gets_no_backup(home: Home, tmp_path: Path) -> None:
    import_text(home, LATER)
    with pytest.raises(WrongUse, match="lies in"):
        back_up(home, home.root / "backup", lambda: MADE)
    full = tmp_path / "full"
    full.mkdir()
    (full / "list.csv").write_text("", "utf-8")
    with pytest.raises(WrongUse, match="not empty"):
        back_up(home, full, lambda: MADE)
    (full / "list.csv").unlink()
    back_up(home, full, lambda: MADE)
    with pytest.raises(AlreadyDone, match="of 2026-11-23 12:00 UTC"):
        back_up(home, full, lambda: MADE)
    assert read_manifest(full).counts.imports == 1


@pytest.mark.slow
def test_who_was_erased_after_the_backup_is_told_by_the_restore_that_brings_them_back(
    home: Home, tmp_path: Path
) -> None:
    import_text(home, LATER)
    import_text(home, "email,name\nana@example.com,Ana\n", name="second.csv")
    backup = copied(home, tmp_path)
    assert erase(home, "later@example.com", "Zoé", MADE, UUID(int=7)).row_count == 1
    after = restore(Home(tmp_path / "another"), copied(home, tmp_path / "after"), replace=False)
    assert after.erasures == ()
    told = restore(home, backup, replace=True).erasures
    assert [each[:29] for each in told] == ["2026-11-23 12:00 UTC by Zoé ("]
    assert "later@example.com" in table(home)["email"]
    assert erase(home, "later@example.com", "Zoé", MADE, UUID(int=8)).row_count == 1


@pytest.mark.slow
def test_an_erasure_that_was_not_finished_is_finished_in_the_restored_home(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_text(home, LATER)
    import_text(home, "email,name\nana@example.com,Ana\n", name="second.csv")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("pipelines.erasure.erase.erase_files", _interrupted)
        erase(home, "later@example.com", "Zoé", MADE, UUID(int=7))
    fresh, _ = restored(tmp_path, copied(home, tmp_path))
    finish_erasures(fresh)
    assert [path for path in fresh.archive.rglob("*") if path.is_file() and b"later@" in path.read_bytes()] == []
    assert not unfinished(fresh)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_restore_waits_for_no_run_that_goes_on_but_says_so(home: Home, tmp_path: Path) -> None:
    lived_in(home)
    backup, before = copied(home, tmp_path), whole_state(home)
    with begun(home, "another", {}), pytest.raises(WarehouseBusy, match="run another is going on"):
        restore(home, backup, replace=True)
    after = whole_state(home)
    assert {name: text for name, text in after.items() if ".run-another" not in name} == before


def test_a_ledger_of_a_newer_version_is_refused_by_name_and_left_alone(home: Home) -> None:
    import_text(home, LATER)
    with working(home.working) as connection:
        connection.execute(f"UPDATE ledger.shape SET digest = 'newer', version = {LEDGER_VERSION + 1}")
    before = home.working.read_bytes()
    with pytest.raises(WrongUse, match=f"of version {LEDGER_VERSION + 1}.*newer version"), working(home.working):
        pass
    assert home.working.read_bytes() == before


def test_a_ledger_with_facts_that_we_do_not_know_is_refused_whatever_its_number(home: Home) -> None:
    import_text(home, LATER)
    with working(home.working) as connection:
        connection.execute("CREATE TABLE ledger.novelties (fact VARCHAR); UPDATE ledger.shape SET digest = 'newer'")
    with pytest.raises(WrongUse, match=r"novelties\.fact"), working(home.working):
        pass


@pytest.mark.slow
def test_an_older_ledger_in_a_backup_becomes_one_of_today(home: Home, tmp_path: Path) -> None:
    lived_in(home)
    backup, before = copied(home, tmp_path), published_state(home)
    with working(home.working) as connection:
        connection.execute(
            "DROP TABLE ledger.shape; CREATE TABLE ledger.shape (digest VARCHAR NOT NULL);"
            "INSERT INTO ledger.shape VALUES ('of yesterday'); DROP VIEW ledger.import_history"
        )
    shutil.copyfile(home.working, backup / parts.LEDGER)
    manifest = read_manifest(backup)
    files = {file.path: file for file in make_backup.copied_files(backup)}
    write_manifest(backup, manifest.model_copy(update={"files": tuple(files[file.path] for file in manifest.files)}))
    fresh, told = restored(tmp_path, backup)
    assert told.differences == {}
    assert published_state(fresh) == before
