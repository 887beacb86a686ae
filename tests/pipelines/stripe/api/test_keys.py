"""A key shows its hint and nothing else, whoever looks."""

import copy
import pickle
import traceback

import pytest

from pipelines.errors import KeyRefused
from pipelines.stripe.api.keys import Key, redacted
from tests.pipelines.stripe.faults import LIVE_KEY, TEST_KEY


@pytest.mark.parametrize(
    ("text", "kind", "mode", "hint"),
    [
        (LIVE_KEY, "restricted", "live", "rk_live_…QRST"),
        (f"  {TEST_KEY}\n", "restricted", "test", "rk_test_…WXYZ"),
        ("sk_test_12345", "secret", "test", "sk_test_…"),
        ("pk_live_" + "x" * 24, "publishable", "live", "pk_live_…xxxx"),
        ("local", "other", None, "…"),
    ],
)
def test_what_a_key_tells(text: str, kind: str, mode: str | None, hint: str) -> None:
    key = Key(text)
    assert (key.kind, key.mode, key.hint) == (kind, mode, hint)
    assert key.reveal() == text.strip()
    assert f"{key} {key!r}" == f"{hint} <Stripe key {hint}>"


@pytest.mark.rule("PIT-91")
@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_is_never_pickled(take: object) -> None:
    with pytest.raises(TypeError, match="never pickled"):
        take(Key(LIVE_KEY))  # type: ignore[operator]  # parametrised


@pytest.mark.parametrize("text", ["", " \n", LIVE_KEY + " " + LIVE_KEY, LIVE_KEY + "é", LIVE_KEY + "\r\nX-Evil: 1"])
def test_what_cannot_be_a_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(KeyRefused, match="one word") as told:
        Key(text)
    frames = traceback.TracebackException.from_exception(told.value, capture_locals=True).stack
    assert LIVE_KEY not in str(told.value)
    assert LIVE_KEY not in str(frames[-1].locals)


@pytest.mark.rule("PIT-91")
@pytest.mark.parametrize("prefix", ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "pk_test_"])
def test_keys_are_cut_out_of_texts(prefix: str) -> None:
    assert redacted(f"key={prefix}abcDEF123, and {prefix}zz!") == f"key={prefix}…, and {prefix}…!"


def test_other_texts_stay_as_they_are() -> None:
    text = "task_test_run of charge ch_123 at acct_1; Invalid API Key provided: rk_live_****QRST"
    assert redacted(text) == text
