"""VAT numbers: compact, with their prefix, and only with the right check digits."""

import pytest

from pipelines.parsing.vat import parse_vat_numbers
from schemas.sentences.note import Note
from tests.support.factories import texts


def read(text: str | None, country: str | None) -> tuple[str | None, str | None]:
    parsed = parse_vat_numbers(texts(text), texts(country))
    return parsed.values[0], parsed.faults[0]


@pytest.mark.rule("UP-23")
@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("FR40303265045", None, "FR40303265045"),
        ("fr 40 303 265 045", "DE", "FR40303265045"),
        ("40303265045", "FR", "FR40303265045"),
        ("TVA: FR40303265045", None, "FR40303265045"),
        ("525-23-44-078", "PL", "PL5252344078"),
        ("NIP 525-23-44-078", "PL", "PL5252344078"),
        ("5252344078.0", "PL", "PL5252344078"),
        ("094259216", "GR", "EL094259216"),
        ("GR094259216", None, "EL094259216"),
        ("ATU13585627", "FR", "ATU13585627"),
        ("B-12345674", "ES", "ESB12345674"),
        ("980 7806 84", "GB", "GB980780684"),
        ("XI980780684", None, "XI980780684"),
        ("CHE-107.787.577 IVA", None, "CHE107787577IVA"),
        ("CHE-107.787.577", "CH", "CHE107787577"),
        ("NO 995 525 828 MVA", None, "NO995525828MVA"),
        ("995525828", "NO", "NO995525828"),
        ("BE 0428.759.497", None, "BE0428759497"),
    ],
)
def test_numbers_are_compact_with_the_prefix_of_their_country(written: str, country: str | None, number: str) -> None:
    assert read(written, country) == (number, None)


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("FR41303265045", None),
        ("FR41303265045", "FR"),
        ("40303265045", None),
        ("40303265045", "PL"),
        ("DE136695977", "DE"),
        ("abc", None),
        ("EUFR40303265045", None),
    ],
)
def test_wrong_check_digits_and_unknown_countries_are_refused(written: str, country: str | None) -> None:
    assert read(written, country) == (None, "INVALID_VAT_NUMBER")


def test_a_country_without_check_digits_keeps_its_numbers_with_a_warning() -> None:
    parsed = parse_vat_numbers(texts("100123456700003", "FR40303265045"), texts("AE", "FR"))
    assert parsed.values.to_list() == ["100123456700003", "FR40303265045"]
    assert parsed.notes == (Note("VAT_NOT_CHECKED", found=1, expected="AE"),)


def test_numbers_keep_their_rows_and_blanks_stay_blank() -> None:
    parsed = parse_vat_numbers(texts(None, "FR40303265045", "-", "FR1", "FR40303265045"), None)
    assert parsed.values.to_list() == [None, "FR40303265045", None, None, "FR40303265045"]
    assert parsed.faults.to_list() == [None, None, None, "INVALID_VAT_NUMBER", None]
    assert len(parse_vat_numbers(texts(), None).values) == 0


@pytest.mark.parametrize(
    "written", ["FR40303265045", "CHE107787577IVA", "EL094259216", "NO995525828", "XI980780684", "EU372022452"]
)
def test_a_number_is_its_own_number(written: str) -> None:
    assert read(written, None) == (written, None)


@pytest.mark.parametrize(
    ("written", "country", "title", "default", "number"),
    [
        ("5260250274", None, "NIP", None, "PL5260250274"),
        ("526-025-02-74", None, "NIP nabywcy", None, "PL5260250274"),
        ("526-025-02-74", None, "VAT number", "PL", "PL5260250274"),
        ("5260250274", "DE", "NIP", None, "PL5260250274"),
        ("PL 526-025-02-74", None, "NIP", "FR", "PL5260250274"),
        ("00743110157", None, "P.IVA", None, "IT00743110157"),
        ("00743110157", None, "Partita IVA cliente", None, "IT00743110157"),
        ("B-58378431", None, "CIF", None, "ESB58378431"),
        ("12345678Z", None, "NIF/CIF", None, "ES12345678Z"),
        ("501964843", None, "NIF", None, "PT501964843"),
        ("40303265045", None, "N° de TVA", None, "FR40303265045"),
        ("136695976", None, "USt-ID", None, "DE136695976"),
        ("5260250274", None, "NumerNIP", None, "PL5260250274"),
        ("DE136695976", None, "NIP", "PL", "DE136695976"),
    ],
)
def test_a_number_without_prefix_is_of_the_country_that_its_title_or_its_source_names(
    written: str, country: str | None, title: str, default: str | None, number: str
) -> None:
    parsed = parse_vat_numbers(texts(written), texts(country), title, default)
    assert (parsed.values[0], parsed.faults[0]) == (number, None)


@pytest.mark.parametrize(
    ("written", "country", "title", "default"),
    [
        ("5260250275", None, "NIP", "PL"),
        ("PL5260250275", "PL", "NIP", "PL"),
        ("5260250274", None, "VAT number", None),
        ("5260250274", None, "VAT number", "FR"),
        ("5260250274", "DE", "VAT number", "PL"),
        ("DE136695977", None, "NIP", "DE"),
        ("abc", None, "VAT number", "US"),
    ],
)
def test_neither_a_title_nor_a_source_goes_before_check_digits_or_the_country_of_the_row(
    written: str, country: str | None, title: str, default: str | None
) -> None:
    parsed = parse_vat_numbers(texts(written), texts(country), title, default)
    assert (parsed.values[0], parsed.faults[0]) == (None, "INVALID_VAT_NUMBER")
