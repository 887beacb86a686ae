"""Files that arrive: what waits in the inbox, when a file is complete, which source it belongs to.

Lives here: looking at folders. Not here: reading a file's content (`process_file.py`).
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple
from unicodedata import category

from pipelines.cards.card_numbers import without_card_numbers
from pipelines.errors import Unreadable, WrongUse
from pipelines.home import DEFAULT_SOURCE
from pipelines.identity import import_key
from pipelines.intake.plain_files import is_being_written, kind_of, opened_within, place_within
from schemas.file_names import LISTS, is_list, is_no_data
from schemas.sentences.languages import IN_TABLES
from schemas.sentences.note import Note

REFUSED = "refused"
"""The folder of a source in which files wait that could not be read, one folder for each import (SC-18)."""

QUIET, UNKNOWN_QUIET = timedelta(seconds=3), timedelta(seconds=15)
"""How long a file was not changed that is whole: one that nobody writes, one of which that is not known."""


@dataclass(frozen=True)
class Arrival:
    """A file and the source it came for; `inbox`: where it lies in the inbox, which strangers may write to."""

    path: Path
    source: str
    inbox: Path | None = field(default=None, compare=False)

    @property
    def signature(self) -> str:
        """What tells whether the file is still being written: its size and the time of its last change."""
        # In the inbox a link tells of itself: what it names is none of the inbox's business.
        stat = self.path.stat(follow_symlinks=self.inbox is None)
        return f"{stat.st_size}:{stat.st_mtime_ns}"

    @contextmanager
    def opened(self) -> Iterator[BufferedReader]:
        """The file, to be read. Raises OSError, in the inbox for whatever is no plain file of it too."""
        if self.inbox is None:
            with open(self.path, "rb") as file:
                yield file
        else:
            place = self.path.relative_to(self.inbox)
            with opened_within(self.inbox, place) as descriptor, open(descriptor, "rb", closefd=False) as file:
                yield file


def arrival_of(path: Path, source: str, inbox: Path) -> Arrival:
    """A file that somebody names: one of the inbox as such, by whatever way it is named; any other is their own.

    Raises WrongUse for a name that may not be stored.
    """
    # The name is stored in history, archive and logs, where no card number may stand (SC-18).
    if (shown := without_card_numbers(str(path))) != str(path):
        raise WrongUse(_sentence("CARD_NUMBER_IN_NAME", shown))
    place = place_within(path, inbox)
    return Arrival(path.absolute(), source) if place is None else Arrival(inbox / place, source, inbox)


MOST_NAMED = 10
"""How many names of files that are left a sentence holds."""


def lists_of_folder(folder: Path) -> tuple[list[Path], str]:
    """The lists in a folder, and a sentence about what is left of it, empty where that is nothing.

    A list is a file whose name ends as those of lists do; hidden and temporary files, marks of open documents, other
    files and folders below are left. Raises WrongUse for a folder without any.
    """
    inside = sorted(folder.iterdir())
    lists = [each for each in inside if each.is_file() and is_list(each.name)]
    left = [shown_name(each) + ("/" if each.is_dir() else "") for each in inside if each not in lists]
    if not lists:
        raise WrongUse(f"{folder} holds no list: a file that ends in {', '.join(LISTS)}{_named(left, '; it holds ')}")
    return lists, Note("left_in_folder", folder=str(folder), names=_named(left)).sentence(IN_TABLES) if left else ""


def _named(names: Sequence[str], begin: str = "") -> str:
    """The first of many names."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{begin}{', '.join(names[:MOST_NAMED])}{more}" if names else ""


def as_named(arrivals: Iterable[Arrival]) -> list[dict[str, str]]:
    """Arrivals as the form of an import names its files."""
    return [{"path": str(arrival.path), "source": arrival.source} for arrival in arrivals]


def waiting(inbox: Path) -> list[Arrival]:
    """Every file in the inbox, in the order of its path; `inbox/<source>/…`, else the source `default`."""
    return look(inbox)[0]


def look(inbox: Path) -> tuple[list[Arrival], list[str]]:
    """What waits in the inbox, and why some folders of it cannot be looked into: they hold up nobody."""
    closed: list[OSError] = []
    # os.walk passes over folders that it may not open unless it is given somebody to tell.
    walked = os.walk(inbox, onerror=closed.append)
    found = [Path(folder, name) for folder, below, names in walked for name in (*below, *names)]
    meant = sorted(path for path in found if not _is_noise(path, inbox))
    foreign = {path: kind for path in meant if (kind := kind_of(path))}
    shown = {path: without_card_numbers(as_text(path)) for path in meant}
    reasons = [_unreadable(Path(error.filename), error) for error in closed if not isinstance(error, FileNotFoundError)]
    reasons += [_sentence("NO_PLAIN_FILE", shown[path], expected=Note(kind)) for path, kind in foreign.items()]
    plain = [path for path in meant if path not in foreign and path.is_file()]
    reasons += [_sentence("CARD_NUMBER_IN_NAME", shown[path]) for path in plain if shown[path] != as_text(path)]
    reasons += [_sentence("NAME_NOT_UTF_8", shown[path]) for path in plain if not _has_text_name(path)]
    files = [path for path in plain if shown[path] == str(path)]
    return [Arrival(path, _source(path, inbox), inbox) for path in files], reasons


class Seen(NamedTuple):
    """The state in which a file was seen, and since when: its `signature`, and the first look that found it so."""

    signature: str
    since: datetime


def seen_now(arrivals: Iterable[Arrival], before: Mapping[str, Seen], now: datetime) -> dict[str, Seen]:
    """The state of each arrival by its path, with the time since which it is in it as far as we saw."""
    found = {}
    for arrival in arrivals:
        with suppress(OSError):  # it went while we looked
            path, signature = str(arrival.path), arrival.signature
            earlier = before.get(path)
            found[path] = earlier if earlier and earlier.signature == signature else Seen(signature, now)
    return found


def wait_until_whole(arrival: Arrival, seen: Seen, now: datetime) -> timedelta | None:
    """How long until a file counts as whole if nobody touches it: nothing for one that is; None while it is written.

    One that nobody has open for writing is whole three seconds after its last change: whoever writes it piece by piece
    opens it again by then; one that is moved here from elsewhere has been quiet for long (PIT-20). Where the
    kernel cannot say who has it open, it has to look the same to us for a quarter of a minute.
    """
    try:
        with arrival.opened() as file:
            is_written = is_being_written(file.fileno())
            changed = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
        if is_written or arrival.signature != seen.signature:
            return None
    except OSError:
        return max(UNKNOWN_QUIET - (now - seen.since), timedelta())  # who reads it is told why it cannot be read
    quiet = now - seen.since if is_written is None else now - min(seen.since, changed)
    return max((UNKNOWN_QUIET if is_written is None else QUIET) - quiet, timedelta())


def without_those_written(arrivals: Iterable[Arrival]) -> tuple[list[Arrival], list[str]]:
    """The arrivals of the inbox that nobody has open for writing, and why the others are left for now."""
    taken, reasons = [], []
    for arrival in arrivals:
        if _is_open_for_writing(arrival):
            reasons.append(_sentence("STILL_WRITTEN", as_text(arrival.path)))
        else:
            taken.append(arrival)
    return taken, reasons


def _is_open_for_writing(arrival: Arrival) -> bool:
    try:
        with arrival.opened() as file:
            return is_being_written(file.fileno()) is True
    except OSError:
        return False  # who reads it is told why it cannot be read


def key_of(arrival: Arrival) -> str:
    """The import key of an arrival's present content. Raises Unreadable."""
    with readable(arrival.path), arrival.opened() as file:
        return import_key(arrival.source, hashlib.file_digest(file, "sha256").hexdigest())


def keyed(arrivals: Sequence[Arrival]) -> tuple[dict[Arrival, str], list[str]]:
    """The import key of each arrival, and why others have none: one that cannot be read holds up nobody."""
    keys, reasons = {}, []
    for arrival in arrivals:
        try:
            keys[arrival] = key_of(arrival)
        except Unreadable as error:
            reasons.append(str(error))
    return keys, reasons


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a file is read into Unreadable, which names the file and the reason."""
    if not _has_text_name(path):
        raise Unreadable(_sentence("NAME_NOT_UTF_8", as_text(path)))
    try:
        yield
    except OSError as error:
        raise Unreadable(_unreadable(path, error)) from error


def _unreadable(path: Path, error: OSError) -> str:
    reason = error.strerror or repr(error)
    return _sentence("FILE_UNREADABLE", as_text(path), expected=reason)


def _sentence(code: str, found: str, **details: object) -> str:
    # nothing is read of the file yet, so that its sender's language is unknown: whoever looks after the inbox is told
    return Note(code, found=found, **details).sentence(IN_TABLES)


def _source(path: Path, inbox: Path) -> str:
    parts = path.relative_to(inbox).parts
    return parts[0] if len(parts) > 1 else DEFAULT_SOURCE


def shown_name(path: Path) -> str:
    """The name of a file as it is told and archived: signs that command a terminal or turn text around are replaced."""
    # Cc commands a terminal, Cf turns text around or hides in it.
    return "".join("\ufffd" if category(sign) in ("Cc", "Cf") else sign for sign in path.name)


def refused_place(place: Path, key: str) -> Path:
    """Where in the inbox a file waits that was refused while it was read, by where it came and its import's key."""
    # A file that waits already stays where it is, however often it is refused.
    if place.parts[1:2] == (REFUSED,):
        return place
    return Path(place.parts[0] if len(place.parts) > 1 else DEFAULT_SOURCE, REFUSED, key, place.name)


def _is_noise(path: Path, inbox: Path) -> bool:
    parts = path.relative_to(inbox).parts
    # The folder of refused files is the sender's to look into, not ours to read again.
    return any(is_no_data(part) for part in parts) or (len(parts) > 2 and parts[1] == REFUSED)


def as_text(path: Path | str) -> str:
    """A path as text that can be written anywhere: bytes that are no UTF-8 as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _has_text_name(path: Path) -> bool:
    return as_text(path) == str(path)
