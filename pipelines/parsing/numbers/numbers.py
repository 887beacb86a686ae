"""Numbers as people write them, read per column: one style, proven by the column's own rows.

Lives here: amounts and counts, text in, exact values and faults out. Not here: what the separators mean
(`number_shapes.py`), signs and currencies (`currency_marks.py`), whether an amount may be negative
(`schemas/files.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

import polars as pl

from pipelines.models.parsed_column import NO_EVIDENCE, Parsed, mixed, no_faults, nowhere, when, without_blanks
from pipelines.parsing.numbers.binary_tails import without_tails
from pipelines.parsing.numbers.currency_marks import without_marks
from pipelines.parsing.numbers.number_shapes import Numbers, read_numbers, read_whole_numbers, tidy
from pipelines.parsing.numbers.typed_cells import in_currency, read_apart
from schemas.base import MONEY

# Most cells: read by polars in one pass. DECIMAL(18,3) holds twelve digits before the point, and sums of them.
PLAIN = r"^[+-]?[0-9]{1,12}(?:\.[0-9]{1,2})?$"
BARE = r"^-?[0-9]+(?:[.,' ][0-9]+)*$"
DIGITS = r"^[0-9]{1,15}$"
COUNT = r"^\+?[0-9]+(?:[.,' ][0-9]+)*$"
EXPONENT = r"(?i)^[+-]?[0-9]+(?:[.,][0-9]*)?e[+-]?[0-9]+$"
WHOLE = r"^[0-9]{1,15}(?:\.0+)?$"
ANY_DECIMALS = r"^[+-]?[0-9]{1,12}(?:\.[0-9]+)?$"
NEVER = r"^\b$"
"""What no cell is: none takes the short way, where numbers are multiplied."""

EVIDENCE = 3
SAMPLE_ROWS = 1000


@dataclass(frozen=True)
class Limit:
    """Which numbers a column can hold (a pattern of canonical text), once multiplied by ten to the power of `shift`."""

    fits: str
    shift: int = 0

    def applied(self, canonical: pl.Series) -> pl.Series:
        """The amounts that fit, else null; no digit is lost on the way but the noise of binary numbers (PIT-25)."""
        plain = without_tails(canonical)
        moved = _moved(plain, self.shift) if self.shift else plain
        return when(moved.str.contains(self.fits), moved, None).cast(MONEY)


def parse_amounts(
    text: pl.Series,
    decimals: int,
    locale: str | None,
    typed: pl.Series | None = None,
    currency: str | None = None,
    seen: frozenset[str] = NO_EVIDENCE,
    shift: int = 0,
) -> Parsed:
    """Amounts with at most `decimals` decimals, as DECIMAL(18,3) (PIT-21…PIT-26, PIT-29).

    `text` is trimmed, null where blank. A value whose separators can only mean one thing is read so. One
    such as `1,234` follows the other rows of its column; where they do not decide, the locale, with a
    warning; else its fault is AMBIGUOUS_NUMBER. `typed` are a workbook's own numbers, written canonically.
    A mark of another currency than `currency` is CURRENCY_NOT_CONVERTIBLE. `seen`: the decimal marks that other rows
    of the column prove, which are not here. Each number is multiplied by ten to the power of `shift`, exactly, as its
    title says (PIT-107).
    """
    limit = Limit(rf"^[+-]?[0-9]{{1,12}}(?:\.[0-9]{{0,{decimals}}}0*)?$", shift)
    # Yen have no decimals: only whole numbers take the short way there.
    plain = NEVER if shift else PLAIN if decimals >= 2 else r"^[+-]?[0-9]{1,12}$"
    read_text = partial(_parse, plain=plain, locale=locale, limit=limit, currency=currency, seen=seen)
    return read_apart(text, typed, partial(_canonical, limit=limit, currency=currency), read_text)


def parse_averages(
    text: pl.Series,
    locale: str | None,
    typed: pl.Series | None = None,
    currency: str | None = None,
    seen: frozenset[str] = NO_EVIDENCE,
    shift: int = 0,
) -> Parsed:
    """Averages: any number of decimals, rounded half to even at three; they are never added up (AMB-06)."""
    limit = Limit(ANY_DECIMALS, shift)
    plain = NEVER if shift else PLAIN
    read_text = partial(_parse, plain=plain, locale=locale, limit=limit, currency=currency, seen=seen)
    return read_apart(text, typed, partial(_canonical, limit=limit, currency=currency), read_text)


def parse_counts(
    text: pl.Series,
    locale: str | None = None,
    typed: pl.Series | None = None,
    seen: frozenset[str] = NO_EVIDENCE,
) -> Parsed:
    """Whole numbers of zero or more; `3.0` is 3, `1 234` and `1,234` are 1234, `3,5` is a fault (PIT-28).

    `1,000` can be a thousand or one with three decimals: the other rows decide, else the locale with a warning,
    else it is AMBIGUOUS_NUMBER.
    """
    return read_apart(text, typed, _whole, partial(_parse_counts, locale=locale, seen=seen))


def _parse(
    text: pl.Series, plain: str, locale: str | None, limit: Limit, currency: str | None, seen: frozenset[str]
) -> Parsed:
    """Plain numbers and blanks at once, the others by their shapes; both are evidence for the column's style."""
    here = text.str.contains(plain).fill_null(True)
    pointed = _pointed(text, here)
    others = _parse_others(text.filter(~here), len(pointed) > 0, locale, limit, currency, seen)
    return Parsed(
        # polars rounds decimals that do not fit in silence, so only what PLAIN lets through is cast.
        values=mixed(here, text.cast(MONEY, strict=False), others.values),
        faults=mixed(here, no_faults(text), others.faults),
        style=others.style,
        notes=others.notes,
        evidence=_evidence(pointed, here, others),
    )


def _pointed(text: pl.Series, plain: pl.Series) -> pl.Series:
    """The positions of the first plain numbers that have a point; mostly they are among the first rows."""
    few = (plain.head(SAMPLE_ROWS) & text.head(SAMPLE_ROWS).str.contains(".", literal=True)).arg_true().head(EVIDENCE)
    if len(few) == EVIDENCE:
        return few
    return (plain & text.str.contains(".", literal=True)).arg_true().head(EVIDENCE)


def _parse_others(
    text: pl.Series, point_seen: bool, locale: str | None, limit: Limit, currency: str | None, seen: frozenset[str]
) -> Parsed:
    clean = tidy(_without_blanks(text))
    bare = clean.str.contains(BARE).fill_null(False)
    marked, foreign = without_marks(clean.filter(~bare), currency)
    written = mixed(bare, when(bare, clean, None), marked)
    numbers = read_numbers(written, point_seen, locale, seen)
    values = limit.applied(numbers.canonical)
    ambiguous = numbers.undecided
    if any(note.code == "NUMBERS_BY_LOCALE" for note in numbers.notes):
        by_locale = read_numbers(written, point_seen, None, seen).undecided
        # `1.234` dollars are no decimals, whatever the locale says: then `2.500` of the same column may be none either.
        if (by_locale & numbers.canonical.is_not_null() & values.is_null()).any():
            ambiguous = ambiguous | (by_locale & values.is_not_null())
    known = {"AMBIGUOUS_NUMBER": ambiguous, "CURRENCY_NOT_CONVERTIBLE": mixed(bare, nowhere(clean), foreign)}
    return _parsed(clean, values, numbers, known)


def _parse_counts(text: pl.Series, locale: str | None, seen: frozenset[str]) -> Parsed:
    here = text.str.contains(DIGITS).fill_null(True)
    rest = tidy(without_blanks(text.filter(~here)))
    bare = when(rest.str.contains(COUNT), rest.str.strip_prefix("+"), None)
    numbers = read_whole_numbers(bare, locale, seen)
    whole = when(numbers.canonical.str.contains(WHOLE), numbers.canonical.str.replace(r"\.0+$", ""), None)
    others = _parsed(rest, whole.cast(pl.Int64), numbers, {"AMBIGUOUS_NUMBER": numbers.undecided})
    return Parsed(
        values=mixed(here, text.cast(pl.Int64, strict=False), others.values),
        faults=mixed(here, no_faults(text), others.faults),
        style=others.style,
        notes=others.notes,
        evidence=_evidence((), here, others),
    )


def _parsed(text: pl.Series, values: pl.Series, numbers: Numbers, known: dict[str, pl.Series]) -> Parsed:
    """The values of cells that have no known fault; every other cell with text has a fault of some name."""
    faults = _faults(text, values, known)
    return Parsed(
        values=when(faults.is_null(), values, None),
        faults=faults,
        style=numbers.style,
        notes=numbers.notes,
        evidence=tuple(numbers.decided.arg_true().head(EVIDENCE).to_list()),
    )


def _evidence(pointed: Iterable[int], plain: pl.Series, others: Parsed) -> tuple[int, ...]:
    """Positions, in the whole column, of some rows that decided its style."""
    positions = (~plain).arg_true().gather(list(others.evidence)).to_list()
    return tuple(sorted({*positions, *pointed})[:EVIDENCE])


def _canonical(text: pl.Series, limit: Limit, currency: str | None) -> Parsed:
    """A workbook's own numbers: `1234.5`, whatever the locale, in the currency of their format; errors are none."""
    clean = _without_blanks(text)
    bare, foreign = in_currency(clean, currency)
    values = when(foreign, None, limit.applied(bare))
    return Parsed(values, _faults(clean, values, {"CURRENCY_NOT_CONVERTIBLE": foreign}))


def _without_blanks(text: pl.Series) -> pl.Series:
    """Money without the tokens that mean "no value"; an error such as `#N/A` is none of them, for nobody knows what it
    should have been.
    """
    return when(text.str.starts_with("#"), text, without_blanks(text))


def _moved(canonical: pl.Series, places: int) -> pl.Series:
    """Numbers with their decimal point moved; what has no shape of a number stays as it is."""
    distinct = canonical.drop_nulls().unique()
    distinct = distinct.filter(distinct.str.contains(ANY_DECIMALS))
    # Decimal, for a float would change digits when it is multiplied.
    moved = pl.Series([format(Decimal(number).scaleb(places), "f") for number in distinct], dtype=pl.String)
    return canonical.replace(distinct, moved)


def _whole(text: pl.Series) -> Parsed:
    clean = without_blanks(text)
    whole = when(clean.str.contains(WHOLE), clean.str.replace(r"\.0+$", ""), None)
    values = whole.cast(pl.Int64)
    return Parsed(values, _faults(clean, values, {}))


def _faults(text: pl.Series, values: pl.Series, known: dict[str, pl.Series]) -> pl.Series:
    """The code of each cell that is no value: a known one, else SCIENTIFIC_NOTATION or INVALID_NUMBER."""
    wrong = text.is_not_null() & values.is_null()
    if not wrong.any() and not any(rows.any() for rows in known.values()):
        return no_faults(text)
    exponent = pl.when(text.str.contains(EXPONENT)).then(pl.lit("SCIENTIFIC_NOTATION"))
    fault = pl.when(wrong).then(exponent.otherwise(pl.lit("INVALID_NUMBER"))).otherwise(None)
    for code, rows in known.items():
        fault = pl.when(rows).then(pl.lit(code)).otherwise(fault)
    return pl.select(fault).to_series()
