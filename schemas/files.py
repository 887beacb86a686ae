"""The row gate: the contract that every row of a file must keep, for one profile and one set of columns.

A check's name is the code that a row gets for breaking it. The judged frame carries, beside each parsed
field, a `<field>_fault` column: the code that parsing gave it, or null. Not here: the parsing itself.
"""

from datetime import date, timedelta

import pandera.polars as pa
import polars as pl

from schemas.base import MONEY
from schemas.fields import Field, Kind

FAULT = "_fault"

FAULTS: dict[Kind, tuple[str, ...]] = {
    "email": ("INVALID_EMAIL", "MULTIPLE_EMAILS"),
    "text": (),
    "phone": (),
    "country": (),
    "place": (),
    "vat": (),
    "postal_code": (),
    "flag": (),
    "status": (),
    "position": (),
    "groups": (),
    "amount": ("INVALID_NUMBER", "AMBIGUOUS_NUMBER", "SCIENTIFIC_NOTATION"),
    "average": ("INVALID_NUMBER", "AMBIGUOUS_NUMBER", "SCIENTIFIC_NOTATION"),
    "count": ("INVALID_NUMBER", "SCIENTIFIC_NOTATION"),
    "date": ("INVALID_DATE", "AMBIGUOUS_DATE", "DATE_FORMAT_CONFLICT"),
    "currency": ("CURRENCY_NOT_CONVERTIBLE",),
    "payment_status": ("UNKNOWN_PAYMENT_STATUS",),
}

MISSING: dict[str, str] = {"email": "MISSING_EMAIL", "name": "MISSING_NAME"}

TYPES: dict[Kind, pl.DataType] = {
    "email": pl.String(),
    **dict.fromkeys(("text", "phone", "country", "place", "vat", "postal_code"), pl.String()),
    **dict.fromkeys(("flag", "status", "position", "groups"), pl.String()),
    "amount": MONEY,
    "average": MONEY,
    "count": pl.Int64(),
    "date": pl.Date(),
    "currency": pl.String(),
    "payment_status": pl.String(),
}

SIGNED = frozenset({"amount", "refunded_amount", "refund_volume"})
"""Amounts that may be negative: a refund is often written so (contract page `payments`, PIT-22)."""


def missing_code(field: str) -> str:
    """The code of a required field that is blank (AU-04, AU-05)."""
    return MISSING.get(field, "MISSING_REQUIRED_FIELD")


def row_contract(fields: tuple[Field, ...], required: tuple[str, ...], as_of: date) -> pa.DataFrameSchema:
    """The contract of a judged frame that has exactly these fields.

    Columns in: `row_number`, and for each field its typed value and its fault. A date may lie at most one
    day after `as_of` (PIT-40); the last payment may not precede the first (PIT-41).
    """
    columns = {"row_number": pa.Column(pl.Int64)}
    for field in fields:
        columns[field.name] = pa.Column(TYPES[field.kind], _value_checks(field, as_of), nullable=True)
        columns[field.name + FAULT] = pa.Column(pl.String, _fault_checks(field, required), nullable=True)
    names = {field.name for field in fields}
    inverted = {"first_payment_date", "last_payment_date"} <= names
    return pa.DataFrameSchema(columns, checks=[_not_inverted()] if inverted else [], strict=True)


def _fault_checks(field: Field, required: tuple[str, ...]) -> list[pa.Check]:
    codes = FAULTS[field.kind] + ((missing_code(field.name),) if field.name in required else ())
    return [_named(pl.col(field.name + FAULT).ne_missing(code), code) for code in codes]


def _value_checks(field: Field, as_of: date) -> list[pa.Check]:
    value = pl.col(field.name)
    if field.kind in ("amount", "average") and field.name not in SIGNED:
        return [_named((value >= 0).fill_null(True), "NEGATIVE_AMOUNT")]
    if field.kind == "date":
        return [_named((value <= as_of + timedelta(days=1)).fill_null(True), "DATE_IN_FUTURE")]
    return []


def _not_inverted() -> pa.Check:
    ordered = (pl.col("last_payment_date") >= pl.col("first_payment_date")).fill_null(True)
    return _named(ordered, "DATES_INVERTED")


def _named(holds: pl.Expr, code: str) -> pa.Check:
    return pa.Check(lambda rows: rows.lazyframe.select(holds), error=code, ignore_na=False)
