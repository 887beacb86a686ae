"""Exports that people open in a spreadsheet: nothing in them runs, and what comes back is what went out (PIT-61)."""

import csv
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.publishing import exports
from pipelines.publishing.export_styles import Written, written_as, written_for
from pipelines.publishing.selection import Selection
from tests.support.flow import import_file, import_text, table

NAMES = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "＝1+1",
    "'=1+1",
    "''@x",
    "'quoted",
    "-12.50",
    "+33 6 12 34 56 78",
    "Ann = Bo",
    "O'Brien",
]


@pytest.fixture
def filled(home: Home) -> Home:
    lines = [f'{place}@example.com,"{name}",1' for place, name in enumerate(NAMES)]
    import_text(home, "\n".join(["email,name,total spent", *lines]) + "\n")
    return home


def names_of(home: Home) -> list[str]:
    rows = table(home).sort(pl.col("email").str.extract("^([0-9]+)@").cast(pl.Int64))
    return rows["name"].to_list()


def exported(home: Home, kind: str) -> Path:
    target = home.root / f"customers.{kind}"
    exports.export(home.published, exports.Wanted("customers", kind), target)
    return target


@pytest.mark.rule("PIT-61")
def test_no_cell_of_a_csv_is_a_formula(filled: Home) -> None:
    with exported(filled, "csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    running = [cell for cell in cells if cell[:1] in "=@＝" and cell]
    assert running == []
    assert {cell for cell in cells if cell[:1] in "+-" and cell} == {"-12.50", "+33 6 12 34 56 78"}
    assert "'=cmd|' /C calc'!A0" in cells


@pytest.mark.slow
@pytest.mark.matrix(1)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_was_exported_comes_back_as_it_was_issue_12_11(filled: Home, kind: str) -> None:
    target = exported(filled, kind)
    other = Home(filled.root / "other")
    other.root.mkdir()
    assert import_file(other, target, "shop", on_overlap="add", locale="en").status == "done"
    assert names_of(other) == names_of(filled) == NAMES


def test_what_a_sender_begins_with_an_apostrophe_is_theirs(home: Home) -> None:
    import_text(home, "email,name\na@example.com,'=1+1\n")
    assert names_of(home) == ["'=1+1"]


def test_a_workbook_that_was_exported_shows_text_as_it_is(filled: Home) -> None:
    sheet = openpyxl.load_workbook(exported(filled, "xlsx")).active
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert "=1+1" not in [cell.value for cell in cells if cell.data_type == "f"]
    assert {"=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)"} <= {cell.value for cell in cells}


@pytest.mark.matrix(3)
@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x07", "\x1b", "\x7f", "\u009b", "\u200f", "\u00ad"])
def test_characters_that_command_or_turn_text_around_are_no_part_of_a_name_issue_12_11(home: Home, sign: str) -> None:
    import_text(home, f"email,name\na@example.com,An{sign}na\n")
    assert names_of(home) == ["Anna"]


def test_the_name_of_a_file_commands_no_terminal_issue_12_11(home: Home) -> None:
    outcome = import_text(home, "email,name\na@example.com,Anna\n", name="li\x1b[2Jst\u202e.csv")
    assert outcome.file_name == "li\ufffd[2Jst\ufffd.csv"
    assert table(home, "import_history")["file_name"].to_list() == [outcome.file_name]


LIST = (
    "email,name,status,groups,total spent,first payment date\n"
    'ana@example.com,Ana,active,"Retail, Gros",1234.5,2026-01-02\nbob@example.com,Bob,potential,retail,,\n'
)


@pytest.fixture
def listed(home: Home) -> Home:
    import_text(home, LIST)
    return home


def selected(home: Home, name: str = "customers", **conditions: str) -> list[str]:
    target = home.root / "some.parquet"
    exports.export(home.published, exports.Wanted(name, "parquet", Selection(**conditions)), target)
    rows = pl.read_parquet(target)
    return sorted(rows["email"]) if "email" in rows.columns else sorted(rows["customer_id"])


@pytest.mark.matrix(2)
@pytest.mark.parametrize(
    ("conditions", "emails"),
    [
        ({"status": "Active"}, ["ana@example.com"]),
        ({"priority": "low"}, ["bob@example.com"]),
        ({"group": "RETAIL"}, ["ana@example.com", "bob@example.com"]),
        ({"group": "gros"}, ["ana@example.com"]),
        ({"segment": "high_value"}, ["ana@example.com"]),
        ({"group": "retail", "status": "potential"}, ["bob@example.com"]),
    ],
)
def test_an_export_holds_the_customers_who_are_selected(
    listed: Home, conditions: dict[str, str], emails: list[str]
) -> None:
    assert selected(listed, **conditions) == emails
    assert selected(listed, "customer_priority", **conditions) == emails


def test_tables_beside_customers_are_filtered_by_whose_their_rows_are(listed: Home) -> None:
    assert len(selected(listed, "customer_groups", status="potential")) == 1
    with pytest.raises(WrongUse, match=r"rows of import_history belong to no customer.*--status.*customer_groups"):
        selected(listed, "import_history", status="active")


@pytest.mark.matrix(2)
@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"status": "actve"}, r"no status 'actve'; did you mean --status 'active'\?; there are active, potential"),
        ({"priority": "top"}, r"no priority 'top'; there are high, medium, low"),
        ({"group": "Retial"}, r"no group 'Retial'; did you mean --group 'Retail'\?"),
        ({"segment": "newest"}, r"no segment 'newest'; did you mean --segment 'new'\?; there are high_value, new"),
    ],
)
def test_a_value_that_no_customer_can_have_is_named_with_what_there_is(
    listed: Home, conditions: dict[str, str], said: str
) -> None:
    with pytest.raises(WrongUse, match=said):
        selected(listed, **conditions)


def test_a_csv_is_written_as_its_source_reads_it(listed: Home) -> None:
    sources = Sources.model_validate(
        {
            "sources": {
                "shop": {"locale": "fr", "encoding": "cp1252"},
                "uk": {"locale": "en-GB"},
                "bar": {"delimiter": "|"},
            }
        }
    )
    assert written_as(sources, "shop") == Written(";", comma=True, encoding="cp1252")
    assert written_as(sources, "uk") == Written()
    assert written_as(sources, "bar") == Written("|")
    assert written_for("pl") == Written(";", comma=True)
    target = listed.root / "shop.csv"
    exports.export(listed.published, exports.Wanted(written=written_as(sources, "shop")), target)
    lines = target.read_text("cp1252").splitlines()
    assert lines[0].startswith("customer_id;email;name;")
    assert ";1234,50;" in lines[1] + lines[2]
    assert ";2026-01-02;" in lines[1] + lines[2]
    for wrong in ("shp", "zz"):
        with pytest.raises(WrongUse, match=r"did you mean shop|there is no"):
            written_as(sources, wrong)
    with pytest.raises(WrongUse, match="no locale 'xx'"):
        written_for("xx")


def test_letters_that_an_encoding_lacks_are_named_and_the_file_that_was_there_stays(home: Home) -> None:
    import_text(home, "email,name\nana@example.com,Łódź\n")
    target = home.root / "shop.csv"
    target.write_text("earlier", "utf-8")
    with pytest.raises(WrongUse, match="cp1252 has no letter 'Ł'"):
        exports.export(home.published, exports.Wanted(written=Written(encoding="cp1252")), target)
    assert target.read_text("utf-8") == "earlier"
