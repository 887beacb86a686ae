"""Pairs of customers compared field by field: a grade for each field of which both say something, and its points.

Lives here: what fields say together (names in the other order, mailboxes of names, one place). Not here: when two words
are alike (`words_alike.py`), how many points a grade has (`schemas/vocabulary/duplicate_points.csv`), which pairs are
worth proposing (`possible_duplicates.py`).

Many pairs are graded at once, a column per field: one by one, those of a million customers took four minutes.
"""

from functools import cache

import polars as pl

from pipelines.duplicates import words_alike
from pipelines.duplicates.rarity import Rare
from pipelines.duplicates.words_alike import each_pair
from schemas.wordlists import wordlist

PARTS_OF_A_PLACE = ("address", "postal_code", "city")
WORDS = {
    "company": words_alike.companies,
    "address": words_alike.streets,
    "postal_code": words_alike.postal_codes,
    "city": words_alike.towns,
    "vat_number": words_alike.vat_numbers,
}
FIELDS = ("first_name", "last_name", *WORDS, "phone", "external_id", "email")
LONG_MAILBOX = 5
LONG_ADDRESS = 10


def graded(pairs: pl.DataFrame, rare: Rare) -> pl.DataFrame:
    """For each pair, in order, a column per field of `FIELDS`: `field`, `grade` and `points`, null where one is blank.

    Args:
        pairs: every column of both customers as `rated` gives them, the other one's with `_` behind its name.
        rare: the bits of what customers have several of, as `rare_in_lists` gives them.
    """
    shared = [_shared(pairs, name, bits).alias(f"{name}_shared") for name, bits in rare.items()]
    graded_words = [
        _grade(field, each_pair(pairs, field, how), _rarer(f"{field}_bits")) for field, how in WORDS.items()
    ]
    found = pairs.with_columns(shared).select(
        *_names(pairs),
        *graded_words,
        _phones(),
        _references(),
        _emails(each_pair(pairs, "email", words_alike.addresses)),
    )
    return found.with_columns(_one_place())


def points_of(field: str) -> pl.Expr:
    """The points of a field, 0 where it says nothing."""
    return pl.col(field).struct.field("points").fill_null(0)


@cache
def points() -> dict[tuple[str, str], tuple[float, float, float]]:
    """By field and grade: the share of a value's bits that counts, and between what it lies."""
    return {
        (line["field"], line["grade"]): (float(line["share"]), float(line["least"]), float(line["most"]))
        for line in wordlist("duplicate_points")
    }


def _grade(field: str, grade: pl.Expr | pl.Series, bits: pl.Expr) -> pl.Expr:
    """A field's grade with the points for it."""
    told = pl.lit(grade) if isinstance(grade, pl.Series) else grade
    counted = pl.coalesce(
        pl.when(told == each).then((bits * share).clip(least, most).round(2))
        for (of_field, each), (share, least, most) in points().items()
        if of_field == field
    )
    whole = pl.struct(field=pl.lit(field), grade=told, points=counted)
    return pl.when(told.is_not_null()).then(whole).alias(field)


def _rarer(column: str, other: str | None = None) -> pl.Expr:
    """The bits of the more common one of two values."""
    return pl.min_horizontal(column, f"{other or column}_")


def _names(pairs: pl.DataFrame) -> list[pl.Expr]:
    """Both names; in the other order where they agree better so."""
    straight, turned = _in_order(pairs, "first", "last"), _in_order(pairs, "last", "first")
    # Lists that hold `Martin Paul` and `Paul Martin`: the order that agrees better is the one that was meant.
    better = _sum(turned) > _sum(straight)
    return [pl.when(better).then(other).otherwise(one) for one, other in zip(straight, turned, strict=True)]


def _in_order(pairs: pl.DataFrame, first: str, last: str) -> list[pl.Expr]:
    """First and last name by the columns in which one of the two customers has them."""
    firsts = each_pair(pairs, first, words_alike.first_names, "first")
    lasts = each_pair(pairs, last, words_alike.last_names, "last")
    return [
        _grade("first_name", firsts, _rarer(f"{first}_bits", "first_bits")),
        _grade("last_name", lasts, _rarer(f"{last}_bits", "last_bits")),
    ]


def _sum(grades: list[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal(each.struct.field("points") for each in grades)


def _shared(pairs: pl.DataFrame, name: str, bits: pl.DataFrame) -> pl.Series:
    """The bits of the rarest value that both have; 0 where they share none, null where one has none."""
    both = pairs.select(
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
        told=(pl.col(name).list.len() > 0) & (pl.col(f"{name}_").list.len() > 0),
        value=pl.col(name).list.set_intersection(f"{name}_"),
    )
    rarest = both.explode("value").join(bits, on="value").group_by("row").agg(pl.col("bits").max())
    told = both.join(rarest, on="row", how="left", maintain_order="left")
    return told.select(pl.when("told").then(pl.col("bits").fill_null(0)).alias("bits"))["bits"]


def _phones() -> pl.Expr:
    bits = pl.col("numbers_shared")
    return _grade("phone", pl.when(bits > 0).then(pl.lit("equal")).when(bits == 0).then(pl.lit("different")), bits)


def _references() -> pl.Expr:
    """One reference that both have; two systems have two of one customer, which says nothing."""
    bits = pl.col("references_shared")
    return _grade("external_id", pl.when(bits > 0).then(pl.lit("equal")), bits)


def _emails(letters: pl.Series) -> pl.Expr:
    """Two addresses: of mailboxes that are made of names only what the name does not say.

    Namesakes have one mailbox name and their own number behind it, or one at another provider.
    """
    of_name = pl.col("mailbox_of_name") & pl.col("mailbox_of_name_")
    one_mailbox = (pl.col("mailbox") == pl.col("mailbox_")) & (pl.col("mailbox").str.len_chars() >= LONG_MAILBOX)
    near = (pl.lit(letters) == "near") & (pl.col("email").str.len_chars() >= LONG_ADDRESS)
    one_number = pl.col("mailbox_number") == pl.col("mailbox_number_")
    grade = (
        pl.when(pl.lit(letters) == "equal")
        .then(pl.lit("equal"))
        .when(near & one_number)
        .then(pl.lit("near"))
        .when(one_mailbox & of_name)
        .then(pl.lit("name at another provider"))
        .when(one_mailbox)
        .then(pl.lit("same mailbox name"))
        .when(near)
        .then(pl.lit("other number"))
        .when(pl.lit(letters).is_not_null())
        .then(pl.lit("different"))
    )
    whole = pl.when(of_name).then(_rarer("provider_bits")).otherwise(_rarer("email_bits"))
    bits = (
        pl.when(pl.lit(letters) == "equal")
        .then("email_bits")
        .when(one_mailbox & ~near)
        .then(_rarer("mailbox_bits"))
        .otherwise(whole)
    )
    return _grade("email", grade, bits)


def _one_place() -> list[pl.Expr]:
    """Street, code and city say one thing, where: the best of them counts whole, of the others a quarter."""
    best = pl.max_horizontal(points_of(field) for field in PARTS_OF_A_PLACE)
    told, is_best = [], pl.lit(value=False)
    for field in PARTS_OF_A_PLACE:
        lesser = (points_of(field) > 0) & ((points_of(field) < best) | is_best)
        quarter = (points_of(field) / 4).round(2)
        told.append(
            pl.when(lesser).then(pl.col(field).struct.with_fields(points=quarter)).otherwise(field).alias(field)
        )
        is_best = is_best | (points_of(field) == best)
    return told
