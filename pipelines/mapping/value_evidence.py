"""Whether the values of a column look like a field: to confirm a title, or to contradict it.

Lives here: samples of columns and what a kind of value looks like from afar. Not here: parsing
(`pipelines/parsing/emails.py`, `pipelines/parsing/dates/dates.py`, `pipelines/parsing/numbers/numbers.py`), what
follows for the mapping (`map_columns.py`).
"""

from collections.abc import Sequence

import polars as pl

from pipelines.language.languages import country_names, plain
from pipelines.models.parsed_column import BLANKS, cleaned
from pipelines.parsing.numbers.numbers import parse_amounts
from pipelines.parsing.words.enumerations import meanings_of_words
from pipelines.parsing.words.payment_directions import are_directions, directions_of
from pipelines.parsing.words.payment_statuses import PAID, are_statuses, parse_statuses
from pipelines.parsing.words.word_senses import folded
from schemas.fields import BY_NAME, Kind
from schemas.wordlists import choice

SAMPLED = 300
# Rows that are looked at for a sample before all are: of a million rows the others are rarely needed.
NEAR = 5_000
ENOUGH, FEW = 0.8, 3
CONTRADICTING = 5
"""Values that it takes to contradict a title: fewer may be chance, but for numbers of orders where names should be."""

PERSONS = frozenset({"name", "first_name", "last_name"})

PATTERNS: dict[Kind, str] = {
    "email": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "phone": rf"(?i)^(?:(?:{choice('phone_words', 'label')})\.?:? ?)?[+(]?\d[\d\s()./+-]{{4,}}\d"
    rf"(?:\s*(?:{choice('phone_words', 'extension')})\.?\s*\d+)?$",
    "date": r"^\d{1,4}[-/. ]\d{1,2}[-/. ]\d{2,4}|^\d{8}$"
    r"|\d{1,2}\.? [^\W\d]{3,}\.? \d{4}|[^\W\d]{3,}\.? \d{1,2},? \d{4}",
    "amount": r"^\(?[-+]?\s*[^\W\d]{0,3}[€$£]?\s*[-+]?\d[\d\s.,'’]*\s*[€$£]?[^\W\d]{0,3}\)?$",
    "average": r"^\(?[-+]?\s*[^\W\d]{0,3}[€$£]?\s*[-+]?\d[\d\s.,'’]*\s*[€$£]?[^\W\d]{0,3}\)?$",
    "count": r"^\d+(?:[.,]0+)?$",
    "currency": r"^(?:[A-Za-z]{3}|[€$£]|zł)$",
    "postal_code": r"^[A-Za-z]{0,4}[ -]?\d[\dA-Za-z]*(?:[ -][\dA-Za-z]+)?$",
    "vat": r"^[A-Za-z]{2,3}[ .]?[\dA-Za-z .-]{6,}$|^\d[\d -]{7,}$",
    "text": r"[^\W\d]{2}",
}
DATE_LIKE = r"^\d{4}-\d{2}-\d{2}|^\d{1,2}[/.]\d{1,2}[/.]\d{2,4}$"
FRACTION = r"\d[.,]\d{1,2}\b|[€$£]"
"""What no number of pieces holds."""

CODE_LIKE = r"^[A-Za-z]{0,5}[-_ #/]?\d[\dA-Za-z-]*$"
ERROR_OF_FORMULA = r"^#(?:N/A|[A-Z_]+(?:/0)?[!?])$"
"""No value of any field: it says nothing of what its column means."""


def sample(rows: pl.DataFrame | None, title: str) -> pl.Series | None:
    """The first few hundred values of a column that are not blank; None where no rows are known."""
    if rows is None or title not in rows.columns:
        return None
    first = _filled(rows[title].head(NEAR))
    # A column may be blank for thousands of rows, and then hold what decides.
    return (first if len(first) >= SAMPLED else _filled(rows[title])).head(SAMPLED)


def _filled(text: pl.Series) -> pl.Series:
    tidy = text.drop_nulls().str.strip_chars()
    return tidy.filter((tidy != "") & ~tidy.str.to_lowercase().is_in(BLANKS) & ~tidy.str.contains(ERROR_OF_FORMULA))


def share(values: pl.Series, pattern: str) -> float:
    """The share of values that match."""
    return int(values.str.contains(pattern).sum()) / len(values) if len(values) else 0.0


def looks_like(field: str, values: pl.Series) -> bool:
    """Whether nearly all values have the form that the field's have; false for none."""
    kind = BY_NAME[field].kind
    if values.is_empty():
        return False
    # A payment's number hardly repeats; a column of order numbers below each other's items does.
    if field == "payment_id":
        return is_code(values) and values.n_unique() >= ENOUGH * len(values)
    if kind in ("text", "identifier", "groups"):
        return _is_text(values)
    if kind == "direction":
        return are_directions(values)
    if kind == "payment_status" and are_statuses(values):
        return True
    if kind == "phone":
        # Days are digits and dashes, and look like phone numbers.
        return share(values, PATTERNS[kind]) >= ENOUGH and share(values, DATE_LIKE) < 1 - ENOUGH
    if field == "amount_due" and share(values, DATE_LIKE) > 1 - ENOUGH:
        return False  # `Due` may be a day
    if kind in ("amount", "average") and _share_in(values, "yes_no") == 1:
        return False  # `Paid` and `Refunded` hold 0 and 1 in many exports
    return _share_of(kind, values) >= ENOUGH


def contradicts(field: str, values: pl.Series) -> bool:
    """Whether enough values are there and none of them can be what the field holds.

    The `Name` of a shop's order is `#1001`, and is no customer's.
    """
    kind = BY_NAME[field].kind
    if len(values) < CONTRADICTING:
        odd_names = field in PERSONS and len(values) > 1 and share(values, "^#") == 1
        return odd_names or (field == "position" and len(values) > 0 and _share_in(values, "positions") == 0)
    match kind:
        case "email":
            return not values.str.contains("@", literal=True).any()
        case "phone":
            return share(values, "@") >= ENOUGH or share(values, r"\d") == 0
        case "amount" | "average" | "count" | "date":
            return share(values, r"\d") == 0 or share(values, "@") >= ENOUGH
        case "direction":
            return not directions_of(values.unique())
        case "flag" | "status" | "position" | "currency":
            return _share_of(kind, values) == 0
        case "vat":
            return share(values, r"\d") == 0
        case "country" | "place":
            return share(values, r"[^\W\d]") == 0
        case _:
            return _contradicts_text(field, values)


def likely(values: pl.Series, fields: Sequence[str]) -> str | None:
    """The one of these fields whose values can be told from afar, if the values look like it."""
    telling = [field for field in fields if BY_NAME[field].kind in ("email", "phone", "date")]
    return next((field for field in telling if len(values) >= FEW and looks_like(field, values)), None)


def is_code(values: pl.Series) -> bool:
    """Whether values look like references: digits, perhaps behind a few letters."""
    return not values.is_empty() and share(values, CODE_LIKE) >= ENOUGH


def holds(whole: pl.Series, part: pl.Series) -> bool:
    """Whether most cells of a column hold the cell beside them in another: a full name beside its part."""
    filled = pl.DataFrame({"whole": whole, "part": part}).drop_nulls().filter(pl.col("part").str.strip_chars() != "")
    part_of_whole = pl.col("part").str.strip_chars().str.to_lowercase()
    held = filled.head(SAMPLED).select(pl.col("whole").str.to_lowercase().str.contains(part_of_whole, literal=True))
    return held.height >= FEW and int(held.to_series().sum()) >= ENOUGH * held.height


def never_more(part: pl.Series, whole: pl.Series) -> bool:
    """Whether a column of amounts is a part of another one in every row, and nothing of it in some: what is due of an
    invoice is; the balance of an account soon exceeds what comes in.
    """
    both = pl.DataFrame({"part": _amounts(part), "whole": _amounts(whole)}).drop_nulls()
    left, total = pl.col("part"), pl.col("whole")
    within = ((left >= 0) & (left <= total)) | ((left <= 0) & (left >= total))
    return both.height > 1 and bool(both.select(within.all() & (left == 0).any()).item())


def add_up(one: pl.Series, other: pl.Series, whole: pl.Series) -> bool:
    """Whether two columns of amounts are a third one together in every row, and the first is something in some."""
    told = pl.DataFrame({"one": _amounts(one), "other": _amounts(other), "whole": _amounts(whole)}).drop_nulls()
    together = (pl.col("one") + pl.col("other") == pl.col("whole")).all() & (pl.col("one") != 0).any()
    return not told.is_empty() and bool(told.select(together).item())


def are_settled(due: pl.Series, status: pl.Series) -> bool:
    """Whether nothing is due in any row that is paid: then what is due is no total."""
    paid = _amounts(due).filter(parse_statuses(cleaned(status)).values == PAID).drop_nulls()
    return not paid.is_empty() and bool((paid == 0).all())


def _amounts(text: pl.Series) -> pl.Series:
    return parse_amounts(cleaned(text), 3, None).values


def _contradicts_text(field: str, values: pl.Series) -> bool:
    if field in ("name", "first_name", "last_name", "company", "city", "contact_first_name", "contact_last_name"):
        return share(values, r"[^\W\d]") == 0 or share(values, "@") >= ENOUGH or share(values, "^#") >= ENOUGH
    return field != "external_id" and share(values, "^[^@ ]+@[^@ ]+$") >= ENOUGH


def _share_of(kind: Kind, values: pl.Series) -> float:
    match kind:
        case "flag":
            return _share_in(values, "yes_no")
        case "position":
            return _share_in(values, "positions")
        case "country" | "place":
            return sum(map(_is_country, values)) / len(values)
        case "payment_status":
            return len(parse_statuses(values, ["paid"]).values.drop_nulls()) / len(values)  # or `yes`, below `Paid`
        case "status":
            return _share_in(values, "customer_statuses")
        case _:
            return share(values, PATTERNS[kind])


def _share_in(values: pl.Series, name: str) -> float:
    """The share of values that are words of a list."""
    known = meanings_of_words(name)
    return sum(folded(value) in known for value in values) / len(values)


def _is_country(value: str) -> bool:
    return plain(value) in country_names() or value.strip().upper() in set(country_names().values())


def _is_text(values: pl.Series) -> bool:
    # Few different words in many rows are a status or a kind, not names or addresses.
    several = len(values) < CONTRADICTING or values.n_unique() > FEW
    return several and share(values, PATTERNS["text"]) >= ENOUGH and share(values, "@|^#") == 0
