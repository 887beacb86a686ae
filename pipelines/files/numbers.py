"""Numbers as people write them, read per column: one style, proven by the column's own rows.

Lives here: amounts and counts, text in, exact values and faults out. Not here: whether a negative amount is
allowed (`schemas/files.py`).
"""

import polars as pl

from pipelines.files.parsing import Parsed, mixed, no_faults, nowhere, when, without_blanks
from schemas.base import MONEY

COMMA_LOCALES = frozenset({"fr", "pl", "de", "es", "it", "nl", "pt"})
SPACES = "[ \u00a0\u202f\u2009]"
GROUPED = rf"^[+-]?[0-9]{{1,3}}(?:(?:{SPACES}|['’])[0-9]{{3}})+(?:[.,][0-9]+)?$"
PLAIN = r"^[+-]?[0-9]{1,12}(?:\.[0-9]{1,2})?$"
DIGITS = r"^[0-9]{1,15}$"
WHOLE = r"^[+-]?[0-9]{1,12}$"
EITHER = r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$"
POINT_DECIMAL = r"^[+-]?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3})+)\.[0-9]+$|^[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}$"
COMMA_DECIMAL = r"^[+-]?(?:[0-9]{1,12}|[0-9]{1,3}(?:\.[0-9]{3})+),[0-9]+$|^[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}$"
EXPONENT = r"(?i)^[+-]?[0-9]+(?:[.,][0-9]+)?e[+-]?[0-9]+$"


def uses_comma(locale: str | None) -> bool | None:
    """Whether numbers of a locale have a decimal comma; None without a locale."""
    return None if locale is None else locale[:2] in COMMA_LOCALES


def parse_amounts(text: pl.Series, decimals: int, locale: str | None) -> Parsed:
    """Amounts with at most `decimals` decimals, as DECIMAL(18,3) (PIT-21…PIT-26, PIT-29).

    `text` is trimmed, null where blank. A value whose separators can only mean one thing is read so. One
    such as `1,234` follows the other rows of its column; where they do not decide, the locale, with a
    warning; without a locale its fault is AMBIGUOUS_NUMBER.
    """
    return _parse(text, decimals, locale, f"^[+-]?[0-9]{{1,12}}(?:\\.[0-9]{{0,{decimals}}}0*)?$")


def parse_averages(text: pl.Series, locale: str | None) -> Parsed:
    """Averages: any number of decimals, rounded half to even at three; they are never added up (AMB-06)."""
    return _parse(text, 3, locale, r"^[+-]?[0-9]{1,12}(?:\.[0-9]+)?$")


def parse_counts(text: pl.Series) -> Parsed:
    """Whole numbers of zero or more; `3.0` is 3, `1 234` and `1,234` are 1234, `3,5` is a fault (PIT-28)."""
    plain = text.str.contains(DIGITS).fill_null(False)
    rest = without_blanks(text.filter(~plain))
    shaped = rest.str.replace(r"^\+", "").str.replace(r"^([0-9]+)[.,]0{1,2}$", "$1")
    grouped = shaped.str.contains(r"^[0-9]{1,3}(?:[  \u202f.,'’][0-9]{3})+$")
    digits = when(grouped, shaped.str.replace_all(r"\D", ""), shaped)
    values = when(digits.str.contains(DIGITS), digits, None).cast(pl.Int64)
    faults = _faults(rest, values, nowhere(rest))
    return Parsed(
        values=mixed(plain, when(plain, text, None).cast(pl.Int64), values),
        faults=mixed(plain, no_faults(text), faults),
    )


def _parse(text: pl.Series, decimals: int, locale: str | None, fits: str) -> Parsed:
    """Plain numbers at once, the others by their shapes; both are evidence for the column's style."""
    plain = text.str.contains(PLAIN).fill_null(False) if decimals >= 2 else nowhere(text)
    point_seen = bool(text.filter(plain).str.contains(".", literal=True).any())
    others = _parse_others(text.filter(~plain), point_seen, locale, fits)
    return Parsed(
        values=mixed(plain, when(plain, text, None).cast(MONEY), others.values),
        faults=mixed(plain, no_faults(text), others.faults),
        style=others.style or ("point" if point_seen else None),
        warnings=others.warnings,
    )


def _parse_others(text: pl.Series, point_seen: bool, locale: str | None, fits: str) -> Parsed:
    clean = without_blanks(text)
    bare = when(clean.str.contains(GROUPED), clean.str.replace_all(rf"{SPACES}|['’]", ""), clean)
    either = bare.str.contains(EITHER).fill_null(False)
    comma_proof = bare.str.contains(COMMA_DECIMAL).fill_null(False) & ~either
    point_proof = bare.str.contains(POINT_DECIMAL).fill_null(False) & ~either
    has_point = point_seen or bool(point_proof.any())
    comma, warnings = _decide(either, bool(comma_proof.any()), has_point, locale)
    reads_comma = comma_proof | (either & (comma is True))
    canonical = when(
        reads_comma,
        bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True),
        bare.str.replace_all(",", "", literal=True),
    )
    undecided = either & (comma is None)
    shaped = (point_proof | comma_proof | either | bare.str.contains(WHOLE)).fill_null(False)
    values = _exact(when(shaped & canonical.str.contains(fits) & ~undecided, canonical, None))
    style = {True: "comma", False: "point", None: None}[comma]
    return Parsed(values, _faults(clean, values, undecided), style, warnings)


def _decide(
    either: pl.Series, has_comma: bool, has_point: bool, locale: str | None
) -> tuple[bool | None, tuple[str, ...]]:
    """Whether the column's decimal mark is the comma, decided by its rows, else by the locale."""
    if has_comma != has_point:
        return has_comma, ()
    chosen = uses_comma(locale)
    if not either.any() or chosen is None:
        return None if either.any() else chosen, ()
    mark = "comma" if chosen else "point"
    note = f"{int(either.sum())} numbers such as 1,234 were read with a decimal {mark}, as the locale {locale} says"
    return chosen, (note,)


def _exact(canonical: pl.Series) -> pl.Series:
    """Text such as `-12.3456` as DECIMAL(18,3), rounded half to even where it has more decimals."""
    return canonical.cast(pl.Decimal(38, 12)).round(3, mode="half_to_even").cast(MONEY)


def _faults(clean: pl.Series, values: pl.Series, undecided: pl.Series) -> pl.Series:
    wrong = clean.is_not_null() & values.is_null()
    if not wrong.any():
        return no_faults(clean)
    scientific = clean.str.contains(EXPONENT).fill_null(False)
    return pl.select(
        pl.when(undecided)
        .then(pl.lit("AMBIGUOUS_NUMBER"))
        .when(wrong & scientific)
        .then(pl.lit("SCIENTIFIC_NOTATION"))
        .when(wrong)
        .then(pl.lit("INVALID_NUMBER"))
    ).to_series()
