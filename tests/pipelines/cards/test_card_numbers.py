"""Payment card numbers: found wherever they stand, masked, and nothing else is (SC-18)."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from pipelines.cards.archive_search import mask_numbers
from pipelines.cards.card_numbers import card_numbers, find_cards, mask_cards
from tests.support.factories import texts


def found(text: str | None) -> bool:
    return bool(find_cards(texts(text))[0])


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize(
    "card",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "30569309025904",
        "6011111111111117",
        "3530111333300000",
        "4222222222222",
        "6304000000000000",
        "card 4111 1111 1111 1111",
        "4111111111111111 12/26",
        "4111 1111 1111 1111 123",
        "4111 1111 1111 1111 12/26 123",
        "paid with 4111111111111111.",
        "n°4111111111111111;ok",
        "card4242424242424242",
        "4242424242424242x",
        "A4111111111111111B",
        "4242\u00a04242\u00a04242\u00a04242",
        "4242\u20094242\u20094242\u20094242",
        "4242\u202f4242\u202f4242\u202f4242",
        "4242/4242/4242/4242",
        "4242_4242_4242_4242",
        "4242\n4242\n4242\n4242",
        "4242\r\n4242\r\n4242\r\n4242",
        "4242–4242–4242–4242",
        "4242 - 4242 - 4242 - 4242",
        "4242·4242·4242·4242",
        "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
        "42 42 42 42 42 42 42 42",
        "4242\u200b4242\u200b4242\u200b4242",
        "42424242\u200b42424242",
        "４２４２４２４２４２４２４２４２",
        "4.242424242424242E+15",
        "4242424242424242.0",
        "4242424242424242,50",
        "12/26 4242424242424242",
        "12,4242424242424242",
        "order 12 4242 4242 4242 4242",
        "4242 4242 4242 4242 5555 5555 5555 4444",
        "3056 9309 0259 04",
        "3714 4963 5398 431",
        "3056930009020004",
        "36227206271667",
        "38520000023237",
        "6205500000000000004",
        "8171999927660000",
        "4242 4242\n4242 4242",
        "4242 4242\r\n4242 4242",
        "4242 4242 \r\n\r\n 4242 4242",
        "4242\n4242 4242 4242",
        "4242-4242\n4242-4242",
        "4242 4242\t4242 4242",
        "4242 4242\v4242 4242",
        "4242 4242\u20284242 4242",
        "4242 4242\u00854242 4242",
        "4242\u00a04242\n4242\u00a04242",
        "42424242\n42424242",
        "42424242\r\n42424242",
        "42424242\n\n42424242",
        "42424242\t42424242",
        "42424242\v42424242",
        "42424242\u202842424242",
        "424242424242\n4242",
        "4242\n42424242\n4242",
        "4242-4242\n42424242",
        "3782 822463\n10005",
        "3782822463\n10005",
        "Card:\n4242 4242\n4242 4242\n12/26",
    ],
)
def test_a_card_number_is_found_wherever_it_stands(card: str) -> None:
    assert found(card)


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize(
    "other",
    [
        None,
        "",
        "4111111111111112",
        "+33612345678",
        "0033612345678",
        "+4111111111111111",
        "FR76 3000 6000 0112 3456 7890 189",
        "FR7630006000011234567890189",
        "GB29NWBK60161331926819",
        "61 1090 1014 0000 0712 1981 2874",
        "61109010140000071219812874",
        "0.4111111111111111",
        "12.4111111111111111",
        "0,4111111111111111",
        "41111111111111110000",
        "7328293200007",
        "5901234123457",
        "30569309000016",
        "2026-11-23 10:15:30.123456",
        "4915112345678",
        "BE68 5390 0754 7034",
        "DK50 0040 0440 1162 43",
        "06 12 34 56 78 06 98 76 54 32",
        "order 4000-0000-0000-0001",
        "4242 4242\n4242 4243",
        "42424242\n42424243",
        "42 42 42 42\n42 42 42 42",
        "4242424\n242424242",
        "42424242 42424242",
        "+42424242\n42424242",
        "FR14 2004 1010 0505\n0001 3M02 606",
        "order 12\nFR76 3000 6000 0112 3456 7890 189",
        "FR76 3000 6000 0112\n3456 7890 189",
        "501 234 567\n601 234 567",
    ],
)
def test_phone_numbers_ibans_and_identifiers_are_no_cards(other: str | None) -> None:
    assert not found(other)


def test_a_siret_is_no_card_though_luhn_holds() -> None:
    assert not found("38012986643097")
    assert not found("36252187900034")


def test_identifiers_of_which_one_in_ten_has_the_right_check_digit_are_no_cards() -> None:
    identifiers = pl.Series([str(4_000_000_000_000_000 + 7919 * step) for step in range(1000)])
    assert find_cards(identifiers).sum() == 0
    assert mask_cards(identifiers).equals(identifiers)
    assert found("4000000000000002")


def test_rows_are_found_by_themselves() -> None:
    rows = texts("Ann", None, "4111 1111 1111 1111", "4111 1111 1111 1111", "Bob")
    assert find_cards(rows).to_list() == [False, False, True, True, False]
    assert find_cards(texts()).to_list() == []


def test_all_but_the_last_four_digits_are_masked() -> None:
    masked = mask_cards(texts("a 4111 1111 1111 1111 b 5555555555554444", None, "plain", "0612345678"))
    assert masked.to_list() == ["a •••• •••• •••• 1111 b ••••••••••••4444", None, "plain", "0612345678"]


@pytest.mark.rule("SC-18")
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_numbers_that_are_known_are_masked_in_the_bytes_of_any_encoding(encoding: str) -> None:
    content = (
        "name;card\nJosé;4111 1111 1111 1111;12,5555555555554444,7\n4111\u00a01111\u00a01111\u00a01111;1\n".encode(
            encoding
        )
    )
    masked = mask_numbers(content, frozenset({"4111111111111111", "5555555555554444"}))
    assert len(masked) == len(content)
    shown = "name;card\nJosé;**** **** **** 1111;12,************4444,7\n****\u00a0****\u00a0****\u00a01111;1\n"
    assert masked.decode(encoding) == shown


@given(st.binary(max_size=200))
def test_bytes_without_known_numbers_stay_as_they_are(content: bytes) -> None:
    assert mask_numbers(content, frozenset({"4111111111111111"})) == content


def test_order_numbers_stay_beside_a_card_of_another_kind() -> None:
    orders = [f"ORD-{4_000_000_000_000_000 + 7919 * step}" for step in range(100)]
    assert card_numbers(texts(*orders, "paid 5555 5555 5555 4444")) == {"5555555555554444"}


def test_a_number_of_another_first_digit_says_nothing_of_whether_one_is_a_card() -> None:
    assert find_cards(texts(*["1000000000000009"] * 3, "1000000000000010", "4242424242424242")).to_list()[-1]


@given(st.text("0123456789 .-/,;ab\u00a0\n", max_size=60))
def test_what_was_masked_holds_no_card_any_more(text: str) -> None:
    assert not found(mask_cards(texts(text))[0])


@pytest.mark.slow
@given(st.sets(st.from_regex(r"(4[0-9]{14}|5[1-5][0-9]{13}|3[47][0-9]{12}|62[0-9]{16})", fullmatch=True), min_size=1))
def test_a_whole_column_is_validated_by_the_rule_that_validates_one_number(beginnings: set[str]) -> None:
    """Numbers that stand alone are validated all at once, others one by one with stdnum."""
    right = {number + luhn.calc_check_digit(number) for number in beginnings}
    wrong = {number[:-1] + str((int(number[-1]) + 1) % 10) for number in right}
    assert card_numbers(texts(*right)) == card_numbers(texts(*(f"n° {number}" for number in right))) == right
    assert not card_numbers(texts(*wrong)) | card_numbers(texts(*(f"n° {number}" for number in wrong)))
