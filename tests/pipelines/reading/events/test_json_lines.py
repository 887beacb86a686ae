"""Events, one JSON object per line: what is read of them, and what a line can have wrong."""

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import FileRefused
from pipelines.models.sheet import ROW
from pipelines.reading.containers.formats import format_of
from pipelines.reading.events.json_lines import MOST_KEYS, read_json_lines

EVENT = '{"kind": "form", "email": "ana@example.com"}'


def cells(line: str) -> dict[str, str]:
    """What is read of one line that is no fault."""
    sheet = read_json_lines(line.encode())
    assert sheet.faulty.is_empty(), sheet.faulty
    return dict(zip(sheet.titles, sheet.rows.drop(ROW).row(0), strict=True))


@pytest.mark.parametrize("text", [EVENT, f"\n  \r\n{EVENT}\r\n", f"\ufeff{EVENT}", f'{EVENT}\n{{"broken\n{EVENT}'])
def test_lines_of_objects_with_a_kind_are_events(text: str) -> None:
    assert format_of(text.encode()) == "ndjson"


@pytest.mark.parametrize(
    "text",
    [
        '{"email": "ana@example.com"}',
        '{\n "kind": "form"\n}',
        f"[{EVENT}]",
        f"[\n{EVENT},\n{EVENT}\n]",
        '{"object": "list", "data": [\n{"kind": "form"},\n{"kind": "form"}\n]}\n',
        '{"kind": "form", "email": ',
    ],
)
def test_any_other_json_is_refused_for_what_it_is(text: str) -> None:
    with pytest.raises(FileRefused) as refused:
        format_of(text.encode())
    assert "JSON" in str(refused.value)


@pytest.mark.parametrize(
    "text", [f"email;name\n{EVENT};Ana\n", "kind,email\nform,ana@example.com\n", '"{""kind"": 1}"\n']
)
def test_a_list_with_braces_in_its_cells_is_a_list(text: str) -> None:
    assert format_of(text.encode()) == "csv"


def test_rows_have_the_numbers_of_their_lines_and_a_column_for_each_key() -> None:
    sheet = read_json_lines(b'{"kind": "form"}\n\n{"email": "a@b.fr", "kind": null}\n[1]\n')
    assert sheet.rows.rows() == [(1, "form", ""), (3, "", "a@b.fr")]
    assert sheet.titles == ("kind", "email")
    assert (sheet.blank_count, sheet.row_count) == (1, 3)
    assert sheet.faulty.rows() == [(4, "NO_EVENT", "[1]", ["[1]"])]


@pytest.mark.parametrize("key", ["first_name", "First Name", "firstName", "first-name", " FIRST_NAME "])
def test_a_key_is_known_in_any_spelling_that_programs_give_it(key: str) -> None:
    assert cells(json.dumps({key: "Ana"})) == {"first_name": "Ana"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("49.90", "49.90"),
        ("12345678901234.567", "12345678901234.567"),  # polars 2.1.0 reads it as …566, even into a Decimal
        ("-5", "-5"),
        ("1.25e1", "12.5"),
        ("1E3", "1000"),
        ("5e-2", "0.05"),
        ("1e999999999", "1e999999999"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("true", "true"),
        ("null", ""),
        ('["vip", "News, old"]', 'vip, "News, old"'),
        ('["a", null, 2]', "a, , 2"),
        ('"\\u00e9 \\ud83d\\ude00"', "é 😀"),
    ],
)
def test_a_value_is_the_text_of_a_cell(value: str, text: str) -> None:
    assert cells(f'{{"x": {value}}}') == {"x": text}


def test_numbers_and_words_of_json_are_no_text_that_a_locale_could_read_otherwise() -> None:
    sheet = read_json_lines(b'{"a": 1.234, "b": true, "c": "1.234"}\n{"a": "1.234", "b": null, "c": ""}')
    assert {title: typed.to_list() for title, typed in sheet.typed.items()} == {"a": [True, False], "b": [True, False]}


def test_no_value_of_an_object_within_is_taken_for_one_of_the_event() -> None:
    told = cells('{"email": {"email": "a@b.fr"}, "items": [{"amount": 5}], "amount": {"amount": 5}}')
    assert told == {"email.email": "a@b.fr", "items.": '[{"amount": "5"}]', "amount.amount": "5"}


def test_a_column_may_have_the_name_that_our_own_has() -> None:
    assert cells('{"row_number": 7}') == {"row_number_": "7"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"a": 1', "NO_EVENT"),
        ('{"a": 1} {"a": 2}', "NO_EVENT"),
        ('"a"', "NO_EVENT"),
        ("null", "NO_EVENT"),
        ('{"a": NaN}', "NO_EVENT"),
        ('{"a": Infinity}', "NO_EVENT"),
        ("{'a': 1}", "NO_EVENT"),
        ('{"": 1}', "NO_EVENT"),
        ('{"a": ' + "[" * 100_000, "NO_EVENT"),
        ('{"a": 1, "a": 1}', "KEY_TWICE"),
        ('{"a b": 1, "a_b": 2}', "KEY_TWICE"),
        ('{"o": {"a": 1, "a": 2}}', "KEY_TWICE"),
        ('{"a": "\\ud800"}', "ENCODING_ERROR"),
    ],
)
def test_a_line_that_is_no_event_costs_itself_alone(line: str, code: str) -> None:
    sheet = read_json_lines(f'{{"a": 0}}\n{line}\n{{"a": 2}}'.encode())
    assert sheet.rows.rows() == [(1, "0"), (3, "2")]
    assert sheet.faulty.select(ROW, "code", "cells").rows() == [(2, code, [line])]


def test_a_line_that_is_no_utf_8_costs_itself_alone() -> None:
    sheet = read_json_lines('{"a": "é"}\n'.encode() + '{"a": "é"}\n'.encode("latin-1"))
    assert (sheet.rows.rows(), sheet.faulty["code"].to_list()) == ([(1, "é")], ["ENCODING_ERROR"])


def test_keys_without_end_are_refused() -> None:
    lines = "\n".join(json.dumps({f"key {place}": 1}) for place in range(MOST_KEYS + 1))
    with pytest.raises(FileRefused) as refused:
        read_json_lines(lines.encode())
    assert refused.value.reason.code == "INVALID_FILE_FORMAT"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(st.text(max_size=4), deeper, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(string.ascii_letters + " _-", max_size=6), VALUES, max_size=4), max_size=6))
def test_whatever_the_events_every_line_is_a_row_or_a_fault(events: list[dict[str, Any]]) -> None:
    sheet = read_json_lines("\n".join(map(json.dumps, events)).encode())
    numbers = [*sheet.rows[ROW], *sheet.faulty[ROW]]
    assert sorted(numbers) == list(range(1, len(events) + 1))
