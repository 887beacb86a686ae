"""E-mail addresses: the spelling stays, the key identifies, and nothing passes that the validator refuses."""

import json
from pathlib import Path

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.parsing.emails import email_key, parse_emails
from tests.support.factories import texts


def read(address: str | None) -> tuple[str | None, str | None, str | None]:
    """Spelling, key and fault of one address."""
    parsed, keys = parse_emails(texts(address))
    return parsed.values[0], keys[0], parsed.faults[0]


def accepts(address: str) -> bool:
    """Whether the validator accepts an address as it stands."""
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


@pytest.mark.rule("PIT-44", "PIT-45")
@pytest.mark.parametrize(
    ("written", "spelling", "key"),
    [
        ("ann@x.fr", "ann@x.fr", "ann@x.fr"),
        ("Ann.Lee@X.FR", "Ann.Lee@X.FR", "ann.lee@x.fr"),
        ("ann+shop@x.fr", "ann+shop@x.fr", "ann+shop@x.fr"),
        ("o'neil@x.fr", "o'neil@x.fr", "o'neil@x.fr"),
        ("a.n.n@gmail.com", "a.n.n@gmail.com", "a.n.n@gmail.com"),
        ("E\u0301lise@x.fr", "E\u0301lise@x.fr", "\u00e9lise@x.fr"),
        ("Élise@x.fr", "Élise@x.fr", "élise@x.fr"),
        ("ann@MÜNCHEN.de", "ann@MÜNCHEN.de", "ann@xn--mnchen-3ya.de"),
        ("ann@xn--mnchen-3ya.de", "ann@xn--mnchen-3ya.de", "ann@xn--mnchen-3ya.de"),
        ("ann＠x.fr", "ann＠x.fr", "ann@x.fr"),
    ],
)
def test_the_key_is_nfc_lower_case_with_an_ascii_domain_and_the_spelling_stays(
    written: str, spelling: str, key: str
) -> None:
    assert read(written) == (spelling, key, None)


@pytest.mark.rule("PIT-46")
@pytest.mark.parametrize(
    "wrapped",
    [
        "<ann@x.fr>",
        "< ann@x.fr >",
        "Ann Lee <ann@x.fr>",
        '"Lee, Ann" <ann@x.fr>',
        "mailto:ann@x.fr",
        "MAILTO: ann@x.fr",
        "<mailto:ann@x.fr>",
        "ann@x.fr.",
        "ann@x.fr,",
        "ann@x.fr;",
        "ann@x.fr ;",
    ],
)
def test_known_wrappers_are_taken_off(wrapped: str) -> None:
    assert read(wrapped) == ("ann@x.fr", "ann@x.fr", None)


@pytest.mark.rule("PIT-46")
@pytest.mark.parametrize(
    "several", ["a@x.fr,b@y.fr", "a@x.fr; b@y.fr", "a@x.fr b@y.fr", "a@x.fr, b@y.fr, c@z.fr", "<a@x.fr> <b@y.fr>"]
)
def test_several_addresses_in_a_cell_are_refused_by_that_name(several: str) -> None:
    assert read(several) == (None, None, "MULTIPLE_EMAILS")


@pytest.mark.rule("AU-04")
@pytest.mark.parametrize(
    "wrong",
    [
        "ann",
        "ann@",
        "@x.fr",
        "@",
        "ann@x",
        "ann@@x.fr",
        "ann x@x.fr",
        "ann@x y.fr",
        "a..b@x.fr",
        ".ann@x.fr",
        "ann.@x.fr",
        "ann@-x.fr",
        "ann@x_y.fr",
        "ann@[127.0.0.1]",
        "ann@x.test",
        "ann@x.invalid",
        "ann@mail.local",
        "ann@localhost",
        "n/a",
        "0",
    ],
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    assert read(wrong) == (None, None, "INVALID_EMAIL")


def test_a_blank_is_neither_an_address_nor_a_fault() -> None:
    assert read(None) == (None, None, None)


def test_addresses_keep_their_rows() -> None:
    parsed, keys = parse_emails(texts("B@x.fr", None, "wrong", "Ann <a@x.fr>", "B@x.fr", "wrong"))
    assert parsed.values.to_list() == ["B@x.fr", None, None, "a@x.fr", "B@x.fr", None]
    assert parsed.faults.to_list() == [None, None, "INVALID_EMAIL", None, None, "INVALID_EMAIL"]
    assert keys.to_list() == ["b@x.fr", None, None, "a@x.fr", "b@x.fr", None]


def test_a_column_without_rows_is_read() -> None:
    parsed, keys = parse_emails(texts())
    assert (len(parsed.values), len(parsed.faults), len(keys)) == (0, 0, 0)


@pytest.mark.rule("AU-26")
def test_the_same_address_in_different_case_has_one_key() -> None:
    _, keys = parse_emails(texts("Ann@X.fr", "ann@x.FR", "ANN@X.FR"))
    assert keys.n_unique() == 1


LABELS = st.text("abzAZ019-_.", max_size=8) | st.sampled_from(["xn--mnchen-3ya", "xn--", "münchen", "x" * 63, "ab--c"])
LOCALS = st.text("abzAZ019-_.+'\u00e9 \"", max_size=12) | st.text("a", min_size=28, max_size=66)
TOP_LEVELS = st.sampled_from(
    ["fr", "com", "COM", "test", "Test", "invalid", "local", "localhost", "onion", "arpa", "c", "1", "museum", "x-y"]
)
ADDRESSES = st.builds(
    lambda local, labels, top: f"{local}@{'.'.join([*labels, top])}", LOCALS, st.lists(LABELS, max_size=3), TOP_LEVELS
)


@given(ADDRESSES)
@example("a@b.arpa")
@example("a@b.onion")
@example("a@localhost.test")
def test_no_address_passes_that_the_validator_refuses(address: str) -> None:
    spelling, key, fault = read(address.strip() or None)
    assert spelling is None or accepts(spelling)
    assert (key is None) == (fault is not None)


@given(ADDRESSES)
def test_the_short_way_gives_the_key_that_the_validator_gives(address: str) -> None:
    spelling, key, _ = read(address.strip())
    assert spelling is None or key == email_key(spelling)


@given(ADDRESSES)
def test_an_address_that_the_validator_accepts_passes(address: str) -> None:
    assert not accepts(address) or read(address)[2] is None


@given(ADDRESSES)
def test_a_key_is_its_own_key(address: str) -> None:
    key = read(address.strip())[1]
    assert key is None or read(key)[1] == key


def addresses(corpus: Path, verdict: str) -> list[str]:
    """The corpus' addresses of one verdict, as far as a column can hold them."""
    lines = (corpus / "emails" / "emails.jsonl").read_text("utf-8").splitlines()
    found = [case["input"] for case in map(json.loads, lines) if case["expected"] == verdict]
    return [text for text in found if text.isprintable() and text.strip() == text]


@pytest.mark.parametrize("verdict", ["accept", "reject", "policy"])
def test_the_corpus_is_validated_as_the_validator_validates_it(corpus: Path, verdict: str) -> None:
    written = addresses(corpus, verdict)
    assert len(written) > 10
    parsed, _ = parse_emails(texts(*written))
    refused = [text for text, fault in zip(written, parsed.faults, strict=True) if fault]
    assert [spelling for spelling in parsed.values.drop_nulls() if not accepts(spelling)] == []
    assert [text for text in refused if accepts(text)] == []


def test_every_address_that_all_sources_accept_is_accepted(corpus: Path) -> None:
    written = addresses(corpus, "accept")
    parsed, _ = parse_emails(texts(*written))
    assert parsed.faults.null_count() == len(written)
