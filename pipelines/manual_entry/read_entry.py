"""Reading an entry: what somebody typed, parsed and validated as the one row of a list is.

Lives here: the row that is made of it, what it contributes to the ledger, the refusal of a value that is not valid. Not
here: which fields may be stated (`asked.py`), the parsers and the row gate (`pipelines/validation/`), whom the entry is
about and writing it (`pipelines/ledger/decisions/`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.cards.mask_cards import without_cards
from pipelines.configuration.settings import Sources
from pipelines.errors import Permanent
from pipelines.manual_entry.asked import Asked
from pipelines.models.column_mapping import ColumnMapping, MappedColumn
from pipelines.models.context import Terms
from pipelines.models.sheet import ROW, Dialect, Sheet, no_faulty
from pipelines.reference_tables.read_tables import read_tables
from pipelines.validation.validate import ValidationResult, validate
from schemas.ledger import AcceptedDetails, AcceptedRows
from schemas.ways_in.manual_entry import BY_HAND, CLEARED, MANUAL, OF_CONSENT, PROFILES_OF, RELEASED, STATABLE, HandRule

STAND_IN = "external_id"
"""The field that says whose row the change of a known customer is, where it states no reference itself."""

BETWEEN = ": "


class EntryRefused(Permanent):
    """A value of an entry by hand is not valid: nothing of the entry is written."""


@dataclass(frozen=True)
class Entry:
    """An entry as the ledger takes it: one row of contributions without its customer, one of details or none, what
    each field's value counts by, and what was noticed, in the language of whoever enters.

    `customer_key`: of a new customer, what identifies it.
    """

    asked: Asked
    contribution: pl.DataFrame
    details: pl.DataFrame
    rules: Mapping[str, HandRule]
    customer_key: str | None
    warnings: tuple[str, ...]
    language: str


@dataclass(frozen=True)
class Entering:
    """Who enters something when, and what is known of the customer that the values lean on, such as its country."""

    by: str
    now: datetime
    known: Mapping[str, str]


def read_entry(asked: Asked, sources: Sources, entering: Entering) -> Entry:
    """Validate what was asked as a file of one row is: the same parsers, rules, codes and sentences.

    Raises EntryRefused with every reason where a value is not valid, or would not arrive: a list would lose the value
    and keep the row, but whoever types one is there to mend it.
    """
    source = sources.manual_source
    terms = Terms(
        MANUAL,
        source,
        PROFILES_OF[asked.action],
        sources.base_currency,
        entering.now.date(),
        sources.phone_library,
        tables=read_tables(source),
    )
    cells = _cells(asked, entering.known)
    validation = validate(without_cards(_sheet(cells)), _mapping(cells), terms)
    warnings = tuple(note.line(source.language) for note in validation.warnings)
    _hold_to_values(validation, warnings)
    whole = _whole(validation)
    _hold_to_arrival(asked, whole, warnings)
    stated = _stated(asked, whole)
    return Entry(
        asked,
        _only(validation.accepted.drop("customer_key"), stated),
        _details(validation.details, stated, entering),
        _rules(asked, stated),
        validation.accepted["customer_key"][0] if asked.action == "add" else None,
        warnings,
        source.language,
    )


def _cells(asked: Asked, known: Mapping[str, str]) -> dict[str, str]:
    """The row's cells by field: what is stated, the fields that a new customer must have, what the values lean on."""
    wanted = {"email": "", "name": ""} if asked.action == "add" else {STAND_IN: "known", **known}
    cells = wanted | {name: value for name, value in asked.stated.items() if value.strip()}
    return {name: cells[name] for name in STATABLE if name in cells}


def _sheet(cells: Mapping[str, str]) -> Sheet:
    rows = pl.DataFrame({ROW: [1], **{name: [value] for name, value in cells.items()}})
    return Sheet(MANUAL, Dialect(1), tuple(cells), rows, no_faulty(), 0)


def _mapping(cells: Mapping[str, str]) -> ColumnMapping:
    return ColumnMapping(tuple(MappedColumn(name, name, 1, 1.0, "explicit") for name in cells))


def _hold_to_values(validation: ValidationResult, warnings: tuple[str, ...]) -> None:
    if validation.rejected.is_empty():
        return
    reasons = validation.rejected["reasons"].explode().to_list()
    raise EntryRefused(_refusal([*(f"{reason['code']}{BETWEEN}{reason['message']}" for reason in reasons), *warnings]))


def _hold_to_arrival(asked: Asked, whole: Mapping[str, object], warnings: tuple[str, ...]) -> None:
    """A value that no parser faults and that is none all the same, such as a placeholder, is not taken for a blank."""
    arrived = {**whole, "consent_date": whole.get("stated_at")}
    lost = [name for name, value in asked.stated.items() if value.strip() and arrived.get(name) is None]
    if lost:
        raise EntryRefused(_refusal([f"what was stated of {', '.join(lost)} is no value", *warnings]))


def _refusal(reasons: list[str]) -> str:
    return "nothing was written. " + " ".join(dict.fromkeys(reasons))


def _whole(validation: ValidationResult) -> dict[str, object]:
    """What the row came to, by field."""
    details = validation.details.row(0, named=True) if validation.details.height else {}
    return validation.accepted.row(0, named=True) | details


def _stated(asked: Asked, whole: Mapping[str, object]) -> frozenset[str]:
    """The fields that the entry has a say in: of a new customer also those made of others, such as the name."""
    made = {name for name in STATABLE if whole.get(name) is not None} if asked.action == "add" else set()
    return frozenset({*asked.stated, *made})


def _only(rows: pl.DataFrame, stated: frozenset[str]) -> pl.DataFrame:
    """The row with nothing but what is stated, and what no row is without."""
    kept = {*stated, ROW, "payment_line"} & set(AcceptedRows.to_schema().columns)
    return rows.select(name for name in rows.columns if name in kept)


def _details(details: pl.DataFrame, stated: frozenset[str], entering: Entering) -> pl.DataFrame:
    """The details that are stated; a consent with its day, else when it was noted, and by whom (MO-06, AMB-38)."""
    kept = [name for name in AcceptedDetails.to_schema().columns if name in stated]
    row = details.select(ROW, *kept, *(["stated_at"] if "opt_in" in kept else []))
    if row.is_empty() or "opt_in" not in kept:
        return row
    how = details["consent_evidence"][0]
    evidence = BETWEEN.join(filter(None, (MANUAL, entering.by))) + (f", {how}" if how else "")
    return row.with_columns(
        pl.col("stated_at").fill_null(pl.lit(entering.now)),
        consent_evidence=pl.lit(evidence),
    )


def _rules(asked: Asked, stated: frozenset[str]) -> dict[str, HandRule]:
    """What each field's value counts by; what is said of a consent goes with it."""
    cleared = {name for name, value in asked.stated.items() if not value.strip()}
    told: dict[str, HandRule] = {name: CLEARED if name in cleared else BY_HAND for name in STATABLE if name in stated}
    told |= dict.fromkeys(asked.released, RELEASED)
    return {name: rule for name, rule in told.items() if name not in OF_CONSENT}
