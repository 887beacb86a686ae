"""Two words of one field: equal, near, a short form, another one.

Lives here: what the letters of two values say. Not here: what that counts (`grades.py`).
"""

from collections.abc import Callable

import polars as pl
from rapidfuzz.distance import OSA, JaroWinkler

from pipelines.duplicates.comparable import usual_names, variants

# Jaro-Winkler from which two names are one with a slip: measured beside Splink 5.0 on four sets of names.
NEAR = 0.88
SAME_STREET = 0.85
SLIPS_OF_AN_ADDRESS = 2


def each_pair(pairs: pl.DataFrame, column: str, how: Callable[[str, str], str], other: str | None = None) -> pl.Series:
    """For each row what `how` says of one customer's value and of the other's, null where one is blank.

    Each two values are compared once, however many customers have them.
    """
    both = pairs.select(one=column, other=f"{other or column}_")
    # Python compares each two values once; cities and names repeat.
    distinct = both.drop_nulls().unique()
    told = pl.Series("told", [how(*values) for values in distinct.iter_rows()], dtype=pl.String)
    return both.join(distinct.with_columns(told), on=["one", "other"], how="left", maintain_order="left")["told"]


def near(one: str, other: str) -> bool:
    """Whether two words differ as slips of the finger do: of four letters one that is another makes another name."""
    if min(len(one), len(other)) < 3:
        return False
    if JaroWinkler.similarity(one, other) >= NEAR:
        return True
    replaced = len(one) == len(other) and sorted(one) != sorted(other)
    return (len(one) >= 5 or not replaced) and OSA.distance(one, other, score_cutoff=1) <= 1


def first_names(one: str, other: str) -> str:
    """How two first names agree, by their grade."""
    if one == other:
        return "equal"
    mine, theirs = one.split(" "), other.split(" ")
    if len(mine) == len(theirs) > 1 and not near(mine[-1], theirs[-1]):
        return "different"  # Jean-Pierre and Jean-Baptiste
    if mine[0] == theirs[0] or variants(mine[0]) & variants(theirs[0]):
        return "variant"
    if len(mine[0]) == 1 or len(theirs[0]) == 1:
        return "initial" if mine[0][0] == theirs[0][0] else "different"
    both_known = mine[0] in usual_names() and theirs[0] in usual_names()
    short, long = sorted((one, other), key=len)
    another = both_known or (long.startswith(short) and len(long) > len(short) + 1)  # Julia and Julianna are sisters
    return "near" if near(one, other) and not another else "different"


def last_names(one: str, other: str) -> str:
    """How two last names agree, by their grade."""
    if one == other:
        return "equal"
    if near(one, other):
        return "near"
    mine, theirs = {*one.split(" ")}, {*other.split(" ")}
    shared = {part for part in mine & theirs if len(part) > 2}
    return "part" if shared and (mine <= theirs or theirs <= mine) else "different"


def companies(one: str, other: str) -> str:
    """How two companies agree by their core; one may begin the other."""
    if one == other or near(one, other):
        return "equal" if one == other else "near"
    short, long = sorted((one, other), key=len)
    return "part" if len(short) >= 4 and long.startswith(f"{short} ") else "different"


def streets(one: str, other: str) -> str:
    """How two addresses agree: another house number is another house."""
    if one == other:
        return "equal"
    if _figures(one) != _figures(other):
        return "different"
    return "near" if OSA.normalized_similarity(one, other) >= SAME_STREET else "different"


def _figures(address: str) -> list[str]:
    return sorted(part for part in address.split(" ") if part[0].isdigit())


def postal_codes(one: str, other: str) -> str:
    """How two postal codes agree."""
    if one == other:
        return "equal"
    return "near" if len(one) == len(other) and OSA.distance(one, other) <= 1 else "different"


def towns(one: str, other: str) -> str:
    """How two towns agree."""
    return "equal" if one == other else "near" if near(one, other) else "different"


def vat_numbers(one: str, other: str) -> str:
    """How two tax numbers agree: a figure that differs is another taxpayer."""
    return "equal" if one == other else "different"


def addresses(one: str, other: str) -> str:
    """How two e-mail addresses agree by their letters alone."""
    if one == other:
        return "equal"
    if abs(len(one) - len(other)) > SLIPS_OF_AN_ADDRESS:
        return "different"
    slips = OSA.distance(one, other, score_cutoff=SLIPS_OF_AN_ADDRESS + 1)
    return "near" if slips <= SLIPS_OF_AN_ADDRESS else "different"
