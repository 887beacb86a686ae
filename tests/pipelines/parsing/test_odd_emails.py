"""Addresses in brackets, with punctuation, or longer than an address may be."""

import pytest

from pipelines.parsing.emails import email_key, parse_emails
from tests.support.factories import texts


@pytest.mark.rule("PIT-46")
@pytest.mark.parametrize("several", ["a@x.fr, Jean <b@y.fr>", "a@x.fr <b@y.fr>"])
def test_an_address_outside_the_brackets_is_not_dropped_in_silence(several: str) -> None:
    parsed, _ = parse_emails(texts(several))
    assert parsed.faults.to_list() == ["MULTIPLE_EMAILS"]


@pytest.mark.rule("PIT-46")
@pytest.mark.parametrize("wrapped", ["<a@x.fr>;", "Ann <a@x.fr>,", "Ann <a@x.fr>."])
def test_punctuation_after_the_brackets_goes_too(wrapped: str) -> None:
    parsed, _ = parse_emails(texts(wrapped))
    assert parsed.values.to_list() == ["a@x.fr"]


def test_an_address_of_more_than_254_characters_is_validated_like_any_other() -> None:
    address = f"{'a' * 30}.{'b' * 15}.{'c' * 15}@{'.'.join(['d' * 30 + '-' + 'e' * 30] * 3)}.{'f' * 24}"
    parsed, keys = parse_emails(texts(address))
    assert (keys[0], parsed.faults[0]) == (email_key(address), "INVALID_EMAIL")
