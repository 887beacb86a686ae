"""Phone numbers: E.164 from any written form, and no number where two readings differ."""

import phonenumbers
import polars as pl
import pytest

from pipelines.parsing.phones.phone_library import read_number
from pipelines.parsing.phones.phones import parse_phones
from tests.pipelines.parsing.phones.written_numbers import read
from tests.support.factories import texts

NUMBER = "+33612345678"


@pytest.mark.rule("PIT-53", "RF-20")
@pytest.mark.parametrize(
    "written",
    [
        "+33612345678",
        "+33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "+33(0)612345678",
        "(+33) 6 12 34 56 78",
        "0033612345678",
        "00 33 6 12 34 56 78",
        "0033 (0)6 12 34 56 78",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "06–12–34–56–78",
        "06/12/34/56/78",
        "06\u00a012\u00a034\u00a056\u00a078",
        "(0)6 12 34 56 78",
        "'0612345678",
        "33612345678",
        "33612345678.0",
        "612345678",
        "612345678.0",
        "tel:+33-6-12-34-56-78",
        "Tél. : 06 12 34 56 78",
        "Mobile 06 12 34 56 78",
        "０６１２３４５６７８",
        "٠٦١٢٣٤٥٦٧٨",
    ],
)
def test_every_common_form_is_one_number(written: str) -> None:
    assert read(written) == (NUMBER, None)


@pytest.mark.parametrize(
    "extension",
    [" ext. 12", " ext 12", "x12", " x 12", " poste 12", ";ext=12", " #12", ", ext 12", " wew. 12", " DW 12"],
)
def test_an_extension_is_no_part_of_the_number(extension: str) -> None:
    assert read("06 12 34 56 78" + extension) == (NUMBER, None)


@pytest.mark.rule("PIT-53")
@pytest.mark.parametrize(
    "wrong",
    [
        "06 12 34 56",
        "06 12 34 56 78 90",
        "06 12 34 56 7O",
        "1-800-FLOWERS",
        "appeler le matin",
        "0612345678 / 0612345679",
        "06 12 34 56 78/79",
        "0612345678; 0612345679",
        "0612345678, 0612345679",
        "0612345678 ou 0612345679",
        "0612345678 0612345679",
        "+33+612345678",
        "336123456789012345",
        "0",
        "+",
        "=0612345678",
    ],
)
def test_what_is_not_one_number_is_refused(wrong: str) -> None:
    assert read(wrong) == (None, "INVALID_PHONE")


@pytest.mark.rule("PIT-53")
@pytest.mark.parametrize("short", ["3.36E+10", "3,36E+10", "3.3612345678E+10", "3e10"])
def test_an_exponent_has_lost_digits_and_is_refused_by_that_name(short: str) -> None:
    assert read(short, typed=True) == (None, "PHONE_SCIENTIFIC")


@pytest.mark.parametrize("blank", [None, "-", "n/a", "NULL"])
def test_a_blank_is_neither_a_number_nor_a_fault(blank: str | None) -> None:
    assert read(blank) == (None, None)


@pytest.mark.rule("PIT-109")
@pytest.mark.parametrize(("written", "country"), [("48512345678", "FR"), ("4930123456", "FR"), ("33612345678", "PL")])
def test_a_lost_plus_of_another_country_is_believed_where_the_row_or_the_column_says_so(
    written: str, country: str
) -> None:
    assert read(written, country) == (None, "INVALID_PHONE")
    alike = texts(written, "447400123456", "33612345678", "4930123456")
    assert parse_phones(alike, country).values.to_list() == [f"+{number}" for number in alike]
    own = pl.Series([{"48": "PL", "49": "DE", "33": "FR"}[written[:2]]])
    assert parse_phones(texts(written), country, per_row_country=own).values.to_list() == ["+" + written]


@pytest.mark.rule("PIT-109")
@pytest.mark.parametrize(("country", "length"), [("US", 10), ("ES", 9), ("PL", 9), ("FR", 10), ("IT", 10), ("GB", 11)])
def test_a_national_number_with_a_digit_too_many_or_too_few_is_no_foreign_one(country: str, length: int) -> None:
    example_number = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.FIXED_LINE)
    written = phonenumbers.format_number(example_number, phonenumbers.PhoneNumberFormat.NATIONAL)
    good = "".join(filter(str.isdigit, written))
    wrong = [good[:place] + digit + good[place:] for place in range(len(good)) for digit in "0123456789"]
    wrong += [good[:place] + good[place + 1 :] for place in range(len(good))]
    home = f"+{phonenumbers.country_code_for_region(country)}"
    values = parse_phones(texts(*[good] * 20, *wrong), country).values.drop_nulls()
    assert len(good) >= length - 1
    assert [value for value in values if not value.startswith(home)] == [
        value for value in values if value in {f"+{digits[2:]}" for digits in wrong if digits.startswith("00")}
    ]


@pytest.mark.rule("PIT-109")
@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("0692 12 34 56", "FR", "+262692123456"),
        ("0692 12 34 56", "RE", "+262692123456"),
        ("+33 692 12 34 56", "FR", "+262692123456"),
        ("0033 (0)596 12 34 56", None, "+596596123456"),
        ("0596 12 34 56", "MQ", "+596596123456"),
        ("0690123456", "GP", "+590690123456"),
        ("0590 27 12 34", "BL", "+590590271234"),
        ("0269 61 12 34", "FR", "+262269611234"),
        ("0639 12 34 56", "YT", "+262639123456"),
        ("0694 20 12 34", "GF", "+594694201234"),
        ("0612345678", "GP", "+33612345678"),
        ("01 23 45 67 89", "RE", "+33123456789"),
        ("0 22 123 45 67", "PL", "+48221234567"),
        ("0-22 / 123 45 67", "PL", "+48221234567"),
        ("(0-22) 123 45 67", "PL", "+48221234567"),
        ("0501 234 567", "PL", "+48501234567"),
        ("+48 (0) 22 123 45 67", "FR", "+48221234567"),
        ("+48 0 22 123 45 67", "FR", "+48221234567"),
        ("22 123 45 67 w. 12", "PL", "+48221234567"),
        ("22 123 45 67 wew. 12", "PL", "+48221234567"),
        ("+52 1 55 1234 5678", "FR", "+525512345678"),
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("01 55 1234 5678", "MX", "+525512345678"),
        ("+54 9 11 1234 5678", "FR", "+5491112345678"),
        ("011 15 1234 5678", "AR", "+5491112345678"),
        ("+39 06 1234567", "FR", "+39061234567"),
        ("06 1234567", "IT", "+39061234567"),
        ("+44 (0)20 7946 0101", "FR", "+442079460101"),
        ("+49 30 123456 Durchwahl 12", "DE", "+4930123456"),
        ("030 123456 App. 12", "DE", "+4930123456"),
        ("+33 1 23 45 67 89 poste 12", "FR", "+33123456789"),
    ],
)
def test_numbers_are_read_as_people_have_them(written: str, country: str | None, number: str) -> None:
    assert read(written, country) == (number, None)


def test_a_zero_before_a_polish_number_is_no_part_of_one_elsewhere() -> None:
    assert read("0221234567", "DE") == ("+49221234567", None)
    assert read("0692123456", "DE") == ("+49692123456", None)
    assert read("0692123456", "CH") != ("+262692123456", None)


def test_a_number_is_refused_where_a_lost_plus_and_a_lost_zero_are_as_likely() -> None:
    assert read_number("33612345678", "DE") == "+4933612345678"
    assert read("33612345678", "DE") == (None, "INVALID_PHONE")
    assert read("033612345678", "DE") == ("+4933612345678", None)


def test_a_zero_in_brackets_is_refused_where_both_readings_are_numbers() -> None:
    assert read("+39 (0)2 1234 5678") == ("+390212345678", None)
    assert read("+39 (0)312 345 6789") == (None, "INVALID_PHONE")


@pytest.mark.rule("PIT-53")
def test_a_zero_that_the_workbook_took_away_comes_back_only_in_number_cells() -> None:
    assert read("212345678", "IT", typed=True) == ("+390212345678", None)
    assert read("212345678", "IT") == (None, "INVALID_PHONE")
    assert read("3123456789", "IT", typed=True) == ("+393123456789", None)


@pytest.mark.parametrize("national", ["06 12 34 56 78", "612345678", "33612345678", "2015550123", "15123456789"])
@pytest.mark.parametrize("typed", [True, False])
def test_a_number_without_any_country_is_never_guessed(national: str, typed: bool) -> None:
    assert read(national, None, typed) == (None, "INVALID_PHONE")


def test_a_number_with_its_country_code_needs_no_country() -> None:
    parsed = parse_phones(texts("+33612345678", "0048512345678"), None)
    assert parsed.values.to_list() == [NUMBER, "+48512345678"]


def test_the_country_of_the_row_goes_before_that_of_the_source() -> None:
    countries = texts("PL", None, "FR", "XX")
    parsed = parse_phones(texts("512 345 678", "0612345678", "0612345678", "0612345678"), "FR", None, countries)
    assert parsed.values.to_list() == ["+48512345678", NUMBER, NUMBER, None]


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("030/123456", "DE", "+4930123456"),
        ("0664/123 45 67", "AT", "+436641234567"),
        ("0043/664/1234567", "DE", "+436641234567"),
        ("011 33 6 12 34 56 78", "US", NUMBER),
        ("0011 33 6 12 34 56 78", "AU", NUMBER),
        ("(201) 555-0123", "US", "+12015550123"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("12 345 67 89", "PL", "+48123456789"),
        ("131 2345 6789", "CN", "+8613123456789"),
    ],
)
def test_what_a_country_writes_is_read_as_that_country_reads_it(written: str, country: str, number: str) -> None:
    assert read(written, country) == (number, None)


def test_numbers_keep_their_rows() -> None:
    parsed = parse_phones(texts("0612345678", None, "x", "+33 6 12 34 56 78", "3E+9"), "FR")
    assert parsed.values.to_list() == [NUMBER, None, None, NUMBER, None]
    assert parsed.faults.to_list() == [None, None, "INVALID_PHONE", None, "PHONE_SCIENTIFIC"]


def test_a_column_without_rows_is_read() -> None:
    assert len(parse_phones(texts(), "FR").values) == 0


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("5215512345678", "MX", "+525512345678"),
        ("52 1 55 1234 5678", "MX", "+525512345678"),
        ("52 01 55 1234 5678", "MX", "+525512345678"),
        ("48 0 501 234 567", "PL", "+48501234567"),
        ("tel. kom. 501 234 567", "PL", "+48501234567"),
        ("tel. służbowy: 501 234 567", "PL", "+48501234567"),
        ("501 234 567 (kom.)", "PL", "+48501234567"),
        ("07911 123456 (work)", "GB", "+447911123456"),
        ("Work: 07911 123456", "GB", "+447911123456"),
        ("07911 123456 mobile", "GB", "+447911123456"),
        ("06 12 34 56 78 (pro)", "FR", "+33612345678"),
        ("Tél. portable : 06 12 34 56 78", "FR", "+33612345678"),
    ],
)
def test_old_codes_behind_a_lost_plus_and_words_around_a_number_are_taken_off_13_b3(
    written: str, country: str, number: str
) -> None:
    assert read(written, country) == (number, None)


@pytest.mark.rule("PIT-53")
@pytest.mark.parametrize("wrong", ["07911 123456 (ask for Bo)", "work", "07911 123456 work 07911 123457", "homework 1"])
def test_other_words_around_a_number_stay_faults(wrong: str) -> None:
    assert read(wrong, "GB") == (None, "INVALID_PHONE")
