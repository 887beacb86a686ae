"""Templates: what a person downloads, fills in and sends back is accepted by the profile that it is of."""

import csv
from datetime import datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipelines.configuration.own_profile import OwnProfile
from pipelines.configuration.settings import FileSource, Sources
from pipelines.configuration.typed import FileLimits
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.mapping.map_columns import map_columns, normalise
from pipelines.models.staged_file import REJECTED
from pipelines.spreadsheets.templates import template_kind, write_template
from schemas.codes import message
from schemas.fields import BY_NAME
from schemas.profiles import PROFILES, Profile
from tests.support.flow import file_one, import_file, table

ALL = pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
WITH_XLSX = [profile for profile in PROFILES.values() if "xlsx" in profile.formats]
WITH_CSV = [profile for profile in PROFILES.values() if "csv" in profile.formats]
XLSX = pytest.mark.parametrize("profile", WITH_XLSX, ids=lambda profile: profile.name)
CSV = pytest.mark.parametrize("profile", WITH_CSV, ids=lambda profile: profile.name)


def sheet_of(path: Path) -> openpyxl.worksheet.worksheet.Worksheet:
    workbook = openpyxl.load_workbook(path)
    assert len(workbook.sheetnames) == 1
    return workbook.active


def of_profile(profile: Profile) -> Sources:
    return Sources(sources={"shop": FileSource(profile=profile.name)})


EVERY = pytest.mark.parametrize(
    ("profile", "kind"),
    [(profile, kind) for kind in ("csv", "xlsx") for profile in PROFILES.values() if kind in profile.formats],
    ids=str,
)


def template_of(home: Home, profile: Profile, kind: str) -> Path:
    path = home.root / f"template.{kind}"
    write_template(profile, kind, path)
    return path


def changed(path: Path, cells: dict[str, str | None] | None) -> None:
    """The template with cells of its example changed, by their titles; without any, with its titles alone."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        titles = {cell.value: cell.column for cell in book.active[1]}
        if cells is None:
            book.active.delete_rows(2)
        for title, text in (cells or {}).items():
            book.active.cell(2, titles[title], text)
        book.save(path)
        return
    head, row, *_ = path.read_text("utf-8-sig").splitlines()
    delimiter = ";" if ";" in head else ","
    (titles_row,), (filled,) = csv.reader([head], delimiter=delimiter), csv.reader([row], delimiter=delimiter)
    told = [(cells or {}).get(title, cell) or "" for title, cell in zip(titles_row, filled, strict=True)]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([titles_row] if cells is None else [titles_row, told])


def named(profile: Profile) -> str:
    """The title of a column whose text is a customer's own."""
    fields = ("name", "first_name", "contact_last_name")
    return next(column.title for column in profile.template if column.field in fields)


@pytest.mark.matrix(3)
@EVERY
def test_the_example_of_a_template_is_no_customer_if_it_is_left_in(home: Home, profile: Profile, kind: str) -> None:
    staged = file_one(home, template_of(home, profile, kind), "shop", of_profile(profile))
    assert staged.reject_codes == {"EXAMPLE_ROW": 1}
    assert (staged.rows_accepted, staged.rows_rejected) == (0, 1)
    assert staged.result == ("refused" if profile.row_policy == "abort" else "validated")
    (reason,) = pl.read_parquet(home.staging / staged.key / REJECTED).filter(severity="row")["reasons"][0]
    assert reason["message"] == message("EXAMPLE_ROW", profile.language)


@pytest.mark.matrix(3)
@pytest.mark.rule("SC-05", "UP-37", "MO-13")
@EVERY
def test_an_example_that_was_written_over_is_data(home: Home, profile: Profile, kind: str) -> None:
    path = template_of(home, profile, kind)
    changed(path, {named(profile): "Zoé"})
    staged = file_one(home, path, "shop", of_profile(profile))
    assert (staged.result, staged.rows_accepted, staged.reject_codes) == ("validated", 1, {})
    assert not [warning for warning in staged.warnings if "NOT_RECOGNISED" in warning]


@pytest.mark.matrix(3)
@EVERY
def test_a_template_of_titles_alone_says_that_it_has_no_rows(home: Home, profile: Profile, kind: str) -> None:
    path = template_of(home, profile, kind)
    changed(path, None)
    staged = file_one(home, path, "shop", of_profile(profile))
    assert (staged.result, staged.rows_read, staged.reject_codes) == ("validated", 0, {})
    assert [warning[:7] for warning in staged.warnings if warning.startswith("NO_ROWS")] == ["NO_ROWS"]


def test_an_example_among_customers_costs_itself_alone(home: Home) -> None:
    path = template_of(home, PROFILES["default"], "csv")
    path.write_text(path.read_text("utf-8-sig") + "bob@example.com,Bob" + "," * 15 + "\n", "utf-8")
    outcome = import_file(home, path)
    assert (outcome.rows_accepted, outcome.reject_codes) == (1, {"EXAMPLE_ROW": 1})
    assert table(home)["email"].to_list() == ["bob@example.com"]


@pytest.mark.parametrize(
    "cells",
    [
        {"Postal code": "1000", "Total spent": "1250.5", "Monthly spend": "104.2", "Refund volume": "25"},
        {"Total spent": "1250,5", "Monthly spend": "104,20", "Refund volume": "25,00"},
        {"First payment date": "31/01/2024", "Last payment date": "30.06.2025"},
        {"First payment date": "1/31/2024", "Last payment date": "6/30/2025"},
        {"Email": " ana.smith@example.com "},
    ],
)
def test_what_a_spreadsheet_makes_of_an_example_is_the_example_still(home: Home, cells: dict[str, str | None]) -> None:
    path = template_of(home, PROFILES["default"], "csv")
    changed(path, cells)
    assert file_one(home, path, "shop").reject_codes == {"EXAMPLE_ROW": 1}


@pytest.mark.parametrize("cells", [{"Total spent": "1250.51"}, {"City": None}, {"Region": "Kent"}, {"Phone": "+44 1"}])
def test_one_changed_cell_makes_an_example_data(home: Home, cells: dict[str, str | None]) -> None:
    path = template_of(home, PROFILES["default"], "csv")
    changed(path, cells)
    assert file_one(home, path, "shop").rows_accepted == 1


def test_a_template_is_known_whatever_profile_validates_it(home: Home) -> None:
    path = template_of(home, PROFILES["default"], "xlsx")
    assert file_one(home, path, "shop", profile="askusers").reject_codes == {"EXAMPLE_ROW": 1}


@pytest.mark.rule("MO-14")
@pytest.mark.parametrize("change", ["renamed", "moved", "missing", "added"])
def test_a_strict_template_that_was_changed_is_refused_with_the_difference(home: Home, change: str) -> None:
    profile = PROFILES["mono_editor"]
    path = home.root / "template.xlsx"
    write_template(profile, "xlsx", path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    last = sheet.max_column
    match change:
        case "renamed":
            sheet["B1"] = "Something else"
        case "moved":
            sheet["A1"], sheet["B1"] = sheet["B1"].value, sheet["A1"].value
        case "missing":
            sheet.delete_cols(last)
        case "added":
            sheet.cell(1, last + 1, "Shoe size")
            sheet.cell(2, last + 1, "38")
    book.save(path)
    staged = file_one(home, path, "shop", of_profile(profile))
    assert (staged.result, staged.reason and staged.reason.code) == ("refused", "TEMPLATE_MODIFIED")


@CSV
def test_a_csv_template_opens_well_in_excel(tmp_path: Path, profile: Profile) -> None:
    path = tmp_path / "template.csv"
    write_template(profile, "csv", path)
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    delimiter = "," if profile.language == "en" else ";"
    titles, example = csv.reader(text.decode("utf-8-sig").splitlines(), delimiter=delimiter)
    assert titles == [column.title for column in profile.template]
    assert example == [column.example for column in profile.template]


@pytest.mark.rule("RF-02", "RF-04", "MO-13", "MO-14")
@XLSX
def test_a_workbook_template_has_one_sheet_with_the_titles_as_they_are(tmp_path: Path, profile: Profile) -> None:
    path = tmp_path / "template.xlsx"
    write_template(profile, "xlsx", path)
    sheet = sheet_of(path)
    assert [cell.value for cell in sheet[1]] == [column.title for column in profile.template]
    assert sheet.max_row == 2
    assert sheet.title == profile.name


@XLSX
def test_every_title_of_a_workbook_explains_itself_and_required_ones_are_marked(
    tmp_path: Path, profile: Profile
) -> None:
    path = tmp_path / "template.xlsx"
    write_template(profile, "xlsx", path)
    required = {field for group in profile.groups for field in group}
    for cell, column in zip(sheet_of(path)[1], profile.template, strict=True):
        assert column.note in cell.comment.text
        assert (cell.fill.fgColor.rgb == "FFFFE699") == (column.field in required)
        assert (cell.comment.text != column.note) == (column.field in required)


@XLSX
def test_the_cells_of_a_workbook_template_have_their_types(tmp_path: Path, profile: Profile) -> None:
    path = tmp_path / "template.xlsx"
    write_template(profile, "xlsx", path)
    for cell, column in zip(sheet_of(path)[2], profile.template, strict=True):
        kind = BY_NAME[column.field].kind
        if not column.example:
            assert cell.value is None
        elif kind == "date":
            assert cell.value == datetime.fromisoformat(column.example)
        elif kind in ("amount", "average", "count", "flag"):
            assert cell.value == float(column.example.replace(",", "."))
        else:
            assert (cell.value, cell.number_format) == (column.example, "@")


@pytest.mark.rule("RF-11")
def test_a_choice_of_columns_is_explained_in_the_language_of_the_profile(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    write_template(PROFILES["reveal_field"], "xlsx", path)
    notes = {cell.value: cell.comment.text for cell in sheet_of(path)[1]}
    assert notes["Mobile"].startswith("Une au moins est obligatoire: Téléphone, Mobile.")


def test_the_same_template_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        write_template(PROFILES["default"], "xlsx", tmp_path / name)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


@pytest.mark.rule("RF-16")
@pytest.mark.parametrize("profile", [each for each in PROFILES.values() if each.grain != "event"], ids=str)
def test_every_title_of_a_template_is_mapped_to_its_field_by_its_profile(profile: Profile) -> None:
    titles = [column.title for column in profile.template]
    mapping = map_columns(titles, profile)
    assert {column.title: column.field for column in mapping.columns} == {
        column.title: column.field for column in profile.template
    }


@pytest.mark.rule("PIT-13")
@ALL
def test_the_titles_of_a_profile_are_listed_as_they_are_looked_up(profile: Profile) -> None:
    assert [alias for alias in profile.aliases if normalise(alias) != alias] == []


@pytest.mark.rule("RF-02")
@pytest.mark.parametrize(
    ("name", "kind"),
    [("default", "xlsx"), ("reveal_field", "xlsx"), ("mono_editor", "xlsx"), ("smartcrm", "csv"), ("upflow", "csv")],
)
def test_a_template_is_a_workbook_where_the_profile_takes_one(name: str, kind: str) -> None:
    assert template_kind(PROFILES[name]) == kind


@pytest.mark.parametrize(("name", "kind"), [("smartcrm", "xlsx"), ("upflow", "xlsx"), ("mono_editor", "csv")])
def test_a_template_that_could_not_be_sent_is_wrong_use(tmp_path: Path, name: str, kind: str) -> None:
    with pytest.raises(WrongUse, match=f"there is no {kind} template"):
        write_template(PROFILES[name], kind, tmp_path / "template")
    assert not (tmp_path / "template").exists()


def test_a_profile_of_other_formats_has_no_template() -> None:
    with pytest.raises(WrongUse, match="templates are xlsx, csv"):
        template_kind(OwnProfile(formats=("ods",)).profile("own"))


def test_the_template_of_an_own_profile_is_taken_but_for_its_example(home: Home) -> None:
    own = OwnProfile(
        required=("email", "city"), limits=FileLimits(max_rows=1), template={"Kundenmail": "email", "Wohnort": "city"}
    )
    source = FileSource(profile="own", mapping={"Kundenmail": "email", "Wohnort": "city"})
    sources = Sources(profiles={"own": own}, sources={"shop": source})
    path = home.root / "template.csv"
    write_template(sources.profile("own"), "csv", path)
    assert import_file(home, path, sources=sources).reject_codes == {"EXAMPLE_ROW": 1}
    changed(path, {"Wohnort": "Bonn"})
    assert import_file(home, path, sources=sources).status == "done"
