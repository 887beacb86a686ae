"""A person is taken out of everything that is kept; the sums stay, and everybody else's rows."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import polars as pl
import pytest

from pipelines.erasure.erase import erase, preview_erasure
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger.decisions.merge_customers import Deciding, merge_customers
from pipelines.lineage.html_report import write_html
from pipelines.lineage.publish_values import publish_with_values
from pipelines.lineage.report import report_of
from pipelines.lineage.rows_of_import import rows_of_import
from tests.pipelines.stripe.states import Account, charge, customer, sync
from tests.support.byte_search import found_in
from tests.support.flow import first_import, import_file, import_text, table, undo

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DRAWN = UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427")
ZANETA = "zaneta.wisniewska@example.com"
SOUGHT = (ZANETA, "Żaneta Wiśniewska", "Wiśniewska", "512345678", "512 345 678")
LISTED = (
    "email;name;phone;total spent;payment count;country\n"
    f"{ZANETA};Żaneta Wiśniewska;+48 512 345 678;12,50;1;PL\n"
    "olek@example.com;Olek Nowak;+48 512 345 679;9,90;1;PL\n"
)


def gone(home: Home) -> None:
    found, files, size = found_in(home.root, SOUGHT, but=("drops", "inbox"))
    assert found == []
    assert files > 5 and size > 10_000


def erased(home: Home, who: str = ZANETA) -> None:
    erase(home, who, "dpo", NOW, DRAWN)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "utf-16"])
def test_no_byte_of_an_erased_person_is_kept(home: Home, encoding: str) -> None:
    first_import(home, "email,name,total spent\nolek@example.com,Olek Nowak,1\n", source="first")
    path = home.root / "drops" / "list.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(LISTED.encode(encoding))
    import_file(home, path, locale="pl")
    import_text(home, f"email;name;total spent\n{ZANETA.upper()};Żaneta Wiśniewska;nothing\n", name="wrong.csv")
    assert found_in(home.root, SOUGHT, but=("drops",))[0] != []
    erased(home)
    gone(home)


def test_sums_and_other_people_stay(home: Home) -> None:
    first_import(home, LISTED, locale="pl")
    history = table(home, "import_history").drop("warnings")
    assert "ORIGINAL_WITHOUT_ERASED" not in str(table(home, "import_history")["warnings"].to_list())
    erased(home)
    assert table(home)["email"].to_list() == ["olek@example.com"]
    assert table(home, "erased_totals").rows() == [("shop", Decimal("12.500"), 1, None)]
    assert table(home, "import_history").drop("warnings").equals(history)
    assert table(home, "import_history")["warnings"][0][-1].startswith("ORIGINAL_WITHOUT_ERASED")
    (copy,) = [path for path in home.archive.rglob("*") if path.is_file()]
    assert pl.read_csv(copy)["email"].to_list() == ["olek@example.com"]


def test_an_import_that_held_an_erased_person_is_undone_exactly(home: Home) -> None:
    first_import(home, LISTED, locale="pl")
    (imported,) = table(home, "import_history")["import_id"]
    erased(home)
    assert undo(home, imported) == 1
    assert table(home).is_empty() and table(home, "erased_totals").is_empty()


def test_who_was_erased_is_not_erased_again_and_a_stranger_is_nobody(home: Home) -> None:
    first_import(home, LISTED, locale="pl")
    assert preview_erasure(home, ZANETA).row_count == 1
    erased(home)
    with pytest.raises(AlreadyDone):
        erased(home)
    with pytest.raises(WrongUse):
        erased(home, "nobody@example.com")


@pytest.mark.slow
@pytest.mark.rule("PIT-72")
def test_who_was_erased_does_not_come_back_in_silence(home: Home) -> None:
    first_import(home, LISTED, locale="pl")
    erased(home)
    again = LISTED.replace("9,90", "5,00") + f"{ZANETA.upper()};Żaneta Wiśniewska;;nothing;1;PL\n"
    outcome = import_text(home, again, name="again.csv", locale="pl")
    assert outcome.reject_codes["ERASED_PERSON"] == 1
    assert (outcome.rows_accepted, outcome.rows_rejected, outcome.amount_accepted) == (1, 2, Decimal("5.000"))
    rejected = table(home, "rejected_rows")
    assert rejected["row"].to_list() == ["{}", "{}"]
    assert [[reason["code"] for reason in reasons] for reasons in rejected["reasons"]] == [["ERASED_PERSON"]] * 2
    assert table(home)["email"].to_list() == ["olek@example.com"]
    gone(home)


@pytest.mark.slow
def test_whom_a_reference_identifies_is_known_again_without_an_address(home: Home) -> None:
    listed = "external_id;name;total spent\nC-1;Żaneta Wiśniewska;12,50\nC-2;Olek Nowak;9,90\n"
    first_import(home, listed, profile="upflow", locale="pl")
    (who,) = table(home).filter(external_id="C-1")["customer_id"]
    erased(home, who)
    outcome = import_text(home, listed.replace("9,90", "1,00"), name="b.csv", profile="upflow", locale="pl")
    assert outcome.reject_codes == {"ERASED_PERSON": 1}
    gone(home)


@pytest.mark.slow
def test_a_payment_that_two_imports_tell_of_counts_once_when_its_payer_is_erased(home: Home) -> None:
    paid = f"payment id;email;amount;date\nP-1;{ZANETA};12.50;2026-11-01\nP-2;olek@example.com;3;2026-11-01\n"
    more = f"payment id;email;amount;date\nP-1;{ZANETA};12.50;2026-11-01\nP-3;{ZANETA};2;2026-11-02\n"
    first_import(home, paid, profile="payments")
    second = import_text(home, more, name="b.csv", profile="payments", on_overlap="add")
    before = table(home)["total_spent"].sum()
    erased(home)
    assert table(home, "erased_totals")["total_spent"].sum() + table(home)["total_spent"].sum() == before
    undo(home, second.import_id)
    assert table(home, "erased_totals").rows() == [("shop", Decimal("12.500"), 1, None)]


@pytest.mark.slow
def test_an_erased_customer_of_an_account_pays_in_nobodys_name(home: Home) -> None:
    paid = charge("1", 1250, "cus_zaneta", billing_email=ZANETA, billing_name="Żaneta Wiśniewska")
    people = [customer("zaneta", ZANETA, "Żaneta Wiśniewska"), customer("olek", "olek@example.com", "Olek")]
    account = Account([paid, charge("2", 300, None, billing_email=ZANETA)], customers=people)
    sync(home, account)
    erased(home)
    assert table(home)["email"].to_list() == ["olek@example.com"]
    assert table(home, "stripe_apart").select("reason", "amount").rows() == [
        ("customer_without_email", Decimal("12.5")),
        ("guest", Decimal(3)),
    ]
    again = sync(home, account, day=31)
    assert again.import_id is None
    assert any(warning.startswith("ERASED_LEFT_OUT") for warning in again.warnings)
    gone(home)


@pytest.mark.slow
def test_whoever_is_merged_with_an_erased_person_is_that_person(home: Home) -> None:
    merged = LISTED + "z.wisniewska@example.com;Z. Wiśniewska;;1,00;1;PL\n"
    first_import(home, merged, locale="pl")
    merge_customers(home, ZANETA, "z.wisniewska@example.com", Deciding("dpo", NOW))
    erased(home, "z.wisniewska@example.com")
    assert table(home)["email"].to_list() == ["olek@example.com"]
    assert table(home, "erased_totals")["total_spent"].to_list() == [Decimal("13.500")]
    assert found_in(home.root, (*SOUGHT, "z.wisniewska"), but=("drops",))[0] == []


@pytest.mark.slow
def test_pages_lists_and_the_published_lineage_of_an_erased_person_are_gone(home: Home) -> None:
    imported = first_import(home, LISTED, locale="pl")
    other = import_text(home, "email;name;total spent\nolek@example.com;Olek;1\n", "crm", "crm.csv")
    (own, olek) = [report_of(home, who) for who in (ZANETA, "olek@example.com")]
    for report in (own, olek):
        write_html(report, "pl", NOW, home.reports / f"customer-{report.customer_id}.html")
    for identity in (imported.import_id, other.import_id):
        told = rows_of_import(home, identity).accepted.write_json()
        (home.reports / f"rows-{identity}.json").write_text(told, "utf-8")
    (home.reports / "with-her.html").write_text(f"<p>{ZANETA.replace('@', '&#64;')}</p>", "utf-8")
    publish_with_values(home)
    assert table(home, "customer_values").filter(value=ZANETA).height
    erased(home)
    gone(home)
    kept = {f"customer-{olek.customer_id}.html", f"rows-{other.import_id}.json"}
    assert {path.name for path in home.reports.iterdir()} == kept
    assert table(home, "customer_values").is_empty()
