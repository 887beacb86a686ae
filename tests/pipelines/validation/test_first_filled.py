"""Several columns of one field: the first filled cell of each row is the customer's, and required fields see it."""

from dataclasses import replace

import pytest

from pipelines.configuration.settings import FileSource
from tests.support.factories import codes_by_row, terms, validated

CONTACTS = "Name,E-mail 1 - Value,E-mail 2 - Value,Phone 1 - Value,Phone 2 - Value\n"


@pytest.mark.rule("AMB-43", "RF-18")
def test_a_second_address_and_number_stand_in_for_a_blank_first() -> None:
    rows = "Ann,ann@example.com,,+44 20 7946 0101,\nBob,,bob@example.com,,+44 20 7946 0102\n"
    accepted = validated(CONTACTS + rows).accepted
    assert accepted["email"].to_list() == ["ann@example.com", "bob@example.com"]
    assert accepted["customer_key"].to_list() == ["email:ann@example.com", "email:bob@example.com"]
    assert accepted["phone"].to_list() == ["+442079460101", "+442079460102"]


@pytest.mark.rule("AMB-43")
def test_the_first_address_written_decides_right_or_wrong() -> None:
    validation = validated(CONTACTS + "Ann,ann(at)example.com,ann@example.com,,\nBob,,bob(at)example.com,,\nCid,,,,\n")
    assert codes_by_row(validation) == {2: ["INVALID_EMAIL"], 3: ["INVALID_EMAIL"], 4: ["MISSING_EMAIL"]}
    first = validation.rejected["reasons"].list.first()
    assert first.struct.field("header").to_list()[:2] == ["E-mail 1 - Value", "E-mail 2 - Value"]
    assert first.struct.field("value").to_list()[:2] == ["ann(at)example.com", "bob(at)example.com"]


@pytest.mark.rule("RF-11", "RF-18")
def test_the_first_valid_number_is_the_customers_and_the_bad_one_is_told() -> None:
    text = "First Name,Last Name,Business Phone,Home Phone,Business Street,Home Street\n"
    validation = validated(
        text + "Ann,Lee,12,+44 20 7946 0101,,2 High St\nBob,Ray,12,34,1 Mill Rd,\n", terms("reveal_field")
    )
    assert validation.accepted.select("phone", "address").rows() == [("+442079460101", "2 High St")]
    assert codes_by_row(validation) == {2: ["INVALID_PHONE"], 3: ["MISSING_PHONE", "INVALID_PHONE", "INVALID_PHONE"]}


REVEAL = replace(terms("reveal_field"), source=FileSource(profile="reveal_field", locale="fr", default_country="FR"))


@pytest.mark.rule("RF-13")
def test_a_row_of_numbers_below_its_contact_is_rejected_and_fills_nothing_of_the_one_above() -> None:
    told = validated(
        "Prénom;Mobile;Téléphone;Adresse\nAnn;06 12 34 56 78;;\n;06 12 34 56 79;01 99 00 12 34;2 quai Neuf\n", REVEAL
    )
    assert "ORPHAN_ROW" in codes_by_row(told)[3]
    assert told.accepted.select("name", "mobile", "phone", "address").rows() == [("Ann", "+33612345678", None, None)]
    assert told.details.is_empty()


@pytest.mark.rule("RF-20")
def test_a_number_without_a_code_takes_that_of_its_row_s_country_else_of_the_source() -> None:
    told = validated(
        "Prénom;Téléphone;Mobile;Pays\nAnn;01 99 00 12 34;06 12 34 56 78;\nEwa;22 555 01 23;601 234 567;Pologne\n"
        "Max;+44 20 7946 0101;;\n",
        REVEAL,
    )
    assert told.accepted.select("phone", "mobile").rows() == [
        ("+33199001234", "+33612345678"),
        ("+48225550123", "+48601234567"),
        ("+442079460101", None),
    ]


@pytest.mark.rule("RF-12")
def test_all_addresses_and_numbers_stay_points_by_their_rank() -> None:
    validation = validated(CONTACTS + "Bob,,bob@example.com,+44 20 7946 0101,+44 20 7946 0102\n")
    points = validation.details["points"].explode().struct.unnest().select("kind", "rank", "value").rows()
    assert points == [("email", 2, "bob@example.com"), ("phone", 1, "+442079460101"), ("phone", 2, "+442079460102")]


@pytest.mark.parametrize("blank", ["", " "])
def test_a_row_is_one_customer_whichever_column_has_its_address(blank: str) -> None:
    accepted = validated(CONTACTS + f"Ann,ann@example.com,,,\nAnn,{blank},ANN@example.com,,\n").accepted
    assert accepted["customer_key"].n_unique() == 1


@pytest.mark.parametrize("sign", ["-", "–", "n/a", "N/A", "none", "brak", "néant", "0", "."])
def test_a_sign_for_nothing_leaves_the_row_to_the_next_column_of_addresses(sign: str) -> None:
    told = validated(f"Name,Email,Secondary email\nBob,{sign},b2@example.com\nCy,c@example.com,c2@example.com\n")
    assert told.rejected.is_empty()
    assert told.accepted["customer_key"].to_list() == ["email:b2@example.com", "email:c@example.com"]
