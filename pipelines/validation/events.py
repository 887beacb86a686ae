"""What an event of a website contributes beside its customer: the day of its order, its consent, its evidence.

Lives here: from the columns of events to those of payments and details. Not here: the keys of events
(`schemas/vocabulary/profile_titles.csv`), how consents fold (`pipelines/customers/relations/consents.py`).
"""

from dataclasses import replace

import polars as pl

from pipelines.models.parsed_column import Parsed, no_faults
from pipelines.validation.parse_columns import Column, Columns
from schemas.events import SIGN_UPS
from schemas.fields import BY_NAME

WHERE = ("event_page", "event_form")
PARTS_OF_EVIDENCE = ("event_kind", *WHERE, "consent_text")
BETWEEN = " · "


def with_days_of_orders(columns: Columns) -> Columns:
    """The columns of events with a day of payment: that of the order's instant, in UTC, where it names none.

    Columns of a list come back as they are.
    """
    first = columns.first
    at, amount, told = (first.get(name) for name in ("event_at", "amount", "payment_date"))
    if at is None or amount is None:
        return columns
    field = BY_NAME["payment_date"]
    day = pl.select(pl.when(amount.text.is_not_null()).then(at.parsed.values.dt.date())).to_series()
    if told is None:
        column = Column(field, 1, None, no_faults(at.text), None, Parsed(day, no_faults(at.text)))
    else:
        filled = pl.select(pl.when(told.text.is_null()).then(day).otherwise(told.parsed.values)).to_series()
        column = replace(told, parsed=replace(told.parsed, values=filled))
    return replace(columns, columns=(*(each for each in columns.columns if each.field != field), column))


def with_details_of_events(rows: pl.DataFrame) -> pl.DataFrame:
    """Accepted events with what they say as details: `event`, `stated_at`, `opt_in`, `consent_evidence`.

    Who fills in a form or signs up agrees to e-mails, unless the event says otherwise (MO-05). What was said where is
    the evidence of it; what happened nowhere has none, and counts as a list's word does. Rows of a list come back as
    they are.
    """
    if "event_kind" not in rows.columns:
        return rows
    said = pl.col("consent") if "consent" in rows.columns else pl.lit(None, pl.Boolean)
    opt_in = pl.when(said.is_null() & pl.col("event_kind").is_in(SIGN_UPS)).then(True).otherwise(said)
    there = [pl.col(name) for name in PARTS_OF_EVIDENCE if name in rows.columns]
    somewhere = [pl.col(name).is_not_null() for name in WHERE if name in rows.columns]
    known = opt_in.is_not_null() & pl.any_horizontal(pl.lit(False), *somewhere)
    return rows.with_columns(
        event=pl.col("event_kind"),
        stated_at=pl.col("event_at"),
        opt_in=opt_in,
        consent_evidence=pl.when(known).then(pl.concat_str(there, separator=BETWEEN, ignore_nulls=True)),
    )
