"""The shapes of a number: which separators group its digits, which one marks its decimals, and what proves it.

Lives here: bare number text of a column in, exact canonical text out. Not here: currency marks and signs around
the number (`currency_marks.py`), limits of a field (`numbers.py`).
"""

from dataclasses import dataclass, replace

import polars as pl

from pipelines.language.languages import uses_comma
from pipelines.models.parsed_column import NO_EVIDENCE, nowhere, when
from pipelines.parsing.numbers.currency_marks import INNER
from schemas.sentences.note import Note

TIDY = {
    **dict.fromkeys(
        "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
    ),
    **dict.fromkeys("’‘‛ʼʹ′`´＇", "'"),
    **dict.fromkeys("−‐‑‒–—﹣－", "-"),
    **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
    **dict(zip("＋，．＄", "+,.$", strict=True)),
}
"""Characters that are typed for others. Not the whole of NFKC: that makes 12² into 122."""

# Spaces and apostrophes group digits by three and mean nothing else.
GROUPED = r"^-?[1-9][0-9]{0,2}(?:(?: [0-9]{3})+|(?:'[0-9]{3})+)(?:[.,][0-9]+)?$"
# `1,234`: a thousand in one country, one and a bit in another.
EITHER = r"^-?[1-9][0-9]{0,2}[.,][0-9]{3}$"
# With India's groups of two behind the first three: `12,34,567.89`.
POINT_DECIMAL = (
    r"^-?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})\.[0-9]+$"
    r"|^-?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}$|^-?[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}$"
)
COMMA_DECIMAL = r"^-?(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+),[0-9]+$|^-?[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}$"
UNMARKED = rf"^-?[0-9]+(?:{INNER}[0-9]{{2}})?$"


MARKS = {"comma": ",", "point": "."}


@dataclass(frozen=True)
class Numbers:
    """A column's bare numbers, read: canonical text, what could not be decided, and how it was decided.

    `canonical` is null where the text has no shape of a number; `decided` are the rows that prove the style.
    """

    canonical: pl.Series
    undecided: pl.Series
    style: str | None
    notes: tuple[Note, ...]
    decided: pl.Series


def tidy(text: pl.Series) -> pl.Series:
    """Text with one kind of space, apostrophe, minus and digit."""
    if not text.str.contains(r"[^\x00-\x7f]|['`]").any():
        return text
    return text.str.replace_many(TIDY)


def read_numbers(bare: pl.Series, point_seen: bool, locale: str | None, seen: frozenset[str] = NO_EVIDENCE) -> Numbers:
    """Bare numbers as canonical text such as `-1234.5`, in the one style that the column's rows prove.

    `point_seen`: rows read elsewhere prove the decimal point; `seen`: the decimal marks, `comma` and `point`, that
    rows prove which are not in the file. Where rows prove both styles, each is read as it
    is proven, and what could be either is undecided, whatever the locale.
    """
    shapes = _shapes(bare)
    style, notes = _decide(shapes.either, shapes.comma, shapes.point, point_seen, locale, seen)
    undecided = shapes.either if style not in ("comma", "point") else nowhere(bare)
    return _read(shapes, style, undecided, notes)


def read_whole_numbers(bare: pl.Series, locale: str | None, seen: frozenset[str] = NO_EVIDENCE) -> Numbers:
    """The same for a column of whole numbers.

    Where no row has decimals, three digits other than 000 after a mark are a group, which proves that the mark
    groups; beside such rows `1.000` with the other mark is undecided: it would be a thousand or one.
    """
    shapes = _shapes(bare)
    if shapes.comma.any() or shapes.point.any():
        return read_numbers(bare, False, locale, seen)
    has_comma = shapes.text.str.contains(",", literal=True).fill_null(False)
    group = shapes.either & ~shapes.text.str.ends_with("000").fill_null(False)
    proven = replace(shapes, comma=group & ~has_comma, point=group & has_comma, either=shapes.either & ~group)
    style, notes = _decide(proven.either, proven.comma, proven.point, False, locale, seen)
    groups_other = (has_comma if style == "comma" else ~has_comma) if group.any() or seen else nowhere(bare)
    undecided = proven.either & groups_other if style in ("comma", "point") else proven.either
    return _read(proven, style, undecided, notes)


@dataclass(frozen=True)
class _Shapes:
    """Numbers without their spaces, and which of them prove the comma, the point, or could be either."""

    text: pl.Series
    comma: pl.Series
    point: pl.Series
    either: pl.Series


def _shapes(bare: pl.Series) -> _Shapes:
    grouped = bare.str.contains(GROUPED).fill_null(False)
    joined = when(grouped, bare.str.replace_all("[ ']", ""), bare) if grouped.any() else bare
    either = joined.str.contains(EITHER).fill_null(False)
    return _Shapes(
        text=joined,
        comma=joined.str.contains(COMMA_DECIMAL).fill_null(False) & ~either,
        point=joined.str.contains(POINT_DECIMAL).fill_null(False) & ~either,
        either=either,
    )


def _read(shapes: _Shapes, style: str | None, undecided: pl.Series, notes: tuple[Note, ...]) -> Numbers:
    as_comma = shapes.comma | (shapes.either & (style == "comma"))
    no_marks = shapes.text.str.contains(UNMARKED).fill_null(False)
    shaped = shapes.comma | shapes.point | (shapes.either & ~undecided) | no_marks
    canonical = when(shaped, _canonical(shapes.text, as_comma), None)
    return Numbers(canonical, undecided, style, notes, shapes.comma | shapes.point)


def _canonical(text: pl.Series, as_comma: pl.Series) -> pl.Series:
    from_point = text.str.replace_many({",": "", INNER: "."})
    return when(as_comma, text.str.replace_many({".": "", ",": "."}), from_point) if as_comma.any() else from_point


def _decide(
    either: pl.Series,
    comma: pl.Series,
    point: pl.Series,
    point_seen: bool,
    locale: str | None,
    seen: frozenset[str],
) -> tuple[str | None, tuple[Note, ...]]:
    """The column's decimal mark as its rows prove it, else as the locale has it, else None; and what to say of it."""
    comma_here, point_here = bool(comma.any()), point_seen or bool(point.any())
    proves_comma, proves_point = comma_here or "comma" in seen, point_here or "point" in seen
    # Two programs wrote into one column: what proves itself is read, what could be either is not.
    if proves_comma and proves_point:
        return "comma and point", (Note("NUMBERS_IN_TWO_STYLES"),)
    count, by_locale = int(either.sum()), uses_comma(locale)
    if proves_comma or proves_point:
        style = "comma" if proves_comma else "point"
        told = count and not (comma_here or point_here)
        return style, (Note("NUMBERS_BY_COLUMN", found=count, expected=MARKS[style]),) if told else ()
    if not count or by_locale is None:
        return None, ()
    style = "comma" if by_locale else "point"
    return style, (Note("NUMBERS_BY_LOCALE", found=count, expected=MARKS[style], value=locale),)
