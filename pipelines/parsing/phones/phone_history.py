"""Numbers as people still write them though plans have moved on, and as they dial them within one land overseas.

Lives here: digits rewritten before any plan validates them (13 B3). Not here: validating them (`phones.py`).
"""

from collections.abc import Mapping

import polars as pl

from pipelines.models.parsed_column import when

FRENCH = ("FR", "GP", "BL", "MF", "MQ", "GF", "RE", "YT")
"""Where numbers of France and of its parts overseas are dialled alike, with a zero before nine digits."""

OVERSEAS: Mapping[str, str] = {
    "590": "590 690 691",
    "594": "594 694",
    "596": "596 696 697",
    "262": "262 263 269 639 692 693",
}
"""By calling code, the blocks of the French plan that lie overseas (ARCEP, 2018): no number of France is there."""

BLOCKS = {block: code for code, blocks in OVERSEAS.items() for block in blocks.split()}
ABROAD_OR_HOME = r"(?:(?:\+|00)33o?0?|0)"
IN_BLOCK = rf"^{ABROAD_OR_HOME}({'|'.join(BLOCKS)})([0-9]{{6}})$"

OLD: Mapping[str, tuple[str, str]] = {
    "PL": (r"^(48)?0([0-9]{9})$", "${1}${2}"),
    "MX": (r"^(52)?(?:01|044|045|1)([0-9]{10})$", "${1}${2}"),
}
"""By country, what was dialled before numbers, also where their calling code has lost its plus: Poland's 0 until 2009,
Mexico's 01, 044, 045 and 1 until 2019."""

OLD_ABROAD = {r"^(\+|00)48o?0([0-9]{9})$": "${1}48$2", r"^(\+|00)521([0-9]{10})$": "${1}52$2"}
ANY_OLD_ABROAD = r"^(?:\+|00)(?:48o?0|521)"
"""The same after the calling code."""


def overseas(canonical: pl.Series, countries: pl.Series) -> pl.Series:
    """The numbers in E.164 that lie in a block overseas and are written as the French do; null elsewhere.

    A block says whose a number is, whatever country its row has; `+33 692…` is how people write theirs for abroad.
    """
    none = pl.repeat(None, len(canonical), dtype=pl.String, eager=True)
    # Few rows lie overseas; only these are taken apart.
    places = canonical.str.contains(IN_BLOCK).fill_null(False).arg_true()
    if places.is_empty():
        return none
    few = pl.DataFrame({"place": places, "country": countries.gather(places), "written": canonical.gather(places)})
    dialled = pl.col("country").is_in(FRENCH) | pl.col("written").str.contains(r"^(?:\+|00)")
    parts = few.filter(dialled).with_columns(
        block=pl.col("written").str.extract(IN_BLOCK, 1), rest=pl.col("written").str.extract(IN_BLOCK, 2)
    )
    code = pl.col("block").replace_strict(BLOCKS, default=None, return_dtype=pl.String)
    return none.scatter(parts["place"], parts.select(pl.lit("+") + code + pl.col("block") + pl.col("rest")).to_series())


def renewed(canonical: pl.Series, countries: pl.Series) -> pl.Series:
    """Digits without what is no longer dialled before them."""
    text = canonical
    for country in countries.drop_nulls().unique():
        if country in OLD:
            pattern, kept = OLD[country]
            text = when(countries == country, text.str.replace(pattern, kept), text)
    # One look instead of two replacements over a million numbers.
    if not text.str.contains(ANY_OLD_ABROAD).any():
        return text
    for pattern, kept in OLD_ABROAD.items():
        text = text.str.replace(pattern, kept)
    return text


def at_home(canonical: pl.Series, countries: pl.Series) -> pl.Series:
    """The country whose plan validates a number: France's, of its land lines and mobiles dialled in its parts overseas;
    special numbers (`0800…`) are those of the part.
    """
    if not {*countries.unique()} & {*FRENCH[1:]}:
        return countries
    dialled = countries.is_in(FRENCH[1:]).fill_null(False) & canonical.str.contains("^0[1-79]").fill_null(False)
    return when(dialled, "FR", countries)
