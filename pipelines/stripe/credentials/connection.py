"""Connecting a Stripe source: is this the right key, what may it read, and is it the account of the last time.

Lives here: validating a key before it is sealed, checking it again, sealing all keys anew, forgetting one. Not here:
the seal (`vault.py`), the command (`assets/cli/commands/stripe.py`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from pipelines.configuration.settings import StripeSource
from pipelines.configuration.typed import Typed
from pipelines.errors import KeyRefused, ObjectGone, PermissionMissing, WrongUse
from pipelines.home import Home
from pipelines.stripe.api.client import StripeAccount, open_account
from pipelines.stripe.api.keys import Key, Mode
from pipelines.stripe.api.rate_limits import REAL, Pace, limits_of
from pipelines.stripe.api.transport import DIRECT, TIMEOUT, Route, Timeout
from pipelines.stripe.credentials import vault
from pipelines.stripe.credentials.permissions import Right, probe
from pipelines.stripe.credentials.vault import Envelope, Ring

KEY_LINK = (
    "https://dashboard.stripe.com/apikeys/create?name=customer-intake&permissions[]=rak_customer_read"
    "&permissions[]=rak_charge_read&permissions[]=rak_invoice_read"
)
"""Opens the form of a new restricted key with the right permissions ticked (AU-28)."""


class Connection(Typed):
    """What is known of a source's key after it was tried."""

    source: str
    hint: str
    mode: Mode | None
    account: str | None
    rights: tuple[Right, ...]
    warnings: tuple[str, ...] = ()
    stored: bool = False
    was_known: bool = False
    sealed_at: datetime | None = None


class Rewrapped(Typed):
    """What became of one sealed key when all were sealed with the newest master key."""

    source: str
    before: str
    after: str


class Line(NamedTuple):
    """How Stripe is reached."""

    route: Route = DIRECT
    timeout: Timeout = TIMEOUT
    pace: Pace = REAL


PLAIN = Line()


class AccountSource(NamedTuple):
    """A source as declared, how its account is reached, and the charges by which it is told from other accounts.

    `anchor`: the id of a charge that earlier syncs of it have read, if there is one; `others`: such a charge by each
    other source, for an account belongs to one source (PIT-101).
    """

    name: str
    declared: StripeSource
    anchor: str | None = None
    others: Mapping[str, str] = MappingProxyType({})
    line: Line = PLAIN

    def opened(self, key: Key, mode: Mode | None) -> StripeAccount:
        """The account, to be read with a key whose mode, as far as it is known, says how fast."""
        limits = limits_of(self.declared, mode, self.line.pace)
        return open_account(key, self.declared, limits, self.line.route, self.line.timeout)


def connect(home: Home, source: AccountSource, key: Key, ring: Ring, now: datetime) -> Connection:
    """Try a key for a source and seal it.

    The same key again changes nothing but its master key, if there is a newer one. Raises KeyRefused for a key of the
    wrong kind, mode or account, PermissionMissing naming everything that is missing, StripeUnavailable; then whatever
    was stored before is still there.
    """
    before = vault.load(home, source.name)
    found = _tried(source, key, before)
    # Before it is sealed: two sources of one account would double all of its money.
    _expect_free(home, found)
    was_known = before is not None and vault.is_same(key, before, ring)
    # Nothing to write: sealing again would change the file for no reason.
    if before is not None and was_known and before.master_key == ring.newest:
        return found.model_copy(update={"stored": True, "was_known": True, "sealed_at": before.sealed_at})
    vault.save(home, vault.seal(key, ring, source.name, found.account, found.mode, now))
    return found.model_copy(update={"stored": True, "was_known": was_known, "sealed_at": now})


def check(home: Home, source: AccountSource, ring: Ring) -> Connection:
    """Try the stored key of a source again; nothing is changed. Raises as `connect`, and WrongUse where none is."""
    envelope = _stored(home, source.name)
    found = _tried(source, vault.unseal(envelope, ring), envelope)
    _expect_free(home, found)
    return found.model_copy(update={"stored": True, "was_known": True, "sealed_at": envelope.sealed_at})


def open_source(home: Home, name: str, source: StripeSource, ring: Ring, line: Line = PLAIN) -> StripeAccount:
    """The account of a source, to be read with its stored key. Raises WrongUse where none is, SecretError."""
    envelope = _stored(home, name)
    return AccountSource(name, source, line=line).opened(vault.unseal(envelope, ring), envelope.mode)


def forget(home: Home, name: str) -> None:
    """Remove the sealed key of a source; WrongUse where there is none."""
    if not vault.remove(home, name):
        raise _no_key(name)


def rewrap(home: Home, ring: Ring) -> tuple[Rewrapped, ...]:
    """Seal every stored key with the newest master key; those that are already keep their file as it is.

    All are opened before the first is written. Raises SecretError where one does not open.
    """
    envelopes = [_stored(home, name) for name in vault.stored(home)]
    # All before the first is written: one that does not open leaves every file as it is.
    opened = [(envelope, vault.unseal(envelope, ring)) for envelope in envelopes]
    for old, key in opened:
        if old.master_key != ring.newest:
            vault.save(home, vault.seal(key, ring, old.source, old.account, old.mode, old.sealed_at))
    return tuple(Rewrapped(source=old.source, before=old.master_key, after=ring.newest) for old in envelopes)


def _tried(source: AccountSource, key: Key, before: Envelope | None) -> Connection:
    """What a key is and may do, validated by its letters first and then by asking."""
    name, declared = source.name, source.declared
    if declared.recorded is not None:
        raise WrongUse(f"{name} is a recording; it is read without a key. Take `recorded` out of it to connect it")
    # By its letters first: a publishable key is told apart without a request.
    warnings = _validated(key, declared)
    known = before.mode if before else None
    _expect_mode(name, key.mode, (declared.mode, known))
    with source.opened(key, key.mode) as account:
        probes = probe(account)
        _expect_needed(name, key, [found.right for found in probes])
        # An empty account shows no mode.
        modes = [found.mode for found in probes if found.mode]
        for mode in modes:
            _expect_mode(name, mode, (key.mode, declared.mode, known))
        _expect_anchor(source, account)
        for other, charge in source.others.items():
            if _has_charge(account, charge):
                raise _taken(name, other, f"the charge {charge} of {other} is there")
    identity = next((found.account for found in probes if found.account), None)
    _expect_identity(name, identity, before)
    return Connection(
        source=name,
        hint=key.hint,
        mode=next(iter(modes), key.mode or declared.mode or known),
        account=identity,
        rights=tuple(found.right for found in probes),
        warnings=warnings,
    )


def _validated(key: Key, source: StripeSource) -> tuple[str, ...]:
    """Warnings about the kind of a key (AU-27); a local server's may be any. Raises KeyRefused for a wrong one."""
    if not source.is_stripe_itself or key.kind == "restricted":
        return ()
    if key.kind == "secret":
        return (
            f"{key} is a secret key: it may do anything with the account. It works, but a restricted key that may only "
            f"read is safer: {KEY_LINK}",
        )
    found = "a publishable key, which reads nothing" if key.kind == "publishable" else "no key of Stripe's"
    raise KeyRefused(f"{key} is {found}; expected a restricted key (rk_live_… or rk_test_…), made here: {KEY_LINK}")


def _expect_mode(name: str, found: Mode | None, expected: Sequence[Mode | None]) -> None:
    """One source holds live or test data, never both (PIT-87)."""
    other = next((mode for mode in expected if mode and found and mode != found), None)
    if other:
        raise KeyRefused(
            f"the key opens {found} data, {name} is for {other} data, and the two are never mixed: take a key for "
            f"{other} data, or declare another source"
        )


def _expect_needed(name: str, key: Key, rights: Sequence[Right]) -> None:
    """Everything that is missing is told at once (AU-29)."""
    missing = [right for right in rights if right.state == "missing"]
    fatal = [right.permission for right in missing if right.is_needed]
    if not fatal:
        return
    listed = "; ".join(f"{right.resource} ({right.permission}): without it {right.without}" for right in missing)
    raise PermissionMissing(
        f"{name} is not connected: the key {key} may not read {listed}. Give it Read on Customers and Charges in "
        f"Stripe's dashboard, or make a new key: {KEY_LINK}",
        fatal[0],
    )


def _expect_anchor(source: AccountSource, account: StripeAccount) -> None:
    """A charge that was read before must be there; else the key opens another account, or the other mode."""
    if source.anchor is not None and not _has_charge(account, source.anchor):
        raise _other_account(source.name, f"the charge {source.anchor}, which earlier syncs have read, is not there")


def _has_charge(account: StripeAccount, charge: str) -> bool:
    try:
        account.one("charges", charge)
    except ObjectGone:
        return False
    return True


def _expect_free(home: Home, found: Connection) -> None:
    """The account, where the key tells which, must not be another source's; live and test data of one are two."""
    for other in vault.stored(home):
        envelope = vault.load(home, other) if other != found.source else None
        if envelope is None or found.account is None or envelope.account != found.account:
            continue
        # Live and test data of an account are two; of an unknown mode it may be the same one.
        if None in (envelope.mode, found.mode) or envelope.mode == found.mode:
            raise _taken(found.source, other, f"it opens {found.account}, as the key of {other} does")


def _taken(name: str, other: str, why: str) -> KeyRefused:
    return KeyRefused(
        f"the account belongs to the source {other} already: {why}; read under two names, all its money would count "
        f"twice. {name} is not connected. Use {other}, or take it out first with `customers stripe forget {other} "
        "--with-data --by NAME`"
    )


def _expect_identity(name: str, found: str | None, before: Envelope | None) -> None:
    if before is not None and found and before.account and found != before.account:
        raise _other_account(name, f"it opens {found}, the key before opened {before.account}")


def _other_account(name: str, why: str) -> KeyRefused:
    return KeyRefused(
        f"the key belongs to another account or mode than {name}: {why}. Nothing was changed. Take a key of the same "
        "account, or declare another source for this one"
    )


def _stored(home: Home, name: str) -> Envelope:
    envelope = vault.load(home, name)
    if envelope is None:
        raise _no_key(name)
    return envelope


def _no_key(name: str) -> WrongUse:
    return WrongUse(f"there is no stored key of {name}; store one with `customers stripe connect {name}`")
