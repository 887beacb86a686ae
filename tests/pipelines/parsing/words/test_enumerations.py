"""Flags, statuses, positions and groups."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.mapping.value_evidence import contradicts, looks_like
from pipelines.parsing.words.enumerations import (
    parse_flags,
    parse_groups,
    parse_positions,
    parse_statuses,
    split_groups,
)
from schemas.sentences.note import Note
from schemas.wordlists import wordlist, words
from tests.support.factories import texts


@pytest.mark.rule("AMB-37", "MO-21")
@pytest.mark.parametrize("yes", ["1", "1.0", "true", "TRUE", "True"])
def test_only_one_and_true_are_a_yes(yes: str) -> None:
    parsed = parse_flags(texts(yes))
    assert (parsed.values.to_list(), parsed.notes) == ([True], ())


@pytest.mark.rule("AMB-37")
@pytest.mark.parametrize("no", ["0", "0.0", "false", "FALSE", "no", "non", "nie", "nein"])
def test_zero_and_no_are_a_no(no: str) -> None:
    parsed = parse_flags(texts(no))
    assert (parsed.values.to_list(), parsed.notes) == ([False], ())


@pytest.mark.rule("AMB-37")
@pytest.mark.parametrize("blank", [None, "-", "n/a"])
def test_a_blank_says_neither_yes_nor_no(blank: str | None) -> None:
    parsed = parse_flags(texts(blank))
    assert (parsed.values.to_list(), parsed.notes) == ([None], ())


@pytest.mark.rule("AMB-37")
@pytest.mark.parametrize("other", ["yes", "oui", "TAK", "x", "2", "vrai", "-1", "ok"])
def test_consent_is_never_assumed_nor_taken_back_by_other_words(other: str) -> None:
    parsed = parse_flags(texts(other, "1", other))
    assert parsed.values.to_list() == [None, True, None]
    assert parsed.faults.null_count() == 3
    assert parsed.notes == (Note("OPT_IN_VALUE", found=2, expected=other),)


@pytest.mark.rule("AMB-44", "SC-10", "SC-11")
@pytest.mark.parametrize(
    ("word", "status"),
    [("Active", "active"), ("ACTIF", "active"), ("Aktywny", "active"), ("aktiv", "active"), ("Potential", "potential"),
     ("Potentiel", "potential"), ("Potencjalny", "potential"), ("potenziell", "potential")],
)  # fmt: skip
def test_statuses_are_known_in_four_languages(word: str, status: str) -> None:
    parsed = parse_statuses(texts(word))
    assert (parsed.values[0], parsed.notes) == (status, ())


@pytest.mark.rule("AMB-44", "SC-10", "SC-11")
def test_every_listed_status_is_read_whatever_its_case() -> None:
    lines = wordlist("customer_statuses")
    for spelled in (str.lower, str.upper, str.title):
        parsed = parse_statuses(texts(*(spelled(line["word"]) for line in lines)))
        assert parsed.values.to_list() == [line["meaning"] if line["meaning"] != "neither" else None for line in lines]


@pytest.mark.rule("AMB-44")
def test_a_status_that_is_neither_gives_no_value_and_still_tells_what_its_column_is() -> None:
    parsed = parse_statuses(texts("Inactive", "Aktywny"))
    assert (parsed.values.to_list(), parsed.notes) == (
        [None, "active"],
        (Note("UNKNOWN_STATUSES", found=1, expected="Inactive"),),
    )
    assert looks_like("status", pl.Series(["Inactive", "Nieaktywny", "inactif"]))


@pytest.mark.rule("AMB-44")
def test_an_unknown_status_is_no_value_with_a_warning() -> None:
    parsed = parse_statuses(texts("Actif", "VIP", None))
    assert parsed.values.to_list() == ["active", None, None]
    assert parsed.faults.null_count() == 3
    assert parsed.notes == (Note("UNKNOWN_STATUSES", found=1, expected="VIP"),)


@pytest.mark.rule("UP-34")
@pytest.mark.parametrize(
    ("word", "position"),
    [("Comptable", "accountant"), ("Commercial", "sales"), ("Acheteur", "buyer"), ("Finance", "finance"),
     ("Accountant", "accountant"), ("Księgowa", "accountant"), ("ksiegowa", "accountant"), ("Buchhalter", "accountant"),
     ("Sales", "sales"), ("Handlowiec", "sales"), ("Vertrieb", "sales"), ("Buyer", "buyer"), ("Kupiec", "buyer"),
     ("Einkäufer", "buyer"), ("Finanse", "finance"), ("Finanzen", "finance")],
)  # fmt: skip
def test_the_four_positions_are_known_in_four_languages(word: str, position: str) -> None:
    assert parse_positions(texts(word)).values[0] == position


@pytest.mark.rule("UP-34")
def test_every_listed_position_is_read_whatever_its_case() -> None:
    lines = wordlist("positions")
    for spelled in (str.lower, str.upper, str.title):
        parsed = parse_positions(texts(*(spelled(line["word"]) for line in lines)))
        assert parsed.values.to_list() == [line["meaning"] for line in lines]
        assert parsed.faults.null_count() == len(lines)


@pytest.mark.parametrize(("field", "name"), [("position", "positions"), ("status", "customer_statuses")])
def test_what_a_column_is_told_by_are_the_words_that_it_is_read_by(field: str, name: str) -> None:
    for word in words(name):
        column = pl.Series([word] * 5)
        assert looks_like(field, column)
        assert not contradicts(field, column)
    assert contradicts(field, pl.Series(["CEO", "Doctor", "VIP", "Wizard", "Golden"]))


def test_a_column_of_ones_and_zeros_that_a_program_wrote_as_decimals_may_be_consent() -> None:
    assert not contradicts("opt_in", pl.Series(["1.0", "0.0", "1.0", "0.0", "1.0"]))


@pytest.mark.rule("UP-34")
def test_any_other_position_is_refused_and_a_blank_is_not() -> None:
    parsed = parse_positions(texts("CEO", None, "Comptable"))
    assert parsed.values.to_list() == [None, None, "accountant"]
    assert parsed.faults.to_list() == ["INVALID_POSITION", None, None]


@pytest.mark.rule("PIT-62", "MO-17")
@pytest.mark.parametrize(
    ("cell", "groups"),
    [
        ("a", ["a"]),
        ("a, b ,c", ["a", "b", "c"]),
        ("a;b|c", ["a", "b", "c"]),
        ("a,,b,", ["a", "b"]),
        ("VIP, vip, Vip, b", ["VIP", "b"]),
        ('"Dupont, SA", b', ["Dupont, SA", "b"]),
        ('"say ""hi""",b', ['say "hi"', "b"]),
        ('5" pipe, b', ['5" pipe', "b"]),
        (" , ;", None),
        (None, None),
    ],
)
def test_groups_are_parted_trimmed_and_each_kept_once(cell: str | None, groups: list[str] | None) -> None:
    assert parse_groups(texts(cell)).values.to_list() == [groups]


def test_groups_keep_their_rows() -> None:
    assert parse_groups(texts("a,b", None, "c", "a,b")).values.to_list() == [["a", "b"], None, ["c"], ["a", "b"]]
    assert len(parse_groups(texts()).values) == 0


@pytest.mark.rule("PIT-62")
@given(st.lists(st.text("abAB,;|\" '", min_size=1).map(str.strip).filter(bool), max_size=5))
def test_quoted_names_come_back_whole(names: list[str]) -> None:
    cell = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    first = {name.casefold(): name for name in reversed(names)}
    assert split_groups(cell) == [name for name in dict.fromkeys(names) if first[name.casefold()] == name]
