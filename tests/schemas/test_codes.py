"""The list of codes: complete, in three languages, and with the seeds' own words."""

import pytest

from schemas.codes import LANGUAGES, codes, message
from schemas.fields import FIELDS, Field
from schemas.files import FAULTS, MISSING, missing_code

SEEDS_OWN = {
    "ACCOUNT_MANAGER_NOT_FOUND": "Account manager not found, check the email",
    "DUNNING_PLAN_NOT_FOUND": "Dunning plan not found, check spelling",
}
"""Texts that a seed quotes in English whatever the language around them, without an end."""

LEVELS = ("file", "row", "field", "warning")
NAMES = sorted(codes())


@pytest.mark.parametrize("name", NAMES)
def test_a_code_has_a_known_level(name: str) -> None:
    assert codes()[name].level in LEVELS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_code_has_a_sentence_in_every_language(name: str, language: str) -> None:
    sentence = codes()[name].messages[language]
    assert len(sentence) > 10
    assert sentence.strip().endswith(".") or sentence == SEEDS_OWN.get(name)


@pytest.mark.parametrize("name", sorted(codes().keys() - SEEDS_OWN.keys()))
def test_the_three_languages_of_a_code_are_three_sentences(name: str) -> None:
    assert len(set(codes()[name].messages.values())) == len(LANGUAGES)


def test_details_are_filled_in_in_the_language_asked_for() -> None:
    assert message("EMPTY_FILE", "fr").startswith("Le fichier est vide")
    assert "12 / 3" in message("INVALID_EMAIL", "pl", found="12 / 3")


@pytest.mark.parametrize(("code", "language"), [("NO_SUCH_CODE", "en"), ("EMPTY_FILE", "de")])
def test_an_unknown_code_or_language_is_a_key_error(code: str, language: str) -> None:
    with pytest.raises(KeyError):
        message(code, language)


@pytest.mark.rule("SC-15", "SC-16")
@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("MISSING_REQUIRED_COLUMN", "Brak wymaganych pól"),
        ("MISSING_REQUIRED_FIELD", "Brak wymaganych pól"),
        ("INVALID_FILE_FORMAT", "Nieprawidłowy format pliku"),
    ],
)
def test_the_seeds_own_texts_are_kept_to_the_letter(code: str, text: str) -> None:
    assert message(code, "pl").startswith(text)


@pytest.mark.rule("UP-16", "UP-17")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", SEEDS_OWN)
def test_what_upflow_says_of_managers_and_plans_is_kept_to_the_letter(code: str, language: str) -> None:
    assert message(code, language) == SEEDS_OWN[code]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_code_that_parsing_gives_a_field_costs_the_row_or_the_value(field: Field) -> None:
    assert codes()[missing_code(field.name)].level == "row"
    assert {codes()[code].level for code in FAULTS[field.kind]} <= {"row", "field"}


@pytest.mark.rule("AU-04", "AU-05")
@pytest.mark.parametrize(
    ("field", "code"), [*MISSING.items(), ("amount", "MISSING_REQUIRED_FIELD"), ("city", "MISSING_REQUIRED_FIELD")]
)
def test_a_blank_required_field_has_its_own_code(field: str, code: str) -> None:
    assert missing_code(field) == code


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("NEGATIVE_AMOUNT", "row"),
        ("DATE_IN_FUTURE", "row"),
        ("DATES_INVERTED", "row"),
        ("WRONG_FIELD_COUNT", "row"),
        ("ALREADY_IMPORTED", "file"),
        ("CORRUPT_FILE", "file"),
        ("ENCODING_UNDECIDABLE", "file"),
        ("FILE_TOO_LARGE", "file"),
        ("EXACT_DUPLICATE_ROWS", "warning"),
    ],
)
def test_a_code_costs_what_the_contract_page_says(code: str, level: str) -> None:
    assert codes()[code].level == level
