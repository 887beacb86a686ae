"""Whether a list that was sent as one of customers is one of payments: a row per payment, not per customer.

Lives here: the evidence for it. Not here: what becomes of the file: it is imported as it was asked for, and told, for
its amounts may be left out or added up without their days and refunds.
"""

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from pipelines.mapping.value_evidence import looks_like, sample
from pipelines.models.column_mapping import ColumnMapping
from pipelines.models.context import Terms
from pipelines.models.sheet import Sheet
from pipelines.parsing.words.payment_directions import directions_of
from schemas.profiles import PROFILES
from schemas.sentences.note import Note

OF_PAYMENTS_ONLY = ("payment_id", "payment_status", "direction", "refunded_amount")


def told_if_payments(sheet: Sheet, mapping: ColumnMapping, terms: Terms) -> tuple[Note, ...]:
    """LOOKS_LIKE_PAYMENTS, where a list of customers has an amount and a day of payment in columns that were not
    recognised, and its addresses repeat or a column speaks of single payments (a number, a status, a refund).

    Where the amount was taken for the customer's total, both must be so: a customer may come in several rows.
    """
    if terms.profile.grain != "customer" or not mapping.unmapped or sheet.rows.is_empty():
        return ()
    found = _as_payments(sheet)
    if found is None:
        return ()
    unmapped = set(mapping.unmapped)
    speaking = [found.titles[name] for name in OF_PAYMENTS_ONLY if _speaks(name, found, sheet, unmapped)]
    repeated = _repeats(sheet, found.titles["email"])
    known = found.titles["amount"] not in unmapped
    if (not speaking and not repeated) or (known and not (speaking and repeated)):
        return ()
    columns = list(dict.fromkeys((found.titles["amount"], found.titles["payment_date"], *speaking)))
    return (Note("LOOKS_LIKE_PAYMENTS", header=columns, found=repeated, expected=terms.profile.name),)


def _as_payments(sheet: Sheet) -> ColumnMapping | None:
    """The columns as a list of payments has them; None where it lacks what every payment has."""
    try:
        # Asked of the very step that would map it: a second opinion on titles could differ from the first.
        return map_columns(sheet.titles, PROFILES["payments"], rows=sheet.rows)
    except FileRefused:
        return None


def _speaks(name: str, found: ColumnMapping, sheet: Sheet, unmapped: set[str]) -> bool:
    """Whether a column that no customer has tells of single payments, by its values too: a status may be taken for a
    customer's, and is one of payments by its words.
    """
    title = found.titles.get(name)
    values = sample(sheet.rows, title) if title is not None else None
    if values is None or values.is_empty() or (title not in unmapped and name != "payment_status"):
        return False
    return directions_of(values, title) != {} if name == "direction" else looks_like(name, values)


def _repeats(sheet: Sheet, title: str) -> int:
    """How many rows have an address that an earlier one has."""
    addresses = sheet.rows[title].str.strip_chars().str.to_lowercase()
    filled = addresses.filter(addresses != "")
    return len(filled) - filled.n_unique()
