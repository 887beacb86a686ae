"""Sealed keys: only the right master key, the right source and an untouched file give a key back."""

import base64
import copy
import json
import pickle
import stat
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import SecretError, WrongUse
from pipelines.home import Home
from pipelines.stripe.api.keys import Key
from pipelines.stripe.credentials import vault
from pipelines.stripe.credentials.vault import Envelope, Ring, is_same, load, ring_of, save, seal, unseal
from tests.pipelines.stripe.faults import LIVE_KEY, TEST_KEY

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
K1, K2 = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
ONE, TWO, BOTH = ring_of(f"k1:{K1}"), ring_of(f"k2:{K2}"), ring_of(f"k2:{K2},k1:{K1}")


def sealed(ring: Ring = ONE, source: str = "billing") -> Envelope:
    return seal(Key(LIVE_KEY), ring, source, "acct_1", "live", NOW)


def refused(action: Callable[[], object]) -> str:
    """What a refusal says; with the local variables of our own frames, nothing of it is a secret."""
    with pytest.raises(SecretError) as told:
        action()
    shown = traceback.TracebackException.from_exception(told.value, capture_locals=True)
    ours = "".join(str(frame.locals) for frame in shown.stack if "/tests/" not in frame.filename)
    for secret in (LIVE_KEY, K1, K2, repr(bytes([1]) * 32), repr(bytes([2]) * 32)):
        assert secret not in str(told.value) + ours
    return str(told.value)


@pytest.mark.scenario(46)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200))
def test_what_is_sealed_opens_again(text: str) -> None:
    envelope = seal(Key(text), ONE, "billing", None, None, NOW)
    assert unseal(envelope, ONE).reveal() == text


@pytest.mark.rule("AU-30")
def test_a_key_is_sealed_with_aes_256_in_galois_counter_mode_each_time_with_another_nonce() -> None:
    """Opened by the library itself: a master key of 32 bytes is AES-256."""
    first, second = sealed(), sealed()
    assert (first.algorithm, first.nonce != second.nonce) == ("A256GCM", True)
    nonce, text = base64.b64decode(first.nonce), base64.b64decode(first.sealed)
    assert (len(nonce), len(base64.b64decode(K1))) == (12, 32)
    assert AESGCM(bytes([1]) * 32).decrypt(nonce, text, vault.label_of(first)).decode() == LIVE_KEY


@pytest.mark.rule("AU-30")
def test_an_envelope_shows_the_hint_alone() -> None:
    written = sealed().model_dump_json()
    assert "rk_live_…QRST" in written
    assert LIVE_KEY not in written
    assert LIVE_KEY[8:20] not in written
    assert sealed().sealed != sealed().sealed


@pytest.mark.scenario(46)
def test_a_wrong_master_key_does_not_open() -> None:
    other = ring_of(f"k1:{K2}")
    assert "does not open" in refused(lambda: unseal(sealed(), other))
    assert "'k1' is not among those configured (k2)" in refused(lambda: unseal(sealed(), TWO))


@pytest.mark.scenario(46)
@pytest.mark.parametrize(
    "change",
    [
        {"source": "other"},
        {"account": "acct_2"},
        {"mode": "test"},
        {"hint": "rk_live_…AAAA"},
        {"mark": "0" * 16},
        {"sealed_at": datetime(2027, 1, 1, tzinfo=UTC)},
        {"nonce": base64.b64encode(b"0" * 12).decode()},
        {"nonce": "no base64!"},
        {"nonce": "AAAA"},
        {"sealed": ""},
    ],
)
def test_a_changed_or_swapped_envelope_does_not_open(change: dict[str, object]) -> None:
    assert "does not open" in refused(lambda: unseal(sealed().model_copy(update=change), ONE))


@pytest.mark.scenario(46)
def test_no_flipped_bit_goes_unseen() -> None:
    envelope = sealed()
    whole = base64.b64decode(envelope.sealed)
    for place in range(len(whole)):
        flipped = bytes([*whole[:place], whole[place] ^ 1, *whole[place + 1 :]])
        changed = envelope.model_copy(update={"sealed": base64.b64encode(flipped).decode()})
        assert "does not open" in refused(lambda changed=changed: unseal(changed, ONE))


@pytest.mark.scenario(46)
@pytest.mark.parametrize(
    ("text", "named"),
    [
        (K1, "master key 1: write it as NAME:BASE64"),
        (f"k1:{K1},{K2}", "master key 2: write it as NAME:BASE64"),
        (f"k1:{K1[:-4]}", "master key 1 (k1): 30 bytes, expected 32"),
        (f"k1:{K1}!", "master key 1 (k1): it is no base64"),
        (f"a b:{K1}", "master key 1: write"),
        (f"k1:{K1}\nk1:{K2}", "the same name"),
    ],
)
def test_a_wrong_master_key_is_told_by_its_place(text: str, named: str) -> None:
    assert named in refused(lambda: ring_of(text))


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_without_a_master_key_the_command_that_makes_one_is_told(text: str | None) -> None:
    assert vault.MASTER_KEY_COMMAND in refused(lambda: ring_of(text))


def test_master_keys_show_their_names_alone() -> None:
    assert repr(BOTH) == "<master keys k2, k1>"
    for take in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            take(BOTH)


def test_the_same_key_is_known_again_to_the_master_key_alone() -> None:
    envelope = sealed()
    assert is_same(Key(LIVE_KEY), envelope, BOTH)
    assert not is_same(Key(TEST_KEY), envelope, BOTH)
    assert not is_same(Key(LIVE_KEY), envelope, TWO)
    assert envelope.mark != sealed(TWO).mark


def test_files_are_for_their_owner_alone(home: Home) -> None:
    home.secrets.mkdir(mode=0o755)
    path = save(home, sealed())
    assert path == home.secrets / "billing.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert load(home, "billing") == sealed().model_copy(update=dict(json_of(path)))
    assert [found.name for found in home.secrets.iterdir()] == ["billing.json"]


def json_of(path: Path) -> dict[str, object]:
    told = json.loads(path.read_text("utf-8"))
    return {name: told[name] for name in ("nonce", "sealed")}


def test_what_a_crash_left_does_not_stand_in_the_way(home: Home) -> None:
    save(home, sealed())
    (home.secrets / ".billing.json.writing").write_text("half", "utf-8")
    save(home, sealed(TWO))
    found = load(home, "billing")
    assert found is not None
    assert found.master_key == "k2"
    assert vault.stored(home) == ("billing",)


def test_a_file_in_the_place_of_another_is_told(home: Home) -> None:
    save(home, sealed()).rename(home.secrets / "shop.json")
    assert "holds the key of billing" in refused(lambda: load(home, "shop"))


@pytest.mark.parametrize("text", ["", "{}", '{"version": 2}', "\x00"])
def test_a_broken_file_is_told_with_what_to_do(home: Home, text: str) -> None:
    save(home, sealed()).write_text(text, "utf-8")
    assert "customers stripe forget billing" in refused(lambda: load(home, "billing"))


@pytest.mark.parametrize("name", ["", "../billing", "a/b", ".billing"])
def test_a_name_leads_nowhere_else(home: Home, name: str) -> None:
    with pytest.raises(WrongUse, match="cannot name a source"):
        load(home, name)


def test_nothing_is_stored_where_nothing_was(home: Home) -> None:
    assert load(home, "billing") is None
    assert vault.stored(home) == ()
    assert not vault.remove(home, "billing")
