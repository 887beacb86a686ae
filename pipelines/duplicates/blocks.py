"""Who is compared with whom: customers who share a key, where not too many do.

Lives here: the keys, the pairs that they give. Not here: what is compared (`grades.py`). All pairs of a million
customers are 500 milliards; those that share a key are some hundred thousand.
"""

from collections.abc import Iterator
from itertools import chain

import polars as pl

MOST_OF_A_BLOCK = 50
"""A key that more customers share tells nobody apart: of a million it would give most of the pairs, and none that
counts."""


LISTS = {"numbers": 18, "references": 12}
"""What customers have several of, and the points that one in common gives at most."""

SIGNS = ("first", "last", "city", "postal_code", "house", "provider", "mailbox", "company", "vat_number")
ENDS = {"a": pl.UInt32(), "b": pl.UInt32()}

PART = 300_000
"""So many pairs of one kind of key are made and sieved at once: more take more memory and no less time."""


def candidate_pairs(customers: pl.DataFrame, needed: float, among: pl.Series | None = None) -> pl.DataFrame:
    """The pairs to be compared, by their rows in `rated` customers: `a`, `b`, the lower first, each once.

    Args:
        customers: as `rated` gives them.
        needed: the points of a pair that is proposed.
        among: rows of which each pair has one at least; all pairs without it.
    """
    rows = customers.with_row_index("row")
    signs, lists = _signs(rows), customers.select(*LISTS)
    keyed = chain(_of_parts(rows), (_of_list(rows, name) for name in LISTS))
    found = [_sieved(pairs, signs, lists, needed) for each in keyed for pairs in _of_block(_blocks(each, among), among)]
    return pl.concat([pl.DataFrame(schema=ENDS), *found]).unique().sort("a", "b")


def _blocks(keyed: pl.DataFrame, among: pl.Series | None) -> pl.DataFrame:
    """The customers of each key that tells apart, with the part in which its pairs are made."""
    sizes = keyed.group_by("key").len("size").filter(pl.col("size").is_between(2, MOST_OF_A_BLOCK))
    if among is not None:
        sizes = sizes.join(keyed.filter(pl.col("row").is_in(among.implode())), on="key", how="semi")
    pair_count = pl.col("size").cast(pl.Int64) * (pl.col("size") - 1) // 2
    return keyed.join(sizes.select("key", part=pair_count.cum_sum() // PART), on="key")


def _of_block(blocks: pl.DataFrame, among: pl.Series | None) -> Iterator[pl.DataFrame]:
    """The pairs who share one kind of key, part by part."""
    for part in blocks.partition_by("part"):
        mine = part if among is None else part.filter(pl.col("row").is_in(among.implode()))
        pairs = mine.join(part, on="key", suffix="_other")
        if among is None:
            yield pairs.filter(pl.col("row") < pl.col("row_other")).select(a="row", b="row_other")
        else:
            # One of the two changed, which of them does not matter: the lower row stands first all the same.
            ends = {"a": pl.min_horizontal("row", "row_other"), "b": pl.max_horizontal("row", "row_other")}
            yield pairs.filter(pl.col("row") != pl.col("row_other")).select(**ends)


def _signs(customers: pl.DataFrame) -> pl.DataFrame:
    """What the sieve looks at of each customer, in numbers: of its values the first letter and the last two."""
    begin = [_number(pl.col(name).str.head(1)).alias(f"{name}_begin") for name in SIGNS]
    end = [_number(pl.col(name).str.tail(2)).alias(f"{name}_end") for name in SIGNS]
    listed = [(pl.col(name).list.len() > 0).fill_null(value=False).alias(name) for name in LISTS]
    return customers.select("bits", _number(pl.col("given")).alias("given"), *begin, *end, *listed)


def _number(text: pl.Expr) -> pl.Expr:
    return pl.when(text.is_not_null()).then(text.hash())


def _sieved(pairs: pl.DataFrame, signs: pl.DataFrame, lists: pl.DataFrame, needed: float) -> pl.DataFrame:
    """Pairs without those that cannot come to the points that they need, by what their fields could give at most, and
    without those whose first names nobody would take for one another, in whatever order the names stand.

    Of a million customers that leaves one pair in ten, whose letters are compared afterwards.
    """
    others = pl.all().name.suffix("_")
    # Gathered by row number instead of joined: rows are places in the frame.
    both = pl.concat([pairs, signs[pairs["a"]], signs[pairs["b"]].select(others)], how="horizontal")
    same_given = (pl.col("given") == pl.col("given_")).fill_null(value=True)
    straight = (_alike("first", "first") | same_given) & _alike("last", "last")
    turned = _alike("first", "last") & _alike("last", "first")
    places = [_at_most("city", 7), _at_most("postal_code", 10), _at_most("house", 14)]
    most = (
        pl.min_horizontal("bits", "bits_")
        + pl.max_horizontal(places)
        + pl.sum_horizontal(places) / 4
        + pl.max_horizontal(_at_most("provider", 14), _at_most("mailbox", 20))
        + _at_most("company", 16)
        + _at_most("vat_number", 20)
    )
    if_shared = pl.sum_horizontal(
        pl.when(pl.col(name) & pl.col(f"{name}_")).then(points).otherwise(0) for name, points in LISTS.items()
    )
    # In two steps: lists are intersected for the few pairs that may need what they share.
    near = both.filter((straight | turned) & (most + if_shared >= needed)).select("a", "b", most=most)
    listed = pl.concat([near, lists[near["a"]], lists[near["b"]].select(others)], how="horizontal")
    shared = pl.sum_horizontal(
        pl.when(pl.col(name).list.set_intersection(f"{name}_").list.len() > 0).then(points).otherwise(0)
        for name, points in LISTS.items()
    )
    return listed.filter(pl.col("most") + shared >= needed).select("a", "b")


def _alike(one: str, other: str) -> pl.Expr:
    """Whether two values may be one, or one of them is blank: they begin or end alike."""
    begin = pl.col(f"{one}_begin") == pl.col(f"{other}_begin_")
    end = pl.col(f"{one}_end") == pl.col(f"{other}_end_")
    return (begin | end).fill_null(value=True)


def _at_most(field: str, points: float) -> pl.Expr:
    """The points that a field gives at most: those, or none where both differ from the first letter to the last."""
    both = pl.col(f"{field}_begin").is_not_null() & pl.col(f"{field}_begin_").is_not_null()
    return pl.when(both & _alike(field, field)).then(points).otherwise(0)


def _of_parts(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Each customer with its keys of one value or several; one of which a part is blank is none."""
    for name, parts in _keys().items():
        # A number is joined faster than a text; a collision only proposes a pair that grading refuses.
        key = pl.concat_str(pl.lit(name), *parts, separator="|").hash()
        blank = pl.any_horizontal(part.is_null() for part in parts)
        yield rows.filter(~blank).select("row", key=key)


def _of_list(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Each customer with each value of a list as a key."""
    listed = rows.select("row", value=pl.col(name)).explode("value").drop_nulls()
    return listed.select("row", key=pl.concat_str(pl.lit(name), "value", separator="|").hash())


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
