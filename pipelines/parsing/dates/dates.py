"""Dates as people write them, read per column: one order of day, month and year, proven by the column's own rows.

Lives here: text in, days and faults out, and the order of a column. Not here: what one text can mean
(`date_text.py`), times (`times.py`), whether a day may lie in the future (`schemas/files.py`).
"""

from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial

import polars as pl

from pipelines.language.languages import month_first
from pipelines.models.parsed_column import NO_EVIDENCE, Parsed, mixed, no_faults, when, without_blanks
from pipelines.models.sheet import DAY_ZERO, DAY_ZERO_OF_1904
from pipelines.parsing.dates.date_text import EARLIEST_YEAR, FIRST_SERIAL, LAST_SERIAL, readings
from pipelines.parsing.dates.times import without_clocks
from pipelines.parsing.numbers.typed_cells import read_apart
from schemas.sentences.note import Note

EARLIEST = date(EARLIEST_YEAR, 1, 1)
EVIDENCE = 3
COUNTED = r"^([0-9]{5})(?:\.[0-9]+)?$"
FROM_1904 = "days from 1904"
ORDERS = ("day first", "month first", "year first")
SHOWN_ORDERS = dict(zip(ORDERS, ("31/12/2024", "12/31/2024", "24/12/31"), strict=True))
"""Each order as a message shows it, in no language."""
READINGS = {
    "text": pl.String,
    **{order.replace(" ", "_"): pl.Date for order in ORDERS},
    **{f"fits_{order.replace(' ', '_')}": pl.Boolean for order in ORDERS},
    "form": pl.String,
    "short": pl.Boolean,
}


@dataclass(frozen=True)
class Order:
    """How a column's dates are ordered: the orders that fit its rows best (one, where they decide).

    `known`: rows that are not here prove it.
    """

    possible: tuple[str, ...]
    considered: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    known: bool = False


def parse_dates(
    text: pl.Series,
    locale: str | None,
    typed: pl.Series | None = None,
    day_zero: date | None = None,
    seen: frozenset[str] = NO_EVIDENCE,
) -> Parsed:
    """Days of the calendar (PIT-34…PIT-39). A time of day is dropped; with an offset it is taken to UTC first.

    `text` is trimmed, null where blank. Year first, dotted and named dates need no decision; for the others any
    row with a number above 12 proves the order, rows of the minority order get DATE_FORMAT_CONFLICT, and where
    no row proves it the locale does, with a warning; else: AMBIGUOUS_DATE. `typed` are a workbook's own dates
    and numbers; in text, the numbers by which spreadsheets count days are read only from a workbook, which counts from
    its `day_zero`. `seen`: the order that other rows of the column prove, which are not here, and whether they were
    counted from 1904; rows that contradict the order are a conflict too.
    """
    zero = DAY_ZERO_OF_1904 if FROM_1904 in seen else day_zero
    canonical = partial(_canonical, zero=zero or DAY_ZERO)
    read = read_apart(text, typed, canonical, partial(_parse, locale=locale, zero=day_zero and zero, seen=seen))
    counted = zero == DAY_ZERO_OF_1904 and text.str.contains(COUNTED).any()
    return replace(read, style=" and ".join(filter(None, (read.style, FROM_1904)))) if counted else read


def _parse(text: pl.Series, locale: str | None, zero: date | None, seen: frozenset[str]) -> Parsed:
    # ISO first, in one pass: most programs write it.
    days = text.str.to_date("%Y-%m-%d", strict=False, cache=False)
    # chrono, which polars uses, takes a sign before the year.
    plain = ((days >= EARLIEST) & ~text.str.starts_with("+")).fill_null(False)
    here = plain | text.is_null()
    others = _parse_others(text.filter(~here), locale, zero, seen)
    positions = (~here).arg_true().gather(list(others.evidence)).to_list()
    return Parsed(
        values=mixed(here, days, others.values),
        faults=mixed(here, no_faults(text), others.faults),
        style=others.style or ("year first" if plain.any() else None),
        notes=others.notes,
        evidence=tuple(positions or plain.arg_true().head(EVIDENCE).to_list()),
    )


def _parse_others(text: pl.Series, locale: str | None, zero: date | None, seen: frozenset[str]) -> Parsed:
    """Dates that are not plainly ISO: each different text is read once, the column's order is found, then applied."""
    clean = without_blanks(text)
    written, moved = without_clocks(clean)
    # A million rows have a few thousand different days; Python reads each of them once.
    counts = written.drop_nulls().alias("text").value_counts()
    found = pl.DataFrame([asdict(reading) for reading in readings(counts["text"].to_list(), zero)], READINGS)
    dates = found.join(counts, on="text", how="left")
    order = _seen_order(dates, seen) or _order(dates, locale)
    told = (
        written.alias("text")
        .to_frame()
        .join(_days_and_faults(dates, order), on="text", how="left", maintain_order="left")
    )
    days = _moved(told["day"], moved)
    unread = clean.is_not_null() & days.is_null() & told["fault"].is_null()
    return Parsed(
        values=days,
        faults=when(unread, "INVALID_DATE", told["fault"]),
        style=_style(dates, order),
        notes=(*order.notes, *_short_years(told)),
        evidence=tuple(told["decides"].fill_null(False).arg_true().head(EVIDENCE).to_list()),
    )


def _order(dates: pl.DataFrame, locale: str | None) -> Order:
    """The orders that the fewest rows contradict; where several are left and no row contradicts them, the locale's.

    A year of two digits comes first only where nothing says that years come last: no longer year in the column,
    no locale.
    """
    open_rows = dates.filter(pl.col("form").is_null())
    year_may_be_first = open_rows["short"].any() and open_rows["short"].all() and month_first(locale) is None
    considered = ORDERS if year_may_be_first else ORDERS[:2]
    possible_rows = open_rows.filter(pl.any_horizontal(_fits(order) for order in considered))
    against = {order: possible_rows.select((~_fits(order) * pl.col("count")).sum()).item() for order in considered}
    best = min(against.values())
    possible = tuple(order for order in considered if against[order] == best)
    by_locale = {True: "month first", False: "day first", None: None}[month_first(locale)]
    # Rows that contradict every order (`best` is not 0) leave the column open: no locale can mend that.
    if len(possible) == 1 or best or by_locale not in possible:
        return Order(possible, considered)
    differing = possible_rows.filter(_differ(possible))["count"].sum()
    note = Note("DATES_BY_LOCALE", found=differing, expected=SHOWN_ORDERS[by_locale], value=locale)
    return Order((by_locale,), considered, (note,) if differing else ())


def _seen_order(dates: pl.DataFrame, seen: frozenset[str]) -> Order | None:
    """The order that rows prove which are not here; two of them leave open what both can mean."""
    possible = tuple(order for order in ORDERS if order in seen)
    if not possible:
        return None
    either = pl.col("form").is_null() & _fits("day first") & _fits("month first") & _differ(ORDERS[:2])
    decided = dates.filter(either & (len(possible) == 1))["count"].sum()
    note = Note("DATES_BY_COLUMN", found=decided, expected=SHOWN_ORDERS[possible[0]])
    considered = tuple(order for order in ORDERS if order in {*ORDERS[:2], *possible})
    return Order(possible, considered, (note,) if decided else (), known=True)


def _days_and_faults(dates: pl.DataFrame, order: Order) -> pl.DataFrame:
    """Each text's day or fault, and whether it is one that decided the order."""
    fits_all = pl.all_horizontal(_fits(name) for name in order.possible)
    fits_any = pl.any_horizontal(_fits(name) for name in order.considered)
    is_open = pl.col("form").is_null()
    ambiguous = is_open & fits_all & _differ(order.possible)
    conflict = is_open & fits_any & ~fits_all
    fault = pl.when(conflict).then(pl.lit("DATE_FORMAT_CONFLICT")).when(ambiguous).then(pl.lit("AMBIGUOUS_DATE"))
    decides = is_open & fits_all & ~pl.all_horizontal(_fits(name) for name in order.considered)
    day = pl.when(fault.is_null()).then(pl.col(_column(order.possible[0])))
    return dates.select("text", "short", day=day, fault=fault, decides=decides)


def _differ(orders: tuple[str, ...]) -> pl.Expr:
    first, *others = (pl.col(_column(order)) for order in orders)
    return pl.any_horizontal(first.ne_missing(other) for other in others) if others else pl.lit(False)


def _column(order: str) -> str:
    return order.replace(" ", "_")


def _fits(order: str) -> pl.Expr:
    return pl.col(f"fits_{_column(order)}")


def _style(dates: pl.DataFrame, order: Order) -> str | None:
    """The order of the column; where no row leaves it open, how most of its dates are written."""
    forms = dates["form"]
    if forms.null_count() or order.known:
        return order.possible[0] if len(order.possible) == 1 else None
    if dates.is_empty():
        return None
    common = dates.group_by("form").agg(pl.col("count").sum()).sort("count", "form", descending=[True, False])
    return str(common["form"][0])


def _short_years(told: pl.DataFrame) -> tuple[Note, ...]:
    count = int((told["short"] & told["day"].is_not_null()).sum())
    return (Note("SHORT_YEARS", found=count),) if count else ()


def _moved(days: pl.Series, moved: pl.Series) -> pl.Series:
    """Days in UTC."""
    if (moved == 0).all() and not moved.null_count():
        return days
    return pl.select(days.cast(pl.Int32) + moved.cast(pl.Int32)).to_series().cast(pl.Date)


def _canonical(text: pl.Series, zero: date) -> Parsed:
    """A workbook's own cells: `2024-03-01`, `2024-03-01 12:30:00`, a day as it counts them from its day zero."""
    clean = without_blanks(text)
    written = clean.str.extract(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?: [0-9:.]+)?$").str.to_date("%Y-%m-%d", strict=False)
    serials = clean.str.extract(COUNTED).cast(pl.Int32)
    counted = (serials + (zero - date(1970, 1, 1)).days).cast(pl.Date)
    likely = when(counted.is_between(FIRST_SERIAL, LAST_SERIAL), counted, None)
    days = when(written.is_not_null(), when(written >= EARLIEST, written, None), likely)
    return Parsed(days, when(clean.is_not_null() & days.is_null(), "INVALID_DATE", None))
