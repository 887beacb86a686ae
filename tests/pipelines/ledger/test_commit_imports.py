"""The ledger keeps its promises: nothing counted twice, undo exact, rebuild identical, history true."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.errors import WarehouseBusy, WrongUse
from pipelines.home import Home
from pipelines.ledger.recompute import prioritise_all, rebuild
from pipelines.warehouse.database import working
from tests.support import flow
from tests.support.flow import AS_OF, NOW, commit_all, derived, file_one, first_import, import_text, table, undo

HEADER = "email,name,total_spent,payment_count,first_payment_date,last_payment_date\n"
ANA = HEADER + "ana@example.com,Ana,100.10,2,2026-01-05,2026-03-01\n"
ANA_LATER = HEADER + "Ana@Example.com,Ana Sol,20.20,1,2025-12-31,2026-02-01\n"
PAYMENTS = "payment_id,email,amount,date,status\n"


def only(home: Home) -> dict[str, object]:
    return table(home).row(0, named=True)


@pytest.mark.rule("AU-23", "AU-24", "AU-25")
def test_a_second_file_adds_amounts_widens_dates_and_renews_names(home: Home) -> None:
    first_import(home, ANA)
    import_text(home, ANA_LATER, name="later.csv")
    customer = only(home)
    assert (customer["total_spent"], customer["payment_count"]) == (Decimal("120.300"), 3)
    assert (str(customer["first_payment_date"]), str(customer["last_payment_date"])) == ("2025-12-31", "2026-03-01")
    assert (customer["email"], customer["name"]) == ("ana@example.com", "Ana Sol")


def test_the_same_bytes_again_change_nothing_contract_6_1(home: Home) -> None:
    first = first_import(home, ANA)
    before = {name: table(home, name) for name in ("customers", "import_history", "customer_priority_history")}
    again = import_text(home, ANA, name="renamed.csv")
    assert (again.status, again.reasons[0].code, again.import_id) == ("refused", "ALREADY_IMPORTED", first.import_id)
    assert all(rows.equals(table(home, name)) for name, rows in before.items())


def test_the_same_bytes_for_another_source_are_another_import(home: Home) -> None:
    first, second = first_import(home, ANA), import_text(home, ANA, source="crm", on_overlap="add")
    assert first.import_id != second.import_id
    assert only(home)["sources"] == ["crm", "shop"]


@pytest.mark.rule("AU-24", "RF-30")
def test_undo_takes_out_exactly_one_import_in_any_order(home: Home) -> None:
    first = first_import(home, ANA)
    alone = derived(home)["customers"]
    second = import_text(home, ANA_LATER, name="later.csv")
    undo(home, second.import_id)
    assert derived(home)["customers"].equals(alone)
    undo(home, first.import_id)
    assert table(home).is_empty()
    assert table(home, "customer_priority").is_empty()


@pytest.mark.rule("RF-27", "RF-28")
def test_undo_keeps_the_entry_and_says_how_many_went(home: Home) -> None:
    outcome = import_text(home, ANA + "bob@example.com,Bob,1,1,2026-01-01,2026-01-01\n")
    import_text(home, ANA_LATER, name="later.csv")
    assert undo(home, outcome.import_id) == 1
    entry = table(home, "import_history").filter(import_id=outcome.import_id).row(0, named=True)
    assert (entry["status"], entry["undone_count"], entry["undone_by"], entry["undone_at"]) == (
        "undone",
        1,
        "tester",
        NOW,
    )
    assert table(home)["email"].to_list() == ["Ana@Example.com"]


@pytest.mark.rule("UP-14")
def test_the_history_says_who_imported_what_when_and_how_it_was_read(home: Home) -> None:
    import_text(home, "E-Mail;Name\nana@example.com;Ana\n", name="list.csv")
    entry = table(home, "import_history").row(0, named=True)
    told = (entry["imported_by"], entry["started_at"], entry["file_name"], json.loads(entry["dialect"])["delimiter"])
    assert told == ("tester", NOW, "list.csv", ";")
    assert json.loads(entry["mapping"])["fields"] == {"email": "E-Mail", "name": "Name"}


@pytest.mark.rule("RF-03", "RF-29")
def test_the_short_history_shows_twenty_days_and_the_long_one_everything(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in (19, 21):
        monkeypatch.setattr(flow, "NOW", datetime.now(UTC) - timedelta(days=days))
        import_text(home, f"email,name\nana{days}@example.com,Ana\n", name=f"{days}.csv")
    assert set(table(home, "import_history")["file_name"]) == {"19.csv", "21.csv"}
    assert table(home, "import_history_recent")["file_name"].to_list() == ["19.csv"]
    for import_id in table(home, "import_history")["import_id"].to_list():
        undo(home, import_id)
    recent = table(home, "import_history_recent").select("file_name", "status", "undone_count", "undone_by")
    assert recent.rows() == [("19.csv", "undone", 1, "tester")]
    assert table(home, "import_history")["status"].to_list() == ["undone", "undone"]


def test_importing_again_after_an_undo_is_a_new_import_with_a_number(home: Home) -> None:
    first = first_import(home, ANA)
    undo(home, first.import_id)
    again = import_text(home, ANA)
    assert (again.import_id, again.status) == (f"{first.import_id}-2", "done")
    assert (home.archive / again.import_id / "list.csv").read_text("utf-8") == ANA
    undo(home, again.import_id)
    assert import_text(home, ANA).import_id == f"{first.import_id}-3"


@pytest.mark.parametrize("wanted", ["nothing-000000000000", ""])
def test_undoing_what_is_not_there_says_where_to_look(home: Home, wanted: str) -> None:
    first_import(home, ANA)
    with pytest.raises(WrongUse, match="customers history"):
        undo(home, wanted)


def test_undoing_twice_or_undoing_a_refused_file_is_told(home: Home) -> None:
    done = first_import(home, ANA)
    refused = import_text(home, "name\nAna\n", name="bad.csv")
    undo(home, done.import_id)
    with pytest.raises(WrongUse, match="undone already"):
        undo(home, done.import_id)
    with pytest.raises(WrongUse, match="was refused"):
        undo(home, refused.import_id)


def test_rebuild_gives_the_tables_that_the_increments_gave(home: Home) -> None:
    first_import(home, ANA)
    import_text(home, ANA_LATER, name="later.csv")
    undo(home, import_text(home, HEADER + "bob@example.com,Bob,7,1,2026-01-01,2026-01-01\n", name="b.csv").import_id)
    before = {name: table(home, name) for name in ("customers", "customer_priority", "customer_priority_history")}
    rebuild(home)
    for name, rows in before.items():
        assert rows.equals(table(home, name)), name


def test_a_payment_that_is_cancelled_later_no_longer_counts(home: Home) -> None:
    import_text(home, PAYMENTS + "p1,ana@example.com,10,2026-01-01,paid\n", profile="payments")
    import_text(home, PAYMENTS + "p1,ana@example.com,10,2026-01-01,cancelled\n", profile="payments", name="b.csv")
    assert (only(home)["total_spent"], only(home)["payment_count"], only(home)["first_payment_date"]) == (0, 0, None)


def test_refunds_leave_the_count_alone(home: Home) -> None:
    import_text(
        home,
        PAYMENTS + "p1,a@example.com,10,2026-01-01,paid\np2,a@example.com,-4,2026-02-01,paid\n",
        profile="payments",
    )
    customer = only(home)
    assert (customer["total_spent"], customer["payment_count"], customer["refund_volume"]) == (10, 1, 4)
    assert (customer["net_spent"], str(customer["last_payment_date"])) == (6, "2026-01-01")


@pytest.mark.rule("MO-22", "RF-22")
def test_history_counts_created_updated_and_unchanged_customers(home: Home) -> None:
    first_import(home, ANA)
    outcome = import_text(home, HEADER + "ana@example.com,,,,,\nbob@example.com,Bob,,,,\n", name="b.csv")
    assert (outcome.rows_rejected, outcome.reject_codes) == (1, {"MISSING_NAME": 1})
    same = import_text(home, HEADER + "ana@example.com,Ana,,,,\n", name="c.csv")
    assert (outcome.customers_created, outcome.customers_updated, outcome.customers_unchanged) == (1, 0, 0)
    assert (same.customers_created, same.customers_updated, same.customers_unchanged) == (0, 0, 1)
    counts = ("rows_accepted", "rows_rejected", "customers_created", "customers_updated", "customers_unchanged")
    assert sorted(table(home, "import_history").select("file_name", *counts).rows()) == [
        ("b.csv", 1, 1, 1, 0, 0),
        ("c.csv", 1, 0, 0, 0, 1),
        ("list.csv", 1, 0, 1, 0, 0),
    ]


def test_files_of_one_batch_count_their_own_customers(home: Home) -> None:
    texts = {"a.csv": ANA, "b.csv": ANA_LATER + "bob@example.com,Bob,1,1,2026-01-01,2026-01-01\n"}
    staged_files = []
    for name, text in texts.items():
        path = home.root / name
        path.write_text(text, "utf-8")
        staged_files.append(file_one(home, path, "shop"))
    first, second = commit_all(home, staged_files)
    assert (first.customers_created, first.customers_updated) == (1, 0)
    assert (second.customers_created, second.customers_updated) == (1, 1)


def test_a_refused_file_is_in_the_history_and_its_next_attempt_replaces_it(home: Home) -> None:
    text = "Joindre par,Nom\nana@example.com,Ana\n"
    refused = import_text(home, text)
    assert table(home, "rejected_rows")["severity"].to_list() == ["file"]
    accepted = import_text(home, text, mapping={"Joindre par": "email"})
    assert (refused.import_id, accepted.status) == (accepted.import_id, "done")
    assert table(home, "import_history")["status"].to_list() == ["done"]
    assert table(home, "rejected_rows").is_empty()


def test_a_refused_file_dropped_again_is_told_again_and_stays_one_entry(home: Home) -> None:
    for _ in range(2):
        import_text(home, "name\nAna\n")
    assert table(home, "import_history").height == 1


@pytest.mark.rule("UP-15")
def test_rejected_rows_carry_the_senders_titles_text_and_every_reason(home: Home) -> None:
    text = "E-mail;Nom;Total dépensé\nnot-one;;12,3x\n"
    sources = Sources(sources={"shop": FileSource(locale="fr")})
    assert import_text(home, text, sources=sources).status == "done_with_rejects"
    row = table(home, "rejected_rows").row(0, named=True)
    assert json.loads(row["row"]) == {"E-mail": "not-one", "Nom": "", "Total dépensé": "12,3x"}
    assert [reason["code"] for reason in row["reasons"]] == ["INVALID_EMAIL", "MISSING_NAME", "INVALID_NUMBER"]
    assert (row["row_number"], row["reasons"][0]["header"]) == (2, "E-mail")
    assert "adresse" in row["reasons"][0]["message"]


def test_the_archive_holds_the_untouched_original(home: Home) -> None:
    outcome = import_text(home, "\ufeff" + ANA.replace("\n", "\r\n"))
    assert (home.archive / outcome.import_id / "list.csv").read_bytes() == ("\ufeff" + ANA).replace(
        "\n", "\r\n"
    ).encode()


def test_staging_holds_what_was_read_as_text_with_row_numbers(home: Home) -> None:
    outcome = import_text(home, "email,name\n\nana@example.com, Ana \n")
    staged = pl.read_parquet(home.staging / outcome.import_id / "rows.parquet")
    assert staged.rows() == [(3, "ana@example.com", " Ana ")]
    assert outcome.rows_blank == 1


@pytest.mark.rule("AMB-03", "PIT-98")
def test_a_new_day_moves_everybody_and_says_that_it_was_the_clock(home: Home) -> None:
    later = AS_OF.replace(month=12, day=24)
    import_text(home, HEADER + "ana@example.com,Ana,600,6,2026-06-23,2026-07-01\n", as_of=AS_OF.replace(month=7))
    assert table(home, "customer_priority")["priority"].to_list() == ["high"]
    import_text(home, HEADER + "bob@example.com,Bob,60,1,2026-12-01,2026-12-01\n", name="b.csv", as_of=later)
    changes = table(home, "customer_priority_history").sort("change_number", "cause")
    assert changes.select("priority", "cause", "as_of_date").rows() == [
        ("high", "data", AS_OF.replace(month=7)),
        ("medium", "data", later),
    ]
    prioritise_all(home, AS_OF.replace(year=2027))
    rebuild(home)
    changes = table(home, "customer_priority_history").sort("change_number", "cause")
    assert changes["cause"].to_list() == ["data", "data", "clock", "clock"]
    assert table(home, "customer_priority")["as_of_date"].unique().to_list() == [AS_OF.replace(year=2027)]


def test_previous_priority_is_the_one_before_the_latest_change(home: Home) -> None:
    text = HEADER + "ana@example.com,Ana,300,3,2026-08-23,2026-11-01\n"
    import_text(home, text)
    prioritise_all(home, AS_OF.replace(year=2027))
    rebuild(home)
    row = table(home, "customer_priority").row(0, named=True)
    assert (row["priority"], row["previous_priority"]) == ("low", "high")
    history = table(home, "customer_priority_history").sort("change_number").select("priority", "cause").rows()
    assert history == [("high", "data"), ("low", "clock")]


def test_another_process_waits_its_turn_and_is_told_who_holds_the_lock(home: Home) -> None:
    with working(home.working), pytest.raises(WarehouseBusy, match="held by process"), working(home.working, 0.1):
        pass


def test_customer_ids_depend_on_the_customer_alone(home: Home, tmp_path: Path) -> None:
    first_import(home, ANA)
    (tmp_path / "other").mkdir()
    other = Home(tmp_path / "other")
    import_text(other, HEADER + "bob@example.com,Bob,1,1,2026-01-01,2026-01-01\n")
    import_text(other, ANA_LATER, source="crm")
    ana = pl.col("email").str.to_lowercase() == "ana@example.com"
    assert table(home)["customer_id"].to_list() == table(other).filter(ana)["customer_id"].to_list()
