"""Titles beside each other, several columns of a field, values, typing errors: who wins, and what is left alone."""

from dataclasses import replace
from types import MappingProxyType

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import FileRefused
from pipelines.language.spelling import one_of
from pipelines.mapping.map_columns import map_columns
from pipelines.mapping.saved_mappings import SavedMapping
from pipelines.models.column_mapping import ColumnMapping
from schemas.fields import BY_NAME
from schemas.profiles import PROFILES, Profile
from schemas.sentences.note import Note

ANY = Profile("any", "asks for no field", "customer", required=())


PAID = Profile("any", "asks for no field", "payment", required=())


PEOPLE = ["Ana Lopez", "Ben Roy", "Cleo Marsh", "Dan Wu", "Eva Kern"]


MAILS = [f"{name.split()[0].lower()}@example.com" for name in PEOPLE]


PHONES = ["+33 6 12 34 56 78", "06 12 34 56 79", "0612345670", "+48 516 360 964", "01 23 45 67 89"]


def fields(titles: list[str], profile: Profile = ANY, rows: pl.DataFrame | None = None) -> dict[str, str]:
    return {column.title: column.field for column in map_columns(titles, profile, rows=rows).columns}


def read(columns: dict[str, list[str]], profile: Profile = ANY) -> ColumnMapping:
    return map_columns(list(columns), profile, rows=pl.DataFrame(columns))


@pytest.mark.parametrize(
    ("titles", "meant"),
    [
        ("Nom, Prénom", "last_name, first_name"),
        ("Name, Vorname", "last_name, first_name"),
        ("Naam, Voornaam", "last_name, first_name"),
        ("Name, Imię", "last_name, first_name"),
        ("Nombre, Apellidos", "first_name, last_name"),
        ("Nome, Cognome", "first_name, last_name"),
        ("Nome, Sobrenome", "first_name, last_name"),
        ("Name, Surname", "first_name, last_name"),
        ("Kundenname, Name, Vorname", "name, last_name, first_name"),
        ("Full name, First name, Last name", "name, first_name, last_name"),
        ("Nazwa, Imię, Nazwisko", "name, first_name, last_name"),
        ("Telefon, Handy", "phone, mobile"),
        ("Contact email, Contact name", "email, name"),
        ("Email, Contact email, Contact phone", "email, contact_email, phone"),
        ("Account ID, Contact ID", "external_id, -"),
        ("Organization Id, Name", "external_id, name"),
        ("Organization Id, First name", "-, first_name"),
        ("Nombre", "name"),
    ],
)
def test_neighbours_decide_what_a_title_alone_does_not_say(titles: str, meant: str) -> None:
    listed = titles.split(", ")
    found = fields(listed)
    assert [found.get(title, "-") for title in listed] == meant.split(", ")


def test_a_name_that_holds_the_part_beside_it_is_the_whole_name() -> None:
    firsts = [name.split()[0] for name in PEOPLE]
    lasts = [name.split()[1] for name in PEOPLE]
    assert read({"Name": PEOPLE, "First name": firsts}).titles["name"] == "Name"
    assert read({"Name": lasts, "First name": firsts}).titles["last_name"] == "Name"


@pytest.mark.parametrize(
    ("values", "meant"),
    [
        (PEOPLE, "name"),
        (MAILS, "email"),
        (["C-1001", "C-1002", "C-1003"], "external_id"),
        (["17", "18"], "external_id"),
    ],
)
@pytest.mark.parametrize("title", ["Customer", "Client", "Kunde", "Klient", "Cliente", "Klant"])
def test_a_column_called_customer_is_what_its_values_are(title: str, values: list[str], meant: str) -> None:
    assert read({title: values}).titles == {meant: title}


@pytest.mark.rule("RF-18")
def test_numbered_columns_rank_by_their_number() -> None:
    titles = ["Phone 2", "Work phone", "Phone 1", "Téléphone 3", "Secondary Email", "Email"]
    mapping = map_columns(titles, ANY)
    assert mapping.titles_of("phone") == ("Phone 1", "Work phone", "Phone 2", "Téléphone 3")
    assert mapping.titles_of("email") == ("Email", "Secondary Email")
    assert [column.rank for column in mapping.columns if column.field == "phone"] == [1, 2, 3, 4]


@pytest.mark.rule("RF-12")
@pytest.mark.parametrize("stem", ["Phone", "E-mail", "Mobile"])
def test_the_sixth_column_of_a_field_is_refused_with_all_their_titles(stem: str) -> None:
    titles = [f"{stem} {number}" for number in range(1, 7)]
    assert len(map_columns(titles[:5], ANY).columns) == 5
    with pytest.raises(FileRefused, match=", ".join(f"“{title}”" for title in titles)) as refused:
        map_columns(titles, ANY)
    assert refused.value.reason.code == "TOO_MANY_COLUMNS_FOR_FIELD"
    assert "≤ 5" in refused.value.reason.message


@pytest.mark.rule("RF-12")
@pytest.mark.parametrize("stem", ["Courriel", "Téléphone", "Mobile", "Adresse"])
def test_reveal_field_takes_five_columns_of_each_way_to_reach_a_contact_and_no_sixth(stem: str) -> None:
    reveal = PROFILES["reveal_field"]
    field = {"Courriel": "email", "Téléphone": "phone", "Mobile": "mobile", "Adresse": "address"}[stem]
    ways = [stem, *(f"{stem} {number}" for number in range(2, 7))]
    beside = ["Prénom", *(["Mobile"] if stem != "Mobile" else [])]
    assert map_columns([*beside, *ways[:5]], reveal).titles_of(field) == tuple(ways[:5])
    with pytest.raises(FileRefused, match="TOO_MANY_COLUMNS_FOR_FIELD"):
        map_columns([*beside, *ways], reveal)


@pytest.mark.rule("RF-12")
def test_several_columns_may_be_told_to_be_one_field_up_to_its_limit() -> None:
    told = dict.fromkeys(["a", "b", "c", "d", "e"], "phone")
    assert map_columns(list(told), ANY, told).titles_of("phone") == ("a", "b", "c", "d", "e")
    with pytest.raises(FileRefused, match="TOO_MANY_COLUMNS_FOR_FIELD"):
        map_columns([*told, "f"], ANY, told | {"f": "phone"})


@pytest.mark.parametrize(
    ("profile", "titles", "winner"),
    [
        (ANY, ["Billing City", "City"], {"city": "City"}),
        (ANY, ["Ville", "city"], {"city": "city"}),
        (ANY, ["Home City", "Work City"], {"city": "Work City"}),
        (ANY, ["Customer ID", "id"], {"external_id": "Customer ID"}),
        (PAID, ["Invoice date", "Payment date", "Date"], {"payment_date": "Payment date"}),
        (PAID, ["Order ID", "Invoice number", "Transaction ID"], {"payment_id": "Transaction ID"}),
    ],
)
def test_the_stronger_title_wins_and_the_others_are_named(
    profile: Profile, titles: list[str], winner: dict[str, str]
) -> None:
    mapping = map_columns(titles, profile)
    assert mapping.titles == winner
    assert set(mapping.unmapped) == set(titles) - set(winner.values())


def test_a_column_without_any_value_gives_way() -> None:
    mapping = read({"Work City": ["", " "], "Home City": ["Lyon", "Nice"], "Email 1": ["", ""], "Email 2": MAILS[:2]})
    assert mapping.titles["city"] == "Home City"
    assert mapping.titles_of("email") == ("Email 2", "Email 1")


@pytest.mark.rule("RF-21")
@pytest.mark.parametrize(
    "second", ["Address 2", "Address2", "Address line 2", "Billing Address 2", "Adresse 2", "Street 2"]
)
def test_the_second_line_of_an_address_is_no_second_address(second: str) -> None:
    mapping = map_columns(["Address 1", second], ANY)
    assert (mapping.titles_of("address"), mapping.unmapped) == (("Address 1",), (second,))


@pytest.mark.rule("RF-21")
def test_a_profile_may_say_that_it_is_one() -> None:
    several = replace(ANY, aliases=MappingProxyType({"address 2": "address"}))
    assert map_columns(["Address 2", "Address 1"], several).titles_of("address") == ("Address 1", "Address 2")


def test_a_profiles_own_titles_come_before_the_known_ones() -> None:
    own = replace(ANY, aliases=MappingProxyType({"email": "contact_email", "poste": "status"}))
    assert fields(["Email", "Poste"], own) == {"Email": "contact_email", "Poste": "status"}
    assert fields(["Email", "Contact phone"], own) == {"Email": "contact_email", "Contact phone": "contact_phone"}


@pytest.mark.rule("PIT-14")
@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("Email (required)", "email"),
        ("Opt-in (0/1)", "opt_in"),
        ("Groups (x,y,z...)", "groups"),
        ("Date dernier paiement (jj/mm/aaaa)", "last_payment_date"),
        ("Total Spent (USD)", "total_spent"),
        ("total_spent_eur", "total_spent"),
        ("VATNumber", "vat_number"),
        ("N° de T.V.A.", "vat_number"),
        ("Bundesland/Kanton", "region"),
        ("Country / Region", "country"),
        ("Nom / Name", "name"),
        ("Ville / Pays", None),
        ("Téléphone (fax)", None),
        ("Email (opt-in)", None),
        ("Shipping City", None),
        ("Delivery address", None),
        ("Emergency contact phone", None),
        ("City USD", None),
        ("Phone 12", None),
        ("City 2", None),
        ("VAT", None),
    ],
)
def test_what_stands_around_a_known_title_leaves_its_meaning_or_takes_it(title: str, field: str | None) -> None:
    assert fields([title]) == ({title: field} if field else {})


@pytest.mark.parametrize(
    ("title", "values", "field"),
    [
        ("Emaill", MAILS, "email"),
        ("Compnay", ["Acme", "Globex", "Initech", "Umbrella", "Hooli"], "company"),
        ("Totall spent", ["10.00", "12.50", "1,200.00", "0", "7"], "total_spent"),
        ("Last payement date", ["2024-01-02", "2024-02-03", "2023-12-31"], "last_payment_date"),
        ("Telefonn", PHONES, "phone"),
        ("Countri", ["France", "PL", "Deutschland"], "country"),
    ],
)
def test_a_typing_error_is_forgiven_where_values_look_like_the_field(title: str, values: list[str], field: str) -> None:
    mapping = read({title: values})
    assert mapping.titles == {field: title}
    assert (mapping.columns[0].how, mapping.columns[0].confidence < 0.85) == ("fuzzy", True)
    assert map_columns([title], ANY).columns == ()
    assert read({title: ["ja", "nein", "ja", "nein", "ja"]}).columns == ()


@pytest.mark.rule("PIT-14")
@pytest.mark.parametrize(
    ("title", "values"),
    [
        ("Email consent", MAILS),
        ("Email opt in", MAILS),
        ("Total shirts", ["1", "2", "3"]),
        ("Nachnahme", ["ja", "nein", "ja", "ja", "nein"]),
        ("County fair", ["France", "Spain", "Italy"]),
        ("Nom du chien", PEOPLE),
        ("Fille", PEOPLE),
    ],
)
def test_a_title_of_another_thing_is_never_a_typing_error(title: str, values: list[str]) -> None:
    assert read({title: values}).unmapped == (title,)


@pytest.mark.parametrize(
    ("title", "values", "field"),
    [
        ("Email", PHONES, "email"),
        ("Phone", MAILS, "phone"),
        ("Name", [f"#{number}" for number in range(1001, 1007)], "name"),
        ("Total spent", ["high", "low", "low", "medium", "high"], "total_spent"),
        ("Account manager", PEOPLE, "account_manager"),
        ("Contact principal", PEOPLE, "is_primary"),
    ],
)
def test_values_that_flatly_contradict_a_title_leave_it_out_with_a_word(
    title: str, values: list[str], field: str
) -> None:
    mapping = read({title: values})
    assert mapping.unmapped == (title,)
    assert mapping.warnings == (Note("VALUES_CONTRADICT_TITLE", header=title, expected=field, found=values[0]),)


@pytest.mark.rule("UP-34")
@pytest.mark.parametrize("title", ["Position", "Poste", "Stanowisko", "Job title", "Jobbezeichnung"])
@pytest.mark.parametrize(
    ("values", "is_role"), [(["CEO"], False), (["CEO", "Head of IT"], False), (["Accountant", "Buyer"], True)]
)
def test_a_column_of_job_titles_holds_no_roles_however_short(title: str, values: list[str], is_role: bool) -> None:
    assert fields([title], rows=pl.DataFrame({title: values})) == ({title: "position"} if is_role else {})


def test_few_or_blank_values_contradict_nothing() -> None:
    assert read({"Email": ["no address", "06 12 34 56 78", "", ""]}).titles == {"email": "Email"}
    assert read({"Email": [""] * 9}).titles == {"email": "Email"}


@pytest.mark.rule("AU-14")
def test_values_never_contradict_a_person() -> None:
    mapping = map_columns(["Mail"], ANY, {"Mail": "email"}, rows=pl.DataFrame({"Mail": PHONES}))
    assert (mapping.titles, mapping.warnings) == ({"email": "Mail"}, ())


def test_an_order_list_names_its_customer_in_the_billing_name() -> None:
    orders = {"Name": [f"#{number}" for number in range(1001, 1006)], "Billing Name": PEOPLE, "Total": ["1"] * 5}
    assert read(orders, PAID).titles == {"name": "Billing Name", "payment_id": "Name", "amount": "Total"}


def test_how_a_meaning_was_found_is_told_with_a_confidence() -> None:
    titles = ["email", "Ville", "Nom", "Prénom", "Net", "Billing zip"]
    saved = SavedMapping(titles=("Ville",), fields={"Ville": "city"})
    mapping = map_columns(titles, ANY, {"Net": "total_spent"}, saved=saved)
    assert {column.title: column.how for column in mapping.columns} == {
        "email": "exact",
        "Ville": "saved",
        "Nom": "neighbour",
        "Prénom": "alias",
        "Net": "explicit",
        "Billing zip": "alias",
    }
    sure = {column.title: column.confidence for column in mapping.columns}
    assert sure["email"] == sure["Ville"] == sure["Net"] == 1.0
    assert 0 < sure["Billing zip"] < sure["Prénom"] < 1


def test_a_missing_column_is_told_with_those_that_may_have_been_meant() -> None:
    rows = pl.DataFrame({"Joindre": MAILS, "Nmae of custmer": PEOPLE, "Email consent": ["yes"] * 5})
    with pytest.raises(FileRefused) as refused:
        map_columns(rows.columns, PROFILES["default"], rows=rows)
    assert refused.value.note.parameters["header"] == [
        Note("title_may_mean", title="Joindre", field="email"),
        Note("title_may_mean", title="Nmae of custmer", field="name"),
        "Email consent",
    ]


WORDS = st.sampled_from(
    sorted(
        one_of(
            "email mail phone tel 1 2 name nom prénom client customer billing total montant city ville date of du id"
        )
    )
)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), unique=True, max_size=6))
def test_every_column_is_mapped_ignored_or_named_and_no_field_has_too_many(titles: list[str]) -> None:
    try:
        mapping = map_columns(titles, ANY)
    except FileRefused as refused:
        assert refused.reason.code == "TOO_MANY_COLUMNS_FOR_FIELD"
        return
    mapped = [column.title for column in mapping.columns]
    assert sorted([*mapped, *mapping.unmapped]) == sorted(titles)
    assert all(len(mapping.titles_of(field)) <= BY_NAME[field].limit for field in BY_NAME)
