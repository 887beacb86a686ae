"""Files that nobody would send: ours, damaged at random, each by its number and so the same every time.

Lives here: the damage, and what became of a damaged file. `test_fuzz.py` tries some on every run of the suite,
`make fuzz` (`__main__.py`) many.
"""

import random
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import FrameType

from pipelines.cards.mask_cards import without_cards
from pipelines.configuration.settings import FileSource
from pipelines.errors import FileRefused, SealBroken, WrongUse
from pipelines.mapping.map_columns import map_columns
from pipelines.models.context import Terms
from pipelines.models.sheet import Limits
from pipelines.reading.containers.formats import format_of
from pipelines.reading.containers.xlsx_parts import BROKEN, marks_of_parts, shortened
from pipelines.reading.read_file import read_file
from pipelines.validation.file_limits import check_sheet
from pipelines.validation.validate import validate
from schemas.profiles import PROFILES
from tests.support.flow import AS_OF
from tests.support.workbooks import changed

ROOT = Path(__file__).parents[2]
LARGEST_SEED = 60_000
SECONDS_OF_TEXT, SECONDS_OF_WORKBOOK = 20, 150
"""How long a file may take; a workbook's own process is ended after 120 s."""

RULES = (
    *(PROFILES[name] for name in ("default", "payments", "reveal_field", "upflow")),
    *(replace(PROFILES["default"], required=("email",), header_first=first) for first in (True, False, False, False)),
)
TOLD = 0.7
LOCALES = (None, "fr", "en", "pl", "de")
ODD: tuple[bytes, ...] = (
    b'"',
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b"\x1a",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"sep=;\n",
    b"\\",
    b"\\,",
    b"''",
    b";;;;;;;;",
    b",,,,,,,,",
    b"\t",
    b"|",
    b"=cmd|' /C calc'!A0",
    b"1e308",
    b"-0",
    b"9" * 400,
    b"31/02/2024",
    b"0000-00-00",
    b"9999-12-31T23:59:59+23:59",
    b"4111 1111 1111 1111",
    b"@",
    b"a@b" * 50,
    "é".encode("cp1252"),
    "Łódź".encode("cp1250"),
    "\u202e\u200b\u0301".encode(),
    "😀".encode(),
    "１２３".encode(),
    b"x" * 70_000,
)
Mutation = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Ended:
    """How a damaged file ended: its number, the file that it was, a word or the error that escaped, the seconds."""

    number: int
    seed: str
    outcome: str
    seconds: float

    @property
    def escaped(self) -> bool:
        """Whether it ended in no orderly way."""
        return self.outcome.startswith("escaped")


class TooSlow(BaseException):
    """The file took longer than it may. Not an Exception, so that nothing takes it for a fault of the file."""


@cache
def seeds(workbooks: bool) -> tuple[tuple[str, bytes], ...]:
    """The files that are damaged: our samples and cases, cut where they are long."""
    paths = sorted([*ROOT.glob("samples/*/*"), *ROOT.glob("tests/cases/*/input.*")])
    whole = [(str(path.relative_to(ROOT)), path.read_bytes()) for path in paths]
    found = [(name, content) for name, content in whole if _is_workbook(content) == workbooks]
    return tuple(found if workbooks else [(name, content[:LARGEST_SEED]) for name, content in found])


def _is_workbook(content: bytes) -> bool:
    return content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def damaged(number: int, workbooks: bool = False) -> tuple[str, bytes]:
    """The damaged file of this number, and the name of the file that it was."""
    chance = random.Random(number)
    name, content = chance.choice(seeds(workbooks))
    for _ in range(chance.randint(1, 4)):
        content = _part_damaged(content, chance) if content[:2] == b"PK" else chance.choice(MUTATIONS)(content, chance)
    return name, content


def _part_damaged(content: bytes, chance: random.Random) -> bytes:
    """A container with one of its parts damaged and packed again, or damaged as it is."""
    try:
        parts = sorted(marks_of_parts(content))
        part = chance.choice(parts)
        return changed(content, part, lambda text: chance.choice(MUTATIONS)(text, chance))
    except (*BROKEN, IndexError, ValueError, OSError):
        return chance.choice(MUTATIONS)(content, chance)


def _region(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randint(0, len(content))
    return start, min(len(content), start + int(chance.expovariate(1 / 40)))


def flip(content: bytes, chance: random.Random) -> bytes:
    """Some bytes are others."""
    signs, count = chance.choice((128, 256)), chance.randint(1, 8)
    places = {chance.randrange(len(content)): chance.randrange(signs) for _ in range(count) if content}
    return bytes(places.get(place, byte) for place, byte in enumerate(content))


def cut(content: bytes, chance: random.Random) -> bytes:
    """Its end is missing."""
    return content[: chance.randint(0, len(content))]


def remove(content: bytes, chance: random.Random) -> bytes:
    """A region is missing."""
    start, end = _region(content, chance)
    return content[:start] + content[end:]


def repeat(content: bytes, chance: random.Random) -> bytes:
    """A region stands there several times."""
    start, end = _region(content, chance)
    return content[:end] + content[start:end] * chance.randint(1, 30) + content[end:]


def insert(content: bytes, chance: random.Random) -> bytes:
    """Something odd stands in the midst of it, perhaps on every line."""
    odd, start = chance.choice(ODD), chance.randint(0, len(content))
    if chance.random() < 0.2 and len(odd) < 100:
        return content.replace(b"\n", odd + b"\n")
    return content[:start] + odd + content[start:]


def join(content: bytes, chance: random.Random) -> bytes:
    """Another file stands behind it."""
    return content + chance.choice(seeds(workbooks=False))[1]


def swap(content: bytes, chance: random.Random) -> bytes:
    """Every sign of a kind is another."""
    signs = (b",", b";", b"\t", b"|", b'"', b"\n", b"\r\n", b".", b"@", b" ", b"0", b"e")
    return content.replace(chance.choice(signs), chance.choice(signs))


def recode(content: bytes, chance: random.Random) -> bytes:
    """It is in another encoding."""
    codec = chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1250", "iso-8859-2", "utf-32", "cp037"))
    return content.decode("utf-8", "replace").encode(codec, "replace")


MUTATIONS: tuple[Mutation, ...] = (flip, cut, remove, repeat, insert, join, swap, recode)


def ended(number: int, workbooks: bool = False) -> Ended:
    """What becomes of the damaged file of this number, read, mapped and validated as an import does it."""
    name, content = damaged(number, workbooks)
    started = time.perf_counter()
    try:
        with _within(SECONDS_OF_WORKBOOK if workbooks else SECONDS_OF_TEXT):
            outcome = _validated(content, random.Random(number))
    except FileRefused as refused:
        outcome = refused.reason.code
    except (SealBroken, TooSlow, Exception) as error:
        outcome = type(error).__name__ if isinstance(error, WrongUse) else f"escaped: {error!r}"
    return Ended(number, name, outcome, time.perf_counter() - started)


def opened(number: int) -> Ended:
    """What becomes of the damaged workbook of this number up to the reading of its cells, which costs a process."""
    name, content = damaged(number, workbooks=True)
    started = time.perf_counter()
    try:
        with _within(SECONDS_OF_TEXT):
            outcome = _opened(content)
    except FileRefused as refused:
        outcome = refused.reason.code
    except BROKEN:
        outcome = "BROKEN"
    except (TooSlow, Exception) as error:
        outcome = f"escaped: {error!r}"
    return Ended(number, name, outcome, time.perf_counter() - started)


def _opened(content: bytes) -> str:
    kind = format_of(content)
    if kind == "csv":
        return "text"
    if content.startswith(b"PK"):
        marks_of_parts(content)
        shortened(content)
    return f"opened as {kind}"


def _validated(content: bytes, chance: random.Random) -> str:
    """Most files have their first column told to be the address, so that few are refused for want of one."""
    profile = chance.choice(RULES)
    source = FileSource(profile=profile.name, locale=chance.choice(LOCALES))
    terms = Terms("shop", source, profile, "USD", AS_OF)
    limits = Limits(profile.max_rows, profile.single_sheet, profile.header_first)
    sheet = without_cards(read_file(content, source.language, None, limits))
    check_sheet(sheet, profile, source.language)
    told = {sheet.titles[0]: "email"} if chance.random() < TOLD else {}
    validate(sheet, map_columns(sheet.titles, profile, told, (), source.language, sheet.rows), terms)
    return "validated"


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises TooSlow after so many seconds."""

    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def peak_memory() -> int:
    """The most megabytes that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
