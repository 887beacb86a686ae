"""Column titles of real programs: those of our languages mean what they say, those of other things mean nothing."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from pipelines.language.languages import LANGUAGES
from pipelines.mapping.map_columns import map_columns
from schemas.profiles import Profile
from tests.corpus import Line

pytestmark = pytest.mark.slow

ANY = Profile("any", "asks for no field", "customer", required=())
OURS = {"street": {"address"}, "phone": {"phone", "mobile"}, "website": set(), "job_title": set()}
"""Fields of the corpus that have another name here, or none: then the title must be left alone."""

FILES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "product-samples/prestashop_customers_import.csv": (
        ";",
        {
            "Customer ID": "external_id",
            "Email *": "email",
            "Last Name *": "last_name",
            "First Name *": "first_name",
            "Groups (x,y,z...)": "groups",
            "Opt-in (0/1)": "opt_in",
        },
    ),
    "product-samples/prestashop_addresses_import.csv": (
        ";",
        {
            "Customer e-mail*": "email",
            "Customer ID": "external_id",
            "Company": "company",
            "Lastname*": "last_name",
            "Firstname*": "first_name",
            "Address 1*": "address",
            "Zipcode*": "postal_code",
            "City*": "city",
            "Country*": "country",
            "State": "region",
            "Phone": "phone",
            "Mobile Phone": "mobile",
            "VAT number": "vat_number",
        },
    ),
    "product-samples/magento_customers_to_import.csv": (
        ",",
        {"email": "email", "firstname": "first_name", "lastname": "last_name", "taxvat": "vat_number"},
    ),
    "product-samples/thunderbird_semicolon.csv": (
        ";",
        {"Display Name": "name", "First Name": "first_name", "Last Name": "last_name", "Primary Email": "email"},
    ),
    "product-samples/thunderbird_basic.csv": (
        ",",
        {
            "First Name": "first_name",
            "Last Name": "last_name",
            "Display Name": "name",
            "Primary Email": "email",
            "Secondary Email": "email",
            "Work Phone": "phone",
            "Home Phone": "phone",
            "Mobile Number": "mobile",
            "Home Address": "address",
            "Work Address": "address",
            "Work City": "city",
            "Work State": "region",
            "Work ZipCode": "postal_code",
            "Work Country": "country",
            "Organization": "company",
        },
    ),
    "product-samples/ghost_members_invalid_values.csv": (
        ",",
        {
            "email": "email",
            "name": "name",
            "subscribed_to_emails": "opt_in",
            "stripe_customer_id": "external_id",
        },
    ),
    "product-samples/civicrm_org_duplicates.csv": (",", {"organization_name": "company", "email": "email"}),
    "product-samples/civicrm_unicode.csv": (
        ",",
        {"first_name": "first_name", "Last Name": "last_name", "Country": "country"},
    ),
    "faker-lists/customers-1000.csv": (
        ",",
        {
            "Customer ID": "external_id",
            "First Name": "first_name",
            "Last Name": "last_name",
            "Company": "company",
            "City": "city",
            "Country": "country",
            "Phone 1": "phone",
            "Phone 2": "phone",
            "Email": "email",
            "Total Spent": "total_spent",
            "Orders": "payment_count",
        },
    ),
    "faker-lists/clients-fr-1000.csv": (
        ";",
        {
            "Nom": "last_name",
            "Prénom": "first_name",
            "E-mail": "email",
            "Téléphone": "phone",
            "Société": "company",
            "Adresse": "address",
            "Code postal": "postal_code",
            "Ville": "city",
            "Total dépensé": "total_spent",
        },
    ),
    "faker-lists/kunden-de-1000.csv": (
        ";",
        {
            "Nachname": "last_name",
            "Vorname": "first_name",
            "E-Mail": "email",
            "Telefon": "phone",
            "Firma": "company",
            "Straße": "address",
            "PLZ": "postal_code",
            "Ort": "city",
            "Gesamtumsatz": "total_spent",
        },
    ),
    "faker-lists/klienci-pl-1000.csv": (
        ";",
        {
            "Nazwisko": "last_name",
            "Imię": "first_name",
            "E-mail": "email",
            "Telefon": "phone",
            "Firma": "company",
            "Ulica": "address",
            "Kod pocztowy": "postal_code",
            "Miasto": "city",
            "Suma zakupów": "total_spent",
        },
    ),
    "faker-lists/enterprise-customers-100.csv": (
        ",",
        {
            "Account Number": "external_id",
            "Legal Name": "company",
            "VAT Number": "vat_number",
            "Billing Contact First Name": "first_name",
            "Billing Contact Last Name": "last_name",
            "Billing Email": "email",
            "Billing Phone": "phone",
            "Billing Street": "address",
            "Billing Postcode": "postal_code",
            "Billing City": "city",
            "Billing Country": "country",
            "Account Manager": "account_manager",
            "Currency": "currency",
            "Lifetime Value": "total_spent",
            "Last Order Date": "last_payment_date",
        },
    ),
    "faker-lists/leads-duplicates-1000.csv": (
        ",",
        {
            "Account Id": "external_id",
            "First Name": "first_name",
            "Last Name": "last_name",
            "Company": "company",
            "Phone 1": "phone",
            "Phone 2": "phone",
            "Email 1": "email",
            "Email 2": "email",
        },
    ),
    "faker-lists/organizations-1000.csv": (
        ",",
        {"Organization Id": "external_id", "Name": "name", "Country": "country"},
    ),
    "faker-lists/people-1000.csv": (
        ",",
        {
            "User Id": "external_id",
            "First Name": "first_name",
            "Last Name": "last_name",
            "Email": "email",
            "Phone": "phone",
        },
    ),
}
"""What each column of a sample means; a column that is not named here means none of our fields."""

ENCODINGS = {"faker-lists/kunden-de-1000.csv": "cp1252", "faker-lists/klienci-pl-1000.csv": "cp1250"}


def listed(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def ours(row: Mapping[str, str]) -> bool:
    return row["lang"][:2] in LANGUAGES


def by_language(rows: Iterable[Mapping[str, str]]) -> dict[str, dict[str, set[str]]]:
    """Each language's titles as one header, each title with the fields it may mean."""
    found: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        fields = OURS.get(row["field"], {row["field"]})
        found.setdefault(row["lang"], {}).setdefault(row["header"], set()).update(fields)
    return found


def meanings(titles: Iterable[str]) -> dict[str, str]:
    return {column.title: column.field for column in map_columns(list(titles), ANY).columns}


def known_titles(corpus: Path) -> list[tuple[str, str, set[str], str | None]]:
    """Every title of our languages with the fields it may mean, and the one it was given among its own."""
    headers = by_language(row for row in listed(corpus / "headers" / "titles.jsonl") if ours(row))
    return [
        (language, title, fields, meanings(header).get(title))
        for language, header in headers.items()
        for title, fields in header.items()
    ]


def known_line(corpus: Path) -> Line:
    validated = [(fields, given) for _, _, fields, given in known_titles(corpus)]
    right = sum(given in fields if fields else given is None for fields, given in validated)
    wrong = sum(given is not None and given not in fields for fields, given in validated)
    return Line("titles of our languages", len(validated), right, wrong)


def other_line(corpus: Path) -> Line:
    titles = [row["header"] for row in listed(corpus / "headers" / "not-customer-fields.jsonl")]
    wrong = sum(len(meanings([title])) for title in titles)
    return Line("titles of no customer field", len(titles), len(titles) - wrong, wrong)


def header_of(corpus: Path, name: str, delimiter: str) -> list[str]:
    with (corpus / name).open(encoding=ENCODINGS.get(name, "utf-8-sig"), newline="") as file:
        return [title for title in next(csv.reader(file, delimiter=delimiter)) if title]


def sample_line(corpus: Path) -> Line:
    pairs = [
        (fields.get(title), given.get(title))
        for name, (delimiter, fields) in FILES.items()
        for given in [meanings(header_of(corpus, name, delimiter))]
        for title in header_of(corpus, name, delimiter)
    ]
    right = sum(expected == given for expected, given in pairs)
    return Line("columns of sample imports", len(pairs), right, sum(g is not None and e != g for e, g in pairs))


def measure(corpus: Path) -> list[Line]:
    """Titles right, wrong and left alone."""
    return [known_line(corpus), other_line(corpus), sample_line(corpus)]


@pytest.mark.rule("AU-13")
def test_titles_of_our_languages_mean_their_field(corpus: Path) -> None:
    line = known_line(corpus)
    assert line.right >= 0.95 * line.cases
    assert line.wrong < 0.01 * line.cases


@pytest.mark.rule("PIT-14")
def test_titles_of_other_things_mean_nothing(corpus: Path) -> None:
    assert other_line(corpus).wrong == 0


@pytest.mark.rule("AU-13")
def test_every_column_of_the_sample_imports_means_its_field(corpus: Path) -> None:
    for name, (delimiter, fields) in FILES.items():
        assert meanings(header_of(corpus, name, delimiter)) == fields, name
