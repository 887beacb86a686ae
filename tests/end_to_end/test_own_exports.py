"""What we export comes back: the same customers and totals in a fresh home, and never twice in the same one."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.models.staged_file import ACCEPTED, Outcome
from pipelines.publishing.export_styles import Written, written_for
from pipelines.publishing.exports import Wanted, export, tables_of
from tests.support.flow import commit_all, file_one, import_file, import_text, table, tables, undo
from tests.support.homes import once

pytestmark = pytest.mark.slow

LIST = (
    "email,name,company,phone,country,external_id,total spent,refund volume,payment count,first payment date,"
    "last payment date,monthly spend\n"
    "ana@example.com,Ana Ève,ACME; SA,+33612345678,FR,007,{one},{two},3,2024-03-01,2024-03-12,{two}\n"
    "bob@example.com,Bob,Łódź sp. z o.o.,,PL,,{two},,1,2024-01-02,2024-02-01,\n"
    "cam@example.com,Cam,,,,,,,,,,\n"
)
AMOUNTS = {
    "USD": ("12.5", "1234567.89"),
    "JPY": ("1200", "1234567"),
    "KWD": ("1.25", "3.1"),
    "TND": ("1.234", "0.005"),
    "EUR": ("0.1", "999999999.99"),
}
LOCALES = ("de", "de-CH", "fr", "pl", "en", "ar")
KEPT = (
    "customer_id",
    "email",
    "name",
    "company",
    "phone",
    "country",
    "external_id",
    "total_spent",
    "refund_volume",
    "net_spent",
    "payment_count",
    "first_payment_date",
    "last_payment_date",
    "reported_monthly_spend",
)


def sources_of(currency: str, **source: object) -> Sources:
    return Sources.model_validate({"base_currency": currency, "sources": {"back": source} if source else {}})


@once
def listed(home: Home, currency: str) -> Outcome:
    """The list, imported in a home of this currency."""
    one, two = AMOUNTS[currency]
    return imported(home, LIST.format(one=one, two=two), sources_of(currency), "shop")


def exported(tmp_path: Path, currency: str, kind: str = "csv") -> tuple[Path, pl.DataFrame]:
    """The export of a home in this currency, and its customers."""
    home = Home(tmp_path / f"first-{currency}")
    listed(home, currency)
    target = tmp_path / f"customers.{kind}"
    export(home.published, Wanted("customers", kind), target)
    return target, table(home).select(KEPT)


def imported(home: Home, text: str | Path, sources: Sources, source: str = "back") -> Outcome:
    path = text if isinstance(text, Path) else home.root / "list.csv"
    if isinstance(text, str):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return commit_all(home, [file_one(home, path, source, sources)])[0]


@pytest.mark.parametrize("currency", AMOUNTS)
def test_a_csv_imports_again_to_the_same_totals_in_every_locale_and_currency(tmp_path: Path, currency: str) -> None:
    path, before = exported(tmp_path, currency)
    fresh = Home(tmp_path / "fresh")
    outcome = imported(fresh, path, sources_of(currency, kind="file"))
    assert (outcome.status, outcome.rows_accepted) == ("done", 3)
    assert not [text for text in outcome.warnings if "recognised" in text]
    assert table(fresh).select(KEPT).equals(before)
    wanted = accepted(tmp_path, path, sources_of(currency, kind="file"))
    for locale in LOCALES if currency == "KWD" else LOCALES[:2]:
        assert accepted(tmp_path, path, sources_of(currency, locale=locale)).equals(wanted), locale


def accepted(tmp_path: Path, path: Path, sources: Sources) -> pl.DataFrame:
    """What the rows of a file contribute, from which all tables follow."""
    home = Home(tmp_path / "read")
    staged_file = file_one(home, path, "back", sources)
    assert not [text for text in staged_file.warnings if "recognised" in text]
    return pl.read_parquet(home.staging / staged_file.key / ACCEPTED)


def test_a_csv_writes_money_with_the_decimals_of_its_currency_and_names_it(tmp_path: Path) -> None:
    wanted = {"USD": ["12.50", "1234567.89"], "JPY": ["1200", "1234567"], "KWD": ["1.250", "3.100"]}
    for currency, amounts in wanted.items():
        rows = pl.read_csv(exported(tmp_path, currency)[0], infer_schema=False)
        assert sorted(rows["total_spent"].drop_nulls()) == sorted(amounts)
        assert rows["currency"].unique().to_list() == [currency]


@pytest.mark.parametrize("currency", AMOUNTS)
def test_a_workbook_imports_again(tmp_path: Path, currency: str) -> None:
    path, before = exported(tmp_path, currency, "xlsx")
    fresh = Home(tmp_path / "fresh")
    assert imported(fresh, path, sources_of(currency, locale="de")).status == "done"
    assert table(fresh).select(KEPT).equals(before)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_a_second_time_is_the_same_file_but_for_what_tells_of_imports(
    tmp_path: Path, kind: str
) -> None:
    path, _ = exported(tmp_path, "USD", kind)
    fresh = Home(tmp_path / "fresh")
    imported(fresh, path, sources_of("USD"))
    again = tmp_path / f"again.{kind}"
    export(fresh.published, Wanted("customers", kind), again)
    read = pl.read_csv if kind == "csv" else pl.read_excel
    first, second = (read(each).drop("sources", "^(first|last)_import_id$", "^.*ed_at$") for each in (path, again))
    assert first.equals(second)


def test_an_export_in_another_currency_than_the_home_is_refused_row_by_row(tmp_path: Path) -> None:
    path, _ = exported(tmp_path, "KWD")
    outcome = imported(Home(tmp_path / "fresh"), path, sources_of("USD"))
    assert outcome.reject_codes["CURRENCY_NOT_CONVERTIBLE"] == 2
    assert outcome.amount_accepted == 0


def test_our_customer_id_is_no_reference_of_the_sender(tmp_path: Path) -> None:
    path, before = exported(tmp_path, "USD")
    some = tmp_path / "some.csv"
    pl.read_csv(path, infer_schema=False).select("customer_id", "email", "name", "total_spent").write_csv(some)
    home = Home(tmp_path / "fresh")
    outcome = imported(home, some, sources_of("USD"))
    assert table(home)["external_id"].to_list() == [None, None, None]
    assert not [text for text in outcome.warnings if "customer_id" in text]
    assert table(home)["total_spent"].equals(before["total_spent"])


@pytest.mark.parametrize("ids", [("17", "18"), ("C-1", "C-2"), ("6f9619ff-8b86-4011-b42d-00c04fc964ff",) * 2])
def test_the_customer_id_of_another_system_is_its_reference(home: Home, ids: tuple[str, str]) -> None:
    text = f"customer_id,email,name\n{ids[0]},ana@example.com,Ana\n{ids[1]},bob@example.com,Bob\n"
    import_text(home, text)
    assert set(table(home)["external_id"]) == set(ids)


def everything(home: Home) -> dict[str, list[dict[str, object]]]:
    """Every table and view but what tells of imports."""
    names = [name for name in tables_of(home.published) if not name.startswith(("import_history", "rejected"))]
    return {name: rows.to_dicts() for name, rows in tables(home, names).items()}


AWKWARD = (
    "email,name,company,phone,external_id,status,opt in,groups,"
    "total spent,refund volume,payment count,first payment date\n"
    'ana@example.com,=1+1,ACME; SA,+33612345678,007,,yes,"Retail|""Big, bold""",12.5,20,3,2024-03-01\n'
    'bob@example.com,"Bob ""the"" B",,,,potential,no,,,,,\n'
    "cam@example.com,Cam,,,,active,,Wholesale,0,,0,\n"
    'dan@example.com,@dan,"A\nB",,,,,,1234567.89,,1,2024-01-02\n'
    "eve@example.com,'quoted,,,-7,,,,,,,\n"
    f"fay@example.com,{'F' * 4000},,,,,,,,,,\n"
)


@once
def awkward(home: Home) -> None:
    """Customers whose texts are hard to keep, and one without an address."""
    imported(home, AWKWARD, sources_of("EUR"), "shop")
    imported(home, "reference,company\nR-1,No Address GmbH\n", sources_of("EUR"), "crm")


@pytest.mark.parametrize("locale", [None, "fr", "de-CH", "en", "pl"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_sent_back_to_where_it_comes_from_changes_nothing(home: Home, kind: str, locale: str | None) -> None:
    awkward(home)
    before = everything(home)
    style = written_for(locale) if kind == "csv" else Written()
    target = home.root / f"customers.{kind}"
    export(home.published, Wanted("customers", kind, written=style), target)
    source = {"locale": locale} if locale else {"kind": "file"}
    outcome = imported(home, target, sources_of("EUR", **source))
    assert (outcome.status, outcome.rows_rejected, outcome.rows_accepted) == ("done", 0, 0), outcome
    assert outcome.rows_skipped == len(before["customers"])
    assert [warning[:24] for warning in outcome.warnings] == ["EXPORT_SAYS_NOTHING_NEW:"]
    assert everything(home) == before


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_in_a_fresh_home_a_computed_status_is_computed_again_and_a_stated_one_stays(home: Home, kind: str) -> None:
    imported(home, AWKWARD, sources_of("EUR"), "shop")
    target = home.root / f"customers.{kind}"
    export(home.published, Wanted("customers", kind), target)
    fresh = Home(home.root / "fresh")
    assert imported(fresh, target, sources_of("EUR", locale="en")).rows_rejected == 0
    kept = ["email", "name", "company", "status", "opt_in", "groups", "net_spent", "external_id"]
    assert table(fresh).select(kept).equals(table(home).select(kept))
    imported(fresh, "email,name,total spent\neve@example.com,Eve,5\ncam@example.com,Cam,1\n", sources_of("EUR"), "shop")
    states = dict(table(fresh).select("email", "status").iter_rows())
    assert states["eve@example.com"] == "active", "nobody ever stated that she was potential"
    assert states["cam@example.com"] == "active"


def test_what_somebody_mended_in_an_export_is_taken_and_no_money_counts_again(home: Home) -> None:
    imported(home, AWKWARD, sources_of("EUR"), "shop")
    before, consents = table(home), table(home, "customer_consents")
    target = home.root / "customers.csv"
    export(home.published, Wanted(), target)
    mended = target.read_text("utf-8-sig").replace("Cam", "Camille").replace("ACME; SA", "ACME AG")
    outcome = imported(home, mended, sources_of("EUR"))
    assert (outcome.status, outcome.rows_accepted, outcome.rows_skipped) == ("done", 2, 4)
    after = table(home)
    money = ["email", "status", "opt_in", "groups", "total_spent", "payment_count", "refund_volume"]
    assert after.select(money).equals(before.select(money))
    assert {"Camille"} <= set(after["name"])
    assert "ACME AG" in after["company"].to_list()
    assert table(home, "customer_consents").equals(consents)


def test_an_export_of_which_some_imports_count_here_and_others_do_not_is_refused(tmp_path: Path) -> None:
    path, _ = exported(tmp_path, "USD")
    home = Home(tmp_path / "first-USD")
    first = table(home, "import_history")["import_id"][0]
    import_file(home, home.root / "list.csv", "other", on_overlap="add")
    export(home.published, Wanted(), path)
    undo(home, first)
    refused = import_file(home, path, "back")
    assert [reason.code for reason in refused.reasons] == ["EXPORT_OF_THESE_CUSTOMERS"]
    assert "total_spent" in refused.message
    assert import_file(home, path, "back", on_overlap="add").status == "done"


def test_once_its_imports_are_undone_an_export_may_take_their_place(tmp_path: Path) -> None:
    path, before = exported(tmp_path, "USD")
    home = Home(tmp_path / "first-USD")
    undo(home, table(home, "import_history")["import_id"][0])
    assert import_file(home, path, "back").status == "done"
    assert table(home).select(KEPT).equals(before)
