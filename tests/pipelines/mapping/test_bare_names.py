"""`Nom` beside `Prénom`: a part of the customer's name, or of the contact's, or the client's own name after all."""

import polars as pl
import pytest

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from schemas.profiles import PROFILES

LASTS, FIRSTS = ["Bernard", "Petit", "Moreau", "Blanc"], ["Léa", "Tom", "Nina", "Hugo"]
MAILS = [f"{first.lower()}@example.com" for first in ("Lea", "Tom", "Nina", "Hugo")]
COMPANIES = ["Acme SARL", "Bleu SAS", "Nowak sp. z o.o.", "Müller & Co. GmbH"]
PAIRS = [
    ("Nom", "Prénom"),
    ("NOM", "Prénoms"),
    ("Name", "Vorname"),
    ("Naam", "Voornaam"),
    ("Name", "First name"),
    ("Name", "Imię"),
    ("Nazwisko", "Imię"),
    ("Cognome", "Nome"),
    ("Apellidos", "Nombre"),
    ("Apelido", "Nome"),
    ("Sobrenome", "Nome"),
    ("Surname", "Name"),
    ("Nom du contact", "Prénom du contact"),
    ("Contact name", "Contact first name"),
    ("Cognome contatto", "Nome contatto"),
]
"""The title of a last name and that of a first name, as lists of seven languages have them."""


def fields(columns: dict[str, list[str]], profile: str = "upflow") -> dict[str, str]:
    mapping = map_columns(list(columns), PROFILES[profile], rows=pl.DataFrame(columns))
    return {column.title: column.field for column in mapping.columns}


@pytest.mark.rule("UP-32")
@pytest.mark.parametrize(("last", "first"), PAIRS)
@pytest.mark.parametrize(
    "client", [{"Nom du client": COMPANIES}, {"Raison sociale": COMPANIES}, {"ID externe": ["C1", "C2", "C3", "C4"]}]
)
def test_beside_the_other_part_it_is_the_contact_s_part_where_contacts_are_kept(
    client: dict[str, list[str]], last: str, first: str
) -> None:
    found = fields({**client, "Email": MAILS, last: LASTS, first: FIRSTS})
    assert (found[last], found[first]) == ("contact_last_name", "contact_first_name")
    assert found[next(iter(client))] in ("name", "external_id")


@pytest.mark.parametrize("profile", ["default", "smartcrm", "mono_editor"])
@pytest.mark.parametrize(("last", "first"), PAIRS)
def test_elsewhere_it_is_the_customer_s_part(profile: str, last: str, first: str) -> None:
    found = fields({"Email": MAILS, last: LASTS, first: FIRSTS}, profile)
    assert (found[last], found[first]) == ("last_name", "first_name")


@pytest.mark.rule("UP-30")
@pytest.mark.parametrize(("last", "first"), PAIRS)
def test_a_list_of_contacts_alone_names_no_client(last: str, first: str) -> None:
    with pytest.raises(
        FileRefused, match=r"No column for Nom du client \(name\) / Identifiant externe \(external_id\)\."
    ):
        fields({last: LASTS, first: FIRSTS, "Email": MAILS})


@pytest.mark.parametrize(
    "columns",
    [
        {"Nom": COMPANIES, "Prénom": FIRSTS, "Email": MAILS},
        {"Nom": [*COMPANIES[:2], "Moreau", "Blanc"], "Prénom": [*FIRSTS[:2], "", ""], "Email": MAILS},
        {"Nom": ["Acme", "Bleu", "Vert", "Rose"], "Prénom du contact": FIRSTS, "Email": MAILS},
        {"Nom": ["Acme", "Bleu", "Vert", "Rose"], "Ville": ["Lyon"] * 4, "Email": MAILS, "Prénom": FIRSTS},
        {"Name": ["Acme", "Bleu", "Vert", "Rose"], "City": ["Lyon"] * 4, "First name": FIRSTS, "Email": MAILS},
        {"Nom": [f"{f} {n}" for f, n in zip(FIRSTS, LASTS, strict=True)], "Prénom": FIRSTS, "Email": MAILS},
    ],
    ids=["companies", "companies and persons", "whose it is", "apart", "apart in English", "whole names"],
)
def test_the_client_s_own_name_stays_the_client_s(columns: dict[str, list[str]]) -> None:
    assert fields(columns)[next(iter(columns))] == "name"


@pytest.mark.parametrize("title", ["Contact name", "Nom contact", "Kontaktname", "Nome contatto"])
def test_what_speaks_of_a_contact_never_names_the_client(title: str) -> None:
    found = fields({"External ID": ["C1", "C2", "C3", "C4"], title: LASTS, "Email": MAILS})
    assert found.get(title) in (None, "contact_last_name")


def test_companies_beside_a_first_name_are_no_family_names() -> None:
    assert fields({"Email": MAILS, "Nom": COMPANIES, "Prénom": FIRSTS}, "default")["Nom"] == "name"
    assert fields({"Email": MAILS, "Nom": ["Sá", "De Sá", "Lopes", "Paz"], "Prénom": FIRSTS}, "default")["Nom"] == (
        "last_name"
    )


def test_what_a_person_says_of_a_bare_name_stands() -> None:
    columns = {"Contact name": LASTS, "Prénom": FIRSTS, "Email": MAILS}
    mapping = map_columns(list(columns), PROFILES["upflow"], {"Contact name": "name"}, rows=pl.DataFrame(columns))
    assert mapping.titles["name"] == "Contact name"
