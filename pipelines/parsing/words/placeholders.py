"""Words that stand where nothing is: errors of spreadsheets, the null of programs, `TBD` and zeros for an identifier.

Lives here: finding them (`schemas/vocabulary/placeholders.csv`) and taking them out. Not here: identifiers that lost
digits (`pipelines/parsing/identifiers.py`), blanks among numbers and dates (`pipelines/models/parsed_column.py`).
"""

from collections import Counter
from collections.abc import Sequence

import polars as pl

from pipelines.models.parsed_column import nowhere, when
from schemas.fields import Field
from schemas.wordlists import words

TELLING_DIGIT = "[1-9]"
NO_LETTER_OR_DIGIT = r"^[^\p{L}\p{N}]+$"
ZEROS = r"^[{(]?0[0x.,\s-]*[)}]?$"
"""`0`, `0.00`, `000000`, `0x0` and the UUID of zeros."""

ONE = r"^1[.,]0+$"
WHOLE_AS_DECIMAL = r"^\d+[.,]0+$"
SHORT_CODE = r"^\p{L}{1,3}$"
"""Where other cells are such codes, `ND` is one of them."""

TEXTS = ("text", "place", "country", "postal_code")
"""Kinds of columns in which a program's null can only be told by where else it stands."""

NAMING = ("name", "first_name", "last_name", "contact_first_name", "contact_last_name")
"""Fields in which any word may be somebody's name (PIT-52)."""

ERROR = r"^#(?:[\p{Lu}\d_/¡¿]+[!?]|Err:\d{3})$"
NO_WORDS = ("undefined", "[object Object]")
ODD = ("-1",)
LONGEST = max(len(word.encode()) for word in words("placeholders"))
SHORT = max(len(word.encode()) for word in words("placeholders", "nothing"))
OFTEN = 3
"""Cells of one column in which a program's null is seen to mean nothing, where no other column of the file has it."""


def in_identifiers(text: pl.Series) -> pl.Series:
    """Where an identifier is none: a sign, zeros, a word of the list; `1.0` that repeats among ids of other forms.

    `text` is cleaned, null where blank. Nearly every real identifier has a digit, so that few cells are looked at.
    """
    # Looked for first: nearly no column has any, and `is_in` hashes every cell.
    odd = text.is_in(ODD).fill_null(False) if text.str.starts_with("-").any() else nowhere(text)
    suspects = (~text.str.contains(TELLING_DIGIT)).fill_null(False)
    ones = _repeated_ones(text)
    found = odd | ones if ones is not None else odd
    if not suspects.any():
        return found
    few = text.filter(suspects)
    folded = few.str.to_lowercase()
    listed = folded.is_in([word.lower() for word in words("placeholders", "error", "nothing", "identifier")])
    # Among codes of letters (`AB`, `KL`) a short word of the list is one of them.
    if few.filter(~listed).str.contains(SHORT_CODE).sum() >= OFTEN:
        listed &= few.str.len_chars() > 2
    empty = listed | few.str.contains(NO_LETTER_OR_DIGIT) | few.str.contains(ZEROS)
    return found | nowhere(text).scatter(suspects.arg_true().filter(empty), True)


def without_signs(addresses: pl.Series, further: Sequence[pl.Series]) -> pl.Series:
    """Addresses without `-`, `n/a` and their like in rows that have one in a further column: nothing was written."""
    if not further:
        return addresses
    elsewhere = pl.select(pl.any_horizontal([text.is_not_null() for text in further])).to_series()
    return when(in_identifiers(addresses) & elsewhere, None, addresses)


def _repeated_ones(text: pl.Series) -> pl.Series | None:
    """Where `1.0` stands, if it repeats and is no number among others that a program wrote with a decimal."""
    ones = text.str.contains(ONE).fill_null(False)
    if int(ones.sum()) < 2:
        return None
    others = text.str.contains(WHOLE_AS_DECIMAL).fill_null(False) & ~ones & ~text.str.contains(ZEROS).fill_null(False)
    # Beside `2.0` and `3.0` it is the first of a count.
    return None if others.any() else ones


def nulls_of(field: Field, text: pl.Series) -> frozenset[str]:
    """The nulls of programs that stand in a column, letter by letter as a program writes them; a name has none."""
    return frozenset() if field.name in NAMING else frozenset(_few(text, SHORT).unique().to_list())


def leans_on_others(field: Field) -> bool:
    """Whether what stands in other columns decides of a column of this field (`elsewhere` of `in_column`)."""
    return field.kind in TEXTS and field.name not in NAMING


def in_column(field: Field, text: pl.Series, elsewhere: frozenset[str]) -> pl.Series | None:
    """Where the cells of a field's column say nothing; None for a kind that knows its own blanks.

    `text` is cleaned, null where blank; `elsewhere`: the nulls of programs that stand in the file's other columns.
    """
    if field.kind in ("identifier", "vat"):
        return in_identifiers(text)
    if field.name in NAMING or field.kind == "email":
        return _in_text(text, frozenset(), may_count=False)
    return _in_text(text, elsewhere, may_count=field.kind == "text") if leans_on_others(field) else None


def _in_text(text: pl.Series, elsewhere: frozenset[str], may_count: bool) -> pl.Series:
    """Where a cell of text says nothing: an error, which is no text anywhere, or a null that the file uses so: another
    column has it too, or this one often enough, where that counts.
    """
    # One character per cell, before any pattern is tried.
    here = (text.str.starts_with("#") | text.is_in(NO_WORDS)).fill_null(False)
    if here.any():
        here &= (text.is_in(words("placeholders", "error")) | text.str.contains(ERROR)).fill_null(False)
    frequent = [word for word, count in Counter(_few(text, SHORT).to_list()).items() if may_count and count >= OFTEN]
    nulls = sorted({*elsewhere, *frequent})
    return here | text.is_in(nulls).fill_null(False) if nulls else here


def _few(text: pl.Series, longest: int) -> pl.Series:
    """The cells that may be a null: lengths are known without reading the text."""
    return (short := text.filter((text.str.len_bytes() <= longest).fill_null(False))).filter(
        short.is_in(words("placeholders", "nothing"))
    )
