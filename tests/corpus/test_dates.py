"""Written-out dates in many languages, each alone in its column: ours are read, all others refused, none misread."""

import json
from pathlib import Path

import pytest

from pipelines.models.parsed_column import cleaned
from pipelines.parsing.dates.dates import parse_dates
from tests.corpus import Line
from tests.support.factories import texts

pytestmark = pytest.mark.slow

REFUSED = {
    "[Sept] 04, 2014.": "brackets",
    "the 1st day of March 2015": "prose",
    "19 February 2013 year 09:10": "prose",
    "next Friday, July 4, 2025": "relative",
    "Tue Jan 5 10:00:00,2021": "a comma between time and year",
    "Jun 12–14 2021": "two days",
    "12-12 June 2021": "two days",
    "12.-14. Juni 2021": "two days",
    "12.-14.06.2021": "two days",
    "5-5 juin 2021": "two days",
    "12 - 14 czerwca 2021": "two days",
    "Sep 03 2014 | 4:32 pm EDT": "a zone's abbreviation",
    "17th October, 2034 @ 01:08 am PDT": "a zone's abbreviation",
    "15 May 2004 23:24 EDT": "a zone's abbreviation",
    "12 Feb 2015 4:30 PM EST": "a zone's abbreviation",
    "12 Feb 2015 8:30 PM PKT": "a zone's abbreviation",
    "12 Feb 2015 8:30 PM ACT": "a zone's abbreviation",
    "2019-09-28WIB19:17:34+07:00": "a zone's abbreviation",
    "11. 12. 2014, 08:45:39": "day or month first",
    "03/11/2559 05:13": "day or month first",
    "06/2017/22": "the year in the middle",
    "22 2017 06": "the year in the middle",
    "05 2017 12": "the year in the middle",
    "12/2017/10": "the year in the middle",
    "2017-22-06": "the day before the month after the year",
    "13/2020": "no whole date",
    "05/2020": "no whole date",
    "2025Q1": "no whole date",
    "2025q02": "no whole date",
    "2025-Q3": "no whole date",
    "Q4 2025": "no whole date",
    "03/06/2010a": "a letter behind it",
    "2016020417:10": "no space before the time",
}
"""Dates in figures or in our languages that are refused, and why."""


def measure(corpus: Path) -> list[Line]:
    """Three lines: what is one whole date in our languages, what is not, and what other languages write."""
    entries = [json.loads(line) for line in (corpus / "dates" / "dates.jsonl").read_text("utf-8").splitlines()]
    read = [(entry["input"], entry["expected"][:10], _read(entry["input"])) for entry in entries]
    done = [(expected, value) for _, expected, value in read if value is not None]
    right = sum(value == expected for expected, value in done)
    ours = sum(text in REFUSED and value is None for text, _, value in read)
    others = len(read) - len(done) - ours
    return [
        Line("dates: in our languages", len(done), right, len(done) - right),
        Line("dates: in figures or our languages, not one plain whole date", ours, 0, 0, "refused"),
        Line("dates: in other languages", others, 0, 0, "refused"),
    ]


def _read(written: str) -> str | None:
    day = parse_dates(cleaned(texts(written)), None).values[0]
    return None if day is None else str(day)


def test_dates_in_our_languages_are_read_and_none_is_misread(corpus: Path) -> None:
    ours, refused, others = measure(corpus)
    assert (ours.wrong, refused.wrong, others.wrong) == (0, 0, 0)
    assert ours.right >= 78
    assert refused.cases == len(REFUSED)
