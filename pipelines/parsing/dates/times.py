"""Times of day beside a date: what they leave of the text, and how far an offset moves the day (PIT-39).

Lives here: taking the clock and the time zone off a column's dates. Not here: the days themselves
(`date_text.py`).
"""

import re

import polars as pl

from pipelines.models.parsed_column import mixed, when
from schemas.wordlists import choice

SECONDS = r"(?::[0-5][0-9](?:[.,][0-9]+)?)?"
BEHIND = choice("date_words", "behind the clock")
HALF = r"[ap]\.? ?m\b\.?"
CLOCK = rf"(?:(?:[01]?[0-9]|2[0-3])[:h][0-5][0-9]{SECONDS}(?: ?{HALF}| ?(?:{BEHIND})\b)?|(?:0?[1-9]|1[0-2]) ?{HALF})"
OFFSET = r"(?<sign>[+-])(?:(?<hours>0[0-9]|1[0-4])(?::?(?<minutes>[0-5][0-9]))?|(?<single>[0-9]))"
ZONE_NAME = r"(?: [a-z]{3,5})?(?: \([a-z ]+\))?"
ZONE = rf"(?: ?(?:z|utc|gmt)| ?(?:utc|gmt)?{OFFSET}{ZONE_NAME})"
BEFORE = rf"(?:t|,? (?:(?:{choice('date_words', 'before the clock')}) )?|,)"
TIMED = rf"(?i){BEFORE}{CLOCK}{ZONE}?$"
OFFSET_PARTS = (
    rf"(?i){BEFORE}(?<hour>[0-9]{{1,2}})(?:[:h](?<minute>[0-9]{{2}}){SECONDS})?"
    rf"(?: ?(?<half>[ap])\.? ?m\b\.?| ?(?:{BEHIND})\b)? ?(?:utc|gmt)?{OFFSET}{ZONE_NAME}$"
)
SIGNED = r"(?i)(?:[:h][0-9]{2}|[ap]\.? ?m).*[+-][0-9]"
ELSEWHERE = (
    re.compile(rf"(?<![0-9.:/-]){CLOCK}(?![0-9:+-])", re.IGNORECASE | re.ASCII),
    re.compile(rf"(?<=[0-9]{{4}}),? (?:at )?(?:[01]?[0-9]|2[0-3])\.[0-5][0-9](?: ?{HALF})?\.?$", re.IGNORECASE),
    re.compile(rf"(?<=[0-9]) {HALF}$", re.IGNORECASE),
    re.compile(r",? (?:at )?(?:noon|midnight)$", re.IGNORECASE),
)
"""Clocks before the date, in its midst, with a dot, with the half of the day in front, in words."""


def without_clocks(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Dates without the time behind them, and by how many days an offset from UTC moves each (-1, 0, 1)."""
    # One cheap look for a clock; the patterns below are slow, and most columns have none.
    timed = text.str.contains(r"[0-9](?:[:hH][0-9]| ?[apAP]\.? ?[mM])").fill_null(False)
    if not timed.any():
        return text, pl.repeat(0, len(text), dtype=pl.Int64, eager=True)
    clocks = text.filter(timed)
    days = mixed(~timed, when(timed, None, text), clocks.str.replace(TIMED, ""))
    return days, mixed(~timed, pl.repeat(0, len(text), dtype=pl.Int64, eager=True), _moved(clocks))


def without_clock(text: str) -> str:
    """One date without a clock that stands anywhere but behind it in the usual way; else the text as it is."""
    for clock in ELSEWHERE:
        rest, count = clock.subn(" ", text)
        if count == 1:
            return re.sub(r"\s+", " ", rest).strip(" ,")
    return text


def _moved(clocks: pl.Series) -> pl.Series:
    """Days from the written day to the day in UTC; null where an offset cannot be told from the rest."""
    signed = clocks.str.contains(SIGNED)
    still = pl.repeat(0, len(clocks), dtype=pl.Int64, eager=True)
    if not signed.any():
        return still
    parts = clocks.filter(signed).str.extract_groups(OFFSET_PARTS).struct.unnest()
    numbers = ("hour", "minute", "hours", "minutes", "single")
    hour, minute, hours, minutes, single = (pl.col(name).cast(pl.Int64) for name in numbers)
    half = pl.col("half").str.to_lowercase()
    # 12 a.m. is midnight, 12 p.m. noon.
    of_day = pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)
    ahead = hours.fill_null(single) * 60 + minutes.fill_null(0)
    utc = of_day * 60 + minute.fill_null(0) - pl.when(pl.col("sign") == "-").then(-ahead).otherwise(ahead)
    return mixed(~signed, still, parts.select(utc // (24 * 60)).to_series())
