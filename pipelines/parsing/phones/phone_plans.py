"""How many leading digits of a number the numbering plans look at: numbers that agree in those are validated alike.

Lives here: that knowledge of the plans, which a test proves against the plans themselves, and the block of each
number: all those that no plan tells from it. Not here: validating a number (`phones.py`).
A million numbers of a French list take 4.3 s one by one with rphonenumbers 0.1.0, 1.3 s by block.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import polars as pl

LOOKS = dict.fromkeys(("1", "30", "32", "39", "40", "44", "48", "49", "60", "63", "353", "421"), 4) | dict.fromkeys(
    (
        *("7", "31", "33", "34", "41", "43", "45", "46", "47", "62", "64", "65", "66", "351", "358", "359", "371"),
        *("372", "380", "385", "386", "420", "670", "673", "674", "675", "676", "677", "678", "679", "680", "681"),
        *("682", "683", "685", "686", "687", "688", "689", "690", "691", "692"),
    ),
    3,
)
"""By calling code, the leading digits of a national number that its plan looks at, but for those of DEEPER."""

DEEPER: dict[str, dict[int, str]] = {
    "1": {
        5: "800",
        6: "242 264 268 284 340 345 441 473 523 524 649 658 664 670 671 684 721 758 767 784 829 868 869",
        7: "246 876",
    },
    "7": {4: "717 810", 5: "710 711 712 713 714 715 716 718 721 722 723 724 725 726 727 728 729", 6: "930"},
    "30": {7: "500"},
    "31": {5: "140"},
    "33": {5: "836"},
    "34": {5: "973", 7: "969"},
    "39": {5: "066"},
    "43": {4: "435 648"},
    "44": {
        5: "116 121 153 163 174 176 182 745 764 766 770 791",
        6: "113 114 120 125 127 129 136 138 140 142 146 148 152 156 160 164 165 169 172 175 183 188 190 193 194 196 "
        "199 300 308 345 370 371 372 701 762 808 845 870 871 872 900 901 906 907",
        7: "162 344 800 844",
    },
    "46": {4: "900 939 944"},
    "47": {4: "453", 5: "810"},
    "49": {
        5: "150 151 153 154 155 156 158 160 162 163 170 171 172 173 174 175 176 177 178 179 185",
        6: "152 157 159",
    },
    "60": {5: "116 117 144 184 185 188", 6: "118 154 156"},
    "62": {4: "150 211 807", 5: "215", 6: "001 007"},
    "64": {4: "500 503 506 507 508"},
    "65": {4: "180 190 662 700"},
    "66": {4: "180 190 671 672 673", 6: "001"},
    "351": {4: "169 622 708 760 761 762 809 884 948", 5: "689 703 705", 6: "609 639 659 669"},
    "353": {6: "882"},
    "358": {4: "709"},
    "359": {5: "008"},
    "371": {4: "230 232", 5: "233"},
    "372": {4: "519 564 565 800 823", 5: "811 827 828", 6: "810 820"},
    "380": {4: "800 900"},
    "385": {5: "975"},
    "386": {4: "655 656 818 822 828"},
    "420": {4: "706"},
    "676": {4: "080"},
    "679": {4: "080"},
    "683": {4: "888"},
    "686": {4: "300", 5: "620 650 651 652 653 654 655 731 750 751 752 753 754 755", 6: "301"},
    "691": {4: "320 330 350 360 370 380 390", 5: "310 312 313"},
}
"""By calling code and how far its plan looks, the first three digits of the numbers at which it looks farther."""

DIALLED = {"1": "1", "7": "8", "692": "1"} | dict.fromkeys(
    (
        *("31", "32", "33", "40", "41", "43", "44", "46", "49", "60", "62", "63", "64", "66", "353", "358", "359"),
        *("380", "385", "386", "421", "686"),
    ),
    "0",
)
"""By calling code, the digit that is dialled before a national number and is no part of it."""

OTHERWISE = {"1": "011", "7": "810", "44": "180", "358": "99", "386": "10"}
"""What else may be dialled there before a number, foreign or special: what starts so is validated by itself."""

HOMES = frozenset(code for code in LOOKS if not code.startswith("6"))
"""Calling codes of the countries of which all is known that may be dialled there before a number."""

SHORTEST, LONGEST, FARTHEST, LONE = 8, 18, 11, 30
"""How many digits numbers of a block have, and at most as deciding ones; and too many, so that there is no block."""

PREFIXES = [f"{digits:03d}" for digits in range(1000)]
NUMBER, BLOCK, TAIL = "number", "block", "tail"


class Plans(NamedTuple):
    """What is looked up: powers of ten; by three digits the width of the calling code that they start with; by calling
    code whether a zero is dialled before its numbers; by calling code and three digits how far its plan looks.
    """

    tens: pl.Series
    widths: pl.Series
    zeros: pl.Series
    looks: pl.Series


def blocks(
    cells: pl.DataFrame, optional: bool, homes: Mapping[str, str], calling_codes: frozenset[str]
) -> pl.DataFrame:
    """For each cell its `number`, its `block`, and `tail`: the power of ten that parts off what does not decide.

    `cells`: `canonical` (digits, a leading plus, where `optional` an `o` for `(0)`), `country`, `lost_zero`, and
    `dials_00`: whether 00 stands for a plus there; `homes`: the calling code of each country that dials as the main
    country of its code does; `calling_codes`: all there are. Of two cells of one block either both are numbers or none
    is, and the numbers differ in their tails alone. A cell without a block is to be validated by itself.
    """
    plans, known = _plans(calling_codes), {country: int(code) for country, code in homes.items() if code in HOMES}
    code = pl.col("country").replace_strict(known, default=None, return_dtype=pl.Int64)
    written = cells.lazy().select(*_written(optional), code.alias("code")).collect()
    return (
        written.lazy()
        .with_columns(width=_at(plans.widths, _opening(plans, pl.lit(3))))
        .with_columns(before=_before(plans))
        .with_columns(head=_head_with_zero(plans) if optional else _head(plans, written))
        .with_columns(tail=_ten(plans, pl.col("length") - pl.col("head")))
        .select(NUMBER, TAIL, _block().alias(BLOCK))
        .collect()
    )


def _written(optional: bool) -> list[pl.Expr]:
    """Each number as an integer, how many digits it has, where its `o` is, what it starts with."""
    text, zeros = pl.col("canonical"), pl.col("canonical").str.starts_with("00")
    abroad = text.str.starts_with("+") | (zeros & pl.col("dials_00"))
    before = pl.when(zeros & abroad).then(2).when(abroad).then(1).otherwise(0)
    return [
        (text.str.replace("o", "0", literal=True) if optional else text).cast(pl.Int64, strict=False).alias(NUMBER),
        (text.str.len_bytes().cast(pl.Int64) - before).alias("length"),
        abroad.alias("abroad"),
        text.str.starts_with("0").alias("zero"),
        (zeros & ~abroad).alias("undecided"),
        (~(abroad | text.str.starts_with("0"))).alias("bare"),
        pl.col("lost_zero"),
        *([(text.str.find("o", literal=True).cast(pl.Int64) - before).alias("optional")] if optional else []),
    ]


def _before(plans: Plans) -> pl.Expr:
    """The digits before a national number: of the calling code, else of the zero that is dialled."""
    zero = pl.col("zero") & (_at(plans.zeros, pl.col("code")) == 1)
    return pl.when(pl.col("abroad")).then("width").otherwise(zero.cast(pl.Int64))


def _head(plans: Plans, written: pl.DataFrame) -> pl.Expr:
    """How many leading digits decide, by the form of the number; null where that is not known."""
    code = pl.when(pl.col("abroad")).then(0).otherwise(pl.col("code") * 1000)
    head = pl.col("before") + _at(plans.looks, code + _opening(plans, pl.col("before") + 3))
    known = pl.when(~pl.col("undecided")).then(head)
    if not written["bare"].any():
        return known
    of_bare = _head_of_bare(plans, head, bool(written["lost_zero"].any()))
    return pl.when(pl.col("bare")).then(of_bare).otherwise(known)


def _head_of_bare(plans: Plans, head: pl.Expr, lost_zero: bool) -> pl.Expr:
    """Of a number without zero or plus, which may have lost its plus, or in a number cell a zero that belongs to it."""
    lost_plus = pl.col("width") + _at(plans.looks, _opening(plans, pl.col("width") + 3))
    dialled = _at(plans.zeros, pl.col("code")) == 1
    restored = _at(plans.looks, pl.col("code") * 1000 + _opening(plans, pl.lit(2))) - 1
    heads = [head, lost_plus, *([pl.when(~dialled).then(restored)] if lost_zero else [])]
    return pl.when(lost_plus.is_not_null()).then(pl.max_horizontal(heads))


def _head_with_zero(plans: Plans) -> pl.Expr:
    """`+33(0)6…`: read without the zero, and with it, which looks no farther where a zero is dialled."""
    code, after = _opening(plans, pl.col("width")), pl.col(NUMBER) % _ten(plans, pl.col("length") - pl.col("width") - 1)
    first = after // _ten(plans, pl.col("length") - pl.col("width") - 4)
    without = pl.col("width") + 1 + _at(plans.looks, code * 1000 + first)
    with_it = pl.col("width") + _at(plans.looks, _opening(plans, pl.col("width") + 3))
    both = pl.max_horizontal(without, with_it)
    placed = pl.col("abroad") & (pl.col("optional") == pl.col("width"))
    return pl.when(placed).then(pl.when(_at(plans.zeros, code) == 1).then(without).otherwise(both))


def _block() -> pl.Expr:
    """The form, the length and the deciding digits as one integer."""
    form = pl.when(pl.col("abroad")).then(2).otherwise(pl.col("zero").cast(pl.Int64))
    home = pl.when(~pl.col("abroad")).then(pl.col("code") * 2 + pl.col("lost_zero")).otherwise(0)
    decided = pl.col("length").is_between(SHORTEST, LONGEST) & (pl.col("head") < pl.col("length"))
    # 12 bits for home and lost zero, 2 for the form, 5 for the length: together one key to join by.
    packed = (((pl.col(NUMBER) // pl.col(TAIL)) * 32 + pl.col("length")) * 4 + form) * 4096 + home
    return pl.when(decided & (pl.col("head") <= FARTHEST)).then(packed)


def _opening(plans: Plans, places: pl.Expr) -> pl.Expr:
    """The first digits of each number, as an integer."""
    return pl.col(NUMBER) // _ten(plans, pl.col("length") - places)


def _ten(plans: Plans, power: pl.Expr) -> pl.Expr:
    return _at(plans.tens, power.clip(0, LONGEST))


def _at(table: pl.Series, place: pl.Expr) -> pl.Expr:
    return pl.lit(table).gather(place).cast(pl.Int64)


@cache
def _plans(calling_codes: frozenset[str]) -> Plans:
    """The tables; three digits that no calling code starts are no number, so that nothing behind them is looked at."""
    places = [int(code) * 1000 + first for code in LOOKS for first in range(1000)]
    looks = pl.Series([far for code in LOOKS for far in looked_at(code)], dtype=pl.Int8)
    return Plans(
        tens=pl.Series([10**power for power in range(LONGEST + 1)]),
        widths=pl.Series([_width(prefix, calling_codes) for prefix in PREFIXES], dtype=pl.Int64),
        zeros=pl.Series([int(DIALLED.get(str(code)) == "0") for code in range(1000)]),
        # A table by calling code and three digits, so that a million numbers are looked up without a join.
        looks=pl.repeat(0, 1_000_000, dtype=pl.Int8, eager=True).scatter(places, looks),
    )


def _width(prefix: str, calling_codes: frozenset[str]) -> int | None:
    """How many of three digits are the calling code: all of them where there is none; null where no plan is known."""
    code = next((prefix[:width] for width in (1, 2, 3) if prefix[:width] in calling_codes), None)
    if code is None:
        return None if prefix.startswith("0") else 3
    return len(code) if code in LOOKS else None


def looked_at(code: str) -> list[int]:
    """How far the plan looks at a number that starts with each three digits, what is dialled before it included."""
    farther = {prefix: far for far, prefixes in DEEPER.get(code, {}).items() for prefix in prefixes.split()}
    plan = [farther.get(prefix, LOOKS[code]) for prefix in PREFIXES]
    return [max(far, _dialled(code, prefix, plan)) for prefix, far in zip(PREFIXES, plan, strict=True)]


def _dialled(code: str, prefix: str, plan: list[int]) -> int:
    """How far the plan looks where the first of three digits may be one that is dialled before the number."""
    digit, other = DIALLED.get(code, "-"), OTHERWISE.get(code, "-")
    if prefix.startswith((other, digit * 2)):
        # Too many to be decided by a block: such a number is validated by itself.
        return LONE
    first = int(prefix[1:]) * 10
    return 1 + max(plan[first : first + 10]) if prefix.startswith(digit) else 0
