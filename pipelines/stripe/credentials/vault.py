"""Stripe keys at rest: sealed with AES-256-GCM under a master key that lies elsewhere (AU-30, stripe.md 5).

Lives here: the master keys, the seal, the files in `secrets/`. Not here: where master keys come from (the environment,
read in `assets/instance/environment.py`), whether a key may be stored at all (`connection.py`). All cryptography is
here.
"""

import base64
import binascii
import hmac
import json
import os
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Field, ValidationError

from pipelines.configuration.typed import Typed
from pipelines.durable import flush, written
from pipelines.errors import SecretError, WrongUse
from pipelines.home import Home
from pipelines.stripe.api.keys import Key, Mode

KEY_BYTES, NONCE_BYTES = 32, 12
MARK_LETTERS = 16
PURPOSE = "customers.v1 stripe key"
MASTER_KEY_COMMAND = (
    "(set -C; umask 077; python3 -c \"import base64, os; print('k1:' + base64.b64encode(os.urandom(32)).decode())\" "
    "> ~/.customers-master-key) && export CUSTOMERS_MASTER_KEY_FILE=~/.customers-master-key"
)
HOW_TO_MAKE_ONE = (
    "Make one with the command below, keep a copy where you keep passwords (without it the stored keys are lost), "
    "never beside the backups of the data, and set the variable wherever this software runs:\n\n"
    f"  {MASTER_KEY_COMMAND}\n"
)


class Ring:
    """The master keys by their names, the newest first. Printing shows the names alone; pickling is refused."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Made by `ring_of`."""
        self._keys = dict(keys)

    @property
    def newest(self) -> str:
        """The name of the master key that seals."""
        return next(iter(self._keys))

    def holds(self, name: str) -> bool:
        """Whether a master key of that name is there."""
        return name in self._keys

    def key(self, name: str) -> bytes:
        """The master key of that name; SecretError where it is not in the ring."""
        if name not in self._keys:
            raise SecretError(
                f"the master key {name!r} is not among those configured ({', '.join(self._keys)}); add it again, or "
                "store the Stripe key anew with `customers stripe connect`"
            )
        return self._keys[name]

    def __repr__(self) -> str:
        return f"<master keys {', '.join(self._keys)}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("master keys are never pickled")


class Envelope(Typed):
    """A sealed key as it lies in its file. Everything in it is authenticated: a changed letter, or another source's
    file in its place, does not open.

    `mark`: tells whether a key is this one, to those alone who hold the master key.
    """

    version: Literal[1] = 1
    algorithm: Literal["A256GCM"] = "A256GCM"
    source: str
    account: str | None
    mode: Mode | None
    hint: str
    master_key: str
    mark: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    sealed_at: datetime
    nonce: str
    sealed: str = ""


def ring_of(text: str | None) -> Ring:
    """The master keys of a text `k2:<base64 of 32 bytes>,k1:…`, the newest first; commas or lines part them.

    Raises SecretError, which names an entry by its place and says nothing of its content; without a text it says how
    to make a master key.
    """
    entries = [entry.strip() for entry in re.split(r"[,\n]", text or "") if entry.strip()]
    keys = dict(_named(entry) for entry in entries)
    faults = [fault for place, entry in enumerate(entries, start=1) if (fault := _fault(entry, place))]
    if not entries:
        faults = [f"there is no master key to seal Stripe keys with. {HOW_TO_MAKE_ONE}"]
    elif not faults and len(keys) < len(entries):
        faults = ["two master keys have the same name; give each its own"]
    ring = None if faults else Ring(keys)
    del text, entries, keys  # a traceback that shows locals must not show them
    if ring is None:
        raise SecretError("; ".join(faults))
    return ring


def _named(entry: str) -> tuple[str, bytes]:
    name, _, coded = entry.partition(":")
    return name, _decoded(coded) or b""


def _fault(entry: str, place: int) -> str | None:
    """What is wrong with an entry, without a word of it."""
    name, colon, coded = entry.partition(":")
    if not colon or not re.fullmatch(r"[\w-]{1,32}", name):
        return f"master key {place}: write it as NAME:BASE64, such as k1:…"
    key = _decoded(coded)
    if key is None:
        return f"master key {place} ({name}): it is no base64"
    return None if len(key) == KEY_BYTES else f"master key {place} ({name}): {len(key)} bytes, expected {KEY_BYTES}"


def _decoded(coded: str) -> bytes | None:
    try:
        # Without `validate` Python passes over letters that are none of base64.
        return base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        return None


def seal(key: Key, ring: Ring, source: str, account: str | None, mode: Mode | None, now: datetime) -> Envelope:
    """The key sealed for a source with the newest master key."""
    # A new one for each seal: GCM is broken by two under one key.
    nonce = os.urandom(NONCE_BYTES)
    bare = Envelope(
        source=source,
        account=account,
        mode=mode,
        hint=key.hint,
        master_key=ring.newest,
        mark=_mark(key, ring.key(ring.newest)),
        sealed_at=now,
        nonce=base64.b64encode(nonce).decode(),
    )
    sealed = AESGCM(ring.key(ring.newest)).encrypt(nonce, key.reveal().encode(), label_of(bare))
    return bare.model_copy(update={"sealed": base64.b64encode(sealed).decode()})


def unseal(envelope: Envelope, ring: Ring) -> Key:
    """The key in an envelope. Raises SecretError where the master key is another, or a letter was changed."""
    nonce, sealed = _decoded(envelope.nonce), _decoded(envelope.sealed)
    opened = None
    if nonce and sealed:
        try:
            opened = AESGCM(ring.key(envelope.master_key)).decrypt(nonce, sealed, label_of(envelope)).decode()
        except (InvalidTag, ValueError):
            opened = None
    if opened is None:
        raise SecretError(
            f"the stored Stripe key of {envelope.source} does not open: the master key {envelope.master_key} is not "
            "the one it was sealed with, or its file was changed; store it anew with `customers stripe connect`"
        )
    return Key(opened)


def is_same(key: Key, envelope: Envelope, ring: Ring) -> bool:
    """Whether the key is the one in the envelope; False too where its master key is gone."""
    known = ring.holds(envelope.master_key)
    # In constant time, as for any secret.
    return known and hmac.compare_digest(envelope.mark, _mark(key, ring.key(envelope.master_key)))


def _mark(key: Key, master: bytes) -> str:
    """A fingerprint under a key of its own, derived from the master key: useless without it."""
    own = hmac.new(master, b"customers.v1 mark", sha256).digest()
    return hmac.new(own, key.reveal().encode(), sha256).hexdigest()[:MARK_LETTERS]


def label_of(envelope: Envelope) -> bytes:
    """What the seal authenticates beside the key: all of the envelope but the sealed key itself."""
    known = envelope.model_dump(mode="json", exclude={"sealed"})
    # Sorted and without spaces: the same envelope gives the same label for ever.
    return json.dumps([PURPOSE, known], sort_keys=True, separators=(",", ":")).encode()


def load(home: Home, source: str) -> Envelope | None:
    """The envelope of a source, if there is one; SecretError where its file is none, or is another source's."""
    path = path_of(home, source)
    if not path.exists():
        return None
    try:
        envelope = Envelope.model_validate_json(path.read_bytes())
    except ValidationError:
        raise SecretError(f"{path} is no sealed key; {_anew(source)}") from None
    if envelope.source != source:
        raise SecretError(f"{path} holds the key of {envelope.source}: put the file back; or {_anew(source)}")
    return envelope


def _anew(source: str) -> str:
    return f"remove it with `customers stripe forget {source}` and connect {source} again"


def save(home: Home, envelope: Envelope) -> Path:
    """Store an envelope so that after a crash the old one or the new one is there, readable by its owner alone."""
    path = path_of(home, envelope.source)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkdir's mode says nothing of a folder that is there, and is cut by the umask.
    path.parent.chmod(0o700)
    # Closed to others from its first byte, not only once it is written.
    only_ours = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with written(path) as unfinished, os.fdopen(os.open(unfinished, only_ours, 0o600), "wb") as file:
        file.write(envelope.model_dump_json(indent=1).encode())
    return path


def remove(home: Home, source: str) -> bool:
    """Remove the envelope of a source; False where there was none."""
    path = path_of(home, source)
    if not path.exists():
        return False
    path.unlink()
    flush([path.parent])
    return True


def stored(home: Home) -> tuple[str, ...]:
    """The sources with a stored key."""
    # Unfinished files begin with a dot.
    return tuple(sorted(path.stem for path in home.secrets.glob("[!.]*.json")))


def path_of(home: Home, source: str) -> Path:
    """The file of a source's sealed key; WrongUse for a name that is none of a file."""
    if not source or Path(source).name != source or source.startswith("."):
        raise WrongUse(f"{source!r} cannot name a source: a name holds no folders and begins with no dot")
    return home.secrets / f"{source}.json"
