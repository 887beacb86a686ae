"""Numbers as people write them: one style per column, exact to the last digit, never a guess per cell."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.language.languages import uses_comma
from pipelines.models.parsed_column import Parsed, cleaned
from pipelines.parsing.numbers.numbers import parse_amounts, parse_averages, parse_counts
from schemas.base import MONEY
from tests.pipelines.parsing.numbers.number_columns import NARROW, NBSP, THIN, counts
from tests.support.factories import texts

DECISIVE = {"comma": "0,50", "point": "0.50"}


def amounts(*written: str | None, decimals: int = 2, locale: str | None = None) -> list[str | None]:
    """What each cell is read as: a number without trailing zeros, or the code of its fault."""
    return told(parse_amounts(texts(*written), decimals, locale))


def told(parsed: Parsed) -> list[str | None]:
    values = [None if value is None else f"{value.normalize():f}" for value in parsed.values]
    return [fault or value for value, fault in zip(values, parsed.faults, strict=True)]


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0", "0"),
        ("12", "12"),
        ("+12", "12"),
        ("-12", "-12"),
        ("12.5", "12.5"),
        ("12,5", "12.5"),
        ("12.50", "12.5"),
        ("12,50", "12.5"),
        ("1234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        (f"1{NBSP}234,56", "1234.56"),
        (f"1{NARROW}234,56", "1234.56"),
        (f"1{THIN}234,56", "1234.56"),
        ("1 234 567", "1234567"),
        ("1'234.56", "1234.56"),
        ("1’234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("-1.234,56", "-1234.56"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1,234,567.89", "1234567.89"),
        ("1.234.567,89", "1234567.89"),
        ("007", "7"),
        ("999999999999.99", "999999999999.99"),
        ("0.500", "0.5"),
        ("0,500", "0.5"),
        (".50", "0.5"),
        ("-,5", "-0.5"),
        ("5.", "5"),
        ("5,", "5"),
        ("1,23,456", "123456"),
        ("12,34,567.89", "1234567.89"),
        ("1`234.56", "1234.56"),
        ("1´234ʼ567", "1234567"),
        ("1\u3000234", "1234"),
        ("１２３．５", "123.5"),
    ],
)
def test_a_number_with_one_meaning_is_read_exactly(written: str, read: str) -> None:
    assert amounts(written) == [read]


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize("written", ["1,234", "1.234", "-1,234", "+12.345", "999,999"])
def test_a_number_with_two_meanings_alone_is_undecidable(written: str) -> None:
    assert amounts(written) == ["AMBIGUOUS_NUMBER"]


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize(
    ("column", "read"),
    [
        (["1,234", "0.50"], ["1234", "0.5"]),
        (["1.234", "0,50"], ["1234", "0.5"]),
        (["1.234", "0,50", None], ["1234", "0.5", None]),
        (["1,234", "1,234,567"], ["1234", "1234567"]),
        (["1.234", "1.234.567"], ["1234", "1234567"]),
        (["1,234", "12"], ["AMBIGUOUS_NUMBER", "12"]),
        (["1,234", "0,50"], ["INVALID_NUMBER", "0.5"]),
        (["1,5", "2.5"], ["1.5", "2.5"]),
        (["1,5", "2.5", "1,234"], ["1.5", "2.5", "AMBIGUOUS_NUMBER"]),
    ],
)
def test_the_other_rows_of_the_column_decide(column: list[str | None], read: list[str | None]) -> None:
    assert amounts(*column) == read
    assert amounts(*reversed(column)) == read[::-1]


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize(
    ("locale", "written", "read"),
    [
        ("fr", "1.234", "1234"),
        ("de", "1.234", "1234"),
        ("pl", "1.234", "1234"),
        ("en", "1,234", "1234"),
        ("en-GB", "1,234", "1234"),
        ("fr-CA", "1.234", "1234"),
    ],
)
def test_where_no_row_decides_the_locale_does_with_a_warning(locale: str, written: str, read: str) -> None:
    parsed = parse_amounts(texts(written, written, "5"), 2, locale)
    assert told(parsed) == [read, read, "5"]
    (note,) = parsed.notes
    assert (note.code, note.parameters["found"], note.parameters["value"]) == ("NUMBERS_BY_LOCALE", 2, locale)


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize(
    ("locale", "decimals", "column", "reads"),
    [
        ("en", 2, ["1.234", "2.500", "100"], False),
        ("de", 2, ["1,234", "2,500", "100"], False),
        ("fr", 2, ["2,500", "1,234", "2,000"], False),
        ("en", 0, ["2.000", "1.500", "7"], False),
        ("en", 2, ["1.200", "2.500", "100"], True),
        ("en", 3, ["1.234", "2.500", "100"], True),
        ("fr", 2, ["1.234", "2.500", "100"], True),
    ],
)
def test_a_locale_that_gives_a_number_more_decimals_than_its_currency_has_decides_nothing(
    locale: str, decimals: int, column: list[str], reads: bool
) -> None:
    parsed = parse_amounts(texts(*column), decimals, locale)
    assert ("AMBIGUOUS_NUMBER" in parsed.faults.to_list()) != reads
    assert reads or parsed.values.to_list()[:2] == [None, None]


def test_the_locale_does_not_overrule_a_row_that_decides() -> None:
    parsed = parse_amounts(texts("1,234", "0.50"), 2, "fr")
    assert (told(parsed), parsed.style, parsed.notes) == (["1234", "0.5"], "point", ())


@pytest.mark.rule("PIT-24")
def test_the_locale_reads_1_234_with_its_decimal_mark_and_then_it_has_too_many_decimals() -> None:
    assert amounts("1,234", locale="fr") == ["INVALID_NUMBER"]
    assert amounts("1,234", locale="fr", decimals=3) == ["1.234"]


@pytest.mark.rule("PIT-26")
@pytest.mark.parametrize(
    "written",
    [
        "abc",
        "1.2.3",
        "12,34,5",
        "1,23,45",
        "1 23",
        "0 123",
        "12 3456",
        "1 234'567",
        "--1",
        "1,,5",
        "1 234 5",
        "0x1F",
        "1/2",
        "12h",
        "%",
        "1_000",
        "inf",
        "NaN%",
        "1.234,567.8",
        "Infinity",
        "1234567890123",
        "-1e",
        "12 345,6 7",
    ],
)
def test_what_is_no_number_is_refused(written: str) -> None:
    assert amounts(written, "0.50") == ["INVALID_NUMBER", "0.5"]


@pytest.mark.rule("PIT-25")
@pytest.mark.parametrize("written", ["1e3", "1E+05", "-2.5e-3", "1,5e3", "9E15"])
def test_an_exponent_is_refused_by_its_own_name(written: str) -> None:
    assert amounts(written, "0.50") == ["SCIENTIFIC_NOTATION", "0.5"]
    assert counts(written) == ["SCIENTIFIC_NOTATION"]


@pytest.mark.rule("PIT-26")
@pytest.mark.parametrize("token", ["-", "—", "–", "N/A", "n/a", "NA", "NULL", "null", "None", "NaN", None])
def test_a_token_for_no_value_is_blank_and_no_fault(token: str | None) -> None:
    assert amounts(token, "0,50", "-5") == [None, "0.5", "-5"]
    assert counts(token, "3") == [None, "3"]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#WERT!", "#N/D"])
def test_an_error_of_a_spreadsheet_in_money_is_no_blank(error: str) -> None:
    assert amounts(error, "0,50") == ["INVALID_NUMBER", "0.5"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("99.98999999999999", "99.99"),
        ("0.30000000000000004", "0.3"),
        ("1234.4999999999998", "1234.5"),
        ("-12.500000000000002", "-12.5"),
        ("99,98999999999999", "99.99"),
        ("99.98765432109876", "INVALID_NUMBER"),
        ("99.989999", "INVALID_NUMBER"),
    ],
)
def test_the_binary_tail_of_a_program_is_no_part_of_the_amount(written: str, read: str) -> None:
    assert amounts(written) == [read]


@pytest.mark.rule("PIT-27")
def test_zero_is_a_value_and_blank_is_none() -> None:
    assert amounts("0", "0,00", None) == ["0", "0", None]


@pytest.mark.rule("PIT-24")
@pytest.mark.parametrize(
    ("decimals", "written", "read"),
    [
        (2, "12.345", "INVALID_NUMBER"),
        (2, "0,1234", "INVALID_NUMBER"),
        (2, "12.3400", "12.34"),
        (0, "12.5", "INVALID_NUMBER"),
        (0, "12.00", "12"),
        (0, "12", "12"),
        (3, "1234,567", "1234.567"),
        (3, "1234,5678", "INVALID_NUMBER"),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused_never_rounded(decimals: int, written: str, read: str) -> None:
    assert amounts(written, "0.5000" if decimals else "0.0", decimals=decimals)[0] == read


@pytest.mark.rule("PIT-29")
@pytest.mark.parametrize("written", ["1000000000000", "100000000000000000", "-1 000 000 000 000,00"])
def test_more_than_twelve_digits_do_not_fit(written: str) -> None:
    assert amounts(written, "1.5") == ["INVALID_NUMBER", "1.5"]


@pytest.mark.rule("PIT-23")
def test_money_is_decimal_from_the_start() -> None:
    for column in (texts("0.1", "0.2"), texts("0,1", "0,2"), texts()):
        assert parse_amounts(column, 2, None).values.dtype == MONEY
    parsed = parse_amounts(texts(*["0.1", "0.2"] * 1000), 2, None)
    assert parsed.values.sum() == Decimal(300)


@pytest.mark.parametrize(
    ("column", "style"),
    [(["1.5"], "point"), (["1,5"], "comma"), (["1 234,5"], "comma"), (["12", "n/a"], None)],
)
def test_the_style_that_was_found_is_told(column: list[str], style: str | None) -> None:
    assert parse_amounts(texts(*column), 2, None).style == style


@pytest.mark.rule("AMB-06")
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("33.33333", "33.333"),
        ("0.0005", "0"),
        ("0.0015", "0.002"),
        ("33,3335", "33.334"),
        ("12", "12"),
        ("1e3", "SCIENTIFIC_NOTATION"),
    ],
)
def test_an_average_is_rounded_half_to_even_at_a_thousandth(written: str, read: str) -> None:
    assert told(parse_averages(texts(written), None)) == [read]


@pytest.mark.parametrize(
    ("locale", "comma"),
    [(None, None), ("fr", True), ("fr-CA", True), ("pl", True), ("de", True), ("en", False), ("en-GB", False)],
)
def test_a_locale_says_its_decimal_mark(locale: str | None, comma: bool | None) -> None:
    assert uses_comma(locale) is comma


CENTS = st.integers(-(10**14) + 1, 10**14 - 1)


def grouped(cents: int, group: str, mark: str, keep_zeros: bool) -> str:
    """An amount in cents as a person writes it."""
    whole, rest = divmod(abs(cents), 100)
    decimals = f"{rest:02}" if keep_zeros else f"{rest:02}".rstrip("0")
    return ("-" if cents < 0 else "") + f"{whole:,}".replace(",", group) + (mark + decimals if decimals else "")


@pytest.mark.matrix(2)
@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize(
    ("group", "mark", "style"),
    [
        (" ", ",", "comma"),
        (NBSP, ",", "comma"),
        (NARROW, ",", "comma"),
        (".", ",", "comma"),
        ("", ",", "comma"),
        (",", ".", "point"),
        ("'", ".", "point"),
        ("", ".", "point"),
    ],
    ids=["space", "nbsp", "narrow_nbsp", "dot", "no_group_comma", "comma", "apostrophe", "no_group_point"],
)
@settings(max_examples=40)
@given(column=st.lists(st.tuples(CENTS, st.booleans()), min_size=1, max_size=10), place=st.integers(0, 10))
def test_any_column_with_one_decisive_row_is_read_back_exactly(
    group: str, mark: str, style: str, column: list[tuple[int, bool]], place: int
) -> None:
    written = [grouped(cents, group, mark, keep_zeros) for cents, keep_zeros in column]
    written.insert(place, DECISIVE[style])
    exact = [Decimal(cents) / 100 for cents, _ in column]
    exact.insert(place, Decimal("0.50"))
    for text in (texts(*written), cleaned(texts(*written))):
        parsed = parse_amounts(text, 2, None)
        assert parsed.values.to_list() == exact
        assert parsed.values.dtype == MONEY
        assert (parsed.faults.null_count(), parsed.style, parsed.notes) == (len(exact), style, ())


@pytest.mark.slow
@given(st.lists(st.text(st.characters(codec="ascii"), max_size=8), max_size=5))
def test_every_cell_has_a_value_or_a_fault_or_is_blank(written: list[str]) -> None:
    column = cleaned(texts(*written))
    for parsed in (parse_amounts(column, 2, None), parse_averages(column, "fr"), parse_counts(column)):
        for text, value, fault in zip(column, parsed.values, parsed.faults, strict=True):
            assert value is None or fault is None
            assert (value, fault) != (None, None) or text is None or not any(map(str.isdigit, text))
