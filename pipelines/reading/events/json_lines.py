"""Events, one JSON object per line: from bytes to the same sheet of text that a list gives (NDJSON, JSON Lines).

Lives here: telling such a text from any other JSON, lines into cells, what is wrong with a line. Not here: what the
keys mean (`pipelines/mapping/event_keys.py`), their values (`pipelines/parsing/`).

A key is a title, whatever its case and separators; objects within an object give keys with a dot (`utm.source`), so
that none of their values is taken for one of the event's own.
"""

import codecs
import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

import polars as pl

from pipelines.errors import FileRefused
from pipelines.language.spelling import normalise
from pipelines.models.sheet import FAULTY, ROW, Dialect, Sheet

MARK = "kind"
"""The key that every event has: what happened."""

SAMPLE, SAMPLED_LINES, SAMPLED_BLANKS = 1_000_000, 100, 1_000
MOST_KEYS = 200
"""More than any event has: each key is a column of all rows."""

# Deeper objects are kept as the text of one cell.
DEEPEST = 5
LONGEST_SHOWN = 80
EXACT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
"""Numbers that are the same however a program holds them; longer ones are told digit by digit."""

# `1e999999999` would be written out with a thousand million zeros.
LARGEST_EXPONENT = 20
SURROGATE = re.compile("[\ud800-\udfff]")


class BadLine(Exception):
    """A line that is no event: its code, and what was found."""

    def __init__(self, code: str, found: str) -> None:
        """As the two are told of the row."""
        super().__init__(code, found)
        self.code, self.found = code, found


class Number(str):
    """A number as its line spells it."""


class Typed(str):
    """The text of a cell that was a number or true or false."""


@dataclass
class Events:
    """Events as they are read: the cells of each line that is one, by title, and the lines that are none.

    `numbers`: of the lines that are events; `typed`: of each title the places among them where its cell was a number or
    true or false; `faulty`: FAULTY.
    """

    numbers: list[int] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)
    titles: dict[str, None] = field(default_factory=dict)
    typed: dict[str, list[int]] = field(default_factory=dict)
    faulty: list[tuple[int, str, str, list[str]]] = field(default_factory=list)

    def add(self, number: int, line: bytes) -> None:
        """Read one line."""
        try:
            cells = _event(line)
        except BadLine as bad:
            self.faulty.append((number, bad.code, bad.found, [line.decode("utf-8", "replace").strip()]))
            return
        for title, text in cells.items():
            if type(text) is Typed:
                self.typed.setdefault(title, []).append(len(self.rows))
        # Most events have the keys of the one before: the titles are merged only where one is new.
        if not cells.keys() <= self.titles.keys():
            self.titles |= dict.fromkeys(cells)
        self.numbers.append(number)
        self.rows.append(cells)


def is_event_text(content: bytes) -> bool:
    """Whether a text is events: most of its first lines are whole JSON objects, and one has the key `kind`.

    A JSON document over several lines, or a list, is none, and neither is a single object of something else.
    """
    if not content[:SAMPLED_BLANKS].removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        return False
    sample = content[:SAMPLE].removeprefix(codecs.BOM_UTF8).split(b"\n")[:SAMPLED_LINES]
    lines = [line for line in sample if line.strip()]
    found = [event for line in lines if (event := _tried(line)) is not None]
    return 2 * len(found) >= len(lines) and any(MARK in event for event in found)


def read_json_lines(content: bytes, language: str = "en") -> Sheet:
    """Read events whole: a row per line that is an object, under the number of its line; a column for each key.

    Args:
        content: UTF-8 text; a byte order mark is passed over.
        language: of messages to the sender.

    Raises:
        FileRefused: INVALID_FILE_FORMAT for more keys than any event has.
    """
    lines = content.removeprefix(codecs.BOM_UTF8).split(b"\n")
    events = Events()
    blank_count = 0
    for number, line in enumerate(lines, start=1):
        if not line or line.isspace():
            blank_count += number < len(lines)  # what follows the last line's end is no line
            continue
        events.add(number, line)
        if len(events.titles) > MOST_KEYS:
            found, expected = f"ndjson: > {MOST_KEYS} keys (row {number})", f"ndjson: <= {MOST_KEYS} keys"
            raise FileRefused("INVALID_FILE_FORMAT", language, found=found, expected=expected)
    texts = pl.from_dicts(events.rows, schema=dict.fromkeys(events.titles, pl.String)) if events.titles else None
    numbers = pl.Series(ROW, events.numbers, pl.Int64)
    return Sheet(
        "ndjson",
        Dialect(header_row=0, encoding="utf-8"),
        tuple(events.titles),
        numbers.to_frame() if texts is None else pl.DataFrame([numbers, *texts.fill_null("")]),
        pl.DataFrame(events.faulty, schema=FAULTY, orient="row"),
        blank_count,
        {title: _marked(places, len(numbers)) for title, places in events.typed.items()},
    )


def _marked(places: list[int], count: int) -> pl.Series:
    """True at these places of so many."""
    return pl.Series([False]).new_from_index(0, count).scatter(places, True)


def _tried(line: bytes) -> dict[str, str] | None:
    try:
        return _event(line)
    except BadLine:
        return None


def _event(line: bytes) -> dict[str, str]:
    """The cells of one line. Raises BadLine."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadLine("ENCODING_ERROR", line[error.start : error.end].hex()) from error
    cells: dict[str, str] = {}
    try:
        event = DECODER.decode(text)
        if not isinstance(event, dict):
            raise ValueError(text)
        _lay_flat(event, "", DEEPEST, cells)
    except (ValueError, RecursionError) as error:
        raise BadLine("NO_EVENT", text.strip()[:LONGEST_SHOWN]) from error
    # Only an escape can make half a pair: UTF-8 has no bytes for one, and polars refuses such a text.
    if "\\u" in text and any(SURROGATE.search(part) for cell in cells.items() for part in cell):
        raise BadLine("ENCODING_ERROR", "half a sign (\\ud800–\\udfff)")
    return cells


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; JSON leaves open which of two equal keys counts, so none does."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        raise BadLine("KEY_TWICE", next(key for key in names if names.count(key) > 1))
    return found


def _no_number(word: str) -> None:
    """`NaN` and `Infinity` are no JSON."""
    raise ValueError(word)


def _lay_flat(event: dict[str, Any], above: str, deeper: int, cells: dict[str, str]) -> None:
    """Put the values of an object into cells, those of objects within it beside them. Raises BadLine."""
    for key, value in event.items():
        title = above + _title(key)
        if isinstance(value, dict) and deeper:
            _lay_flat(value, f"{title}.", deeper - 1, cells)
            continue
        if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value)):
            # The dot at the end keeps it apart from a plain key: no object is ever a known title's value.
            title, value = f"{title}.", json.dumps(value, ensure_ascii=False)
        if title in cells:
            raise BadLine("KEY_TWICE", title)
        cells[title] = value if type(value) is str else _text(value)


def title_of_key(key: str) -> str:
    """A key as a title: `First Name`, `first-name` and `firstName` are `first_name`; blank where nothing is left."""
    return normalise(key).replace(" ", "_")


@lru_cache(MOST_KEYS)
def _title(key: str) -> str:
    title = title_of_key(key)
    if not title:
        raise BadLine("NO_EVENT", f'"{key}"'[:LONGEST_SHOWN])
    # The column of row numbers has that name in our frames.
    return f"{title}_" if title == ROW else title


def _text(value: Any) -> str:
    """One value as the text of a cell; a list of values with commas between them."""
    match value:
        case None:
            return ""
        case bool():
            return Typed("true" if value else "false")
        case Number():
            return _number(value)
        case list():
            return ", ".join(_listed(_text(each)) for each in value)
        case _:
            return str(value)


def _listed(text: str) -> str:
    """One of several texts; a comma within it does not part it."""
    return '"' + text.replace('"', '""') + '"' if re.search('[,;|"]', text) else text


def _number(token: Number) -> str:
    """A number without its exponent, which JSON writes at will; one that no amount has stays as it is written."""
    if EXACT.fullmatch(token):
        return Typed(token)
    mantissa, _, exponent = token.lower().partition("e")
    if exponent and abs(int(exponent[:4])) <= LARGEST_EXPONENT and EXACT.fullmatch(mantissa):
        return Typed(format(Decimal(str(token)), "f"))
    return str(token)


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_no_number)
"""Made once: to make one for each line took a fifth of the time."""
