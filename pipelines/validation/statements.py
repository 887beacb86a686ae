"""What a row states at a time of its own: an event its order and its consent, a list when a consent was given.

Lives here: from the columns of events and lists to those of payments and details. Not here: the keys of events
(`schemas/vocabulary/profile_titles.csv`), what all statements come to (`pipelines/customers/consent.py`).
"""

from dataclasses import replace
from datetime import date

import polars as pl

from pipelines.models.parsed_column import Parsed, no_faults, when
from pipelines.validation.parse_columns import Column, Columns
from schemas.base import INSTANT
from schemas.events import SIGN_UPS
from schemas.fields import BY_NAME

WHERE = ("event_page", "event_form")
PARTS_OF_EVIDENCE = ("event_kind", *WHERE, "consent_text")
BETWEEN = " · "
CONSENT_DATE = "consent_date"


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


def with_sound_consents(columns: Columns, as_of: date) -> Columns:
    """Columns without days of consents that are still to come: they would lift every no until then.

    Whose day cannot be taken keeps a yes without its evidence, for nobody knows whether it came after a no.
    """
    day, evidence = (columns.first.get(name) for name in (CONSENT_DATE, "consent_evidence"))
    if day is None:
        return columns
    late = (day.parsed.values > as_of).fill_null(False)
    faults = when(late, "DATE_IN_FUTURE", day.parsed.faults)
    parsed = replace(day.parsed, values=when(late, None, day.parsed.values), faults=faults)
    found = {day.name: replace(day, parsed=parsed)}
    if evidence is not None:
        proven = replace(evidence.parsed, values=when(faults.is_not_null(), None, evidence.parsed.values))
        found[evidence.name] = replace(evidence, parsed=proven)
    return replace(columns, columns=tuple(found.get(column.name, column) for column in columns.columns))


def with_days_of_consents(rows: pl.DataFrame) -> pl.DataFrame:
    """Accepted rows of a list with `stated_at`: a yes is of the day that its row gives, as it begins in UTC (AMB-38).

    A no is as of its import all the same: beside it stands when somebody had agreed. Other rows come back as they are.
    """
    if CONSENT_DATE not in rows.columns or "opt_in" not in rows.columns:
        return rows
    return rows.with_columns(pl.when(pl.col("opt_in")).then(pl.col(CONSENT_DATE).cast(INSTANT)).alias("stated_at"))
