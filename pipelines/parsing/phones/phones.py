"""Phone numbers: any written form in, E.164 out, validated by the world's numbering plans.

Lives here: taking off labels, extensions and punctuation, the readings that a number allows, choosing among
them. Not here: which country a source or a row has (`pipelines/parsing/countries.py`), the plans
(`phone_library.py`).
"""

import polars as pl

from pipelines.configuration.typed import PhoneLibrary
from pipelines.models.parsed_column import BLANKS, Parsed, mixed, no_faults, nowhere, when
from pipelines.parsing.phones.phone_history import at_home, overseas, renewed
from pipelines.parsing.phones.phone_library import (
    CALLING_CODES,
    asking,
    calling_code,
    dials_00,
    is_main_country,
    national_digits,
    read_number,
)
from pipelines.parsing.phones.phone_plans import BLOCK, NUMBER, TAIL, blocks
from schemas.wordlists import choice

LABELS = choice("phone_words", "label")
LABEL = rf"(?i)^(?:[\s(]*(?:{LABELS})[\s.:)]*)+"
LABEL_BEHIND = rf"(?i)(?:[\s,]*\((?:{LABELS})\.?\)|[\s,]+(?:{LABELS})\.?)$"
EXTENSION = rf"(?i)[\s,;(]*(?:{choice('phone_words', 'extension')})\s*[.:=]?\s*[0-9]{{1,7}}\)?$"
SCIENTIFIC = r"^[+-]?[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+$"
WHOLE_AS_DECIMAL = r"^(\+?[0-9]{4,})[.,]0+$"
AREA_CODES = r"^(?:(?:[^0-9/]*[0-9]){1,6}[^0-9/]*/)+(?:[^0-9/]*[0-9]){2,}[^0-9/]*$"
"""Slashes behind at most six digits each close a country or area code; any other one parts two numbers."""
INTERNATIONAL = r"^[\s(']*(?:\+|0\s?0)"
OPTIONAL_ZERO = r"\(\s*0\s*\)"
PUNCTUATION = r"[\s().\[\]'’·_\p{Pd}−]"
SEPARATORS = dict.fromkeys(" ().-", "")
MORE = rf"[^0-9+ ().-]|{OPTIONAL_ZERO}|{WHOLE_AS_DECIMAL}"
"""What only a cell holds in which there is more to do than to take out separators."""

SHAPE = r"^\+?\d[\do]{3,19}$"
DIALS_AS_ITS_CODE = ("CA",)
"""Countries that share a calling code and all that is dialled before numbers, though they are not its main one."""

LOST_OFTEN, LOST_MOSTLY = 3, 0.8
"""How many numbers of a column without a plus must be whole without it, and what share of them, to believe that it was
lost everywhere.
"""

CANONICAL, COUNTRY, LOST_ZERO = "canonical", "country", "lost_zero"


def parse_phones(
    text: pl.Series,
    default_country: str | None,
    typed: pl.Series | None = None,
    per_row_country: pl.Series | None = None,
    library: PhoneLibrary = "rphonenumbers",
) -> Parsed:
    """Numbers in E.164, each distinct one validated once (PIT-53, RF-20).

    `text` is trimmed, null where blank; `typed` tells the cells that were numbers of a workbook, and may
    have lost a leading zero; `per_row_country` goes before `default_country`. A number without country
    code is one of that country; where it cannot be, it may be an international one that lost its plus: of the
    row's own country, or of any where nearly the whole column has lost it (PIT-109).
    Two readings that differ are none. `library` knows the plans. Faults: INVALID_PHONE, PHONE_SCIENTIFIC.
    """
    own = _countries(len(text), default_country, per_row_country)
    # Old prefixes go before any plan is asked: no plan knows them any more.
    canonical = renewed(canonical_forms(text), own)
    countries = at_home(canonical, own)
    lost_zero = nowhere(text) if typed is None else typed.fill_null(False)
    with asking(library):
        validated = valid_numbers(pl.DataFrame({CANONICAL: canonical, COUNTRY: countries, LOST_ZERO: lost_zero}))
    known = _without_guesses(validated, canonical, countries)
    # The block says more than the country of the row, so it has the last word.
    far = overseas(canonical, own)
    values = when(far.is_not_null(), far, known) if far.null_count() < len(far) else known
    unread = text.is_not_null() & values.is_null()
    return Parsed(values, mixed(~unread, no_faults(text), _faults(text.filter(unread))))


def _without_guesses(values: pl.Series, canonical: pl.Series, countries: pl.Series) -> pl.Series:
    """The numbers without those that are foreign only if a plus was lost, where nothing says that it was (PIT-109).

    A national number with a digit too many is a valid one of some country more often than not: the United States'
    in two of five cases.
    """
    known = countries.drop_nulls().unique()
    homes = {country: f"+{calling_code(country)}" for country in known}
    home = countries.replace_strict(list(homes), list(homes.values()), default=None, return_dtype=pl.String)
    cells = pl.DataFrame({"value": values, "written": canonical, "home": home})
    dialled = pl.col("written").str.contains("^[+0]")
    bare = ~dialled & pl.col("home").is_not_null()
    foreign = (bare & ~pl.col("value").str.starts_with(pl.col("home"))).fill_null(False)
    lost = foreign | (bare & (pl.col("value") == pl.lit("+") + pl.col("written")))
    if not cells.select(foreign.any()).item():
        return values
    count, all_bare = cells.select(lost.sum(), bare.sum().alias("bare")).row(0)
    # A column that lost its plus everywhere lost it in each of its cells.
    if count >= LOST_OFTEN and count >= LOST_MOSTLY * all_bare:
        return values
    return cells.select(pl.when(~foreign).then("value").alias("value"))["value"]


def _faults(unread: pl.Series) -> pl.Series:
    """Why cells are no numbers; a blank is none and has no fault."""
    fault = when(unread.str.contains(SCIENTIFIC), "PHONE_SCIENTIFIC", "INVALID_PHONE")
    return when(unread.str.to_lowercase().is_in(BLANKS), None, fault)


def canonical_forms(text: pl.Series) -> pl.Series:
    """Digits, with the leading `+` or `00` as written and `o` for `(0)`; null where letters are left."""
    more = text.str.contains(MORE).fill_null(False)
    # Most cells hold digits and separators alone, and need one pass.
    digits = text.str.replace_many(SEPARATORS)
    return mixed(~more, digits, _unwrapped(text.filter(more))) if more.any() else digits


def _unwrapped(text: pl.Series) -> pl.Series:
    """Without label, extension, decimals, and all punctuation that there is; null where letters are left."""
    narrow = text.str.normalize("NFKC") if text.str.contains(r"[^\x00-\x7f]").any() else text
    whole = narrow.str.replace(WHOLE_AS_DECIMAL, "$1")
    bare = whole
    if whole.str.contains(r"[\p{L}#/]").any():
        bare = whole.str.replace(LABEL, "").str.replace(LABEL_BEHIND, "")
        bare = bare.str.replace(EXTENSION, "").str.strip_chars()
        bare = when(bare.str.contains(AREA_CODES), bare.str.replace_all("/", "", literal=True), bare)
        bare = when(bare.str.contains(r"\p{L}"), None, bare)
    if bare.str.contains(OPTIONAL_ZERO).any():
        bare = when(bare.str.contains(INTERNATIONAL), bare.str.replace(OPTIONAL_ZERO, "o"), bare)
    digits = bare.str.replace_all(PUNCTUATION, "")
    return when(digits.str.contains(SHAPE), digits, None)


def _countries(rows: int, default: str | None, per_row: pl.Series | None) -> pl.Series:
    everywhere = pl.repeat(default, rows, dtype=pl.String, eager=True)
    return everywhere if per_row is None else when(per_row.is_not_null(), per_row, everywhere)


def valid_numbers(cells: pl.DataFrame) -> pl.Series:
    """The number of each row, those with a zero in brackets apart."""
    optional = cells[CANONICAL].str.contains("o", literal=True).fill_null(False)
    if not optional.any():
        return _by_block(cells, optional=False)
    # Blocks of numbers with `(0)` look farther, so the few that have it do not slow the others.
    rest = cells.with_columns(when(optional, None, cells[CANONICAL]).alias(CANONICAL))
    return mixed(~optional, _by_block(rest, optional=False), _by_block(cells.filter(optional), optional=True))


def _by_block(cells: pl.DataFrame, optional: bool) -> pl.Series:
    """The number of each row: what the library makes of one number it makes of the whole block (`phone_plans.py`)."""
    known = cells[COUNTRY].unique()
    dialling = cells.select(dials_00=pl.col(COUNTRY).is_in(_dialling(known), nulls_equal=True))
    validated = blocks(cells.hstack(dialling), optional, _homes(known.drop_nulls()), CALLING_CODES)
    told = validated.join(_starts(cells, validated), on=BLOCK, how="left", maintain_order="left")
    whole = pl.col("start") * pl.col(TAIL) + pl.col(NUMBER) % pl.col(TAIL)
    values = told.select(number=pl.lit("+") + whole.cast(pl.String))["number"]
    alone = cells[CANONICAL].is_not_null() & told["told"].is_null()
    return mixed(~alone, values, _each(cells.filter(alone))) if alone.any() else values


def _starts(cells: pl.DataFrame, validated: pl.DataFrame) -> pl.DataFrame:
    """By block, the start of its first cell's number, null where that is none; no block whose tails are changed."""
    firsts = validated.with_row_index("row")[validated[BLOCK].arg_unique()].drop_nulls(BLOCK)
    found = _alone(cells[firsts["row"]]).cast(pl.Int64)
    same = pl.col("found") % pl.col(TAIL) == pl.col(NUMBER) % pl.col(TAIL)
    read = firsts.with_columns(found.alias("found")).with_columns(told=same.fill_null(True)).filter("told")
    return read.select(BLOCK, "told", start=pl.col("found") // pl.col(TAIL))


def _each(cells: pl.DataFrame) -> pl.Series:
    """The number of each cell, each distinct one validated by itself."""
    distinct = cells.filter(cells[CANONICAL].str.contains(SHAPE)).unique()
    known = distinct.with_columns(_alone(distinct))
    return cells.join(known, on=cells.columns, how="left", nulls_equal=True, maintain_order="left")["number"]


def _alone(cells: pl.DataFrame) -> pl.Series:
    rows = cells.select(CANONICAL, COUNTRY, LOST_ZERO).iter_rows()
    return pl.Series("number", [number_of_cell(*row) for row in rows], dtype=pl.String)


def _homes(countries: pl.Series) -> dict[str, str]:
    """The calling codes of countries, as far as they dial as the main country of the code does."""
    main = [country for country in countries if is_main_country(country) or country in DIALS_AS_ITS_CODE]
    return {country: str(calling_code(country)) for country in main}


def _dialling(countries: pl.Series) -> list[str | None]:
    """Those countries, or none, where 00 before a number can only mean a plus."""
    return [country for country in countries if country is None or dials_00(country)]


def number_of_cell(canonical: str, country: str | None, lost_zero: bool) -> str | None:
    """The number that a cell can only mean; None where there is none, or where equally likely readings differ."""
    if canonical.startswith("+"):
        return _abroad(canonical)
    if canonical.startswith("00"):
        dialled = _abroad("+" + canonical[2:])
        return dialled if country is None or dials_00(country) else _only(dialled, read_number(canonical, country))
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
    if digits.startswith("0") or (national and national_digits(national) == digits):
        return national
    restored = read_number("0" + digits, country) if lost_zero and national is None else None
    # All readings are asked: where two are valid numbers, nobody knows which one was meant.
    return _only(national, restored, read_number("+" + digits, None))


def _only(*readings: str | None) -> str | None:
    """The one number among readings; None where there is none, or more than one."""
    found = {number for number in readings if number}
    return found.pop() if len(found) == 1 else None
