"""The reject workbook as its sender opens it: what to do, titles in their language, marked cells; and sent as it is."""

from pathlib import Path

import openpyxl
import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.titles.reject_columns import own_title
from pipelines.titles.reject_titles import OWN_TITLES, own_titles, words_of_rejects
from schemas.codes import LANGUAGES
from schemas.wordlists import wordlist
from tests.support.flow import import_file, import_text, table
from tests.support.homes import once

LIST = "email;name;code\nana@example.com;Ana;1\nbob@@example;Bob;000042\ncid@@example;Cid;7\n"


def workbook(home: Home, language: str) -> tuple[Sources, Path]:
    """The terms on which a list was imported, and the workbook of its rejects."""
    return sources_in(language), home.root / imported(home, language)


def sources_in(language: str) -> Sources:
    return Sources(sources={"shop": FileSource(locale=language)})


@once
def imported(home: Home, language: str) -> Path:
    """The workbook's place in the home."""
    outcome = import_text(home, LIST, sources=sources_in(language))
    assert outcome.reject_file
    return Path(outcome.reject_file).relative_to(home.root)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_opens_on_the_rows_and_its_second_sheet_says_what_to_do(home: Home, language: str) -> None:
    _, path = workbook(home, language)
    book, words = openpyxl.load_workbook(path), words_of_rejects(language)
    assert book.sheetnames == ["rejects", words["guide"]] and book.active.title == "rejects"
    (pointer,) = book.active.data_validations.dataValidation
    assert (str(pointer.sqref), pointer.prompt) == ("A1", words["pointer"].format(guide=words["guide"]))
    assert pointer.type is None and words["guide"] in book.active.oddHeader.left.text
    told = [cell for (cell,) in book[words["guide"]].values if cell]
    assert told[0] == words["heading"].format(count=2) and len(told) == 6
    assert own_titles(language)[0] in told[2]
    titles = next(book.active.values)
    assert titles == ("email", "name", "code", *own_titles(language))
    assert [own_title(title) for title in titles[3:]] == [*OWN_TITLES]


def test_reasons_are_wrapped_rows_are_filtered_and_faults_are_marked_without_colour_too(home: Home) -> None:
    _, path = workbook(home, "en")
    sheet = openpyxl.load_workbook(path).active
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:F3")
    assert sheet["D2"].alignment.wrap_text and sheet.row_dimensions[2].height >= 30
    fault, sound = sheet["A2"], sheet["C2"]
    assert fault.font.bold and fault.border.left.style == "medium" and fault.comment
    assert not sound.font.bold and sound.value == "000042" and sound.number_format == "@"


@pytest.mark.matrix(1)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("profile", ["default", "reveal_field", "mono_editor"])
@pytest.mark.parametrize("guide", ["guide", "guide_before"])
def test_mended_it_is_taken_as_it_is_without_a_word_about_its_other_sheet(
    home: Home, language: str, profile: str, guide: str
) -> None:
    sources, path = workbook(home, language)
    book, words = openpyxl.load_workbook(path), words_of_rejects(language)
    if guide != "guide":
        other = book[words["guide"]]
        book.move_sheet(other, -1)
        other.title = words[guide]
        book.active = 1
    for row, name in ((2, "bob"), (3, "cid")):
        book.active.cell(row, 1).value = f"{name}@example.com"
    mended = home.root / "drops" / "mended.xlsx"
    book.save(mended)
    limits = Sources(sources={"shop": FileSource(locale=language, profile=profile)})
    outcome = import_file(home, mended, sources=sources if profile == "default" else limits)
    assert "MULTIPLE_SHEETS" not in {reason.code for reason in outcome.reasons}
    assert not [line for line in outcome.warnings if line.startswith(("OTHER_SHEETS", "HIDDEN_SHEET"))]
    if profile == "default":
        assert (outcome.status, outcome.rows_accepted) == ("done", 2), outcome
        assert set(table(home)["external_id"].drop_nulls()) <= {"000042", "7", "1"}


def test_rows_that_came_back_are_found_behind_any_sheet_and_in_any_order(home: Home) -> None:
    sources, path = workbook(home, "fr")
    book = openpyxl.load_workbook(path)
    book[words_of_rejects("fr")["guide"]].title = "Mode d'emploi"
    book.active["A2"].value = "bob@example.com"
    renamed = home.root / "drops" / "renamed.xlsx"
    book.save(renamed)
    outcome = import_file(home, renamed, sources=sources)
    assert (outcome.rows_read, outcome.rows_accepted) == (2, 1), outcome


def test_reject_files_of_before_are_known_by_their_english_titles_in_every_language(home: Home) -> None:
    sources, path = workbook(home, "pl")
    csv = path.with_suffix(".csv").read_text("utf-8-sig")
    for now, before in zip(own_titles("pl"), OWN_TITLES, strict=True):
        csv = csv.replace(now, before)
    old = home.root / "drops" / "old.csv"
    old.write_text(csv.replace("bob@@example", "bob@example.com"), "utf-8-sig")
    outcome = import_file(home, old, sources=sources)
    assert (outcome.rows_accepted, outcome.rows_rejected) == (1, 1)


def test_titles_survive_every_encoding_and_every_word_is_there() -> None:
    for language in LANGUAGES:
        assert all(title.isascii() and title.startswith("customer-intake: ") for title in own_titles(language))
    assert len({own_titles(language)[1] for language in LANGUAGES}) == 1
    assert [line["key"] for line in wordlist("reject_file_words") if not all(line.values())] == []
