"""From bytes to text: which encoding a text file is written in, and how that is known.

Lives here: marks, UTF-8, UTF-16, lines that are not what the rest is. Not here: delimiters (`csv_dialect.py`), which
old encoding it is (`legacy_encodings.py`).
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from pipelines.errors import FileRefused, WrongUse
from pipelines.reading.text.byte_scan import is_utf8
from pipelines.reading.text.legacy_encodings import (
    FEW,
    MOSTLY,
    SAMPLE_BYTES,
    Guess,
    find_as_before,
    find_by_hints,
    find_encoding,
    strict,
)
from pipelines.reading.text.letter_model import ALPHABETS
from pipelines.titles.known_titles import language_of
from schemas.sentences.note import Note

MARKS: tuple[tuple[bytes, str], ...] = (
    # Before UTF-16: the mark of UTF-32 (ff fe 00 00) begins with that of UTF-16 (ff fe).
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

FIRST_LINES = 10
LETTERS = frozenset("".join(ALPHABETS.values()) + "".join(ALPHABETS.values()).upper() + "€’“”„«»–…°\xa0")
TWICE = re.compile("[ÂÃÄÅâĂĹ][\x80-¿ŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™ĄąĽľŚśŤťŹźŻżŁłŞş]{1,2}")
SAMPLE_OF_WARNINGS = 400_000
# How most accented letters of Western Europe begin once they were encoded twice: `Ã` and the first byte of `Â`.
TYPICAL_OF_TWICE = b"\xc3\x83\xc2"


@dataclass(frozen=True)
class Known:
    """What is known of a sender beside the bytes: the language written, those that may well be, earlier encodings."""

    spoken: str | None
    hints: Sequence[str]
    earlier: Sequence[str]


@dataclass(frozen=True)
class Decoded:
    """A file as text.

    `text`: UTF-8 without byte order mark, lines ending in `\\n`. `evidence`: how the encoding was found where it was
    not plain. `faults`: each line (from 1) that is not text in this encoding, with what was found; in `text` its
    bytes are escaped (`\\xe9`).
    """

    text: bytes
    encoding: str
    evidence: str | None = None
    warnings: tuple[Note, ...] = ()
    faults: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))


def to_text(
    content: bytes,
    language: str = "en",
    told: str | None = None,
    spoken: str | None = None,
    hints: Sequence[str] = (),
    earlier: Sequence[str] = (),
) -> Decoded:
    """The text of a file: as told, by its mark, as UTF-8, else by what its words read like (AMB-29, PIT-01…PIT-04).

    `language` is that of messages, `spoken` the language that the sender is known to write, `hints` those that the
    sender may well write, `earlier` the encodings of the source's earlier files.
    Raises FileRefused: ENCODING_UNDECIDABLE. Raises WrongUse for a told encoding that does not exist.
    """
    if told is not None:
        return _noticing(_as_told(content, told, language))
    marked = next((codec for mark, codec in MARKS if content.startswith(mark)), None) or _wide(content)
    if marked:
        return _noticing(_wide_text(content, marked, language))
    # Python's own utf-8-sig takes one mark off, and some files begin with two (PIT-01).
    plain = _unmarked(content)
    if is_utf8(plain):
        name = "utf-8" if plain is content else "utf-8-sig"
        return _noticing(Decoded(_ended(plain), name))
    return _noticing(_mixed_or_old(_ended(plain), plain is not content, language, Known(spoken, hints, earlier)))


def _unmarked(content: bytes) -> bytes:
    """Without byte order mark, even a doubled one (PIT-01)."""
    return content.removeprefix(codecs.BOM_UTF8).removeprefix(codecs.BOM_UTF8)


def _ended(text: bytes) -> bytes:
    """Every line ends in `\\n` (PIT-08)."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def _noticing(decoded: Decoded) -> Decoded:
    """With the rows that hold a NUL (PIT-18) and the warning of text that was encoded twice (PIT-04)."""
    holding = decoded.text.split(b"\n") if b"\0" in decoded.text else []
    empty = {number: "NUL" for number, line in enumerate(holding, start=1) if b"\0" in line}
    return replace(
        decoded,
        text=decoded.text.replace(b"\0", b"\\x00") if empty else decoded.text,
        warnings=decoded.warnings + _twice(_suspect(decoded.text)),
        faults=MappingProxyType(empty | dict(decoded.faults)),
    )


def _suspect(text: bytes) -> bytes:
    """The start of a text, and the first place in all of it that looks encoded twice."""
    # One byte that hardly any sound text holds is found much faster than three.
    place = text.find(TYPICAL_OF_TWICE) if TYPICAL_OF_TWICE[1:2] in text else -1
    return text[:SAMPLE_OF_WARNINGS] + (text[place : place + 4] if place >= 0 else b"")


def _twice(text: bytes) -> tuple[Note, ...]:
    """A warning where text was read in a wrong encoding before it was written."""
    if text.isascii():
        return ()
    found = next((sign[0] for sign in TWICE.finditer(text.decode("utf-8", "ignore")) if _was_utf8(sign[0])), None)
    return (Note("ENCODED_TWICE", found=found),) if found else ()


def _was_utf8(text: str) -> bool:
    """Whether these letters are the bytes of UTF-8, read as an old encoding."""
    for codec in ("cp1252", "cp1250", "iso-8859-1"):
        try:
            return len(text.encode(codec).decode("utf-8")) < len(text)
        except UnicodeError:
            continue
    return False


def _as_told(content: bytes, told: str, language: str) -> Decoded:
    """The text in the encoding that was told; lines that are not in it are faults."""
    try:
        text = content.decode(told)
    except UnicodeDecodeError as error:
        return _lines_as_told(content, told, error, language)
    except (LookupError, ValueError) as error:
        raise WrongUse(f"there is no encoding {told!r}; encodings are utf-8, cp1252, cp1250 and so on") from error
    return Decoded(_ended(text.lstrip("\ufeff").encode("utf-8")), told)


def _lines_as_told(content: bytes, told: str, error: UnicodeDecodeError, language: str) -> Decoded:
    """Line by line; ENCODING_UNDECIDABLE where lines cannot be told apart without decoding (UTF-16)."""
    # In UTF-16 these two bytes are one character, and in no encoding of single bytes.
    ends = b"\n\r"
    if ends.decode(told, "ignore") != ends.decode("ascii"):
        raise FileRefused("ENCODING_UNDECIDABLE", language, found=_where(content, error))
    text, faults = _line_by_line(_ended(_unmarked(content)), told)
    return Decoded(text, told, faults=faults)


def _line_by_line(text: bytes, codec: str) -> tuple[bytes, dict[int, str]]:
    """The text of lines, as UTF-8; where a line is not in this encoding, its bytes escaped, and its fault."""
    lines = text.split(b"\n")
    faults = {number: fault for number, line in enumerate(lines, start=1) if (fault := _fault(line, codec))}
    # Sound lines are UTF-8 already, and not decoded only to be encoded again.
    if codec == "utf-8" and len(faults) < len(lines):
        return b"\n".join(
            line.decode("utf-8", "backslashreplace").encode() if number in faults else line
            for number, line in enumerate(lines, start=1)
        ), faults
    return b"\n".join(line.decode(codec, "backslashreplace").encode() for line in lines), faults


def _fault(line: bytes, codec: str) -> str | None:
    """The first byte of a line that is not text in this encoding, and where it is."""
    if line.isascii():
        return None
    try:
        line.decode(codec)
    except UnicodeDecodeError as error:
        return f"0x{line[error.start]:02x} @ {error.start + 1}"
    return None


def _where(content: bytes, error: UnicodeDecodeError) -> Note:
    """The byte that failed and its row."""
    row = _ended(content[: error.start]).count(10) + 1
    return Note("byte_in_row", byte=f"0x{content[error.start]:02x}", row=row)


def _wide(content: bytes) -> str | None:
    """UTF-16 without a mark: one of two bytes is NUL nearly everywhere, the other nearly nowhere."""
    sample = content[:SAMPLE_BYTES]
    if len(content) % 2 or b"\0" not in sample:
        return None
    low, high = (sample[start::2].count(0) / max(1, len(sample) // 2) for start in (0, 1))
    codec = "utf-16-le" if high > MOSTLY and low < FEW else "utf-16-be" if low > MOSTLY and high < FEW else None
    return codec if codec and _has_no_control(sample[: len(sample) // 2 * 2].decode(codec, "ignore")) else None


def _has_no_control(text: str) -> bool:
    return not any(ord(sign) < 32 and sign not in "\t\n\r\f\v" for sign in text)


def _wide_text(content: bytes, codec: str, language: str) -> Decoded:
    """UTF-16 or UTF-32; without a mark it is a guess, and told as one."""
    try:
        text = content.decode(codec).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        raise FileRefused("ENCODING_UNDECIDABLE", language, found=_where(content, error)) from error
    plain = Decoded(_ended(text.encode("utf-8")), codec)
    return plain if codec in ("utf-16", "utf-32") else _guessed(plain, text[:30].split(), language)


def _guessed(
    decoded: Decoded,
    words: Sequence[str],
    language: str,
    code: Literal["ENCODING_GUESSED", "ENCODING_AS_BEFORE"] = "ENCODING_GUESSED",
) -> Decoded:
    note = Note(code, found=decoded.encoding, expected=words[:4])
    return replace(decoded, evidence=note.sentence(language), warnings=(*decoded.warnings, note))


def _mixed_or_old(text: bytes, marked: bool, language: str, known: Known) -> Decoded:
    """Text that is not UTF-8 throughout: UTF-8 with foreign lines, or an old encoding, or undecided (PIT-03, PIT-04).

    What decides is the share of lines with accents that are UTF-8 beyond doubt.
    """
    lines = text.split(b"\n")
    accented = [line for line in lines if not line.isascii()]
    broken = [line for line in accented if _fault(line, "utf-8")]
    convincing = [line for line in accented if _is_convincing(line)]
    if marked or len(convincing) >= MOSTLY * len(accented):
        return _mixed(text, len(broken), language)
    spoken = known.spoken if known.spoken in ALPHABETS else _spoken_in(lines)
    # From the strongest evidence to the weakest: words, the source's country and currency, its earlier files.
    guess = find_encoding(broken, spoken) or find_by_hints(broken, known.hints) or find_as_before(broken, known.earlier)
    if guess:
        # Also lines that decode, but to control characters: the encoding has no letter there.
        strange = (line for line in accented if strict(line, guess.encoding) is None)
        return _old(lines, guess, frozenset([*convincing, *strange]), language)
    # Few lines that nobody can read cost themselves, not the file.
    if len(broken) <= FEW * len(lines):
        return _mixed(text, len(broken), language)
    raise FileRefused("ENCODING_UNDECIDABLE", language, found=_first_fault(lines))


def _spoken_in(lines: Sequence[bytes]) -> str | None:
    """The language of the column titles, which need no accent to be recognised."""
    # latin-1 knows every byte; a title with an accent may be misread here and is then not recognised.
    cells = {cell.strip(' "') for line in lines[:FIRST_LINES] for cell in re.split("[,;|\t]", line.decode("latin-1"))}
    return language_of(sorted(cells))


def _first_fault(lines: Sequence[bytes]) -> Note:
    number, line = next((number, line) for number, line in enumerate(lines, 1) if _fault(line, "utf-8"))
    fault = _fault(line, "utf-8") or ""
    return Note("byte_in_row", byte=fault.split(" ")[0], row=number)


def _is_convincing(line: bytes) -> bool:
    """UTF-8 that cannot be chance: letters of our languages, or characters of three bytes and more."""
    try:
        signs = {sign for sign in line.decode("utf-8") if not sign.isascii()}
    except UnicodeDecodeError:
        return False
    # U+0370 to U+052F are Greek and Cyrillic.
    return any(sign in LETTERS or "\u0370" <= sign <= "\u052f" or sign >= "\u0800" for sign in signs)


def _mixed(text: bytes, broken: int, language: str) -> Decoded:
    as_text, faults = _line_by_line(text, "utf-8")
    note = Note("ENCODING_GUESSED", found="utf-8", expected=Note("lines_set_aside", count=broken))
    return Decoded(as_text, "utf-8", note.sentence(language), (note,), faults)


def _old(lines: Sequence[bytes], guess: Guess, foreign: frozenset[bytes], language: str) -> Decoded:
    """Text in an old encoding; lines of it that are UTF-8, or not in it, are faults, never mojibake."""
    faults = {number: f"UTF-8 ≠ {guess.encoding}" for number, line in enumerate(lines, start=1) if line in foreign}
    text = "\n".join(
        line.decode("ascii", "backslashreplace") if line in foreign else line.decode(guess.encoding) for line in lines
    )
    plain = Decoded(text.encode("utf-8"), guess.encoding, faults=faults)
    return _guessed(plain, guess.words, language, "ENCODING_AS_BEFORE" if guess.as_before else "ENCODING_GUESSED")
