"""Ten written forms of the example numbers of every country (libphonenumber), and the port against its judge."""

import json
from pathlib import Path
from typing import Any

import phonenumbers
import polars as pl
import pytest

from pipelines.models.parsed_column import cleaned
from pipelines.parsing.phones.phone_library import read_number
from pipelines.parsing.phones.phones import parse_phones
from tests.corpus import Line

pytestmark = pytest.mark.slow


def cases(corpus: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (corpus / "phones" / "phones.jsonl").read_text("utf-8").splitlines()]


def check_results(corpus: Path) -> list[tuple[dict[str, Any], str | None]]:
    """Each case with the number that was read; the default country is the case's own."""
    known = cases(corpus)
    text = cleaned(pl.Series([case["input"] for case in known]))
    countries = pl.Series([case["region"] for case in known])
    parsed = parse_phones(text, None, per_row_country=countries)
    return list(zip(known, parsed.values, strict=True))


def measure(corpus: Path) -> list[Line]:
    read = check_results(corpus)
    right = sum(number == case["e164"] for case, number in read)
    refused = sum(number is None for _, number in read)
    return [
        Line("phones", len(read), right, len(read) - right - refused, "ten written forms of each country's numbers")
    ]


def validated_by_the_original(text: str, country: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else None


@pytest.mark.rule("PIT-53")
def test_every_written_form_of_every_country_is_read(corpus: Path) -> None:
    missed = [
        (case["input"], case["region"], number) for case, number in check_results(corpus) if number != case["e164"]
    ]
    assert missed == []
    assert len(check_results(corpus)) > 6000


def test_the_port_reads_what_the_original_reads(corpus: Path) -> None:
    differing = [
        case["input"]
        for case in cases(corpus)
        if read_number(case["input"], case["region"]) != validated_by_the_original(case["input"], case["region"])
    ]
    assert differing == []
