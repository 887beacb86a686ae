"""The fast library reads what the original reads, and the newer plans hold where the two differ."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import phonenumbers
import pytest
import rphonenumbers
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.parsing.phones.phone_library import CALLING_CODES, NEWER, asking, read_number
from pipelines.parsing.phones.phones import parse_phones
from tests.pipelines.parsing.phones.written_numbers import read
from tests.support.factories import texts

COUNTRIES = st.sampled_from(["FR", "PL", "DE", "GB", "US", "IT", "ES", "BE", "NL", "CH", "AR", "BR", "CN", "JP", "CI"])


WRITTEN = st.from_regex(r"(\+|00|0|)[1-9][0-9 .()-]{4,16}", fullmatch=True).map(str.strip)


def original(text: str, country: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, 0) if phonenumbers.is_valid_number(number) else None


@given(WRITTEN, COUNTRIES)
@example("+33 (0)6 12 34 56 78", "DE")
def test_the_port_reads_what_the_original_reads(written: str, country: str) -> None:
    assert read_number(written, country) == original(written, country)


@pytest.mark.slow
@given(WRITTEN, COUNTRIES)
def test_the_other_library_reads_the_same_where_it_is_chosen(written: str, country: str) -> None:
    with asking("phonenumbers"):
        assert read_number(written, country) == original(written, country)
    both = [parse_phones(texts(written), country, library=each).values[0] for each in ("rphonenumbers", "phonenumbers")]
    assert both[0] == both[1]


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("+2672461234", True),  # Botswana
        ("+29090454", True),  # Tristan da Cunha
        ("+254137423456", True),  # Kenya
        ("+40600123456", False),  # Romania
        ("+4537123456", False),  # Denmark
        ("+50620123456", False),  # Costa Rica
    ],
)
def test_where_plans_have_changed_since_the_ports_release_the_newer_ones_hold(number: str, valid: bool) -> None:
    """rphonenumbers 0.1.0 says otherwise of each; phonenumbers 9.0.43 has the newer plans."""
    assert (read_number(number, None) == number) is valid
    assert rphonenumbers.is_valid_number(rphonenumbers.parse(number, None)) is not valid


def near_examples() -> Iterator[str]:
    """Numbers that differ from an example of their country in one digit."""
    chance = random.Random(5)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (0, 1, 2, 3, 4, 6):
            example_number = phonenumbers.example_number_for_type(region, kind)
            if example_number:
                written = phonenumbers.format_number(example_number, 0)
                place = chance.randrange(len(str(example_number.country_code)) + 1, len(written))
                yield written[:place] + str(chance.randrange(10)) + written[place + 1 :]


def test_no_other_country_has_newer_plans() -> None:
    numbers = list(near_examples())
    differing = {number for number in numbers if read_number(number, None) != original(number, None)}
    assert differing == set()
    assert len(numbers) > 1000


def test_every_calling_code_that_is_asked_of_the_newer_plans_is_one() -> None:
    assert set(map(str, NEWER)) <= CALLING_CODES


@given(WRITTEN, COUNTRIES, st.booleans())
def test_no_number_passes_that_the_original_refuses(written: str, country: str, typed: bool) -> None:
    number, fault = read(written, country, typed)
    assert (number is None) == (fault is not None)
    assert number is None or original(number, None) == number


@given(WRITTEN, COUNTRIES)
def test_a_number_is_its_own_number(written: str, country: str) -> None:
    number, _ = read(written, country)
    assert number is None or read(number, None) == (number, None)


def test_example_numbers_of_all_countries_agree_with_the_original(corpus: Path) -> None:
    lines = (corpus / "phones" / "phones.jsonl").read_text("utf-8").splitlines()[::17]
    assert all(read_number(c["e164"], None) == original(c["e164"], None) for c in map(json.loads, lines))
