"""Dates as people write them, read per column: one order of day and month, proven by the column's own rows.

Lives here: text in, days and faults out. Not here: whether a day may lie in the future (`schemas/files.py`).
"""

import polars as pl

from pipelines.files.parsing import Parsed, mixed, nowhere, when, without_blanks

EARLIEST_YEAR = 1900
MONTH_FIRST_LOCALES = frozenset({"en", "en-US"})
TIME = r"(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?UTC|Z)?)?"
PLAIN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
OFFSET = r"[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?[+-][0-9]{2}:?[0-9]{2}$"
YEAR_FIRST = rf"^(?<y>[0-9]{{4}})[-/.](?<m>[0-9]{{1,2}})[-/.](?<d>[0-9]{{1,2}}){TIME}$"
YEAR_LAST = rf"^(?<a>[0-9]{{1,2}})(?<mark>[-/.])(?<b>[0-9]{{1,2}})[-/.](?<y>[0-9]{{4}}){TIME}$"


def month_first(locale: str | None) -> bool | None:
    """Whether dates of a locale start with the month; None without a locale."""
    return None if locale is None else locale in MONTH_FIRST_LOCALES


def parse_dates(text: pl.Series, locale: str | None) -> Parsed:
    """Days of the calendar (PIT-34). A time of day is dropped; with an offset it is taken to UTC first (PIT-39).

    `text` is trimmed, null where blank. Year first and dotted dates need no decision; for the others any
    row with a number above 12 proves the order, rows of the minority order get DATE_FORMAT_CONFLICT, and
    where no row proves it the locale does, with a warning; without a locale: AMBIGUOUS_DATE.
    """
    plain = text.str.contains(PLAIN).fill_null(False)
    days = _credible(when(plain, text, None).str.to_date("%Y-%m-%d", strict=False))
    others = _parse_others(text.filter(~plain), locale)
    faults = when(plain & days.is_null(), "INVALID_DATE", None)
    return Parsed(
        values=mixed(plain, days, others.values),
        faults=mixed(plain, faults, others.faults),
        style=others.style or "year first",
        warnings=others.warnings,
    )


def _parse_others(text: pl.Series, locale: str | None) -> Parsed:
    clean = without_blanks(text)
    parts = _parts(_in_utc(clean))
    order, minority, undecided, warnings = _decide(parts, locale)
    days = parts.select(
        pl.when(minority | undecided)
        .then(None)
        .when(pl.col("y1").is_not_null())
        .then(_day("y1", "m1", "d1"))
        .when(pl.lit(order == "month first") & ~pl.col("dotted") & (pl.col("b") > 0))
        .then(_day("y2", "a", "b"))
        .otherwise(_day("y2", "b", "a"))
    ).to_series()
    days = _credible(days)
    faults = {"DATE_FORMAT_CONFLICT": minority, "AMBIGUOUS_DATE": undecided}
    return Parsed(days, _faults(clean, days, faults), order, warnings)


def _credible(days: pl.Series) -> pl.Series:
    """Days of this calendar's age: nobody paid before EARLIEST_YEAR, so such a year is a slip."""
    return when(days.dt.year() >= EARLIEST_YEAR, days, None)


def _parts(text: pl.Series) -> pl.DataFrame:
    first = text.str.extract_groups(YEAR_FIRST).struct.unnest().cast(pl.Int32)
    last = text.str.extract_groups(YEAR_LAST).struct.unnest()
    return pl.DataFrame(
        {
            "y1": first["y"],
            "m1": first["m"],
            "d1": first["d"],
            "a": last["a"].cast(pl.Int32),
            "b": last["b"].cast(pl.Int32),
            "y2": last["y"].cast(pl.Int32),
            "dotted": (last["mark"] == ".").fill_null(False),
        }
    )


def _decide(parts: pl.DataFrame, locale: str | None) -> tuple[str | None, pl.Series, pl.Series, tuple[str, ...]]:
    """The column's order, the rows of the other order, the rows that nothing decides, and warnings."""
    open_order = parts["a"].is_not_null() & ~parts["dotted"]
    day_proof = (open_order & parts["a"].is_between(13, 31) & (parts["b"] <= 12)).fill_null(False)
    month_proof = (open_order & parts["b"].is_between(13, 31) & (parts["a"] <= 12)).fill_null(False)
    either = (open_order & (parts["a"] <= 12) & (parts["b"] <= 12) & (parts["a"] != parts["b"])).fill_null(False)
    days, months = int(day_proof.sum()), int(month_proof.sum())
    nothing = nowhere(parts["a"])
    if days != months:
        order = "day first" if days > months else "month first"
        return order, month_proof if days > months else day_proof, nothing, ()
    by_locale = month_first(locale)
    if days and months:
        return None, day_proof | month_proof, either, ()
    if by_locale is None:
        return None, nothing, either, ()
    order = "month first" if by_locale else "day first"
    note = f"{int(either.sum())} dates were read {order}, as the locale {locale} says"
    return order, nothing, nothing, (note,) if either.any() else ()


def _in_utc(text: pl.Series) -> pl.Series:
    """Instants with an offset, turned to UTC; all else as it is."""
    offset = text.str.contains(OFFSET).fill_null(False)
    if not offset.any():
        return text
    iso = text.str.replace(" ", "T").str.replace(r"([+-][0-9]{2})([0-9]{2})$", "$1:$2")
    instants = when(offset, iso, None).str.to_datetime("%+", strict=False, time_zone="UTC")
    return when(offset, instants.dt.strftime("%Y-%m-%d"), text)


def _day(year: str, month: str, day: str) -> pl.Expr:
    """A day of the calendar, or null where there is none such (31 April)."""
    parts = [pl.col(part).cast(pl.String).str.zfill(2) for part in (month, day)]
    return pl.format("{}-{}-{}", year, *parts).str.to_date("%Y-%m-%d", strict=False)


def _faults(text: pl.Series, days: pl.Series, known: dict[str, pl.Series]) -> pl.Series:
    fault = pl.when(text.is_not_null() & days.is_null()).then(pl.lit("INVALID_DATE")).otherwise(None)
    for code, rows in known.items():
        fault = pl.when(rows).then(pl.lit(code)).otherwise(fault)
    return pl.select(fault).to_series()
