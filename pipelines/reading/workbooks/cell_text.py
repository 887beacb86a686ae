"""The cells of a workbook's columns as text, with the type that each cell had.

Lives here: numbers, moments, durations and booleans as text. Not here: reading cells (`workbook_worker.py`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl

Value = int | float | str | bool | time | date | datetime | timedelta


# Excel keeps 15 significant digits of any number, and shows no more.
SIGNIFICANT = 15


# Above it a float may not hold every digit of a whole number.
LARGEST_PLAIN = 1e15


FIRST_YEAR = "1900"


@dataclass(frozen=True)
class Column:
    """A column's text, blank where a cell is, and where its cells were no text."""

    text: pl.Series
    typed: pl.Series


def blank_column(height: int) -> Column:
    """A column of so many empty cells."""
    return Column(pl.repeat("", height, eager=True), pl.repeat(False, height, eager=True))


def mixed(values: Sequence[Value]) -> Column:
    """A column whose cells may be of several types."""
    kinds = Counter(map(type, values))
    if kinds.keys() <= {str}:
        return uniform(pl.Series(values, dtype=pl.String))
    if len(kinds) == 1:
        return uniform(pl.Series(values))
    # python-calamine gives an empty text for a blank cell: such a column has one type, and polars reads it in one go.
    if len(kinds) == 2 and 0 < kinds[str] == values.count(""):
        return uniform(pl.Series([None if value == "" else value for value in values]))
    pieces = pl.concat(_piece(values, kind) for kind in kinds).sort("place")
    return Column(pieces["text"], pieces["typed"])


def _piece(values: Sequence[Value], kind: type) -> pl.DataFrame:
    """The cells of one type, with their places in the column."""
    places = [place for place, found in enumerate(map(type, values)) if found is kind]
    column = uniform(pl.Series([values[place] for place in places]))
    return pl.DataFrame({"place": pl.Series(places, dtype=pl.Int64), "text": column.text, "typed": column.typed})


def uniform(values: pl.Series) -> Column:
    """A column whose cells are all of one type, as text; a cell without a value is blank and has no type."""
    if values.dtype == pl.String:
        return Column(values.fill_null(""), pl.repeat(False, len(values), eager=True))
    return Column(_text(values).fill_null(""), values.is_not_null())


def _text(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Float64:
        return text_of_numbers(values)
    if values.dtype == pl.Datetime:
        return _text_of_moments(values)
    if values.dtype == pl.Duration:
        return _text_of_durations(values)
    return values.dt.to_string("%H:%M:%S") if values.dtype == pl.Time else values.cast(pl.String)


def text_of_numbers(values: pl.Series) -> pl.Series:
    """Numbers as a spreadsheet shows them where nothing narrows them: 15 significant digits, no exponent."""
    whole = (values == values.floor()) & (values.abs() < LARGEST_PLAIN)
    if whole.fill_null(True).all():
        return values.cast(pl.Int64).cast(pl.String)
    shortest = values.cast(pl.String)
    # One more for the decimal point.
    exact = shortest.str.len_bytes() <= SIGNIFICANT + 1
    plain = exact & ~shortest.str.contains("e", literal=True)
    # Only what polars would write with an exponent or with a tail of binary digits, each value once.
    others = values.filter(~(whole | plain).fill_null(True)).unique()
    longhand = pl.Series([_longhand(value) for value in others], dtype=pl.String)
    return pl.select(
        pl.when(whole)
        .then(pl.when(whole).then(values).cast(pl.Int64).cast(pl.String))
        .when(plain)
        .then(shortest)
        .otherwise(values.replace_strict(others, longhand, default=None, return_dtype=pl.String))
    ).to_series()


def _longhand(value: float) -> str:
    # 0.1 + 0.2 is 0.30000000000000004 in the file, and 0.3 to whoever sees the cell.
    digits = format(Decimal(f"{value:.{SIGNIFICANT}g}"), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _text_of_moments(values: pl.Series) -> pl.Series:
    """Days without their midnight; before the first day that a spreadsheet knows, a time of day."""
    # Days are floats in a workbook: a time read from one may be a microsecond short of its second.
    moments = values.dt.round("1s")
    days, full = moments.dt.to_string("%Y-%m-%d"), moments.dt.to_string("%Y-%m-%d %H:%M:%S")
    times = moments.dt.to_string("%H:%M:%S")
    return pl.select(
        pl.when(days < FIRST_YEAR).then(times).when(times == "00:00:00").then(days).otherwise(full)
    ).to_series()


def _text_of_durations(values: pl.Series) -> pl.Series:
    """Hours, which may be more than a day has, minutes and seconds."""
    seconds = (values.dt.total_milliseconds() / 1000).round().cast(pl.Int64)
    parts = pl.DataFrame(
        {
            "sign": pl.select(pl.when(seconds < 0).then(pl.lit("-")).otherwise(pl.lit(""))).to_series(),
            "hours": seconds.abs() // 3600,
            "minutes": (seconds.abs() // 60 % 60).cast(pl.String).str.zfill(2),
            "seconds": (seconds.abs() % 60).cast(pl.String).str.zfill(2),
        }
    )
    return parts.select(pl.format("{}{}:{}:{}", "sign", "hours", "minutes", "seconds")).to_series()
