"""The error tree, sorted by one question: would another try help?

Lives here: the classes. Not here: the sentences of codes (`schemas/messages.csv`).
"""

from typing import NamedTuple

from schemas.sentences.note import Note


class CustomersError(Exception):
    """Anything that this software says no to; its text names what was found and what to do next."""


class TryAgain(CustomersError):
    """Another try may succeed without any change: something else was in the way."""


class WarehouseBusy(TryAgain):
    """Another process holds the working database."""


class Unpublished(TryAgain):
    """What was asked for is in the ledger, and the tables that show it could not be written: the next command does."""


class Unreadable(TryAgain):
    """A file cannot be read now: it is gone, nobody may open it, or it changes while it is read."""


class Permanent(CustomersError):
    """Another try gives the same answer until somebody changes something."""


class WrongUse(Permanent):
    """The caller asked for something that does not exist or cannot be (an unknown import, a wrong key)."""


class TableEmpty(WrongUse):
    """A table in which values are looked up holds none."""


class AlreadyDone(WrongUse):
    """What is asked for is so already: right for whoever asks again because nobody heard the first answer."""


class SealBroken(Permanent):
    """A contract between our own steps failed: a bug of ours, nothing was written."""


class Reason(NamedTuple):
    """Why a file or a row is refused, in one code with its details."""

    code: str
    field: str | None = None
    header: str | None = None
    value: str | None = None
    message: str = ""


class FileRefused(Permanent):
    """The file gate says no to the whole file; nothing is written."""

    def __init__(self, code: str, language: str = "en", **details: object) -> None:
        self.note = Note(code, **details)
        self.reason = Reason(
            code, value=_as_value(details.get("found"), language), message=self.note.sentence(language)
        )
        super().__init__(self.note.line(language))


def _as_value(found: object, language: str) -> str | None:
    """What was found, as the table of rejected rows holds it."""
    if isinstance(found, (tuple, list)):
        return ", ".join(map(str, found))
    return found.sentence(language) if isinstance(found, Note) else None if found is None else str(found)


class StripeUnavailable(TryAgain):
    """Stripe, or the way to it, did not answer properly after several tries; what was read so far is kept."""


class CursorGone(TryAgain):
    """The object after which a page should begin is gone: its range is to be read again without it."""


class KeyRefused(Permanent):
    """A Stripe key that is unknown, expired, revoked, of the wrong kind or of another mode or account."""


class AccountChanged(Permanent):
    """What a Stripe key opens is not the account, or not the mode, that the source was read from before."""


class ModesMixed(AccountChanged):
    """Objects of live mode and of test mode meet in one source."""


class ChargesVanished(AccountChanged):
    """Charges that were read before are no more: they are never deleted, so it is another account."""


class AccountTaken(AccountChanged):
    """The account belongs to another source already: read twice, all its money would count twice."""


class PermissionMissing(Permanent):
    """The Stripe key may not read what is needed."""

    def __init__(self, text: str, permission: str) -> None:
        """`permission`: the name that Stripe gives it, such as `rak_charge_read`."""
        self.permission = permission
        super().__init__(text)


class RequestRefused(Permanent):
    """Stripe understood the request and says no: a fault of ours, or an API that changed."""


class ObjectGone(Permanent):
    """There is no such object in the account."""


class PageBroken(Permanent):
    """A page without what every object has (id, amount, currency, created): nothing can be told of it."""


class SecretError(Permanent):
    """A sealed key cannot be opened: no master key, a wrong one, or a file that somebody changed."""
