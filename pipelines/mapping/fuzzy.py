"""Titles that are nearly a known one: typing errors found, renamed titles paired, candidates named.

Lives here: every use of rapidfuzz. Not here: whether a likeness is enough for a mapping (`map_columns.py`).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from pipelines.language.spelling import Words, normalise, words_of
from pipelines.titles.known_titles import is_of_language, known_titles
from schemas.fields import BY_NAME, Grain

LONG, VERY_LONG = 7, 10
"""Letters from which a word may have one error, or two: a shorter word becomes another word by one letter."""

# Fields whose values confirm a short title with an error: an address, a number or a day is nothing else.
TOLD_BY_VALUES = frozenset({"email", "phone", "amount", "average", "date", "country", "currency"})
SHORT = 5
RELATED, RENAMED, ADDED = 60, 70, 0.8


@lru_cache(maxsize=10_000)  # 30 ms each, and the lists of one sender have the same titles
def nearly_known(title: str, grain: Grain, language: str | None = None) -> tuple[str, float] | None:
    """The field of the known title that this one is with a typing error or two, and how alike they are (0..1).

    Every word must be there in its place; None where nothing is near, or titles of two fields are. Where the `language`
    of the file's titles is known, only its titles and English ones are near: a word of one language is often nearly
    one of another (`Quantità`, a number of pieces, and the Portuguese `quantia`, an amount).
    """
    words = words_of(title)
    near = {
        (field, alike)
        for known, field in known_titles(grain).items()
        if (alike := _alike(words, known, field)) and is_of_language("".join(known), language)
    }
    fields = {field for field, _ in near}
    # Near titles of two fields leave open which one was meant.
    return (fields.pop(), max(alike for _, alike in near)) if len(fields) == 1 else None


def nearest(title: str, fields: Sequence[str], grain: Grain) -> str | None:
    """The one of these fields whose known titles come nearest, to ask whether it was meant; None where none does."""
    from rapidfuzz import fuzz  # here and below: few files have titles that are nearly known

    said = " ".join(words_of(title))
    scored = [
        (fuzz.token_set_ratio(said, " ".join(known)), field)
        for known, field in known_titles(grain).items()
        if field in fields
    ]
    score, field = max(scored, default=(0.0, ""))
    return field if score >= RELATED else None


def difference(expected: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """How titles differ, told in signs that need no language: `− missing`, `+ new`, `old → new`."""
    missing = [title for title in expected if title not in found]
    added = [title for title in found if title not in expected]
    renamed = _pairs(missing, added)
    return (
        *(f"{old} → {new}" for old, new in renamed.items()),
        *(f"− {title}" for title in missing if title not in renamed),
        *(f"+ {title}" for title in added if title not in renamed.values()),
    )


def _likeness(old: str, new: str) -> float:
    """How alike two titles are, from 0 to 100; words only added (`Phone`, `Phone number`) count little."""
    from rapidfuzz import fuzz

    return max(fuzz.token_sort_ratio(old, new), ADDED * fuzz.token_set_ratio(old, new))


def _alike(words: Words, known: Words, field: str) -> float:
    """How alike two titles are where each word is the other's with an error at most; else nothing."""
    if len(words) != len(known) or words == known:
        return 0.0
    from rapidfuzz.distance import OSA

    by_values = BY_NAME[field].kind in TOLD_BY_VALUES
    # OSA counts two letters in the wrong order as one error, as people type them.
    errors = [OSA.distance(word, other) for word, other in zip(words, known, strict=True)]
    allowed = [_errors_allowed(min(len(a), len(b)), by_values) for a, b in zip(words, known, strict=True)]
    letters = sum(map(len, known))
    # Two errors in all, however many words: a title that is wrong in each of them is another title.
    fine = all(made <= most for made, most in zip(errors, allowed, strict=True)) and sum(errors) <= 2
    return 1 - sum(errors) / letters if fine else 0.0


def _errors_allowed(letters: int, by_values: bool) -> int:
    if letters >= VERY_LONG:
        return 2
    return 1 if letters >= LONG or (by_values and letters >= SHORT) else 0


def _pairs(missing: Iterable[str], added: Sequence[str]) -> dict[str, str]:
    """Each missing title with the new one it most looks like, every new one once."""
    scored = sorted(
        ((_likeness(normalise(old), normalise(new)), old, new) for old in missing for new in added),
        reverse=True,
    )
    pairs: dict[str, str] = {}
    for score, old, new in scored:
        if score >= RENAMED and old not in pairs and new not in pairs.values():
            pairs = pairs | {old: new}
    return pairs
