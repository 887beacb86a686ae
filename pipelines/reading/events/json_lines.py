"""Events, one JSON object per line: from bytes to the same sheet of text that a list gives (NDJSON, JSON Lines).

Lives here: telling such a text from any other JSON, lines into cells, what is wrong with a line. Not here: what the
keys mean (`pipelines/mapping/event_keys.py`), their values (`pipelines/parsing/`).

A key is a title, whatever its case and separators; objects within an object give keys with a dot (`utm.source`), so
that none of their values is taken for one of the event's own.
"""

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal
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

DEEPEST = 5
LONGEST_SHOWN = 80
EXACT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
"""Numbers that are the same however a program holds them; longer ones are told digit by digit."""

LARGEST_EXPONENT = 20
SURROGATE = re.compile("[\ud800-\udfff]")

Cell = tuple[str, bool]
"""A value as text, and whether it was a number or true or false."""


class BadLine(Exception):
    """A line that is no event: its code, and what was found."""

    def __init__(self, code: str, found: str) -> None:
        """As the two are told of the row."""
        super().__init__(code, found)
        self.code, self.found = code, found


class Number(str):
    """A number as its line spells it."""


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
    events: dict[int, dict[str, Cell]] = {}
    faulty: list[tuple[int, str, str, list[str]]] = []
    titles: dict[str, None] = {}
    blank_count = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            blank_count += number < len(lines)  # what follows the last line's end is no line
            continue
        try:
            events[number] = _event(line)
            titles |= dict.fromkeys(events[number])
        except BadLine as bad:
            faulty.append((number, bad.code, bad.found, [line.decode("utf-8", "replace").strip()]))
        if len(titles) > MOST_KEYS:
            found, expected = f"ndjson: > {MOST_KEYS} keys (row {number})", f"ndjson: <= {MOST_KEYS} keys"
            raise FileRefused("INVALID_FILE_FORMAT", language, found=found, expected=expected)
    rows = {title: [event.get(title, ("", False))[0] for event in events.values()] for title in titles}
    typed = {title: [event.get(title, ("", False))[1] for event in events.values()] for title in titles}
    return Sheet(
        "ndjson",
        Dialect(header_row=0, encoding="utf-8"),
        tuple(titles),
        pl.DataFrame({ROW: list(events), **rows}, schema={ROW: pl.Int64, **dict.fromkeys(titles, pl.String)}),
        pl.DataFrame(faulty, schema=FAULTY, orient="row"),
        blank_count,
        {title: pl.Series(told, dtype=pl.Boolean) for title, told in typed.items() if any(told)},
    )


def _tried(line: bytes) -> dict[str, Cell] | None:
    try:
        return _event(line)
    except BadLine:
        return None


def _event(line: bytes) -> dict[str, Cell]:
    """The cells of one line. Raises BadLine."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadLine("ENCODING_ERROR", line[error.start : error.end].hex()) from error
    try:
        event = json.loads(
            text, object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise BadLine("NO_EVENT", text.strip()[:LONGEST_SHOWN]) from error
    if not isinstance(event, dict):
        raise BadLine("NO_EVENT", text.strip()[:LONGEST_SHOWN])
    cells: dict[str, Cell] = {}
    for key, value in _flat(event, "", DEEPEST):
        if key in cells:
            raise BadLine("KEY_TWICE", key)
        cells[key] = _cell(value)
    if "\\u" in text and any(SURROGATE.search(part) for key, (value, _) in cells.items() for part in (key, value)):
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


def _flat(event: dict[str, Any], above: str, deeper: int) -> Iterator[tuple[str, Any]]:
    for key, value in event.items():
        name = f"{above}{_title(key)}"
        if isinstance(value, dict) and deeper:
            yield from _flat(value, f"{name}.", deeper - 1)
        elif isinstance(value, dict) or (
            isinstance(value, list) and any(isinstance(each, dict | list) for each in value)
        ):
            yield f"{name}.", json.dumps(value, ensure_ascii=False)
        else:
            yield name, value


def title_of_key(key: str) -> str:
    """A key as a title: `First Name`, `first-name` and `firstName` are `first_name`; blank where nothing is left."""
    return normalise(key).replace(" ", "_")


def _title(key: str) -> str:
    title = title_of_key(key)
    if not title:
        raise BadLine("NO_EVENT", f'"{key}"'[:LONGEST_SHOWN])
    return f"{title}_" if title == ROW else title


def _cell(value: Any) -> Cell:
    """One value as the text of a cell; a list of values with commas between them."""
    match value:
        case None:
            return "", False
        case bool():
            return str(value).lower(), True
        case Number():
            return _number(value)
        case list():
            return ", ".join(_listed(_cell(each)[0]) for each in value), False
        case _:
            return str(value), False


def _listed(text: str) -> str:
    """One of several texts; a comma within it does not part it."""
    return '"' + text.replace('"', '""') + '"' if re.search('[,;|"]', text) else text


def _number(token: Number) -> Cell:
    """A number without its exponent, which JSON writes at will; one that no amount has stays as it is written."""
    if EXACT.fullmatch(token):
        return str(token), True
    mantissa, _, exponent = token.lower().partition("e")
    if exponent and abs(int(exponent[:4])) <= LARGEST_EXPONENT and EXACT.fullmatch(mantissa):
        return format(Decimal(str(token)), "f"), True
    return str(token), False
