"""A list of payments that was sent as one of customers is recognised, and lists of customers are not taken for one."""

import pytest

from pipelines.mapping.map_columns import map_columns
from pipelines.reading.read_file import read_file
from pipelines.validation.validate import validate
from schemas.codes import codes, to_be_looked_at
from tests.support.factories import terms

CODE = "LOOKS_LIKE_PAYMENTS"


def told(text: str, profile: str = "default") -> bool:
    """Whether a list is told to look like one of payments."""
    on = terms(profile)
    sheet = read_file(text.encode(), "en")
    warnings = validate(sheet, map_columns(sheet.titles, on.profile, rows=sheet.rows), on).warnings
    return any(note.code == CODE for note in warnings)


@pytest.mark.parametrize("profile", ["default", "askusers", "smartcrm"])
@pytest.mark.parametrize(
    ("titles", "rows"),
    [
        (
            "Email,First name,Name,Transaction ID,Date,Amount",
            ["a@x.fr,Ana,Ana,T-1,2024-05-01,10", "b@x.fr,Bo,Bo,T-2,2024-05-02,12"],
        ),
        (
            "Email,First name,Name,Date,Amount,Status",
            ["a@x.fr,Ana,Ana,2024-05-01,10,paid", "b@x.fr,Bo,Bo,2024-05-02,12,failed"],
        ),
        ("Email,First name,Name,Payment date,Amount", ["a@x.fr,Ana,Ana,2024-05-01,10", "a@x.fr,Ana,Ana,2024-05-02,12"]),
        (
            "E-Mail,Vorname,Name,Buchungsdatum,Betrag,Soll/Haben",
            ["a@x.fr,Ana,Ana,01.05.2024,10,H", "b@x.fr,Bo,Bo,02.05.2024,12,S"],
        ),
        (
            "Adresse e-mail,Prénom,Nom,N° facture,Date facture,Montant",
            ["a@x.fr,Ana,Ana,F-1,2024-05-01,10", "b@x.fr,Bo,Bo,F-2,2024-05-02,12"],
        ),
    ],
)
def test_a_list_of_payments_is_told_whatever_the_profile(profile: str, titles: str, rows: list[str]) -> None:
    assert told("\n".join((titles, *rows)), profile)


@pytest.mark.parametrize(
    ("titles", "rows"),
    [
        ("Email,Name,Total spent,Last payment date", ["a@x.fr,Ana,10,2024-05-01", "a@x.fr,Ana,12,2024-05-02"]),
        ("Email,Name,Total,Created at,Status", ["a@x.fr,Ana,10,2024-05-01,active", "b@x.fr,Bo,12,2024-05-02,inactive"]),
        ("ID,Email,Name,Signup date,Plan", ["1,a@x.fr,Ana,2024-05-01,Pro", "2,b@x.fr,Bo,2024-05-02,Basic"]),
        ("Email,Name,Amount,Date", ["a@x.fr,Ana,10,2024-05-01", "b@x.fr,Bo,12,2024-05-02"]),
        (
            "Email,Name,Payments,Total spent,First payment,Type",
            ["a@x.fr,Ana,2,10,2024-05-01,B2B", "b@x.fr,Bo,1,5,2024-05-01,private"],
        ),
        ("Email,Name", ["a@x.fr,Ana", "a@x.fr,Ana"]),
    ],
)
def test_a_list_of_customers_is_none(titles: str, rows: list[str]) -> None:
    assert not told("\n".join((titles, *rows)))


def test_a_list_of_payments_in_its_own_profile_needs_no_word() -> None:
    assert not told(
        "Email,Transaction ID,Date,Amount\na@x.fr,T-1,2024-05-01,10\na@x.fr,T-2,2024-05-02,12\n", "payments"
    )


def test_such_an_import_ends_as_one_with_rejected_rows() -> None:
    assert to_be_looked_at([f"{CODE}: …"])
    assert not to_be_looked_at(["NO_ROWS: …", "COLUMNS_NOT_RECOGNISED: …"])
    assert codes()[CODE].level == "warning"
