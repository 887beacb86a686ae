"""Reject files end to end: any text survives the way there and back, and a stopped file of SmartCRM has one too."""

from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.models.sheet import ROW, Sheet
from pipelines.reading.read_file import read_file
from pipelines.rejects.write import Rejects, write_files
from pipelines.titles.reject_columns import take_off
from pipelines.titles.reject_titles import OWN_TITLES, own_titles
from schemas.profiles import PROFILES, Profile
from tests.support.flow import import_file, import_text, table
from tests.support.workbooks import xlsx

pytestmark = pytest.mark.slow

NASTY = st.text(st.sampled_from("'\"=+-@,;|\t ,.0129éŁż€\\a\n"), max_size=8)
SAFE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn"))
TEXT = NASTY | st.text(SAFE, max_size=12)
ROWS = st.lists(st.tuples(TEXT.filter(str.strip), TEXT, TEXT), min_size=1, max_size=6)
TITLES = ("name", "note", "remark")
ID = "shop-0123456789ab"


def rejects(rows: list[tuple[str, str, str]], delimiter: str) -> Rejects:
    own = [("why", ID, str(number)) for number in range(2, len(rows) + 2)]
    cells = [(*row, *ours) for row, ours in zip(rows, own, strict=True)]
    frame = pl.DataFrame(cells, dict.fromkeys((*TITLES, *OWN_TITLES), pl.String), orient="row")
    return Rejects((*TITLES, *OWN_TITLES), frame, (), delimiter, "rejects")


def read_back(rows: list[tuple[str, str, str]], delimiter: str, kind: str) -> Sheet:
    """What is read of the reject file of these rows."""
    with TemporaryDirectory() as folder:
        write_files(Path(folder), ID, rejects(rows, delimiter))
        return take_off(read_file(Path(folder, f"{ID}.{kind}").read_bytes()))


@pytest.mark.rule("RF-24")
@settings(max_examples=150, deadline=None, derandomize=True)
@given(ROWS, st.sampled_from(",;|\t"))
@example([("a\\", "b\\\nc", 'd"e')], ",")
@example([("'=x", "' ;'", "'a',")], ";")
def test_a_csv_of_rejects_read_back_gives_exactly_the_rejected_rows_text(
    rows: list[tuple[str, str, str]], delimiter: str
) -> None:
    sheet = read_back(rows, delimiter, "csv")
    assert sheet.rows.drop(ROW).rows() == rows
    assert sheet.origins["origin_row_number"].to_list() == list(range(2, len(rows) + 2))


@pytest.mark.rule("RF-24")
@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(st.tuples(TEXT.filter(str.strip), TEXT, TEXT), min_size=6, max_size=30))
def test_a_workbook_of_rejects_read_back_gives_exactly_the_rejected_rows_text(
    rows: list[tuple[str, str, str]],
) -> None:
    sheet = read_back(rows, ",", "xlsx")
    assert sheet.rows.drop(ROW).rows() == rows
    assert not sheet.typed


SMART = "Imię;Email;Kwota\nAna;a@x.fr;10\nBob;;20\nCid;nobody;30\nDan;d@x.fr;40\n"
POLISH = Sources.model_validate(
    {"sources": {"crm": {"profile": "smartcrm", "locale": "pl", "mapping": {"Imię": "first_name"}}}}
)


@pytest.mark.rule("SC-07", "SC-08")
def test_a_stopped_file_of_smartcrm_writes_nothing_lists_its_rows_and_has_a_reject_file(home: Home) -> None:
    outcome = import_text(home, SMART, "crm", sources=POLISH)
    assert (outcome.status, outcome.reasons[0].code) == ("refused", "REJECT_RATIO_EXCEEDED")
    assert "Nic nie zaimportowano" in outcome.message
    assert table(home).is_empty()
    history = table(home, "import_history").row(0, named=True)
    assert (history["status"], history["rows_accepted"], history["rows_rejected"], history["rows_skipped"]) == (
        "refused",
        0,
        2,
        2,
    )
    listed = table(home, "rejected_rows").filter(severity="row").sort("row_number")
    assert listed["row_number"].to_list() == [3, 4]
    assert outcome.reject_file is not None
    sheet = openpyxl.load_workbook(outcome.reject_file).active
    titles, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert titles == ["Imię", "Email", "Kwota", *own_titles("pl")]
    assert [row[0] for row in rows] == ["Bob", "Cid"]
    assert rows[0][3].startswith("Brak wymaganych pól")


@pytest.mark.rule("SC-08")
def test_the_mended_rejects_of_a_stopped_file_come_alone_and_are_told_so(home: Home) -> None:
    first = import_text(home, SMART, "crm", sources=POLISH)
    text = (home.rejects / f"{first.import_id}.csv").read_bytes().decode("utf-8-sig")
    path = home.root / "drops" / "mended.csv"
    path.write_bytes(text.replace('"Bob";""', '"Bob";"b@x.fr"').replace('"nobody"', '"c@x.fr"').encode("utf-8-sig"))
    second = import_file(home, path, "crm", sources=POLISH)
    assert (second.status, second.rows_accepted) == ("done", 2)
    assert any(warning.startswith("REJECTS_OF_UNCOUNTED_IMPORT: 2 wiersze") for warning in second.warnings)


OF_LISTS = [profile for profile in PROFILES.values() if profile.grain != "event"]
"""Profiles with a template; captured events come as NDJSON."""


@pytest.mark.slow
@pytest.mark.parametrize("profile", OF_LISTS, ids=lambda profile: profile.name)
def test_the_reject_file_of_every_profile_is_read_by_it_again(home: Home, profile: Profile) -> None:
    """A row like the template's example, but another one, and a row with another address and nothing else."""
    titles = [column.title for column in profile.template]
    like = [column.example.replace("example.com", "example.org") for column in profile.template]
    rows = [titles, like, *[["bad@@x"] * len(titles)]]
    kind = "xlsx" if "xlsx" in profile.formats else "csv"
    path = home.root / "drops" / f"list.{kind}"
    path.parent.mkdir()
    path.write_bytes(xlsx(rows) if kind == "xlsx" else "".join(written(row) for row in rows).encode())
    first = import_file(home, path, profile=profile.name)
    assert first.rows_rejected == 1, first.message
    again = import_file(home, home.rejects / f"{first.import_id}.{kind}", profile=profile.name)
    assert (again.rows_read, again.rows_rejected) == (1, 1), again.message


def written(cells: list[str]) -> str:
    return ";".join(f'"{cell}"' for cell in cells) + "\n"
