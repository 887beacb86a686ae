"""Identifiers, phones and workbooks of other writers that were read wrong once (`../shared/faults`), each now right.

Each input goes the whole way to the customers, with the profile, locale and country that its line names.
"""

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.configuration.own_profile import OwnProfile
from pipelines.configuration.settings import FileSource, Sources
from pipelines.home import Home
from pipelines.models.staged_file import Outcome
from schemas.profiles import PROFILES
from tests.support.flow import commit_all, file_one, table

FAULTS = Path(__file__).parents[3] / "shared" / "faults"
PLACEHOLDERS = ["1.0", "-", "n/a", "#N/A", "#REF!", "0", "manual", "POS", "TBD", "00000000-0000-0000-0000-000000000000"]
KEYED = OwnProfile(required=("name",), key=("external_id", "name"))

pytestmark = pytest.mark.skipif(not FAULTS.is_dir(), reason="needs ../shared/faults")


class Imported:
    """What became of one file."""

    def __init__(self, home: Home, outcome: Outcome, warnings: tuple[str, ...]) -> None:
        self.status, self.warnings = outcome.status, " ".join(warnings)
        self.customers, self.reasons = table(home), [reason.code for reason in outcome.reasons]
        rejects = table(home, "rejected_rows")
        self.rejected = [
            (row, [reason["code"] for reason in reasons])
            for row, reasons in rejects.filter(severity="row").select("row_number", "reasons").rows()
        ]

    def of(self, name: str, email: str) -> Any:
        """A value of one customer."""
        return self.customers.filter(pl.col("email").str.starts_with(email)).get_column(name).item()

    def all(self, name: str) -> dict[str, Any]:
        """A value of every customer, by the part of the address before `@`."""
        rows = self.customers.select(pl.col("email").str.split("@").list.first(), name).rows()
        return dict(sorted(rows))


def imported(home: Home, path: Path, base: str = "USD", **source: Any) -> Imported:
    sources = Sources(sources={"shop": FileSource(**source)}, base_currency=base, profiles={"keyed": KEYED})
    copy = home.root / "drops" / path.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    staged_file = file_one(home, copy, "shop", sources)
    return Imported(home, commit_all(home, [staged_file])[0], staged_file.warnings)


def money(*amounts: int | str) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


@pytest.mark.matrix(2)
@pytest.mark.parametrize("word", PLACEHOLDERS)
def test_a_placeholder_is_no_number_of_a_payment(home: Home, tmp_path: Path, word: str) -> None:
    path = tmp_path / "payments.csv"
    path.write_text((FAULTS / "placeholder_payment_ids.csv").read_text("utf-8").replace("1.0", word), "utf-8")
    found = imported(home, path, profile="payments", locale="en")
    assert found.all("total_spent") == {"a": 140, "b": 250, "c": 10}


def test_a_placeholder_is_no_clients_id(home: Home) -> None:
    found = imported(home, FAULTS / "placeholder_client_ids.csv", "EUR", profile="upflow", locale="fr")
    assert sorted(found.customers["name"]) == ["Ann", "Bob"] and found.customers["external_id"].null_count() == 2


def test_a_shortened_number_is_no_key(home: Home) -> None:
    found = imported(home, FAULTS / "shortened_13_digit_ids.csv", profile="keyed", locale="en")
    assert found.customers.is_empty(), "three customers, or three rejects that say why"
    assert found.rejected == [(row, ["SCIENTIFIC_NOTATION"]) for row in (2, 3, 4)]


def test_numbers_that_lost_digits_are_no_payments_number(home: Home) -> None:
    path = FAULTS / "workbooks" / "payment_ids_17_digits.xlsx"
    found = imported(home, path, profile="payments", locale="en")
    assert found.all("total_spent") == {"a": 100, "b": 250, "c": 10}


@pytest.mark.parametrize("name", ["sheetjs_list.xlsx", "sheetjs_list.xlsb"])
def test_a_list_of_sheetjs_is_read_whole(home: Home, name: str) -> None:
    found = imported(home, FAULTS / "workbooks" / name, locale="en")
    assert found.status == "done" and found.customers.height == 30
    assert found.of("total_spent", "c1@") == Decimal("11.5")
    assert str(found.of("last_payment_date", "c0@")) == "2024-01-01"


def test_an_xlsx_of_sheetjs_is_one_to_a_profile_that_takes_no_xlsb(home: Home) -> None:
    assert "xlsb" not in PROFILES["mono_editor"].formats
    found = imported(home, FAULTS / "workbooks" / "sheetjs_list.xlsx", profile="mono_editor", locale="en")
    assert found.reasons == ["TEMPLATE_MODIFIED"], "the titles are not its template's, the format is its own"


def test_days_of_sheetjs_are_counted_from_1904(home: Home) -> None:
    found = imported(home, FAULTS / "workbooks" / "sheetjs_1904.xlsx", locale="en")
    assert str(found.of("last_payment_date", "a@")) == "2026-01-05"


def test_all_iso_dates_of_a_large_sheet_are_read(home: Home) -> None:
    found = imported(home, FAULTS / "workbooks" / "sheetjs_iso_dates_large.xlsx", locale="en")
    assert found.customers.height == 9000 and found.customers["last_payment_date"].null_count() == 0


def test_errors_of_an_open_document_are_told_and_cost_their_rows(home: Home) -> None:
    found = imported(home, FAULTS / "workbooks" / "error_cells.ods", profile="default", locale="en")
    assert "HIDDEN_ROWS" in found.warnings
    assert "ERROR_CELLS" in found.warnings and [row for row, _ in found.rejected] == [2, 3]


@pytest.mark.parametrize(
    ("name", "rejected"), [("formulas_without_results.xlsx", [2]), ("formulas-never-computed-openpyxl.xlsx", [2, 3])]
)
def test_formulas_without_results_are_told_and_cost_their_rows(home: Home, name: str, rejected: list[int]) -> None:
    found = imported(home, FAULTS / "workbooks" / name, locale="en")
    assert "FORMULA_NOT_COMPUTED" in found.warnings and [row for row, _ in found.rejected] == rejected


def test_text_formulas_that_became_0_name_nobody_and_are_told(home: Home) -> None:
    found = imported(home, FAULTS / "workbooks" / "text_formulas_resaved.xls", locale="en")
    assert "FORMULA_NOT_COMPUTED" in found.warnings
    assert found.customers.is_empty() and [row for row, _ in found.rejected] == [2, 3, 4], "a name is required"


def test_numbers_are_padded_as_their_format_shows_them(home: Home) -> None:
    path = FAULTS / "workbooks" / "zero_padded_format.xlsx"
    found = imported(home, path, locale="fr", default_country="FR")
    assert found.all("external_id") == {"a": "000042", "b": "000043", "c": "000044"}
    assert found.all("postal_code") == {"a": "01000", "b": "75001", "c": "01001"}
    assert found.all("phone") == {"a": "+33612345678", "b": "+33612345679", "c": "+33612345670"}
    assert found.of("last_payment_date", "a@") is None and "ZERO_DATES" in found.warnings


def test_phones_of_frances_parts_overseas_are_theirs(home: Home) -> None:
    found = imported(
        home, FAULTS / "phones_overseas_fr.csv", "EUR", profile="default", default_country="FR", locale="fr"
    )
    prefixes = {who: phone[:4] for who, phone in found.all("phone").items()}
    reunion, martinique, guadeloupe, guyane = "+262", "+596", "+590", "+594"
    assert prefixes == {
        **dict.fromkeys(("a1", "a3", "a4", "a5", "a8", "a9", "b1"), reunion),
        **dict.fromkeys(("a2", "a6"), martinique),
        "a7": guadeloupe,
        **dict.fromkeys(("b2", "b3"), guyane),
    }
    assert found.of("phone", "a1@") == "+262692123456" and found.of("phone", "a2@") == "+596596123456"
    assert found.all("country") | {"b1": "RE", "b2": "GF"} == found.all("country")


def test_the_old_trunk_0_of_poland_goes_and_an_extension_stays_out(home: Home) -> None:
    found = imported(home, FAULTS / "phones_pl.csv", "PLN", profile="default", default_country="PL", locale="pl")
    fixed, mobile = "+48221234567", "+48501234567"
    expected = dict.fromkeys(("a1", "a2", "a4", "a5", "a7"), fixed) | dict.fromkeys(("a3", "a6"), mobile)
    assert {who: phone.split(";")[0] for who, phone in found.all("phone").items()} == expected


def test_a_whole_export_of_paypal_counts_what_customers_paid(home: Home) -> None:
    found = imported(home, FAULTS / "paypal_full_export.csv", "EUR", profile="payments", locale="fr")
    assert found.all("total_spent") == {"ann": Decimal("1234.5"), "bob": 0}, "the shop and its host are no customers"
    assert found.of("refund_volume", "ann@") == Decimal("34.5") and "NO_CUSTOMERS_PAYMENT" in found.warnings


def test_orders_that_were_never_paid_are_neither_counted_nor_rejected(home: Home) -> None:
    found = imported(home, FAULTS / "shopify_orders.csv", "EUR", profile="payments", locale="en")
    assert found.rejected == []
    assert {who: spent for who, spent in found.all("total_spent").items() if spent} == {"ann": 105, "bob": 50, "ed": 30}
    assert {who: back for who, back in found.all("refund_volume").items() if back} == {"ann": 5, "bob": 50, "ed": 10}


def test_numbers_of_gnumeric_are_no_days(home: Home) -> None:
    found = imported(home, FAULTS / "workbooks" / "gnumeric-formats-from-50.xls", locale="fr")
    assert found.all("postal_code") == {"ann": "01000", "bob": "75001"}
    assert found.all("external_id") == {"ann": "020451", "bob": "020452"}, "its format has six places"


def test_text_behind_an_equals_sign_is_the_text(home: Home) -> None:
    found = imported(home, FAULTS / "csv-equals-quoted-text.csv", profile="default", locale="fr")
    row = found.customers.filter(email="ann@example.com").row(0, named=True)
    told = {name: row[name] for name in ("company", "postal_code", "external_id", "phone", "vat_number")}
    assert told == {
        "company": "Lee Ltd",
        "postal_code": "01000",
        "external_id": "00017",
        "phone": "+33612345678",
        "vat_number": "FR40303265045",
    }


@pytest.mark.parametrize(("name", "who"), [("xls-codepage-1252.xls", "Zoé Łuk"), ("gnumeric.ods", "Ann Lee")])
def test_sound_workbooks_of_perl_and_gnumeric_are_read(home: Home, name: str, who: str) -> None:
    found = imported(home, FAULTS / "workbooks" / name, locale="en")
    assert found.status == "done" and who in found.customers["name"].to_list()


def test_an_error_in_money_costs_its_row_in_a_workbook_and_in_csv_alike(home: Home, tmp_path: Path) -> None:
    book = imported(home, FAULTS / "workbooks" / "error-na-amount.xlsx", locale="en")
    text = tmp_path / "same.csv"
    text.write_text(
        "Email,Name,Total spent,Last payment date\nann@example.com,Ann Lee,#N/A,2026-01-31\n"
        "bob@example.com,Bob Ray,5,2026-01-31\ncy@example.com,Cy,5,#N/A\n",
        "utf-8",
    )
    plain = imported(Home(tmp_path / "csv"), text, locale="en")
    assert [row for row, _ in book.rejected] == [row for row, _ in plain.rejected] == [2]


def test_na_of_r_is_blank_and_no_country(home: Home) -> None:
    found = imported(home, FAULTS / "r-na.csv", profile="default", locale="en")
    ann = found.customers.filter(email="ann@example.com").row(0, named=True)
    assert [ann[name] for name in ("company", "city", "country", "external_id")] == [None] * 4
    assert "NA" not in found.customers["country"].to_list()
    assert found.of("name", "cy@") == "NA", "any word may be somebody's name (PIT-52)"


def test_percents_are_told_with_the_column_that_has_them(home: Home) -> None:
    found = imported(home, FAULTS / "workbooks" / "percent-excel4node.xlsx", locale="en")
    assert "the first in “Total spent”" in found.warnings


def test_binary_tails_of_csv_are_cut_as_those_of_workbooks(home: Home) -> None:
    found = imported(home, FAULTS / "csv-binary-tail.csv", profile="default", locale="en")
    assert found.rejected == [] and list(found.all("total_spent").values()) == money("99.99", "0.3", "12.5")
