"""The row gate at work: every row accepted or rejected, with all its reasons and its own text."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ledger import AcceptedRows
from schemas.profiles import PROFILES
from schemas.sentences.note import Note
from tests.support.factories import codes_by_row, row_texts, terms, validated
from tests.support.workbooks import xlsx

GOOD = "email,name,total_spent\na@x.fr,Ann,10\nb@x.fr,Bob,20.50\n"


HOPELESS = "email,name,total_spent,first payment,last payment,payments\n,,x,y,z,1.5\n"


def messages(text: str, locale: str | None = None) -> list[str]:
    """The sentences of all reasons of all rows."""
    rejected = validated(text, terms(locale=locale)).rejected
    return [reason["message"] for reasons in rejected["reasons"] for reason in reasons]


@pytest.mark.rule("AU-26")
def test_a_good_row_becomes_a_contribution_of_its_customer() -> None:
    accepted = validated(GOOD).accepted
    AcceptedRows.validate(accepted)
    assert accepted.select("row_number", "customer_key", "email", "name", "total_spent").rows() == [
        (2, "email:a@x.fr", "a@x.fr", "Ann", Decimal(10)),
        (3, "email:b@x.fr", "b@x.fr", "Bob", Decimal("20.5")),
    ]


@pytest.mark.rule("AU-04", "AU-05", "AU-06", "AU-07", "AU-08", "AU-09", "AU-10", "AU-11")
def test_every_field_of_a_customer_list_reaches_its_column() -> None:
    text = (
        "email;name;total spent;monthly spend;payments;first payment;last payment;refunds;"
        "company;city;zip;customer id\n"
        "a@x.fr;Ann;1 234,56;102,88;12;2023-01-31;2024-02-29;5,5;ACME;Lyon;01000;0042\n"
    )
    row = validated(text).accepted.row(0, named=True)
    assert {name: value for name, value in row.items() if value is not None} == {
        "row_number": 2,
        "customer_key": "email:a@x.fr",
        "email": "a@x.fr",
        "name": "Ann",
        "company": "ACME",
        "city": "Lyon",
        "postal_code": "01000",
        "external_id": "0042",
        "total_spent": Decimal("1234.56"),
        "reported_monthly_spend": Decimal("102.88"),
        "payment_count": 12,
        "payment_line": 0,
        "refund_volume": Decimal("5.5"),
        "first_payment_date": date(2023, 1, 31),
        "last_payment_date": date(2024, 2, 29),
    }


OPTIONAL = ("total spent", "monthly spend", "payments", "first payment", "last payment", "refunds")


@pytest.mark.rule("AU-06", "AU-07", "AU-08", "AU-09", "AU-10", "AU-11")
@pytest.mark.parametrize("missing", [*OPTIONAL, "all"])
@pytest.mark.parametrize("profile", ["default", "askusers"])
def test_what_is_optional_may_be_missing_or_blank(missing: str, profile: str) -> None:
    titles = [title for title in OPTIONAL if missing not in (title, "all")]
    cells = {"total spent": "9", "monthly spend": "3", "payments": "2", "refunds": "1"}
    days = {"first payment": "2025-01-05", "last payment": "2025-02-06"}
    filled = ["a@x.fr", "Ann", *((cells | days)[title] for title in titles)]
    lines = (["email", "name", *titles], filled, ["b@x.fr", "Bob", *("" for _ in titles)])
    told = validated("".join(",".join(line) + "\n" for line in lines), terms(profile))
    assert (told.rejected_count, told.accepted.height) == (0, 2)
    warned = missing in ("total spent", "all")
    called = {"default": "total_spent", "askusers": "Total dépensé (total_spent)"}[profile]
    assert told.warnings == ((Note("NO_RECOMMENDED_COLUMN", field=called),) if warned else ())


@pytest.mark.rule("AU-07", "AU-08", "AU-11")
def test_a_number_of_payments_is_whole_and_an_average_is_not_below_zero() -> None:
    rows = ("-1,,", "1.5,,", "two,,", ",-4,", ",x,", ",,y", "0,0,0", "3,2.5,1.25")
    titles = "email,name,payments,monthly spend,refunds"
    told = validated("\n".join([titles, *(f"{n}@x.fr,Ann,{row}" for n, row in enumerate(rows)), ""]))
    assert codes_by_row(told) == {
        2: ["INVALID_NUMBER"],
        3: ["INVALID_NUMBER"],
        4: ["INVALID_NUMBER"],
        5: ["NEGATIVE_AMOUNT"],
        6: ["INVALID_NUMBER"],
        7: ["INVALID_NUMBER"],
    }
    assert told.accepted.select("payment_count", "reported_monthly_spend", "refund_volume").rows() == [
        (0, Decimal(0), Decimal(0)),
        (3, Decimal("2.5"), Decimal("1.25")),
    ]


@pytest.mark.rule("AU-04", "AU-05", "AU-06", "AU-08", "AU-09", "AU-10", "AU-21")
@pytest.mark.parametrize(
    ("row", "codes"),
    [
        (",Ann,1,,,", ["MISSING_EMAIL"]),
        ("  ,Ann,1,,,", ["MISSING_EMAIL"]),
        ("ann,Ann,1,,,", ["INVALID_EMAIL"]),
        ("a@x.fr b@y.fr,Ann,1,,,", ["MULTIPLE_EMAILS"]),
        ("a@x.fr,,1,,,", ["MISSING_NAME"]),
        ("a@x.fr,Ann,x,,,", ["INVALID_NUMBER"]),
        ("a@x.fr,Ann,1.234,,,", ["INVALID_NUMBER"]),
        ("a@x.fr,Ann,-1,,,", ["NEGATIVE_AMOUNT"]),
        ("a@x.fr,Ann,1e3,,,", ["SCIENTIFIC_NOTATION"]),
        ("a@x.fr,Ann,1,2024-02-30,,", ["INVALID_DATE"]),
        ("a@x.fr,Ann,1,01/02/2024,,", ["AMBIGUOUS_DATE"]),
        ("a@x.fr,Ann,1,2026-01-03,,", ["DATE_IN_FUTURE"]),
        ("a@x.fr,Ann,1,2024-05-02,2024-05-01,", ["DATES_INVERTED"]),
        ("a@x.fr,Ann,1,,,1.5", ["INVALID_NUMBER"]),
        ("a@x.fr,Ann,1,,", ["WRONG_FIELD_COUNT"]),
        ("a@x.fr,Ann,1,,,2,,x", ["WRONG_FIELD_COUNT"]),
    ],
)
def test_a_bad_row_is_rejected_with_its_code_and_its_neighbours_are_not(row: str, codes: list[str]) -> None:
    titles = "email,name,total_spent,first payment,last payment,payments"
    verdict = validated(f"{titles}\nb@x.fr,Bob,0.50,,,\n{row}\nc@x.fr,Cid,2.0000,,,3\n")
    assert codes_by_row(verdict) == {3: codes}
    assert verdict.accepted["row_number"].to_list() == [2, 4]


@pytest.mark.rule("AU-21")
def test_a_row_is_rejected_with_all_its_reasons_at_once() -> None:
    assert codes_by_row(validated(HOPELESS)) == {
        2: [
            "MISSING_EMAIL",
            "ORPHAN_ROW",
            "MISSING_NAME",
            "INVALID_NUMBER",
            "INVALID_NUMBER",
            "INVALID_DATE",
            "INVALID_DATE",
        ]
    }


@pytest.mark.rule("RF-24")
def test_a_reason_names_field_title_and_value() -> None:
    verdict = validated("E-mail;Nom;Total dépensé\na@x.fr;Zoé;12 €€\n", terms(locale="fr"))
    [reason] = verdict.rejected["reasons"][0]
    assert {name: reason[name] for name in ("code", "field", "header", "value")} == {
        "code": "INVALID_NUMBER",
        "field": "total_spent",
        "header": "Total dépensé",
        "value": "12 €€",
    }
    assert "12 €€" in reason["message"] and "Total dépensé" in reason["message"]


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        (None, "The e-mail address is empty, but every row needs one."),
        ("de", "The e-mail address is empty, but every row needs one."),
        ("fr", "L'adresse e-mail est vide alors qu'elle est obligatoire."),
        ("fr-CA", "L'adresse e-mail est vide alors qu'elle est obligatoire."),
        ("pl", "Brak wymaganych pól: adres e-mail jest pusty."),
    ],
)
def test_reasons_speak_the_language_of_the_source(locale: str | None, sentence: str) -> None:
    assert messages("email,name\n,Zoé\n", locale) == [sentence]


@pytest.mark.parametrize("text", [HOPELESS, "email,name\na@x.fr\na@x.fr,b,c,d\n", "email,name\n,\u200b.\n"])
@pytest.mark.parametrize("locale", ["en", "fr", "pl"])
def test_no_sentence_has_a_hole_in_it(text: str, locale: str) -> None:
    found = messages(text, locale)
    assert found
    assert [sentence for sentence in found if "–" in sentence or "None" in sentence] == []


@pytest.mark.rule("RF-24", "RF-25")
def test_a_rejected_row_keeps_the_senders_titles_and_text() -> None:
    text = "E-mail ;Nom; Total dépensé;Notes\n zoe ;  ; 1.2.3 ;éà \n"
    assert row_texts(validated(text)) == {
        2: {"E-mail": " zoe ", "Nom": "  ", "Total dépensé": " 1.2.3 ", "Notes": "éà "}
    }


@pytest.mark.rule("AU-15")
def test_an_ignored_column_is_still_in_the_senders_row() -> None:
    verdict = validated("email,name,Notes\n,Zoé,secret\n", ignore=["Notes"])
    assert row_texts(verdict)[2]["Notes"] == "secret"


@pytest.mark.rule("PIT-10")
def test_a_row_of_another_width_keeps_its_cells_under_the_titles_it_has() -> None:
    verdict = validated("email,name\na@x.fr\nb@x.fr,Bob,Lyon,69000\n")
    assert codes_by_row(verdict) == {2: ["WRONG_FIELD_COUNT"], 3: ["WRONG_FIELD_COUNT"]}
    assert row_texts(verdict) == {
        2: {"email": "a@x.fr"},
        3: {"email": "b@x.fr", "name": "Bob", "column 3": "Lyon", "column 4": "69000"},
    }


def test_rejected_rows_come_in_the_order_of_the_file() -> None:
    verdict = validated("email,name\nx,Ann\na@x.fr\ny,Bob\nb@x.fr\n")
    assert verdict.rejected["row_number"].to_list() == [2, 3, 4, 5]


@pytest.mark.rule("MO-15", "MO-16", "MO-17", "MO-19", "MO-20", "MO-21")
def test_rows_of_the_mono_editor_begin_at_two_and_each_marker_fills_its_own_field() -> None:
    """The area is a country, or a region with a warning where it is none; groups are trimmed, each kept once."""
    titles = [column.title for column in PROFILES["mono_editor"].template]
    rows = (
        {"Email": "a@x.fr", "FirstName": "Ann", "AdministrativeArea": "Francja", "Locality": "Lyon"},
        {"Email": "nobody", "FirstName": "Bob"},
        {"Email": "c@x.fr", "FirstName": "Cid", "Groups": " vip,presse ,VIP,,", "OptIn": "1", "Organization": "ACME"},
        {"Email": "d@x.fr", "FirstName": "Dan", "AdministrativeArea": "Québec", "OptIn": "0"},
        {"Email": "e@x.fr", "FirstName": "Eva", "OptIn": 1},
        {"Email": "f@x.fr", "FirstName": "Fay", "OptIn": True},
    )
    workbook = xlsx([titles, *([row.get(title, "") for title in titles] for row in rows)])
    told = validated(workbook, terms("mono_editor", "fr"))
    assert codes_by_row(told) == {3: ["INVALID_EMAIL"]}
    assert told.accepted.select("row_number", "city", "company", "country", "region").head(3).rows() == [
        (2, "Lyon", None, "FR", None),
        (4, None, "ACME", None, None),
        (5, None, None, None, "Québec"),
    ]
    assert told.details.select("row_number", "groups", "opt_in").rows() == [
        (4, ["vip", "presse"], True),
        (5, None, False),
        (6, None, True),
        (7, None, True),
    ]
    assert told.warnings == (Note("AREAS_AS_REGIONS", found=1, header="AdministrativeArea"),)


@pytest.mark.rule("UP-18", "UP-23", "UP-32", "UP-33")
def test_each_column_of_upflow_fills_its_own_field_and_no_other() -> None:
    """One row fills them all, and each of the others all but one column; what a block must have stays."""
    whole = {column.title: column.example for column in PROFILES["upflow"].template}
    whole |= {"Responsable de compte": "ana@example.com", "Workflow": "Standard"}
    kept = ("Nom du client", "Identifiant externe", "Nom du groupe", "Adresse mail")
    left_out = [title for title in whole if title not in kept]
    lines = [whole, *({title: text for title, text in whole.items() if title != each} for each in left_out)]
    rows = [";".join(line.get(title, "") for title in whole) for line in lines]
    told = validated("\n".join([";".join(whole), *rows, ""]), terms("upflow", "fr"))
    assert told.rejected.is_empty()
    both = told.accepted.join(told.details, on="row_number", maintain_order="left").drop("row_number")
    first, *others = both.rows(named=True)
    fields = {column.title: column.field for column in PROFILES["upflow"].template}
    assert {name for name, value in first.items() if value is not None} >= set(fields.values())
    for title, row in zip(left_out, others, strict=True):
        assert {name for name in row if row[name] != first[name]} == {fields[title]}, title


@pytest.mark.rule("MO-15")
def test_row_numbers_are_those_of_the_spreadsheet() -> None:
    verdict = validated("sep=;\nemail;name\n\n;Ann\na@x.fr;Bob\n")
    assert codes_by_row(verdict) == {4: ["MISSING_EMAIL"]}
    assert verdict.accepted["row_number"].to_list() == [5]


@pytest.mark.rule("PIT-16")
def test_a_file_without_rows_is_validated() -> None:
    verdict = validated("email,name,total_spent\n")
    assert (verdict.accepted.height, verdict.rejected.height) == (0, 0)
    assert verdict.amount_accepted == 0


@pytest.mark.rule("RF-17", "AMB-40", "PIT-51", "PIT-52")
@pytest.mark.parametrize(
    ("titles", "cells", "name"),
    [
        ("email,Prénom,Nom", "a@x.fr,Zoé,Durand", "Zoé Durand"),
        ("email,Nom,Prénom", "a@x.fr,Durand,Zoé", "Zoé Durand"),
        ("email,Prénom,Nom", "a@x.fr,Zoé,", "Zoé"),
        ("email,Prénom,Nom", "a@x.fr,,Durand", "Durand"),
        ("email,Prénom", "a@x.fr,Zoé Durand", "Zoé Durand"),
        ("email,full name,first name,last name", "a@x.fr,Dr Z. Durand,Zoé,Durand", "Dr Z. Durand"),
        ("email,full name,first name,last name", "a@x.fr,,Zoé,Durand", "Zoé Durand"),
        ("email,name", "a@x.fr,  DUPONT\u00a0 Jean ", "DUPONT Jean"),
        ("email,name", "a@x.fr,NULL", "NULL"),
        ("email,name", "a@x.fr,None", "None"),
        ("email,name", "a@x.fr,-", "-"),
    ],
)
def test_a_name_is_kept_as_it_is_or_made_of_its_parts(titles: str, cells: str, name: str) -> None:
    assert validated(f"{titles}\n{cells}\n").accepted["name"].to_list() == [name]


@pytest.mark.rule("AU-05")
def test_a_row_with_neither_name_nor_parts_is_rejected() -> None:
    assert codes_by_row(validated("email,Prénom,Nom\na@x.fr,,\n")) == {2: ["MISSING_NAME"]}


@pytest.mark.rule("PIT-21", "PIT-34")
def test_the_style_of_a_column_is_decided_by_all_of_its_rows_accepted_or_not() -> None:
    verdict = validated('email,name,total_spent,first payment\na@x.fr,Ann,1.234,01/02/2024\n,Bob,"0,50",31/01/2024\n')
    assert verdict.accepted.select("total_spent", "first_payment_date").rows() == [(Decimal(1234), date(2024, 2, 1))]
    styles = {name: style["style"] for name, style in verdict.styles.items()}
    assert styles == {"total_spent": "comma", "first_payment_date": "day first"}


@pytest.mark.rule("PIT-22")
def test_a_refund_below_zero_is_a_refund_with_a_warning() -> None:
    verdict = validated("email,name,total_spent,refunds\na@x.fr,Ann,50,-5.50\nb@x.fr,Bob,50,4\nc@x.fr,Cid,50,\n")
    assert verdict.accepted["refund_volume"].to_list() == [Decimal("5.5"), Decimal(4), None]
    assert verdict.warnings == (Note("NEGATIVE_REFUNDS", found=1, header="refunds"),)


@pytest.mark.rule("AU-26")
def test_rows_of_one_address_are_of_one_customer() -> None:
    accepted = validated("email,name\nA@x.fr,Ann\na@X.fr,Anna\nb@x.fr,Bob\n<a@x.fr>,Ann\n").accepted
    assert accepted["customer_key"].to_list() == ["email:a@x.fr", "email:a@x.fr", "email:b@x.fr", "email:a@x.fr"]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a@x.fr", "b@x.fr", "B@X.fr", "wrong", "", "a@x.fr,c@x.fr"]),
        st.sampled_from(["Ann", "", "NULL"]),
        st.sampled_from(["10", "0.5", "1,5", "1.234", "-1", "x", ""]),
        st.sampled_from(["2024-01-31", "31/12/2023", "01/02/2023", "2030-01-01", "soon", ""]),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=40)
@given(rows=ROWS, ragged=st.integers(0, 3), locale=st.sampled_from([None, "fr", "en"]))
def test_accepted_and_rejected_rows_are_the_rows_read(
    rows: list[tuple[str, ...]], ragged: int, locale: str | None
) -> None:
    lines = ["email;name;total_spent;last payment", *(";".join(row) for row in rows), *["a@x.fr;b"] * ragged]
    verdict = validated("\n".join(lines), terms(locale=locale))
    numbers = verdict.accepted["row_number"].to_list() + verdict.rejected["row_number"].to_list()
    blank = [number for number, row in enumerate(rows, 2) if not any(row)]
    assert sorted(numbers + blank) == list(range(2, len(rows) + ragged + 2))
    assert all(codes_by_row(verdict).values())
