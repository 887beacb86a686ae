"""Phone numbers: any written form in, E.164 out, judged by the world's numbering plans.

Lives here: taking off labels, extensions and punctuation, the readings that a number allows, judging them
with rphonenumbers. Not here: which country a source or a row has (`countries.py`, `pipelines/settings.py`).
"""

from functools import cache

import polars as pl
from rphonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    country_code_for_region,
    format_number,
    is_valid_number,
    parse,
)

from pipelines.files.parsing import Parsed, mixed, no_faults, nowhere, when, without_blanks

LABEL = (
    r"(?i)^(?:t[eé]l(?:[eé]phone|efon|[eé]fono|efoon)?|phone|mobile?|mobil|portable|gsm|handy|kom(?:[oó]rka)?)"
    r"[\s.:]*"
)
EXTENSION = (
    r"(?i)[\s,;(]*(?:ext(?:ension|n)?|poste|wewn?|durchwahl|dw|int(?:erno)?|x|#)"
    r"\s*[.:=]?\s*[0-9]{1,7}\)?$"
)
SCIENTIFIC = r"^[+-]?[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+$"
WHOLE_AS_DECIMAL = r"^(\+?[0-9]{4,})[.,]0+$"
AREA_CODES = r"^(?:(?:[^0-9/]*[0-9]){1,6}[^0-9/]*/)+(?:[^0-9/]*[0-9]){2,}[^0-9/]*$"
"""Slashes behind at most six digits each close a country or area code; any other one parts two numbers."""
INTERNATIONAL = r"^[\s(']*(?:\+|0\s?0)"
OPTIONAL_ZERO = r"\(\s*0\s*\)"
PUNCTUATION = r"[\s().\[\]'’·_\p{Pd}−]"
SHAPE = r"^\+?\d[\do]{3,19}$"
DECIDING = (
    dict.fromkeys(("41", "45"), 3)
    | dict.fromkeys(("32", "40", "43", "46", "48", "358", "380", "386", "420", "421"), 4)
    | dict.fromkeys(("31", "33", "39", "47", "359", "371", "385"), 5)
    | dict.fromkeys(("49", "351", "353", "372"), 6)
    | dict.fromkeys(("1", "30", "34", "44"), 7)
)
"""By calling code, the most leading digits of a national number that its numbering plan looks at; a test proves it."""

ABROAD = rf"^\+({'|'.join(DECIDING)})o?[0-9]+$"
A_NUMBER = "+33612345678"
CANONICAL, COUNTRY, LOST_ZERO = "canonical", "country", "lost_zero"
BLOCK, TAIL = "block", "tail"


def parse_phones(
    text: pl.Series,
    default_country: str | None,
    typed: pl.Series | None = None,
    per_row_country: pl.Series | None = None,
) -> Parsed:
    """Numbers in E.164, each distinct one judged once (PIT-53, RF-20).

    `text` is trimmed, null where blank; `typed` tells the cells that were numbers of a workbook, and may
    have lost a leading zero; `per_row_country` goes before `default_country`. A number without country
    code is one of that country; where it cannot be, it may be an international one that lost its plus.
    Two readings that differ are none. Faults: INVALID_PHONE, PHONE_SCIENTIFIC.
    """
    clean = without_blanks(text)
    scientific = clean.str.contains(SCIENTIFIC).fill_null(False)
    canonical = _canonical(clean)
    countries = _countries(len(text), default_country, per_row_country)
    lost_zero = nowhere(text) if typed is None else typed.fill_null(False)
    values = _judged(when(scientific, None, canonical), countries, lost_zero)
    wrong = clean.is_not_null() & values.is_null()
    faults = when(scientific, "PHONE_SCIENTIFIC", when(wrong, "INVALID_PHONE", None))
    return Parsed(values, faults if wrong.any() else no_faults(text))


def read_number(text: str, country: str | None) -> str | None:
    """One number in E.164, or None where no numbering plan has it."""
    try:
        number = parse(text, country)
    except NumberParseException:
        return None
    return format_number(number, PhoneNumberFormat.E164) if is_valid_number(number) else None


def _canonical(text: pl.Series) -> pl.Series:
    """Digits, with the leading `+` or `00` as written and `o` for `(0)`; null where there is anything else."""
    narrow = text.str.normalize("NFKC") if text.str.contains(r"[^\x00-\x7f]").any() else text
    whole = narrow.str.replace(WHOLE_AS_DECIMAL, "$1")
    bare = whole
    if whole.str.contains(r"[\p{L}#/]").any():
        bare = whole.str.replace(LABEL, "").str.replace(EXTENSION, "").str.strip_chars()
        bare = when(bare.str.contains(AREA_CODES), bare.str.replace_all("/", "", literal=True), bare)
        bare = when(bare.str.contains(r"\p{L}"), None, bare)
    if bare.str.contains(OPTIONAL_ZERO).any():
        bare = when(bare.str.contains(INTERNATIONAL), bare.str.replace(OPTIONAL_ZERO, "o"), bare)
    digits = bare.str.replace_all(PUNCTUATION, "")
    return when(digits.str.contains(SHAPE), digits, None)


def _countries(rows: int, default: str | None, per_row: pl.Series | None) -> pl.Series:
    everywhere = pl.repeat(default, rows, dtype=pl.String, eager=True)
    return everywhere if per_row is None else when(per_row.is_not_null(), per_row, everywhere)


def _judged(canonical: pl.Series, countries: pl.Series, lost_zero: pl.Series) -> pl.Series:
    """The number of each row.

    Numbers of one length that start alike, as far as their country's plan looks (DECIDING), are one block: what
    the library makes of the start of one it makes of all. Where it refuses the one, each is judged by itself.
    """
    cells = pl.DataFrame({CANONICAL: _dialled(canonical, countries), COUNTRY: countries, LOST_ZERO: lost_zero})
    blocks = _blocks(cells)
    firsts = blocks.drop_nulls(BLOCK).group_by(BLOCK).first()
    starts = firsts.select(BLOCK, TAIL, _alone(firsts)).filter(pl.col("number").str.ends_with(pl.col(TAIL)))
    known = starts.select(BLOCK, start=pl.col("number").str.strip_suffix(pl.col(TAIL)))
    judged = blocks.join(known, on=BLOCK, how="left", maintain_order="left")
    values = judged.select(number=pl.col("start") + pl.col(TAIL))["number"]
    open_rows = values.is_null() & canonical.is_not_null()
    return mixed(~open_rows, values, _each(cells.filter(open_rows))) if open_rows.any() else values


def _each(cells: pl.DataFrame) -> pl.Series:
    """The number of each cell, each distinct one judged by itself."""
    distinct = cells.unique()
    known = distinct.with_columns(_alone(distinct))
    return cells.join(known, on=cells.columns, how="left", nulls_equal=True, maintain_order="left")["number"]


def _dialled(canonical: pl.Series, countries: pl.Series) -> pl.Series:
    """Numbers with a plus for `00`, where the country can mean nothing else by it."""
    plain = [country for country in countries.unique() if country is None or _dials_00(country)]
    return when(countries.is_in(plain, nulls_equal=True), canonical.str.replace("^00", "+"), canonical)


def _alone(cells: pl.DataFrame) -> pl.Series:
    rows = cells.select(CANONICAL, COUNTRY, LOST_ZERO).iter_rows()
    return pl.Series("number", [_number(*row) for row in rows], dtype=pl.String)


def _blocks(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells with what decides, start and length, and the tail that does not; null where no plan is known."""
    written, codes = pl.col(CANONICAL), _calling_codes(cells[COUNTRY].unique())
    abroad = written.str.extract(ABROAD)
    home = pl.when(written.str.contains("^(?:0?[1-9])[0-9]+$")).then(
        pl.col(COUNTRY).replace_strict(codes, default=None)
    )
    code = pl.coalesce(abroad, home)
    before = pl.when(abroad.is_not_null() | written.str.starts_with(code)).then(code.str.len_bytes()).otherwise(0)
    deciding = code.replace_strict(DECIDING, default=None, return_dtype=pl.UInt32)
    head = 1 + before + written.str.contains("o").cast(pl.UInt32) + deciding
    block = pl.concat_str(
        written.str.head(head), written.str.len_bytes(), pl.col(COUNTRY).fill_null(""), LOST_ZERO, separator=" "
    )
    return cells.with_columns(block.alias(BLOCK), written.str.slice(head).alias(TAIL))


def _calling_codes(countries: pl.Series) -> dict[str, str | None]:
    found = {country: str(country_code_for_region(country)) for country in countries.drop_nulls()}
    return {country: code if code in DECIDING else None for country, code in found.items()}


def _number(canonical: str, country: str | None, lost_zero: bool) -> str | None:
    """The number that a cell can only mean; None where there is none, or where equally likely readings differ."""
    if canonical.startswith("+"):
        return _abroad(canonical)
    if canonical.startswith("00"):
        dialled = _abroad("+" + canonical[2:])
        return dialled if country is None or _dials_00(country) else _only(dialled, read_number(canonical, country))
    if country is None:
        return None
    return _at_home(canonical, country, lost_zero)


def _abroad(canonical: str) -> str | None:
    """A number with its country code; `(0)` stands in most countries for a zero that is not dialled."""
    with_zero = read_number(canonical.replace("o", "0"), None)
    if "o" not in canonical or with_zero not in (None, canonical.replace("o", "0")):
        return with_zero
    return _only(with_zero, read_number(canonical.replace("o", ""), None))


def _at_home(digits: str, country: str, lost_zero: bool) -> str | None:
    """A number without country code: national, else one whose plus or, in a number cell, zero was lost.

    Where a national number is not written as that country writes it, a lost plus is as likely.
    """
    national = read_number(digits, country)
    if digits.startswith("0") or (national and _national_digits(national) == digits):
        return national
    restored = read_number("0" + digits, country) if lost_zero and national is None else None
    return _only(national, restored, read_number("+" + digits, None))


def _national_digits(number: str) -> str:
    """The digits of a number as its own country writes it, with the prefix that is dialled there."""
    return "".join(filter(str.isdigit, format_number(parse(number, None), PhoneNumberFormat.NATIONAL)))


def _only(*readings: str | None) -> str | None:
    """The one number among readings; None where there is none, or more than one."""
    found = {number for number in readings if number}
    return found.pop() if len(found) == 1 else None


@cache
def _dials_00(country: str) -> bool:
    """Whether a country dials other countries with 00, so that 00 can mean nothing else."""
    return read_number("00" + A_NUMBER[1:], country) == A_NUMBER
