"""`customer_custom_fields`: columns that no field means and that a source keeps, the newest that is not blank."""

import json

import openpyxl
import polars as pl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.intake.import_request import Options, Request
from pipelines.intake.inbox import Arrival
from pipelines.ledger import recompute
from pipelines.ledger.previews import preview
from pipelines.models.staged_file import Outcome
from tests.support.flow import AS_OF, NOW, import_file, import_text, table, undo

KEPT = Sources.model_validate(
    {
        "sources": {
            "crm": {"keep": ["Shoe size", "Birthday"]},
            "shop": {"keep": "rest", "ignore": ["Notes"]},
            "till": {"keep": "rest", "profile": "payments"},
            "website": {"keep": ["utm.campaign"]},
        }
    }
)
TITLES = "email,name,Shoe size,Birthday,Notes\n"


def take(home: Home, rows: str, source: str = "crm", titles: str = TITLES, name: str = "a.csv", **o: object) -> Outcome:
    outcome = import_text(home, titles + rows, source, name, sources=KEPT, **o)
    assert outcome.status.startswith("done"), outcome
    return outcome


def fields(home: Home) -> list[tuple[str, ...]]:
    """Who, source, title and value of each custom field."""
    shown = table(home, "customer_custom_fields").join(table(home).select("customer_id", "email"), on="customer_id")
    who = pl.col("email").str.replace("@.*", "")
    return shown.select(who, "source", "title", "value").sort(pl.all()).rows()


def agree(home: Home) -> None:
    shown = table(home, "customer_custom_fields")
    recompute.rebuild(home)
    assert table(home, "customer_custom_fields").equals(shown)


def test_named_columns_are_kept_and_the_others_are_dropped_and_told(home: Home) -> None:
    outcome = take(home, "ana@example.com,Ana, 38 ,1990-01-02,hi\nbob@example.com,Bob,,,\n")
    assert fields(home) == [("ana", "crm", "Birthday", "1990-01-02"), ("ana", "crm", "Shoe size", "38")]
    assert table(home, "customer_custom_fields")["import_id"].unique().to_list() == [outcome.import_id]
    (told,) = [warning for warning in outcome.warnings if warning.startswith("COLUMNS_NOT_RECOGNISED")]
    assert "Notes" in told
    assert "Shoe size" not in told
    agree(home)


def test_without_the_setting_nothing_is_kept(home: Home) -> None:
    take(home, "ana@example.com,Ana,38,1990-01-02,hi\n", source="other")
    assert fields(home) == []


def test_the_preview_and_the_imports_mapping_name_what_is_kept(home: Home) -> None:
    path = home.root / "a.csv"
    path.write_text(TITLES + "ana@example.com,Ana,38,,hi\n", "utf-8")
    shown = preview(Request(Arrival(path, "crm"), "tester", NOW, AS_OF, Options()), home, KEPT)
    assert {column.header: column.how for column in shown.columns if column.field is None} == {
        "Shoe size": "kept", "Birthday": "kept", "Notes": "not recognised"
    }  # fmt: skip
    assert not home.published.exists()
    take(home, "ana@example.com,Ana,38,,hi\n")
    mapping = json.loads(table(home, "import_history")["mapping"][0])
    assert (mapping["kept"], mapping["unmapped"]) == (["Shoe size", "Birthday"], ["Notes"])


def test_the_rest_is_all_that_nobody_means_or_ignores(home: Home) -> None:
    outcome = take(home, "ana@example.com,Ana,38,,hi\n", source="shop")
    assert fields(home) == [("ana", "shop", "Shoe size", "38")]
    assert not [warning for warning in outcome.warnings if warning.startswith("COLUMNS_NOT_RECOGNISED")]


def test_a_kept_column_that_the_file_lacks_is_told(home: Home) -> None:
    outcome = take(home, "ana@example.com,Ana,38\n", titles="email,name,Shoe size\n")
    assert any("Birthday" in warning and warning.startswith("HEADER_DRIFT") for warning in outcome.warnings)


def test_a_column_that_is_named_is_no_field_by_guess_unless_somebody_maps_it(home: Home) -> None:
    keep = Sources.model_validate({"sources": {"crm": {"keep": ["Company"]}}})
    import_text(home, "email,name,Company\nana@example.com,Ana,ACME\n", "crm", "a.csv", sources=keep)
    assert fields(home) == [("ana", "crm", "Company", "ACME")]
    assert table(home)["company"].to_list() == [None]
    mapped = {"mapping": {"Company": "company"}}
    import_text(home, "email,name,Company\nbob@example.com,Bob,Bolt\n", "crm", "b.csv", sources=keep, **mapped)
    assert fields(home) == [("ana", "crm", "Company", "ACME")]
    assert table(home).filter(pl.col("email") == "bob@example.com")["company"].to_list() == ["Bolt"]


@pytest.mark.slow
def test_the_newest_value_stands_by_source_and_title_and_a_blank_erases_nothing(home: Home) -> None:
    take(home, "ana@example.com,Ana,38,,\nana@example.com,Ana,39,,\n")
    take(home, "ana@example.com,Ana,,1990-01-02,\n", name="b.csv")
    take(home, "ana@example.com,Ana,40,,\n", source="shop", name="c.csv")
    later = take(home, "ana@example.com,Ana,41\n", titles="email,name,SHOE SIZE\n", name="d.csv")
    assert fields(home) == [
        ("ana", "crm", "Birthday", "1990-01-02"), ("ana", "crm", "SHOE SIZE", "41"), ("ana", "shop", "Shoe size", "40")
    ]  # fmt: skip
    undo(home, later.import_id)
    assert ("ana", "crm", "Shoe size", "39") in fields(home)
    agree(home)


def test_a_change_of_a_custom_field_alone_changes_its_customer(home: Home) -> None:
    take(home, "ana@example.com,Ana,38,,\nbob@example.com,Bob,40,,\n")
    outcome = take(home, "ana@example.com,Ana,39,,\nbob@example.com,Bob,40,,\n", name="b.csv", on_overlap="add")
    assert (outcome.customers_updated, outcome.customers_unchanged) == (1, 1)


@pytest.mark.slow
def test_rows_that_do_not_count_have_no_custom_fields(home: Home) -> None:
    rows = "".join(f"c{n}@example.com,C{n},{n},,\n" for n in range(12))
    first = take(home, rows + "wrong,X,99,,\n")
    again = rows.replace(",,\n", ",again,\n") + "new@example.com,New,13,,\n"
    take(home, again, name="b.csv", on_overlap="skip_identical")
    assert {value for *_, value in fields(home)} == {*map(str, range(12)), "13"}
    undo(home, first.import_id)
    assert fields(home) == [("new", "crm", "Shoe size", "13")]
    agree(home)


def test_a_list_that_comes_again_with_other_custom_fields_is_held_all_the_same(home: Home) -> None:
    titles = "email,name,total spent,Shoe size\n"
    rows = [f"c{n}@example.com,C{n},{n}.50" for n in range(1, 13)]
    take(home, "".join(f"{row},1\n" for row in rows), titles=titles)
    outcome = import_text(home, titles + "".join(f"{row},2\n" for row in rows), "crm", "b.csv", sources=KEPT)
    assert outcome.status == "held"


def test_card_numbers_are_no_custom_fields(home: Home) -> None:
    outcome = take(home, "ana@example.com,Ana,4111 1111 1111 1111,,\nbob@example.com,Bob,40,,\n")
    assert outcome.reject_codes == {"SENSITIVE_DATA": 1}
    assert fields(home) == [("bob", "crm", "Shoe size", "40")]


def test_a_kept_column_that_says_which_way_money_goes_still_stops_the_file(home: Home) -> None:
    rows = "ana@example.com,5,2026-01-02,Sale\nbob@example.com,7,2026-01-03,Refund\n"
    outcome = import_text(home, "email,amount,date,Column X\n" + rows, "till", "a.csv", sources=KEPT)
    assert outcome.reasons[0].code == "DIRECTION_UNDECIDED"


def test_rejected_rows_that_come_back_bring_their_custom_fields(home: Home) -> None:
    outcome = take(home, "ana@example.com,Ana,38,,\nwrong,Bob,40,1991-03-04,\n")
    path = home.rejects / f"{outcome.import_id}.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "wrong")
    cell.value = "bob@example.com"
    book.save(path)
    assert import_file(home, path, "crm", sources=KEPT).rows_accepted == 1
    assert [row for row in fields(home) if row[0] == "bob"] == [
        ("bob", "crm", "Birthday", "1991-03-04"), ("bob", "crm", "Shoe size", "40")
    ]  # fmt: skip


def test_all_keys_of_events_that_are_kept_are_custom_fields(home: Home) -> None:
    line = '{"kind": "form", "at": "2026-05-04T09:30:00Z", "email": "ana@example.com", "utm": {"campaign": "May"}}\n'
    import_text(home, line, "website", "events.ndjson", sources=KEPT)
    assert [row[3] for row in fields(home)] == ["May"]


@pytest.mark.parametrize("wrong", ["all", 7, [7]])
def test_anything_but_titles_or_rest_is_no_setting(wrong: object) -> None:
    with pytest.raises(ValueError, match="write the titles of columns as a list"):
        Sources.model_validate({"sources": {"crm": {"keep": wrong}}})
