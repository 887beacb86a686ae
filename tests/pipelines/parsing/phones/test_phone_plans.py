"""The proof behind validating numbers by block: numbering plans look no farther than LOOKS and DEEPER say."""

import re
from collections.abc import Iterator
from functools import cache, reduce
from itertools import product
from typing import Any

import phonenumbers
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata

from pipelines.parsing.phones.phone_plans import DIALLED, HOMES, LONE, LOOKS, OTHERWISE, PREFIXES, looked_at
from pipelines.parsing.phones.phones import (
    CANONICAL,
    COUNTRY,
    DIALS_AS_ITS_CODE,
    LOST_ZERO,
    canonical_forms,
    number_of_cell,
    valid_numbers,
)

ANY = frozenset("0123456789")
KINDS = (
    "general_desc", "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip",
    "pager", "uan", "voicemail",
)  # fmt: skip
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


def plan_of(code: str) -> PhoneMetadata:
    return PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(int(code)))


def patterns(code: str) -> Iterator[str]:
    """What decides whether a number is valid, and whether its country writes it with the digit that is dialled."""
    for region in phonenumbers.region_codes_for_country_code(int(code)):
        plan = PhoneMetadata.metadata_for_region(region)
        yield from (kind.national_number_pattern for name in KINDS if (kind := getattr(plan, name)))
        yield plan.leading_digits
    formats = plan_of(code).number_format
    if len({each.national_prefix_formatting_rule for each in formats}) > 1:
        yield from (each.leading_digits_pattern[-1] for each in formats if each.leading_digits_pattern)


@cache
def depths(code: str) -> dict[str, int]:
    """By the first three digits of a national number, how many of its digits its plan looks at."""
    ways = [way for pattern in filter(None, patterns(code)) for way in places(re._parser.parse(pattern))]  # type: ignore[attr-defined]
    deep = {way: far for way in ways if (far := depth(way)) > 3}
    return {prefix: max((far for way, far in deep.items() if starts(way, prefix)), default=3) for prefix in PREFIXES}


def depth(way: Places) -> int:
    return max((place + 1 for place, digits in enumerate(way) if digits != ANY), default=0)


def starts(way: Places, prefix: str) -> bool:
    return all(digit in digits for digit, digits in zip(prefix, way, strict=False))


@pytest.mark.parametrize("code", LOOKS)
def test_no_plan_looks_at_more_digits_than_we_say(code: str) -> None:
    told = dict(zip(PREFIXES, looked_at(code), strict=True))
    assert [prefix for prefix, far in depths(code).items() if far > told[prefix]] == []


@pytest.mark.parametrize("code", [code for code, digit in DIALLED.items() if digit == "0"])
def test_a_zero_that_is_dialled_hides_no_digit_that_a_plan_looks_at(code: str) -> None:
    told = dict(zip(PREFIXES, looked_at(code), strict=True))
    zeros = [prefix for prefix in PREFIXES if prefix[0] == "0" != prefix[1]]
    behind = {prefix: min(told[prefix[1:] + last] for last in "0123456789") for prefix in zeros}
    assert [prefix for prefix in zeros if depths(code)[prefix] > 1 + behind[prefix]] == []


@pytest.mark.parametrize("code", LOOKS)
def test_what_is_dialled_before_a_national_number_is_known(code: str) -> None:
    plan = plan_of(code)
    assert plan.national_prefix_for_parsing == ("0|180020" if code == "44" else DIALLED.get(code))
    assert plan.national_prefix_transform_rule is None


@pytest.mark.parametrize("code", sorted(HOMES))
def test_what_is_dialled_before_a_foreign_number_is_known(code: str) -> None:
    for region in (phonenumbers.region_code_for_country_code(int(code)), *(DIALS_AS_ITS_CODE if code == "1" else ())):
        plan = PhoneMetadata.metadata_for_region(region)
        ways = [way for pattern in places(re._parser.parse(plan.international_prefix)) for way in product(*pattern)]  # type: ignore[attr-defined]
        assert all("".join(way).startswith(("00", OTHERWISE.get(code, "00"))) for way in ways)
        assert plan.national_prefix_for_parsing == plan_of(code).national_prefix_for_parsing


@pytest.mark.parametrize(
    ("code", "prefix"), [("1", "112"), ("44", "180"), ("358", "990"), ("386", "102"), ("33", "006")]
)
def test_numbers_that_may_be_dialled_in_other_ways_are_validated_by_themselves(code: str, prefix: str) -> None:
    assert looked_at(code)[int(prefix)] == LONE


CODES = [code for code in LOOKS if code in HOMES]
DIGITS = st.from_regex(r"[1-9][0-9]{5,11}", fullmatch=True)
BEFORE = ["", "0", "00", "+", "own", "+own0", "+own(0)", "00own", "own0", "1", "8", "011", "0011"]


def written(code: str, before: str, digits: str) -> str:
    return before.replace("own", code) + digits


def alike(text: str) -> list[str]:
    """Numbers that differ in the last digits alone, how many soever."""
    return [text[: len(text) - count] + last * count for count in range(5) for last in "0582"]


@given(
    st.lists(DIGITS, min_size=1, max_size=6),
    st.sampled_from(CODES),
    st.sampled_from(BEFORE),
    st.sampled_from(["", "", "", "", "CA", "JE", "KZ", None]),
    st.booleans(),
)
@example(["505646123", "505640123", "505645123"], "1", "", "", False)
@example(["1505640123", "1505645123"], "33", "", "", False)
@example(["39066123456", "66123456", "3123456789", "212345678"], "39", "", "", True)
@example(["33612345678", "336123456", "612345678", "262312345"], "1", "011", "", False)
@example(["900336123456", "9990123456"], "358", "", "", False)
def test_numbers_validated_together_are_what_each_is_alone(
    numbers: list[str], code: str, before: str, country: str | None, typed: bool
) -> None:
    """Of the country that has the calling code, where none other is given."""
    home = phonenumbers.region_code_for_country_code(int(code)) if country == "" else country
    texts = [text for digits in numbers for text in alike(written(code, before, digits))]
    written_alike = pl.DataFrame({CANONICAL: canonical_forms(pl.Series(texts))}).with_columns(
        pl.lit(home, pl.String).alias(COUNTRY), pl.lit(typed).alias(LOST_ZERO)
    )
    together = valid_numbers(written_alike).to_list()
    assert together == [number_of_cell(text.replace("(0)", "o"), home, typed) for text in texts]
