"""Instants: a day, a time and how far it is from UTC."""

from datetime import UTC, datetime

import pytest

from pipelines.parsing.dates.instants import parse_instants
from tests.support.factories import texts

NINE = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-04T09:30Z",
        "2026-05-04T09:30:00Z",
        "2026-05-04 09:30:00.000Z",
        "2026-05-04t09:30:00z",
        "2026-05-04T11:30:00+02:00",
        "2026-05-04T11:30:00+0200",
        "2026-05-04T11:30:00+02",
        "2026-05-03T23:30:00,000-10:00",
    ],
)
def test_an_instant_is_read_in_utc(written: str) -> None:
    parsed = parse_instants(texts(written, None))
    assert (parsed.values.to_list(), parsed.faults.to_list()) == ([NINE, None], [None, None])


@pytest.mark.parametrize(
    "written",
    [
        "2026-05-04T09:30:00",
        "2026-05-04",
        "2026-02-30T09:30:00Z",
        "2026-05-04T25:00:00Z",
        "04/05/2026 09:30Z",
        "1777887000",
        "1777887000000",
        "now",
        "0001-01-01T00:00:00+14:00",
        "2026-05-04T09:30:00 CEST",
    ],
)
def test_what_does_not_say_when_it_was_is_no_instant(written: str) -> None:
    parsed = parse_instants(texts(written))
    assert (parsed.values.to_list(), parsed.faults.to_list()) == ([None], ["INVALID_INSTANT"])
