"""What is accepted with a word: columns nobody knows, rows that are there twice, characters that nobody sees."""

from decimal import Decimal

import pytest

from schemas.sentences.note import Note
from tests.support.factories import terms, validated

GOOD = "email,name,total_spent\na@x.fr,Ann,10\nb@x.fr,Bob,20.50\n"


@pytest.mark.rule("AU-06")
@pytest.mark.parametrize(
    ("text", "warned"),
    [
        (GOOD, False),
        ("email,name\na@x.fr,Ann\n", True),
        ("email,name\n", True),
    ],
)
def test_a_missing_recommended_column_is_a_warning_and_no_reject(text: str, warned: bool) -> None:
    verdict = validated(text)
    assert (Note("NO_RECOMMENDED_COLUMN", field="total_spent") in verdict.warnings) == warned
    assert verdict.rejected.is_empty()


def test_a_column_that_nobody_knows_is_named_in_a_warning() -> None:
    (told,) = validated(GOOD.replace("name,", "name,Shoe size,Sign,").replace("@x.fr,", "@x.fr,42,lion,")).warnings
    assert told == Note("COLUMNS_NOT_RECOGNISED", found=["Shoe size", "Sign"])


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("fr", "email,name,total_spent\na@x.fr,Ann,1.234\n"),
        ("en", "email,name,total_spent,first payment\na@x.fr,Ann,1,01/02/2024\n"),
    ],
)
def test_what_the_locale_decided_is_warned_of_under_the_senders_title(locale: str, text: str) -> None:
    title = text.split("\n")[0].split(",")[-1]
    assert [
        (note.parameters["found"], note.parameters["header"]) == (1, title)
        for note in validated(text, terms(locale=locale)).warnings
    ] == [True]


def coded(text: str) -> list[str]:
    return [note.code for note in validated(text).warnings]


@pytest.mark.rule("PIT-16")
@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("email,name,total_spent\n", ["NO_ROWS"]),
        ("email,name,total_spent\n,,\n", ["NO_ROWS"]),
        ("email,name,total_spent\na@x.fr,Ann,1\n", []),
        ("email,name,total_spent\n,Ann,1\n", []),
    ],
)
def test_titles_without_a_row_are_warned_of(text: str, codes: list[str]) -> None:
    assert coded(text) == codes


@pytest.mark.rule("PIT-18")
@pytest.mark.parametrize(
    ("address", "codes"),
    [
        ("a@x.fr\u200b", ["INVISIBLE_CHARACTERS"]),
        ("a\u2060@x.fr", ["INVISIBLE_CHARACTERS"]),
        (" a@x.fr  ", []),
        ("a@x.fr", []),
    ],
)
def test_characters_that_nobody_sees_in_a_key_are_taken_out_with_a_warning(address: str, codes: list[str]) -> None:
    text = f"email,name,total_spent\n{address},Ann,1\n"
    assert coded(text) == codes
    assert validated(text).accepted["email"].to_list() == ["a@x.fr"]


@pytest.mark.rule("PIT-48")
@pytest.mark.parametrize(
    ("names", "codes"),
    [
        ("Ann Bob Cid Dee Eve Fay", ["SUSPICIOUS_MERGE"]),
        ("Ann Bob Cid Dee Eve", []),
        ("Ann ann ANN Bob Cid Dee Eve", []),
    ],
)
def test_an_address_that_gathers_many_names_is_warned_of(names: str, codes: list[str]) -> None:
    rows = "".join(f"office@x.fr,{name},{place}\n" for place, name in enumerate(names.split()))
    assert coded(f"email,name,total_spent\n{rows}ann@x.fr,Ann,1\n") == codes


@pytest.mark.rule("AMB-11")
def test_exact_duplicate_rows_are_added_and_warned_of() -> None:
    verdict = validated(GOOD + "a@x.fr,Ann,10\na@x.fr,Ann,10\na@x.fr,Ann,10.00\n")
    assert verdict.amount_accepted == Decimal("60.5")
    assert verdict.warnings == (Note("EXACT_DUPLICATE_ROWS", found=2),)


@pytest.mark.rule("AMB-11")
def test_the_warning_of_duplicates_speaks_the_language_of_the_source() -> None:
    [warning] = validated(GOOD + "a@x.fr,Ann,10\n", terms(locale="pl")).warnings
    assert "1 wiersz " in warning.line("pl")


@pytest.mark.rule("AMB-11")
def test_payments_with_an_id_are_told_apart_by_it_and_not_warned_of() -> None:
    rows = "a@x.fr,5,2024-05-01,F-1\n" * 2
    assert validated(f"email,amount,date,Invoice ID\n{rows}", terms("payments")).warnings == ()


@pytest.mark.rule("AMB-11")
def test_blank_rows_are_no_duplicates() -> None:
    assert validated(GOOD + ",,\n,,\n\n\n").warnings == ()
