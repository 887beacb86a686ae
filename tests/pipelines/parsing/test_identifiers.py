"""Identifiers: what a spreadsheet shortened or nobody filled in is no key; real codes stay as they are."""

import polars as pl
import pytest

from pipelines.parsing.identifiers import parse_identifiers
from pipelines.parsing.words.placeholders import in_identifiers
from schemas.profiles import PROFILES
from schemas.sentences.note import Note
from tests.support.factories import codes_by_row, terms, texts, validated


def faults(*cells: str, typed: bool = False) -> list[str | None]:
    column = texts(*cells)
    return parse_identifiers(column, pl.Series([True] * len(cells)) if typed else None).faults.to_list()


@pytest.mark.rule("PIT-106")
@pytest.mark.parametrize(
    "cell",
    [
        *("4,11E+12", "4.11E+12", "1.23457E+15", "1E+15", "5e+11", "1.2345678901234568e+16", "411E+10", "1,00E-05"),
        *("4.11E12", "1.0E7", "1E-05", "4,11 E+12", "1E+100"),
    ],
)
def test_a_shortened_number_is_no_identifier(cell: str) -> None:
    assert faults(cell, "A-1") == ["SCIENTIFIC_NOTATION", None]


@pytest.mark.rule("PIT-106")
@pytest.mark.parametrize("cell", ["1E5", "12E3", "3E8", "E12", "1E15", "5E", "2E4A", "0E1", "1.5.E3", "E+12", "7E-1"])
def test_a_code_that_looks_like_an_exponent_stays(cell: str) -> None:
    assert faults(cell) == [None]


def test_codes_with_other_letters_show_that_the_e_is_one_of_them() -> None:
    assert faults("5D-01", "5E-01", "5F-02") == [None, None, None]
    assert faults("5E-01", "7") == ["SCIENTIFIC_NOTATION", None]
    assert faults("5D-01", "5,1E-01")[1] == "SCIENTIFIC_NOTATION"


@pytest.mark.rule("PIT-106")
def test_a_number_of_a_workbook_with_more_than_15_digits_is_no_identifier() -> None:
    assert faults("123456789012345", "1234567890123450", typed=True) == [None, "PRECISION_LOST"]
    assert faults("1234567890123456", "1234567890123457") == [None, None]
    assert faults("12345678901234568.0") == ["PRECISION_LOST"]


def test_long_numbers_of_text_that_all_end_in_zeros_have_lost_their_digits() -> None:
    assert faults("12345678901234500", "12345678901234600") == ["PRECISION_LOST"] * 2
    assert faults("12345678901234500", "12345678901234612") == [None, None]
    assert faults("1234567890123450", "1234567890123460") == [None, None]


@pytest.mark.rule("PIT-106")
@pytest.mark.parametrize(
    "cell",
    [
        *("-", "--", "—", ".", "?", "***", "/", "0", "0.0", "0,00", "000000", "0x0", "-1", "n/a", "N/A", "NA", "n.a."),
        *("#N/A", "#REF!", "#VALEUR!", "#ADR!", "null", "NULL", "None", "nan", "undefined", "[object Object]", "TBD"),
        *("tbd", "manual", "POS", "Brak", "aucun", "néant", "keine", "unbekannt", "ninguno", "nessuno", "geen", "xxx"),
        "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-000000000000}",
    ],
)
def test_a_placeholder_is_no_identifier(cell: str) -> None:
    assert in_identifiers(texts(cell, "A-1")).to_list() == [True, False]


def test_a_word_that_may_be_a_code_is_one_among_such_codes() -> None:
    assert not in_identifiers(texts("ND", "AB", "XY", "BQ")).any()
    assert in_identifiers(texts("ND", "17", "18")).to_list() == [True, False, False]


@pytest.mark.parametrize("cell", ["1", "A", "Post", "POS-1", "N1", "00001", "10", "TBD-7", "Nullarbor", "1.0"])
def test_a_real_reference_is_no_placeholder(cell: str) -> None:
    assert not in_identifiers(texts(cell, "A-1")).any()


def test_a_one_with_a_decimal_is_none_where_it_repeats_among_ids_of_another_form() -> None:
    assert in_identifiers(texts("1.0", "1.0", "X1")).to_list() == [True, True, False]
    assert not in_identifiers(texts("1.0", "1.0", "2.0")).any()


@pytest.mark.rule("PIT-106")
def test_payments_with_a_shortened_or_placeholder_id_all_count() -> None:
    for shared in ("1.23457E+15", "-", "#N/A", "000000"):
        validation = validated(
            f"Transaction ID,Date,Email,Amount\n{shared},2025-03-01,a@example.com,100\n"
            f"{shared},2025-03-02,a@example.com,40\n{shared},2025-03-03,b@example.com,60\n",
            terms("payments"),
        )
        assert validation.amount_accepted == 200
        assert validation.accepted["payment_id"].null_count() == 3


@pytest.mark.rule("PIT-106")
def test_a_shortened_reference_costs_the_row_whose_key_it_would_be() -> None:
    rows = "Acme;4,11E+12;Lyon\nBolt;4,11E+12;Paris\n"
    validation = validated(f"Nom du client;Identifiant externe;Ville\n{rows}", terms("upflow", "fr"))
    assert codes_by_row(validation) == {2: ["SCIENTIFIC_NOTATION"], 3: ["SCIENTIFIC_NOTATION"]}
    assert validation.accepted.is_empty()


@pytest.mark.rule("PIT-106")
def test_a_shortened_reference_is_left_out_where_the_address_is_the_key() -> None:
    validation = validated("Email,Name,Customer ID\na@example.com,Ann,4.11E+12\nb@example.com,Bob,4.11E+12\n")
    assert validation.accepted["external_id"].to_list() == [None, None]
    assert set(validation.rejected["severity"]) == {"field"}


def test_a_placeholder_where_the_reference_is_required_is_missing() -> None:
    validation = validated("id_client;nom\n-;Ann\n-;Bob\n", terms("upflow", "fr"))
    assert validation.accepted["name"].to_list() == ["Ann", "Bob"]
    assert validation.accepted["customer_key"].n_unique() == 2


@pytest.mark.rule("PIT-106")
def test_a_reference_that_many_share_is_warned_of() -> None:
    assert PROFILES["upflow"].key[0] == "external_id"
    validation = validated("id_client;nom\nKASSE;Ann\nKASSE;Bob\nKASSE;Cid\n", terms("upflow"))
    assert Note("SUSPICIOUS_MERGE", found="KASSE", expected=3) in validation.warnings


def test_nulls_of_programs_are_blank_where_the_file_uses_them_so() -> None:
    validation = validated(
        "Email,Name,Company,City,Country,External ID\na@example.com,Ann,NA,NA,NA,NA\n"
        "b@example.com,Na,Ray Ltd,Lyon,FR,A-2\n"
        "c@example.com,Null,#REF!,[object Object],FR,undefined\n"
    )
    assert validation.accepted.select("name", "company", "city", "country").rows() == [
        ("Ann", None, None, None),
        ("Na", "Ray Ltd", "Lyon", "FR"),
        ("Null", None, None, "FR"),
    ]
    assert codes_by_row(validation) == {}
    assert sum(note.code == "PLACEHOLDER_VALUES" for note in validation.warnings) == 4


def test_namibia_is_a_country_where_no_other_column_says_na() -> None:
    validation = validated("Email,Name,Company,Country\na@example.com,Ann,NA,NA\nb@example.com,Bob,Null,FR\n")
    assert validation.accepted["country"].to_list() == [None, "FR"]
    validation = validated("Email,Name,Company,Country\na@example.com,Ann,Null,NA\nb@example.com,Bob,Acme,NA\n")
    assert validation.accepted["country"].to_list() == ["NA", "NA"]
    assert validation.accepted["company"].to_list() == ["Null", "Acme"]
