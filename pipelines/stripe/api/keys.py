"""A Stripe key: what its letters tell, and how it stays out of everything that is written down.

Lives here: the key as a value that shows only its hint, and the sieve for texts. Not here: sealing
(`pipelines/stripe/credentials/vault.py`), validating a key for a source (`pipelines/stripe/credentials/connection.py`).
"""

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Literal, NoReturn
from urllib.parse import quote

from pipelines.errors import KeyRefused

Mode = Literal["live", "test"]
Kind = Literal["restricted", "secret", "publishable", "other"]
KINDS: dict[str, Kind] = {"rk": "restricted", "sk": "secret", "pk": "publishable"}
MODES: dict[str, Mode] = {"live": "live", "test": "test"}
SHOWN = 4
LONG_ENOUGH = 24
"""A shorter key is a local server's; four of its letters would be too much of it."""

SECRET_FROM = 8
"""Letters from which a key is a secret; a local server's `test` may stand in any answer."""

_WRITTEN = re.compile(r"\b((?:sk|rk|pk)_(?:live|test)_)[A-Za-z0-9]+")
_PREFIX = re.compile(r"(sk|rk|pk)_(live|test)_")


def redacted(text: str) -> str:
    """The text with every Stripe key cut down to its prefix (PIT-91)."""
    return _WRITTEN.sub(r"\1…", text)


class Key:
    """A Stripe key. Printing it gives its hint; pickling it is refused; only `reveal` gives it away."""

    # No __dict__, which debuggers and `vars` would print.
    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Take the key as it was pasted, blanks around it aside. Raises KeyRefused where it can be no key."""
        self._text = text.strip()
        del text  # a traceback that shows locals must not show it
        if not re.fullmatch(r"[!-~]+", self._text):
            found = "nothing" if not self._text else "blanks or letters that no key has"
            raise KeyRefused(f"a Stripe key is one word such as rk_live_…; found {found}; copy it again")

    def reveal(self) -> str:
        """The key itself, for the wire and the seal alone."""
        return self._text

    def sieve(self) -> Callable[[bytes], bytes]:
        """What cuts this very key out of bytes, whatever it looks like and however a server writes it back: as it is,
        in an address, or in base64 as for a password (PIT-91).
        """
        if len(self._text) < SECRET_FROM:
            return bytes
        encoded = [b64encode(form.encode()).rstrip(b"=") for form in (self._text, f"{self._text}:")]
        # The longest first: a shorter form may be a part of it.
        forms = sorted({self._text.encode(), quote(self._text, safe="").encode(), *encoded}, key=len, reverse=True)
        hint = self.hint.encode()

        def sieved(raw: bytes) -> bytes:
            for form in forms:
                raw = raw.replace(form, hint) if form in raw else raw
            return raw

        return sieved

    @property
    def kind(self) -> Kind:
        """What the first letters say it may do."""
        found = _PREFIX.match(self._text)
        return KINDS[found[1]] if found else "other"

    @property
    def mode(self) -> Mode | None:
        """Whether it is for live or test data; None where its letters do not say."""
        found = _PREFIX.match(self._text)
        return MODES[found[2]] if found else None

    @property
    def hint(self) -> str:
        """What may be shown of it: the prefix and the last letters, as Stripe's own dashboard does."""
        found = _PREFIX.match(self._text)
        last = self._text[-SHOWN:] if len(self._text) >= LONG_ENOUGH else ""
        return f"{found[0] if found else ''}…{last}"

    def __repr__(self) -> str:
        return f"<Stripe key {self.hint}>"

    def __str__(self) -> str:
        return self.hint

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Stripe key is never pickled: seal it (pipelines/stripe/credentials/vault.py)")
