"""VAT numbers: compact, with their prefix, and only with the right check digits."""

import pytest

from pipelines.files.vat import parse_vat_numbers
from tests.factories import texts


def read(text: str | None, country: str | None) -> tuple[str | None, str | None]:
    parsed = parse_vat_numbers(texts(text), texts(country))
    return parsed.values[0], parsed.faults[0]


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
def test_numbers_are_compact_with_the_prefix_of_their_country_up_23(
    written: str, country: str | None, number: str
) -> None:
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
    assert parsed.warnings == ("1 VAT numbers of AE cannot be checked and were kept as written",)


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
