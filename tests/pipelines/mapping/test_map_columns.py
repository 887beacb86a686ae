"""What each column means: the operator's word first, then known titles, and nothing by guess."""

from dataclasses import replace
from typing import get_args, get_type_hints

import polars as pl
import pytest

from pipelines.errors import FileRefused, WrongUse
from pipelines.language.languages import LANGUAGES
from pipelines.language.spelling import key
from pipelines.mapping.map_columns import map_columns, normalise
from pipelines.titles.known_titles import When
from pipelines.titles.title_readings import Qualifier, qualifiers
from schemas.fields import BY_NAME, Field, Grain
from schemas.profiles import PROFILES, Profile
from schemas.wordlists import wordlist

DEFAULT, PAYMENTS = PROFILES["default"], PROFILES["payments"]
LISTED = wordlist("titles")
ALIASES = [(row["alias"], row["field"]) for row in LISTED]
VALUES = {
    "first_payment_date": ["2024-01-31", "2024-02-01"],
    "last_payment_date": ["2024-01-31", "2024-02-01"],
    "status": ["active", "potential"],
    "position": ["accountant", "sales"],
    "opt_in": ["1", "0"],
    "country": ["FR", "Italia"],
    "vat_number": ["FR40303265045", "525-000-00-22"],
    "payment_id": ["#1001", "#1002"],
    "payment_date": ["2024-01-31", "2024-02-01"],
    "amount": ["12.50", "300"],
    "refunded_amount": ["12.50", "0.00"],
    "direction": ["sale", "refund"],
    "payment_status": ["yes", "no"],
    "amount_due": ["12.50", "300"],
}
"""Values that confirm a title which means its field only with them."""
GRAINS: tuple[Grain, ...] = ("customer", "payment")
UNRESTRICTED = {grain: Profile("any", "asks for no field", grain, required=()) for grain in GRAINS}


def refusal(titles: list[str], profile: Profile = DEFAULT) -> tuple[str, str]:
    """Code and sentence of the refusal."""
    with pytest.raises(FileRefused) as refused:
        map_columns(titles, profile)
    return refused.value.reason.code, refused.value.reason.message


@pytest.mark.rule("PIT-13")
@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("email", "email"),
        ("E-mail *", "e mail"),
        ("  E_MAIL  ", "e mail"),
        ("CustomerEmail", "customer email"),
        ("customer_email", "customer email"),
        ("Prénom", "prenom"),
        ("Pre\u0301nom", "prenom"),
        ("PRÉNOM", "prenom"),
        ("Total\ndépensé", "total depense"),
        ("Total\u00a0d\u00e9pens\u00e9 (€)", "total depense"),
        ("N° facture", "n facture"),
        ("Chiffre d’affaires", "chiffre d affaires"),
        ("Straße", "strasse"),
        ("Imię i nazwisko Łukasza", "imie i nazwisko lukasza"),
        ("Fødselsdag", "fodselsdag"),
        ("Cœur", "coeur"),
        ("***", ""),
        ("", ""),
    ],
)
def test_a_title_is_reduced_to_its_words(title: str, words: str) -> None:
    assert normalise(title) == words


@pytest.mark.parametrize("title", ["CustomerEmail", "Pre\u0301nom", "N° facture", "a_b-C"])
def test_reducing_a_title_twice_changes_nothing_more(title: str) -> None:
    assert normalise(normalise(title)) == normalise(title)


def grains_of(row: dict[str, str]) -> tuple[Grain, ...]:
    if row["grain"]:
        return (row["grain"],)  # type: ignore[return-value]
    return of_lists(BY_NAME[row["field"]]) if row["field"] else GRAINS


def of_lists(field: Field) -> tuple[Grain, ...]:
    """The grains of lists in which a field has titles; events have keys (`test_event_keys.py`)."""
    return tuple(grain for grain in field.grains if grain in GRAINS)


@pytest.mark.rule("AU-13")
@pytest.mark.parametrize("field", sorted({row["field"] for row in LISTED if row["field"]}))
def test_every_alias_means_its_field_in_a_file_of_its_grain(field: str) -> None:
    for row in (row for row in LISTED if row["field"] == field and row["when"] != "beside"):
        title = row["alias"].capitalize()
        rows = pl.DataFrame({title: VALUES[field]}) if row["when"] == "values" else None
        for grain in grains_of(row):
            found = map_columns([title], UNRESTRICTED[grain], rows=rows).titles
            assert found == {field: title}, row


@pytest.mark.rule("PIT-14")
def test_an_alias_that_values_must_confirm_means_nothing_without_them() -> None:
    otherwise = {row["alias"] for row in LISTED if row["when"] != "values"}
    for title in (row["alias"].capitalize() for row in LISTED if row["when"] == "values"):
        if title.lower() in otherwise:
            continue
        assert map_columns([title], UNRESTRICTED["customer"]).columns == (), title
        rows = pl.DataFrame({title: ["blue", "green"]})
        assert map_columns([title], UNRESTRICTED["customer"], rows=rows).columns == (), title


@pytest.mark.rule("PIT-14")
def test_a_title_known_to_be_none_of_our_fields_is_left_alone() -> None:
    for row in (row for row in LISTED if not row["field"]):
        for grain in grains_of(row):
            assert map_columns([row["alias"]], UNRESTRICTED[grain]).unmapped == (row["alias"],)


@pytest.mark.rule("PIT-13")
def test_every_alias_is_listed_as_titles_are_reduced() -> None:
    assert [alias for alias, _ in ALIASES if normalise(alias) != alias] == []


def test_every_alias_is_of_a_field_and_of_one_of_our_languages() -> None:
    assert {field for _, field in ALIASES} <= {*BY_NAME, ""}
    assert {row["lang"] for row in LISTED} <= set(LANGUAGES)


def test_an_alias_means_one_field_of_a_grain_and_before_it_one_that_values_must_confirm() -> None:
    meant = [(key(row["alias"]), grain, row["when"] == "values") for row in LISTED for grain in grains_of(row)]
    assert sorted(set(meant)) == sorted(meant)
    order = [(alias, grain) for alias, grain, confirmed in meant if not confirmed]
    asked = [(alias, grain) for alias, grain, confirmed in meant if confirmed]
    listed = [(alias, grain) for alias, grain, _ in meant]
    assert all(listed.index(each) < len(listed) - 1 - listed[::-1].index(each) for each in asked if each in order)


@pytest.mark.parametrize(
    "field", [field for field in BY_NAME.values() if of_lists(field)], ids=lambda field: field.name
)
def test_a_field_is_known_by_its_own_name(field: Field) -> None:
    name, grain = field.name, of_lists(field)[0]
    assert map_columns([name], UNRESTRICTED[grain]).titles == {name: name}


@pytest.mark.rule("AU-05", "AU-13")
@pytest.mark.parametrize(
    ("titles", "fields"),
    [
        (["Email", "Nom du client"], ["email", "name"]),
        (["Email", "Nom du contact"], ["email", "name"]),
        (["Email", "Contact name"], ["email", "name"]),
        (["E-mail *", "Nom complet", "Total dépensé"], ["email", "name", "total_spent"]),
        (["Customer Email", "Full Name", "Lifetime Value"], ["email", "name", "total_spent"]),
        (["Adresse e-mail", "Prénom", "Nom"], ["email", "first_name", "last_name"]),
        (["Email", "First Name", "Name"], ["email", "first_name", "last_name"]),
        (["Email", "Nom"], ["email", "name"]),
        (["Email", "Prénom"], ["email", "first_name"]),
        (["Email", "Prénom", "Nom de famille", "Nom"], ["email", "first_name", "last_name", "name"]),
        (["Email", "Prénom", "Nom complet"], ["email", "first_name", "name"]),
        (["Email", "Nom", "Montant total"], ["email", "name", "total_spent"]),
    ],
)
def test_usual_titles_are_recognised(titles: list[str], fields: list[str]) -> None:
    mapping = map_columns(titles, DEFAULT)
    assert mapping.titles == dict(zip(fields, titles, strict=True))
    assert (mapping.ignored, mapping.unmapped) == ((), ())


def test_the_same_title_means_what_its_grain_says() -> None:
    mapping = map_columns(["Email", "Montant total", "Date"], PAYMENTS)
    assert mapping.titles == {"email": "Email", "amount": "Montant total", "payment_date": "Date"}


@pytest.mark.rule("PIT-14")
def test_a_title_that_no_field_is_known_for_is_named_and_never_guessed() -> None:
    titles = ["email", "name", "Email consent", "Total shirts", "e-mail opt in"]
    assert map_columns(titles, DEFAULT).unmapped == ("Email consent", "Total shirts", "e-mail opt in")


def test_a_field_of_the_other_grain_is_not_known() -> None:
    assert map_columns(["email", "name", "payment_id"], DEFAULT).unmapped == ("payment_id",)


@pytest.mark.rule("AU-14")
@pytest.mark.parametrize("said", ["Contact", "contact", " CONTACT "])
def test_an_explicit_mapping_names_a_column_by_its_words(said: str) -> None:
    mapping = map_columns(["Contact", "name"], DEFAULT, {said: "email"})
    assert mapping.titles == {"email": "Contact", "name": "name"}


@pytest.mark.rule("AU-14")
def test_an_explicit_mapping_wins_over_a_recognised_title() -> None:
    titles = ["email", "name", "Total spent", "Net"]
    mapping = map_columns(titles, DEFAULT, {"Net": "total_spent", "Total spent": "refund_volume"})
    assert mapping.titles["total_spent"] == "Net"
    assert mapping.titles["refund_volume"] == "Total spent"


@pytest.mark.rule("AU-14")
def test_a_recognised_title_gives_way_to_the_explicit_one_and_is_named() -> None:
    mapping = map_columns(["email", "name", "Total spent", "Net"], DEFAULT, {"Net": "total_spent"})
    assert mapping.titles["total_spent"] == "Net"
    assert mapping.unmapped == ("Total spent",)


@pytest.mark.rule("UP-11")
def test_arbitrary_titles_with_a_mapping_read_as_usual_ones() -> None:
    mapping = map_columns(["A1", "B2", "C3"], DEFAULT, {"A1": "email", "B2": "name", "C3": "total_spent"})
    assert list(mapping.titles) == list(map_columns(["email", "name", "total_spent"], DEFAULT).titles)


@pytest.mark.rule("AU-15")
def test_an_ignored_column_is_listed_and_means_nothing() -> None:
    mapping = map_columns(["email", "name", "Total spent", "Notes"], DEFAULT, ignore=["total SPENT", "Notes"])
    assert mapping.ignored == ("Total spent", "Notes")
    assert (mapping.unmapped, "total_spent" in mapping.titles) == ((), False)


@pytest.mark.rule("AU-15")
def test_ignoring_one_of_two_columns_settles_which_one_counts() -> None:
    assert map_columns(["email", "E-mail", "name"], DEFAULT, ignore=["email"]).titles["email"] == "E-mail"


@pytest.mark.parametrize(
    ("explicit", "ignore", "named"),
    [
        ({"name": "phone_number"}, [], "phone_number"),
        ({"name": "amount"}, [], "amount"),
        ({"Nickname": "name"}, [], "Nickname"),
        ({}, ["Nickname"], "Nickname"),
    ],
    ids=["unknown_field", "field_of_other_grain", "unknown_title", "unknown_ignored_title"],
)
def test_a_word_about_what_does_not_exist_is_wrong_use(explicit: dict[str, str], ignore: list[str], named: str) -> None:
    with pytest.raises(WrongUse, match=named):
        map_columns(["email", "name"], DEFAULT, explicit, ignore)


@pytest.mark.rule("PIT-12")
@pytest.mark.parametrize(
    ("titles", "named"),
    [
        (["Email", "Courriel", "name"], "“Email”, “Courriel”"),
        (["Email", "e-mail ", "Courriel", "name"], "“Email”, “Courriel”"),
        (["email", "name", "LTV", "Revenue"], "“LTV”, “Revenue”"),
    ],
)
def test_two_columns_for_one_field_are_refused_with_their_titles(titles: list[str], named: str) -> None:
    code, sentence = refusal(titles)
    assert code == "TOO_MANY_COLUMNS_FOR_FIELD"
    assert named in sentence


def test_two_columns_told_to_be_one_field_are_refused_too() -> None:
    with pytest.raises(FileRefused, match="TOO_MANY_COLUMNS_FOR_FIELD"):
        map_columns(["email", "name", "a", "b"], DEFAULT, {"a": "city", "b": "city"})


@pytest.mark.rule("AU-04", "AU-05")
@pytest.mark.parametrize(
    ("titles", "profile", "missing"),
    [
        (["name", "city"], DEFAULT, "email"),
        (["email", "city"], DEFAULT, "name"),
        (["ville"], DEFAULT, "email, name"),
        (["email"], PAYMENTS, "amount, payment_date"),
    ],
)
def test_missing_required_columns_are_all_named(titles: list[str], profile: Profile, missing: str) -> None:
    code, sentence = refusal(titles, profile)
    assert code == "MISSING_REQUIRED_COLUMN"
    assert f"for {missing}." in sentence
    assert all(f"“{title}”" in sentence for title in titles)


@pytest.mark.rule("AU-05")
@pytest.mark.parametrize("part", ["First name", "Last name"])
def test_a_part_of_the_name_is_enough_of_a_name(part: str) -> None:
    assert "name" not in map_columns(["email", part], DEFAULT).titles


def test_a_required_column_may_not_be_ignored() -> None:
    with pytest.raises(FileRefused, match="MISSING_REQUIRED_COLUMN"):
        map_columns(["email", "name"], DEFAULT, ignore=["email"])


@pytest.mark.rule("AU-06")
def test_a_recommended_column_may_be_missing() -> None:
    assert "total_spent" not in map_columns(["email", "name"], DEFAULT).titles


@pytest.mark.rule("SC-15")
def test_a_refusal_speaks_the_senders_language() -> None:
    with pytest.raises(FileRefused, match="Brak wymaganych pól"):
        map_columns(["ville"], DEFAULT, language="pl")


@pytest.mark.rule("AMB-35")
def test_in_mode_explicit_only_the_profiles_own_titles_and_told_ones_count() -> None:
    strict = replace(DEFAULT, mapping_mode="explicit", aliases={"kundenname": "name"})
    mapping = map_columns(["Kundenname", "Kontakt", "Total spent"], strict, {"Kontakt": "email"})
    assert mapping.titles == {"email": "Kontakt", "name": "Kundenname"}
    assert mapping.unmapped == ("Total spent",)


def test_the_tables_of_titles_hold_no_other_words_than_their_types() -> None:
    assert {row["when"] for row in LISTED} <= set(get_args(When))
    words = get_type_hints(Qualifier)
    assert {qualifier.place for qualifier in qualifiers()} <= set(get_args(words["place"]))
    assert {qualifier.scope for qualifier in qualifiers()} <= set(get_args(words["scope"]))
    assert {row["grain"] for row in LISTED} <= {"", *GRAINS}
