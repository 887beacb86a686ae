"""180 addresses of two validators' own tests: what all sources accept passes, what they reject does not.

Two choices are ours. The corpus rejects an address in brackets or with a name before it, and one with a dot behind
it; PIT-46 takes these wrappers off, so such a case counts as right where only the address inside is left and the
validator accepts it. Where the sources differ (`policy`) email-validator decides: no quoted local parts, no
comments, no reserved top-level domains.
"""

import json
from pathlib import Path

import pytest
from email_validator import EmailNotValidError, validate_email

from pipelines.models.parsed_column import cleaned
from pipelines.parsing.emails import narrow, parse_emails
from tests.corpus import Line
from tests.support.factories import texts

pytestmark = pytest.mark.slow

CheckResult = tuple[str, str, str | None]


def accepts(address: str) -> bool:
    try:
        validate_email(narrow(address), check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def check_results(corpus: Path) -> list[CheckResult]:
    """Each case as text, what is expected, and the spelling that was accepted."""
    lines = (corpus / "emails" / "emails.jsonl").read_text("utf-8").splitlines()
    known = [case for case in map(json.loads, lines) if _can_be_decoded(case["input"])]
    parsed, _ = parse_emails(cleaned(texts(*(case["input"] for case in known))))
    return [(case["input"], case["expected"], value) for case, value in zip(known, parsed.values, strict=True)]


def _can_be_decoded(text: str) -> bool:
    """A lone half of a surrogate pair is no text: no decoder gives it."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def is_right(verdict: CheckResult) -> bool:
    written, expected, accepted = verdict
    if expected == "reject":
        return accepted is None or (accepted != written and accepted in written and accepts(accepted))
    return accepted is not None if expected == "accept" else True


def measure(corpus: Path) -> list[Line]:
    read = check_results(corpus)
    right = sum(map(is_right, read))
    unwrapped = sum(expected == "reject" and accepted is not None for _, expected, accepted in read)
    return [Line("emails", len(read), right, len(read) - right, f"{unwrapped} of them unwrapped, as PIT-46 asks")]


@pytest.mark.rule("PIT-44")
def test_what_all_sources_accept_passes_and_what_they_reject_does_not(corpus: Path) -> None:
    read = check_results(corpus)
    assert [verdict for verdict in read if not is_right(verdict)] == []
    assert len(read) > 170


def test_no_spelling_passes_that_the_validator_refuses(corpus: Path) -> None:
    assert [accepted for _, _, accepted in check_results(corpus) if accepted and not accepts(accepted)] == []
