"""Keys that are kept: sealed anew with another master key, all of them or none, and forgotten."""

import pytest

from pipelines.configuration.settings import StripeSource
from pipelines.errors import SecretError, WrongUse
from pipelines.home import Home
from pipelines.stripe.credentials import connection, vault
from pipelines.stripe.credentials.connection import AccountSource
from tests.pipelines.stripe.credentials.test_vault import BOTH, K2, NOW, ONE, TWO, ring_of, sealed
from tests.pipelines.stripe.faults import LIVE_KEY


@pytest.mark.scenario(48)
def test_rotation_of_the_master_key(home: Home) -> None:
    for source in ("billing", "shop"):
        vault.save(home, sealed(ONE, source))
    assert [(one.source, one.before, one.after) for one in connection.rewrap(home, BOTH)] == [
        ("billing", "k1", "k2"),
        ("shop", "k1", "k2"),
    ]
    files = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in home.secrets.iterdir()}
    assert [one.before for one in connection.rewrap(home, BOTH)] == ["k2", "k2"]
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in home.secrets.iterdir()} == files
    for source in ("billing", "shop"):
        envelope = vault.load(home, source)
        assert envelope is not None
        assert vault.unseal(envelope, TWO).reveal() == LIVE_KEY
        assert envelope.sealed_at == NOW


@pytest.mark.scenario(48)
def test_either_every_key_is_sealed_anew_or_none(home: Home) -> None:
    vault.save(home, sealed(ONE, "billing"))
    vault.save(home, sealed(ring_of(f"k9:{K2}"), "shop"))
    before = vault.path_of(home, "billing").read_bytes()
    with pytest.raises(SecretError, match="'k9'"):
        connection.rewrap(home, BOTH)
    assert vault.path_of(home, "billing").read_bytes() == before


def test_a_forgotten_key_is_gone(home: Home) -> None:
    vault.save(home, sealed())
    connection.forget(home, "billing")
    assert list(home.secrets.iterdir()) == []
    for action in (
        lambda: connection.forget(home, "billing"),
        lambda: connection.check(home, AccountSource("billing", StripeSource(kind="stripe")), ONE),
        lambda: connection.open_source(home, "billing", StripeSource(kind="stripe"), ONE),
    ):
        with pytest.raises(WrongUse, match="no stored key of billing"):
            action()
