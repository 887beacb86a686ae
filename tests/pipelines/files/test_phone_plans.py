"""The proof behind judging numbers by block: numbering plans look no further than DECIDING says."""

import re
from collections.abc import Iterator
from functools import reduce
from itertools import product
from typing import Any

import phonenumbers
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata

from pipelines.files.phones import DECIDING, _number, parse_phones

ANY = frozenset("0123456789")
KINDS = (
    "general_desc", "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip",
    "pager", "uan", "voicemail",
)  # fmt: skip
LITERAL_PREFIXES = {None, "0", "1", "0|180020"}
Places = tuple[frozenset[str], ...]


def places(pattern: Any) -> list[Places]:
    """Every way to match a parsed pattern, as the digits that each place allows."""
    return reduce(lambda done, part: [a + b for a, b in product(done, _part(*part))], pattern, [()])


def _part(operator: Any, argument: Any) -> list[Places]:
    match str(operator):
        case "LITERAL":
            return [(frozenset(chr(argument)),)]
        case "IN":
            return [(frozenset().union(*(_members(*member) for member in argument)),)]
        case "SUBPATTERN":
            return places(argument[3])
        case "BRANCH":
            return [way for branch in argument[1] for way in places(branch)]
        case "MAX_REPEAT":
            least, most, inner = argument
            return [way for count in range(least, most + 1) for way in places([*inner] * count)]
    raise AssertionError(operator)


def _members(operator: Any, argument: Any) -> frozenset[str]:
    match str(operator):
        case "LITERAL":
            return frozenset(chr(argument))
        case "RANGE":
            return frozenset(map(chr, range(argument[0], argument[1] + 1)))
    return ANY


def patterns(code: str) -> Iterator[str]:
    for region in phonenumbers.region_codes_for_country_code(int(code)):
        plan = PhoneMetadata.metadata_for_region(region)
        yield from (kind.national_number_pattern for name in KINDS if (kind := getattr(plan, name)))
        yield plan.leading_digits


@pytest.mark.parametrize("code", DECIDING)
def test_no_plan_looks_at_more_digits_than_we_say(code: str) -> None:
    ways = [way for pattern in filter(None, patterns(code)) for way in places(re._parser.parse(pattern))]  # type: ignore[attr-defined]
    assert max(place + 1 for way in ways for place, digits in enumerate(way) if digits != ANY) <= DECIDING[code]


@pytest.mark.parametrize("code", DECIDING)
def test_the_prefix_of_a_plan_is_a_literal_one(code: str) -> None:
    plan = PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(int(code)))
    assert plan.national_prefix_for_parsing in LITERAL_PREFIXES
    assert plan.national_prefix_transform_rule is None


HOMES = [phonenumbers.region_code_for_country_code(int(code)) for code in DECIDING]
DIGITS = st.from_regex(r"[1-9][0-9]{5,11}", fullmatch=True)


@given(st.lists(DIGITS, min_size=1, max_size=30), st.sampled_from(HOMES), st.sampled_from(["", "0", "00", "+"]))
def test_numbers_judged_together_are_what_each_is_alone(numbers: list[str], country: str, before: str) -> None:
    code = str(phonenumbers.country_code_for_region(country))
    written = [before + (code if before in ("00", "+") else "") + digits for digits in numbers]
    alike = [text[:-1] + last for text in written for last in "05"]
    together = parse_phones(pl.Series(alike), country).values.to_list()
    assert together == [_number(text, country, False) for text in alike]
