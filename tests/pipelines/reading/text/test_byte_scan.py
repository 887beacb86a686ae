"""What the bytes of a text show is true of every cell of it."""

import sys

import polars as pl
import pytest

from pipelines.cards.card_numbers import plain_sign
from pipelines.models.parsed_column import UNTIDY
from pipelines.reading.text.byte_scan import SLICE, show
from pipelines.reading.text.csv_dialect import SELDOM, Lines

CARD = "4111 1111 1111 1111"


def every_character() -> pl.Series:
    return pl.Series([chr(code) for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code < 0xE000])


def test_no_character_that_cleaning_changes_is_shown_as_tidy() -> None:
    characters = every_character()
    changed = characters.filter(("a" + characters + "b").str.contains(UNTIDY)).to_list()
    inside = [sign for sign in changed if sign != "\n"]
    assert len(inside) > 25
    assert not any(show(f"x,y\na{sign}b,c\n".encode(), ",").tidy for sign in inside)


SPACED = (" a,b", "a,b ", "a, b\n", "a ,b\n", "a,b\n c,d", "a,b \nc,d", "a  b,c", '" a",b', '"a ",b')


@pytest.mark.parametrize("text", SPACED)
def test_a_space_too_many_is_seen_wherever_it_stands(text: str) -> None:
    assert not show(text.encode(), ",").tidy


@pytest.mark.parametrize("text", ["Anna Müller,a@x.fr\n", "O’Brien & Söhne (Paris),5 €", "山田 太郎;Żółć", ""])
def test_single_spaces_and_letters_of_any_alphabet_are_tidy(text: str) -> None:
    assert show(text.encode(), ",").tidy


def test_delimiters_and_lines_are_counted_from_a_place_on() -> None:
    shown = show(b"a,b\nc,d\ne,f", ",", start=4)
    assert (shown.delimiters, shown.lines) == (2, 2)


@pytest.mark.parametrize("before", [0, SLICE - 40, SLICE - 12, SLICE - 1, SLICE])
def test_a_card_number_is_seen_across_slices(before: int) -> None:
    text = b"x" * before + f",{CARD},\n".encode()
    shown = show(text, ",")
    assert (shown.cardless, shown.delimiters, shown.lines) == (False, 2, 1)
    assert show(text.replace(CARD.encode(), b"2020-05-23 1"), ",").cardless


@pytest.mark.parametrize("count", [3, SELDOM])
def test_lines_that_hold_a_mark_are_found_in_their_order(count: int) -> None:
    text = b'"a","b"\nplain\n' * count + b'last "one"'
    assert Lines(text).quoted.to_list() == ['"a","b"'] * count + ['last "one"']
    assert Lines(text).first(2).to_list() == ['"a","b"', "plain"]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\n\n", "\t", "\v", "\f", "\u2028", " \u2028 ", "\u2029", "\x85"])
def test_a_card_number_that_a_line_break_parts_is_seen(line_break: str) -> None:
    assert not show(f'a,"4242 4242{line_break}4242 4242"\n'.encode(), ",").cardless
    assert not show(f'a,"42424242{line_break}42424242"\n'.encode(), ",").cardless


@pytest.mark.slow
def test_no_card_number_with_a_sign_beyond_ascii_in_it_is_shown_as_none() -> None:
    """Between its groups, alone, beside a space or twice: whatever `cards` reads as a sign or a digit of a number."""
    signs = [sign for sign in every_character() if not sign.isascii() and plain_sign(sign) != sign]
    assert len(signs) > 700
    texts = (f"4242{sign}4242 {sign}4242 {sign}{sign}4242" for sign in signs)
    assert not any(show(f"a,{text}\n".encode(), ",").cardless for text in texts)


@pytest.mark.parametrize(
    "name", ["Nguyễn Łoś", "O’Brien 5€", "김철수 3", "Ελένη1", "Дмитрий", "山田，太郎", "Zoë 🎉 1"]
)
def test_letters_of_other_scripts_hide_no_card_number(name: str) -> None:
    assert show(f"{name},{name},12.50\n".encode(), ",").cardless
