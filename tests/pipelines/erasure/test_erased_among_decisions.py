"""A person is erased about whom something was decided, or is about to be: pairs, entries, held imports, backups."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from pipelines.backup.make_backup import back_up
from pipelines.configuration.settings import Sources
from pipelines.erasure.erase import erase
from pipelines.home import Home
from pipelines.ledger.commit_imports import decide
from pipelines.ledger.decisions.note_duplicates import note_duplicates
from tests.support.by_hand import edit
from tests.support.byte_search import found_in
from tests.support.flow import first_import, import_text, table

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DRAWN = UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427")
ZANETA, NAME = "zaneta.wisniewska@example.com", "Żaneta Wiśniewska"
SOUGHT = (ZANETA, NAME, "Wiśniewska", "512345678", "512 345 678", "Zielona")
OTHERS = "".join(f"p{n}@example.com;Osoba Druga{n};+48 601 {n:03} 100;1,25;PL;A\n" for n in range(9))
LISTED = (
    f"email;name;phone;total spent;country;ulubiony kolor\n{ZANETA};{NAME};+48 512 345 678;12,50;PL;Zielona\n{OTHERS}"
)

KEEPING = Sources.model_validate({"sources": {"crm": {"keep": "rest", "locale": "pl"}}})


def erased(home: Home) -> None:
    erase(home, ZANETA, "dpo", NOW, DRAWN)


def gone(root: Path) -> None:
    assert found_in(root, SOUGHT, but=("drops", "inbox", "a-backup"))[0] == []


@pytest.mark.slow
def test_of_a_listed_pair_nothing_is_left(home: Home) -> None:
    first_import(home, LISTED + f"z.w@example.com;{NAME};+48 512 345 678;1;PL;\n", locale="pl")
    note_duplicates(home)
    assert table(home, "possible_duplicates").height == 1
    erased(home)
    assert table(home, "possible_duplicates").is_empty()


@pytest.mark.slow
def test_what_was_entered_by_hand_goes_too(home: Home) -> None:
    first_import(home, LISTED, locale="pl")
    edit(home, ZANETA, city="Zielona Góra", phone="+48 512 345 678")
    edit(home, "p1@example.com", city="Metz")
    erased(home)
    gone(home.root)
    assert table(home).filter(email="p1@example.com")["city"].to_list() == ["Metz"]


@pytest.mark.slow
def test_a_held_import_goes_on_without_any_of_their_values(home: Home) -> None:
    first_import(home, LISTED, locale="pl")
    held = import_text(home, LISTED, "crm", "held.csv", sources=KEEPING)
    assert held.status == "held"
    erased(home)
    gone(home.root)
    outcome = decide(home, held.import_id, "add", "dpo", NOW)
    assert (outcome.status, outcome.rows_read, outcome.rows_accepted) == ("done", 9, 9)
    assert str(outcome.amount_accepted) == "11.250"
    gone(home.root)


@pytest.mark.slow
def test_a_file_with_them_that_is_held_later_keeps_nothing_of_them(home: Home) -> None:
    first_import(home, LISTED, locale="pl")
    erased(home)
    held = import_text(home, LISTED, "crm", "held.csv", locale="pl")
    assert held.status == "held"
    gone(home.root)
    outcome = decide(home, held.import_id, "add", "dpo", NOW)
    assert (outcome.rows_accepted, outcome.rows_rejected, outcome.reject_codes) == (9, 1, {"ERASED_PERSON": 1})
    assert str(outcome.amount_accepted) == "11.250"
    gone(home.root)


@pytest.mark.slow
def test_a_backup_that_is_being_made_has_the_person_no_more(home: Home, tmp_path: Path) -> None:
    first_import(home, LISTED, locale="pl")

    def meanwhile(stage: str) -> None:
        if stage == "copying the ledger":
            erased(home)

    back_up(home, tmp_path / "kept", lambda: NOW, meanwhile)
    gone(tmp_path / "kept")
    gone(home.root)


@pytest.mark.slow
def test_no_warning_of_a_file_that_they_come_back_in_quotes_them(home: Home) -> None:
    first_import(home, LISTED, locale="pl")
    erased(home)
    again = f"email;name;phone;opt in;total spent\n{ZANETA};{NAME};512-345-678;Zielona;1\nbo@example.com;Bo;;yes;2\n"
    outcome = import_text(home, again, name="again.csv", locale="pl")
    assert any("OPT_IN_VALUE" in warning and "[erased]" in warning for warning in outcome.warnings), outcome.warnings
    assert any("opt in" in warning for warning in outcome.warnings), outcome.warnings
    gone(home.root)
