"""Who is compared with whom: customers who share a key, where not too many do.

Lives here: the keys, the pairs that they give. Not here: what is compared (`grades.py`). All pairs of a million
customers are 500 milliards; those that share a key are some hundred thousand.
"""

from collections.abc import Iterator

import polars as pl

MOST_OF_A_BLOCK = 50
"""A key that more customers share tells nobody apart: of a million it would give most of the pairs, and none that
counts."""


def candidate_pairs(customers: pl.DataFrame, needed: float, among: pl.Series | None = None) -> pl.DataFrame:
    """The pairs to be compared, by their rows in `comparable` customers: `a`, `b`, the lower first, each once.

    Args:
        customers: as `comparable` gives them, with the `bits` that their names have.
        needed: the points of a pair that is proposed.
        among: rows of which each pair has one at least; all pairs without it.
    """
    rows = customers.with_columns(row=pl.int_range(pl.len(), dtype=pl.UInt32))
    keyed = (*_of_parts(rows), *(_of_list(rows, name) for name in LISTS))
    found = [_sieved(_of_block(each, among), customers, needed) for each in keyed]
    return pl.concat(found).unique().sort("a", "b")


def _of_block(keyed: pl.DataFrame, among: pl.Series | None) -> pl.DataFrame:
    """The pairs who share one kind of key."""
    sizes = keyed.group_by("key").len().filter(pl.col("len").is_between(2, MOST_OF_A_BLOCK)).select("key")
    blocks = keyed.join(sizes, on="key", how="semi")
    mine = blocks if among is None else blocks.filter(pl.col("row").is_in(among.implode()))
    pairs = mine.join(blocks, on="key", suffix="_other").filter(pl.col("row") != pl.col("row_other"))
    ends = pairs.select(a=pl.min_horizontal("row", "row_other"), b=pl.max_horizontal("row", "row_other"))
    return ends.unique()


def _sieved(pairs: pl.DataFrame, customers: pl.DataFrame, needed: float) -> pl.DataFrame:
    """Pairs without those that cannot come to the points that they need, by what their fields could give at most, and
    without those whose first names nobody would take for one another, in whatever order the names stand.

    Of a million customers that leaves one pair in ten; each is compared letter by letter in Python afterwards.
    """
    if pairs.is_empty():
        return pairs
    other = customers.select(pl.all().name.suffix("_"))
    both = pl.concat([pairs, customers[pairs["a"]], other[pairs["b"]]], how="horizontal")
    same_given = (pl.col("given") == pl.col("given_")).fill_null(value=True)
    straight = (_alike("first", "first_") | same_given) & _alike("last", "last_")
    turned = _alike("first", "last_") & _alike("last", "first_")
    places = [_at_most("city", 7), _at_most("postal_code", 10), _at_most("house", 14)]
    most = (
        pl.min_horizontal("bits", "bits_")
        + pl.max_horizontal(places)
        + pl.sum_horizontal(places) / 4
        + pl.max_horizontal(_at_most("provider", 14), _at_most("mailbox", 20))
        + _at_most("company", 16)
        + _at_most("vat_number", 20)
        + pl.when(pl.col("numbers").list.set_intersection("numbers_").list.len() > 0).then(18).otherwise(0)
        + pl.when(pl.col("references").list.set_intersection("references_").list.len() > 0).then(12).otherwise(0)
    )
    return both.filter((straight | turned) & (most >= needed)).select("a", "b")


def _alike(one: str, other: str) -> pl.Expr:
    """Whether two names may be one, or one of them is blank: they begin or end alike."""
    begin = pl.col(one).str.head(1) == pl.col(other).str.head(1)
    end = pl.col(one).str.tail(2) == pl.col(other).str.tail(2)
    return (begin | end).fill_null(value=True)


def _at_most(field: str, points: float) -> pl.Expr:
    """The points that a field gives at most: those, or none where both differ from the first letter to the last."""
    both = pl.col(field).is_not_null() & pl.col(f"{field}_").is_not_null()
    return pl.when(both & _alike(field, f"{field}_")).then(points).otherwise(0)


def _of_parts(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Each customer with its keys of one value or several; one of which a part is blank is none."""
    for name, parts in _keys().items():
        key = pl.concat_str(pl.lit(name), *parts, separator="|").hash()
        blank = pl.any_horizontal(part.is_null() for part in parts)
        yield rows.filter(~blank).select("row", key=key)


def _of_list(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Each customer with each value of a list as a key."""
    listed = rows.select("row", value=pl.col(name)).explode("value").drop_nulls()
    return listed.select("row", key=pl.concat_str(pl.lit(name), "value", separator="|").hash())


LISTS = ("numbers", "references")


def _keys() -> dict[str, list[pl.Expr]]:
    first, last, given, city, code = map(pl.col, ("first", "last", "given", "city", "postal_code"))
    mailbox, provider = pl.col("mailbox"), pl.col("provider")
    sounds = [_skeleton(given), _skeleton(last)]
    place = pl.coalesce("postal_code", "city")
    return {
        "email": [pl.col("email")],
        "mailbox": [pl.when(mailbox.str.len_chars() >= 5).then(mailbox)],
        "begin": [provider, mailbox.str.head(4)],
        "end": [provider, mailbox.str.tail(4)],
        "letters": [_filled(mailbox.str.replace_all(r"\d", "")), provider.str.head(2)],
        "vat": [pl.col("vat_number")],
        "names": [pl.min_horizontal(given, last), pl.max_horizontal(given, last)],
        "sounds": [pl.min_horizontal(*sounds), pl.max_horizontal(*sounds)],
        "last": [last],
        "last in place": [_skeleton(last), city.str.head(4)],
        "last in code": [_skeleton(last), code.str.head(3)],
        "first in place": [given, city],
        "first in code": [given, code],
        "first at": [given, provider],
        "last at": [last, provider],
        "initial": [last, given.str.head(1), place.str.head(2)],
        "swapped": [pl.coalesce(first, last), city],
        "address": [pl.col("address"), place.str.head(3)],
        "house": [_filled(pl.col("house")), code],
        "company": [pl.col("company")],
        "company in place": [pl.col("company").str.head(5), place.str.head(4)],
    }


def _filled(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _skeleton(name: pl.Expr) -> pl.Expr:
    """A name by its first letter and its consonants: what is left of it when it is misspelled."""
    return name.str.head(1) + name.str.tail(-1).str.replace_all("[aeiouyhw ]", "").str.head(4)
