"""Two customers compared field by field: a grade, its points, and what both say.

Lives here: what is equal, near or different in each field. Not here: how many points a grade has
(`schemas/vocabulary/duplicate_points.csv`), which pairs are worth proposing (`possible_duplicates.py`).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler

from pipelines.duplicates.comparable import folded_word, usual_names, variants
from schemas.wordlists import wordlist

NEAR = 0.88
SAME_STREET = 0.85
PARTS_OF_A_PLACE = ("address", "postal_code", "city")

Values = dict[str, Any]
Bits = dict[str, dict[str, float]]


class Grade(NamedTuple):
    """How a field agrees, and the points for that."""

    field: str
    grade: str
    points: float


def graded(one: Values, other: Values, bits: Bits) -> list[Grade]:
    """The grades of all fields of which both say something; `bits`: how rare values are, by column."""
    found = [*_names(one, other, bits)]
    for field in ("company", "address", "postal_code", "city", "vat_number"):
        if one[field] and other[field]:
            found.append(_simple(field, one[field], other[field], bits))
    for field, grade in (
        ("phone", _lists("numbers", one, other, bits)),
        ("external_id", _lists("references", one, other, bits)),
    ):
        if grade is not None and (grade or field == "phone"):
            found.append(_grade(field, "equal" if grade else "different", grade))
    if one["email"] and other["email"]:
        found.append(_emails(one, other, bits))
    return _one_place(found)


def _grade(field: str, grade: str, bits: float) -> Grade:
    share, least, most = points()[field, grade]
    return Grade(field, grade, round(min(max(bits * share, least), most), 2))


@cache
def points() -> dict[tuple[str, str], tuple[float, float, float]]:
    """By field and grade: the share of a value's bits that counts, and between what it lies."""
    return {
        (line["field"], line["grade"]): (float(line["share"]), float(line["least"]), float(line["most"]))
        for line in wordlist("duplicate_points")
    }


def near(one: str, other: str) -> bool:
    """Whether two words differ as slips of the finger do: of four letters one that is another makes another name."""
    if min(len(one), len(other)) < 3:
        return False
    if JaroWinkler.similarity(one, other) >= NEAR:
        return True
    replaced = len(one) == len(other) and sorted(one) != sorted(other)
    return (len(one) >= 5 or not replaced) and OSA.distance(one, other, score_cutoff=1) <= 1


def _names(one: Values, other: Values, bits: Bits) -> Iterator[Grade]:
    """Both names; in the other order where they agree better so."""
    straight = [*_named(one["first"], one["last"], other["first"], other["last"], bits)]
    turned = [*_named(one["last"], one["first"], other["first"], other["last"], bits)]
    yield from max(straight, turned, key=lambda grades: sum(grade.points for grade in grades))


def _named(first: str | None, last: str | None, first_: str | None, last_: str | None, bits: Bits) -> Iterator[Grade]:
    if first and first_:
        yield _grade("first_name", _first_names(first, first_), min(_rare(bits, first), _rare(bits, first_)))
    if last and last_:
        yield _grade("last_name", _last_names(last, last_), min(_rare(bits, last), _rare(bits, last_)))


def _rare(bits: Bits, name: str) -> float:
    """How rare a name is where it is most common: a first name in the column of last ones is none the rarer."""
    return min(bits[column][name] for column in ("first", "last") if name in bits[column])


def _first_names(one: str, other: str) -> str:
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


def _last_names(one: str, other: str) -> str:
    if one == other:
        return "equal"
    if near(one, other):
        return "near"
    mine, theirs = {*one.split(" ")}, {*other.split(" ")}
    shared = {part for part in mine & theirs if len(part) > 2}
    return "part" if shared and (mine <= theirs or theirs <= mine) else "different"


def _simple(field: str, one: str, other: str, bits: Bits) -> Grade:
    if one == other:
        return _grade(field, "equal", bits[field][one])
    rare = min(bits[field][one], bits[field][other])
    return _grade(field, _how_near(field, one, other), rare)


def _how_near(field: str, one: str, other: str) -> str:
    if field == "vat_number":
        return "different"
    if field == "address" and _figures(one) != _figures(other):
        return "different"
    if field == "postal_code":
        return "near" if len(one) == len(other) and OSA.distance(one, other) <= 1 else "different"
    if OSA.normalized_similarity(one, other) >= SAME_STREET if field == "address" else near(one, other):
        return "near"
    return "part" if field == "company" and _begins(one, other) else "different"


def _figures(address: str) -> list[str]:
    return sorted(part for part in address.split(" ") if part[0].isdigit())


def _begins(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and long.startswith(f"{short} ")


def _lists(column: str, one: Values, other: Values, bits: Bits) -> float | None:
    """The bits of the rarest value that both have; 0 where they share none, None where one has none."""
    if not one[column] or not other[column]:
        return None
    return max((bits[column][value] for value in {*one[column]} & {*other[column]}), default=0)


def _emails(one: Values, other: Values, bits: Bits) -> Grade:
    if one["email"] == other["email"]:
        return _grade("email", "equal", bits["email"][one["email"]])
    of_name = _is_of_name(one) and _is_of_name(other)
    if one["mailbox"] == other["mailbox"] and len(one["mailbox"] or "") >= 5:
        rare = min(bits["mailbox"][one["mailbox"]], bits["mailbox"][other["mailbox"]])
        return _grade("email", "name at another provider" if of_name else "same mailbox name", rare)
    column = "provider" if of_name else "email"
    whole = min(bits[column].get(each[column], 0.0) for each in (one, other))
    if len(one["email"]) < 10 or OSA.distance(one["email"], other["email"], score_cutoff=3) > 2:
        return _grade("email", "different", whole)
    return _grade("email", "near" if _figures_of(one) == _figures_of(other) else "other number", whole)


def _is_of_name(customer: Values) -> bool:
    """Whether a mailbox is made of its customer's name, or of initials: namesakes then come close to each other."""
    letters = "".join(letter for letter in folded_word(customer["mailbox"]) if letter.isalpha())
    names = [name.replace(" ", "") for name in (customer["first"], customer["last"]) if name]
    return len(letters) <= 4 or any(len(name) >= 3 and name in letters for name in names)


def _figures_of(customer: Values) -> str:
    """The figures of a mailbox: namesakes have one mailbox name and their own number behind it."""
    return "".join(letter for letter in customer["mailbox"] or "" if letter.isdigit())


def _one_place(grades: list[Grade]) -> list[Grade]:
    """Street, code and city say one thing, where: the best of them counts whole, of the others a quarter."""
    places = [grade for grade in grades if grade.field in PARTS_OF_A_PLACE and grade.points > 0]
    best = max(places, key=lambda grade: grade.points, default=None)
    return [
        grade._replace(points=round(grade.points / 4, 2)) if grade in places and grade is not best else grade
        for grade in grades
    ]
