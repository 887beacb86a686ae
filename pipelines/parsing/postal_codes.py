"""Postal codes: text as it is, but for the leading zeros that a spreadsheet took away.

Lives here: restoring those zeros where the country's codes have a fixed length. Not here: the country
(`countries.py`).
"""

import polars as pl

from pipelines.models.parsed_column import Parsed, no_faults, nowhere, when
from schemas.sentences.note import Note

LENGTHS = {
    **dict.fromkeys(("FI", "IT", "LK", "PL", "PR", "US", "VA"), (5, 3)),
    **dict.fromkeys(("DE", "ES", "FR", "KR", "LT", "MX", "MY", "SK", "TR", "UA"), (5, 4)),
    **dict.fromkeys(("NO", "ZA"), (4, 2)),
    **dict.fromkeys(("AU", "GE", "NZ"), (4, 3)),
    **dict.fromkeys(("CN", "RO"), (6, 5)),
    "JP": (7, 6),
}
"""Where all codes have the same number of digits and some start with zeros: that number, and the fewest digits
that remain when the zeros are lost."""


def parse_postal_codes(
    text: pl.Series,
    country: pl.Series | None,
    default_country: str | None,
    typed: pl.Series | None,
) -> Parsed:
    """Postal codes as text (UP-23, PIT-54).

    `text` is trimmed, null where blank. Where the cell was a number of a workbook (`typed`), `1000.0` is
    `1000`, and a code one or two digits too short for the row's country gets its zeros back, with the
    warning LEADING_ZERO_RESTORED. No faults.
    """
    numbers = nowhere(text) if typed is None else typed.fill_null(False)
    if not numbers.any():
        return Parsed(text, no_faults(text))
    whole = when(numbers, text.str.replace(r"^([0-9]+)\.0+$", "$1"), text)
    restored = _restored(whole, _countries(text, country, default_country))
    short = (numbers & (restored != whole)).fill_null(False)
    values = when(short, restored, whole)
    return Parsed(values, no_faults(text), notes=_notes(values, short))


def _countries(text: pl.Series, country: pl.Series | None, default_country: str | None) -> pl.Series:
    default = pl.repeat(default_country, len(text), dtype=pl.String, eager=True)
    return default if country is None else when(country.is_not_null(), country, default)


def _restored(text: pl.Series, countries: pl.Series) -> pl.Series:
    """Digits with their zeros in front, where the country says how many there must be; null elsewhere."""
    full, fewest = (
        countries.replace_strict(list(LENGTHS), [length[part] for length in LENGTHS.values()], default=None)
        for part in (0, 1)
    )
    digits = when(text.str.contains("^[0-9]+$"), text, None)
    short = (digits.str.len_bytes() >= fewest) & (digits.str.len_bytes() < full)
    # polars pads to one width for all; the tail then cuts each to that of its country.
    return pl.select(pl.when(short).then(digits.str.pad_start(7, "0").str.tail(full))).to_series()


def _notes(values: pl.Series, restored: pl.Series) -> tuple[Note, ...]:
    count = int(restored.sum())
    if not count:
        return ()
    return (Note("LEADING_ZERO_RESTORED", found=count, expected=values.filter(restored)[0]),)
