"""The row gate: the contract that every row of a file must keep, for one profile and one set of columns.

A check's name is the code that a row gets for breaking it. The validated frame carries, beside each parsed
field, a `<field>_fault` column: the code that parsing gave it, or null. A rule over several columns hangs on the
column that its breaker should fill in, so that every failure names a field. Not here: the parsing itself.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

import pandera.polars as pa
import polars as pl

from schemas.base import INSTANT, MONEY
from schemas.codes import codes
from schemas.events import ORDER
from schemas.fields import BY_NAME, Field, Kind
from schemas.profiles import CONTACT, NAMES, PHONES, KeyRung, Need, Profile

FAULT = "_fault"
WHOLE_ROW = ""
"""Stands for the column of a rule that hangs on none."""

FAULTS: dict[Kind, tuple[str, ...]] = {
    "email": ("INVALID_EMAIL", "MULTIPLE_EMAILS"),
    "text": (),
    "identifier": ("SCIENTIFIC_NOTATION", "PRECISION_LOST"),
    "phone": ("INVALID_PHONE", "PHONE_SCIENTIFIC"),
    "country": ("UNKNOWN_COUNTRY",),
    "place": (),
    "vat": ("INVALID_VAT_NUMBER",),
    "postal_code": (),
    "flag": (),
    "status": (),
    "position": ("INVALID_POSITION",),
    "groups": (),
    "amount": ("INVALID_NUMBER", "AMBIGUOUS_NUMBER", "SCIENTIFIC_NOTATION", "CURRENCY_NOT_CONVERTIBLE"),
    "average": ("INVALID_NUMBER", "AMBIGUOUS_NUMBER", "SCIENTIFIC_NOTATION", "CURRENCY_NOT_CONVERTIBLE"),
    "count": ("INVALID_NUMBER", "AMBIGUOUS_NUMBER", "SCIENTIFIC_NOTATION"),
    "date": ("INVALID_DATE", "AMBIGUOUS_DATE", "DATE_FORMAT_CONFLICT", "DATE_SWAPPED"),
    "currency": ("CURRENCY_NOT_CONVERTIBLE",),
    "payment_status": ("UNKNOWN_PAYMENT_STATUS",),
    "direction": ("UNKNOWN_DIRECTION",),
    "event": ("UNKNOWN_EVENT",),
    "instant": ("INVALID_INSTANT",),
    "consent": ("INVALID_CONSENT",),
}

MISSING: dict[str, str] = (
    dict.fromkeys(("email", "contact_email"), "MISSING_EMAIL")
    | dict.fromkeys(NAMES, "MISSING_NAME")
    | dict.fromkeys(PHONES, "MISSING_PHONE")
)

IDENTITY = ("email", "external_id", *NAMES, "company", *CONTACT)
"""What says whose row it is, or whose contact; a row with details and none of these belongs to nobody (RF-13)."""

TYPES: dict[Kind, pl.DataType] = {
    "email": pl.String(),
    **dict.fromkeys(("text", "identifier", "phone", "country", "place", "vat", "postal_code"), pl.String()),
    **dict.fromkeys(("status", "position"), pl.String()),
    "flag": pl.Boolean(),
    "groups": pl.List(pl.String()),
    "amount": MONEY,
    "average": MONEY,
    "count": pl.Int64(),
    "date": pl.Date(),
    "currency": pl.String(),
    "payment_status": pl.String(),
    "direction": pl.String(),
    "event": pl.String(),
    "instant": INSTANT,
    "consent": pl.Boolean(),
}

COST_THEIR_VALUE = frozenset({"consent_date"})
"""Fields whose faults cost the value and never the row: who is a customer does not hang on when somebody agreed."""

SIGNED = frozenset({"amount", "refunded_amount", "paid_amount", "amount_due", "refund_volume"})
"""Amounts that may be negative: a refund is often written so (contract page `payments`, PIT-22)."""


def missing_code(field: str) -> str:
    """The code of a required field that is blank (AU-04, AU-05)."""
    return MISSING.get(field, "MISSING_REQUIRED_FIELD")


class Rule(NamedTuple):
    """One check of the contract: the column that it hangs on, what holds of every row, the code for breaking it.

    `of_fault`: a fault in that column breaks it and nothing else. `by_row`: no other row has a say in it.
    """

    column: str
    holds: pl.Expr
    code: str
    of_fault: bool = False
    by_row: bool = True


def row_contract(fields: tuple[Field, ...], profile: Profile, as_of: date) -> pa.DataFrameSchema:
    """The contract of a validated frame that has exactly these fields, for one profile.

    Columns in: `row_number`, and for each field its typed value and its fault. A date may lie at most one
    day after `as_of` (PIT-40); the last payment may not precede the first (PIT-41); the profile's groups and needs
    are filled in (RF-11, AMB-25); details belong to somebody (RF-13, PIT-56).
    """
    rules = row_rules(fields, profile, as_of)
    checks = {rule.column: [_check(each) for each in rules if each.column == rule.column] for rule in rules}
    columns = {"row_number": pa.Column(pl.Int64)}
    for field in fields:
        columns[field.name] = pa.Column(TYPES[field.kind], checks.get(field.name), nullable=True)
        columns[field.name + FAULT] = pa.Column(pl.String, checks.get(field.name + FAULT), nullable=True)
    return pa.DataFrameSchema(columns, checks=checks.get(WHOLE_ROW), strict=True)


def row_rules(fields: tuple[Field, ...], profile: Profile, as_of: date) -> list[Rule]:
    """The rules of the contract; those of one column in the order in which a row is told of them."""
    names = {field.name for field in fields}
    inverted = {"first_payment_date", "last_payment_date"} <= names
    return [
        *(rule for field in fields for rule in _value_rules(field, as_of)),
        *(rule for field in fields for rule in _fault_rules(field, profile.required)),
        *_across_columns(fields, profile),
        *([_not_inverted()] if inverted else []),
    ]


def _check(rule: Rule) -> pa.Check:
    # `ignore_na=False`: by default pandera leaves nulls out, and no rule about a blank cell would ever fail.
    return pa.Check(lambda rows: rows.lazyframe.select(rule.holds), error=rule.code, ignore_na=False)


def _fault_rules(field: Field, required: tuple[str, ...]) -> list[Rule]:
    """The codes that cost the row; those that cost the value alone stand beside it and break nothing."""
    # A reference is no reason to lose a customer that something else identifies.
    harmless = field.kind == "identifier" or field.name in COST_THEIR_VALUE
    of_kind = () if harmless and field.name not in required else FAULTS[field.kind]
    known = of_kind + ((missing_code(field.name),) if field.name in required else ())
    # Which code costs what stands in messages.csv, once for parsing, validation and the workbook of rejected rows.
    costly = [code for code in known if codes()[code].level == "row"]
    # `ne_missing`: a null fault is "no fault", and null compared with a code would be null, which is no pass.
    fault = pl.col(field.name + FAULT)
    return [Rule(field.name + FAULT, fault.ne_missing(code), code, of_fault=True) for code in costly]


def _across_columns(fields: tuple[Field, ...], profile: Profile) -> list[Rule]:
    """The rules over several columns."""
    names = tuple(field.name for field in fields)
    rules = [
        *(_one_of(names, group, profile.needs) for group in profile.required_one_of),
        *(_needed(names, need) for need in profile.needs),
        *_no_shortened_key(names, profile),
        *([_not_ambiguous(names)] if "name" in profile.key else []),
        *([_not_orphaned(names)] if profile.grain == "customer" else _of_payments(names)),
        *(_of_events(names) if profile.grain == "event" else []),
    ]
    return [rule for rule in rules if rule is not None]


def _no_shortened_key(names: tuple[str, ...], profile: Profile) -> list[Rule]:
    """Where the reference would be the row's key, one that lost its digits costs the row: any key below it would make
    one customer of several, or a second one of each (PIT-106).
    """
    if "external_id" not in names or "external_id" not in profile.key:
        return []
    before = profile.key[: profile.key.index("external_id")]
    # The literal stands for an empty list, of which polars makes no expression: the reference may be the first rung.
    keyed = pl.any_horizontal(pl.lit(False), *(_has_rung(names, rung) for rung in before))
    fault = pl.col("external_id" + FAULT)
    return [
        Rule("external_id" + FAULT, keyed | fault.ne_missing(code), code, of_fault=True)
        for code in FAULTS["identifier"]
    ]


def _has_rung(names: tuple[str, ...], rung: KeyRung) -> pl.Expr:
    """Whether a row has the value of a rung of the key ladder; a phone counts together with a name."""
    parts = [("name",), PHONES] if rung == "phone" else [(rung,)]
    return pl.all_horizontal(_any(names, part, _usable) for part in parts)


def _one_of(names: tuple[str, ...], group: tuple[str, ...], needs: tuple[Need, ...]) -> Rule | None:
    """Every row has a usable value in one of the group: a faulty one is none. A need of the same says it better."""
    # Otherwise one gap would get two codes that say the same.
    told = tuple(name for need in needs if need.one_of == group for name in need.where)
    return _rule(names, group, _any(names, group, _usable) | _any(names, told, _written), missing_code(group[0]))


def _needed(names: tuple[str, ...], need: Need) -> Rule | None:
    # A faulty value counts as written: its own code tells of it, and "missing" would be untrue.
    holds = ~_any(names, need.where, _written) | _any(names, need.one_of, _written)
    return _rule(names, need.one_of, holds, need.code or missing_code(need.one_of[0]))


def _not_orphaned(names: tuple[str, ...]) -> Rule | None:
    """A row that says something says whose it is: continuation rows and merged cells do not (RF-13, PIT-56)."""
    details = tuple(name for name in names if name not in IDENTITY)
    holds = ~_any(names, details, _written) | _any(names, IDENTITY, _written)
    return _rule(names, IDENTITY, holds, "ORPHAN_ROW")


def _of_payments(names: tuple[str, ...]) -> list[Rule]:
    """A part is never taken for the whole, and no more is due than the amount (PIT-103, PIT-104)."""
    amount, due, paid, back = (
        pl.col(name) if name in names else pl.lit(None, MONEY)
        for name in ("amount", "amount_due", "paid_amount", "refunded_amount")
    )
    # What is stated as paid goes before what follows from what is due (PIT-104).
    received = pl.coalesce(paid, amount - due)
    part_paid = (received != 0) & (paid.is_not_null() | (received != amount))
    status = pl.col("payment_status")
    stated = pl.when(status == "partially_refunded").then(back != 0).when(status == "partially_paid").then(part_paid)
    known = pl.when(status.is_in(["partially_refunded", "partially_paid"])).then(stated.fill_null(False))
    left = amount - due
    # Of a credit note amount and due are both negative.
    agree = pl.when(amount > 0).then(left >= 0).otherwise((left <= 0) & (left >= amount))
    return [
        *(
            [Rule("payment_status", known.otherwise(True), "PARTIAL_AMOUNT_MISSING")]
            if "payment_status" in names
            else []
        ),
        *(
            # With a paid amount beside it the due one decides nothing.
            [Rule("amount_due", (agree | paid.is_not_null()).fill_null(True), "AMOUNT_DUE_TOO_LARGE")]
            if "amount_due" in names
            else []
        ),
    ]


def _of_events(names: tuple[str, ...]) -> list[Rule | None]:
    """An order says what was paid and under which number, and nothing else does: no money is left out unseen."""
    is_order = pl.col("event_kind") == ORDER if "event_kind" in names else pl.lit(False)
    needed = [
        # An event of an unknown kind has its own code; what else it lacks cannot be said.
        _rule(names, (field, "event_kind"), (~is_order).fill_null(True) | _any(names, (field,), _written), code)
        for field, code in (("payment_id", "ORDER_WITHOUT_NUMBER"), ("amount", "ORDER_WITHOUT_AMOUNT"))
    ]
    paying = [name for name in ("amount", "payment_id", "refunded_amount") if name in names]
    alone = [Rule(name + FAULT, is_order.fill_null(True) | ~_written(name), "NOT_AN_ORDER") for name in paying]
    return [*needed, *alone]


def _not_ambiguous(names: tuple[str, ...]) -> Rule | None:
    """A contact is of one client: a name that several references share does not say of which (UP-21, UP-30)."""
    if not {"name", "external_id"} <= set(names):
        return None
    # Folded, as customers are known by their names: "ACME" and "Acme" are one.
    references = pl.col("external_id").drop_nulls().n_unique().over(pl.col("name").str.to_lowercase())
    shared = pl.col("external_id").is_null() & pl.col("name").is_not_null() & (references > 1)
    alone = ~(shared & _any(names, CONTACT, _written))
    return Rule("external_id" + FAULT, alone, "CONTACT_WITHOUT_CLIENT", by_row=False)


def _rule(names: tuple[str, ...], group: tuple[str, ...], holds: pl.Expr, code: str) -> Rule | None:
    """The rule on the first of the group that has a column; the file gate asks for columns, not this one."""
    present = [name for name in group if name in names]
    return Rule(present[0] + FAULT, holds, code) if present else None


def _any(names: tuple[str, ...], group: tuple[str, ...], holds: Callable[[str], pl.Expr]) -> pl.Expr:
    found = [holds(name) for name in group if name in names]
    return pl.any_horizontal(found) if found else pl.lit(False)


def _usable(field: str) -> pl.Expr:
    return pl.col(field).is_not_null() & pl.col(field + FAULT).is_null()


def _written(field: str) -> pl.Expr:
    """Whether the sender wrote anything there: a value, or something that is faulty for another reason than blank.

    Of a flag only a yes: a blank one is a no (AMB-37).
    """
    value, fault = pl.col(field), pl.col(field + FAULT)
    said = value.cast(pl.String).str.contains("^(1|true)$").fill_null(False) if _is_flag(field) else value.is_not_null()
    return said | (fault.is_not_null() & fault.ne_missing(missing_code(field)))


def _is_flag(field: str) -> bool:
    return BY_NAME[field].kind == "flag"


def _value_rules(field: Field, as_of: date) -> list[Rule]:
    value = pl.col(field.name)
    if field.kind in ("amount", "average") and field.name not in SIGNED:
        # A blank is no negative amount; whether it may be blank is another rule's.
        return [Rule(field.name, (value >= 0).fill_null(True), "NEGATIVE_AMOUNT")]
    if field.kind == "instant":
        return [Rule(field.name, (value.dt.date() <= as_of + timedelta(days=1)).fill_null(True), "DATE_IN_FUTURE")]
    if field.kind == "date":
        # One day more: in the sender's time zone it may be tomorrow already (PIT-40).
        return [Rule(field.name, (value <= as_of + timedelta(days=1)).fill_null(True), "DATE_IN_FUTURE")]
    return []


def _not_inverted() -> Rule:
    ordered = (pl.col("last_payment_date") >= pl.col("first_payment_date")).fill_null(True)
    return Rule(WHOLE_ROW, ordered, "DATES_INVERTED")
