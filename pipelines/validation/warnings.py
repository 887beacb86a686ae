"""Warnings of a validated file: what cost no row and yet must not go by.

Lives here: what is noticed over all rows. Not here: faults of single rows (`validate.py`), money left out
(`pipelines/mapping/unmapped_money.py`).
"""

from collections.abc import Sequence

import polars as pl

from pipelines.mapping.map_columns import ColumnMapping
from pipelines.mapping.unmapped_money import money_left_out
from pipelines.mapping.unmapped_money import told as told_of_money
from pipelines.models.context import Terms
from pipelines.models.parsed_column import INVISIBLE
from pipelines.models.sheet import ROW, Sheet
from pipelines.payments import payments
from pipelines.payments.order_lines import told_of_lines
from pipelines.payments.payment_lists import told_if_payments
from pipelines.validation.parse_columns import Column, Columns
from pipelines.validation.rows_at_positions import rows_but
from schemas.sentences.note import Note

MOST_NAMES, MOST_NAMED = 5, 10
"""Names that one key may gather without a warning, and keys that are warned of."""


def warnings_of(
    columns: Columns, sheet: Sheet, costly: pl.Series, mapping: ColumnMapping, terms: Terms
) -> tuple[Note, ...]:
    """What was noticed and held against no row: a recommended column that is not there, too (AU-06)."""
    absent = [field for field in terms.profile.recommended if field not in columns.first]
    money = money_left_out(sheet, mapping)
    return (
        *sheet.warnings,
        *mapping.warnings,
        *(Note("NO_RECOMMENDED_COLUMN", field=terms.profile.called(field)) for field in absent),
        *(told_of_money(title, sheet, terms) for title in money),
        *_not_recognised([title for title in mapping.left_out if title not in money]),
        *(
            note.about(header=column.title or column.name)
            for column in columns.columns
            for note in (*column.parsed.notes, *_negative(column))
        ),
        *_not_taken(columns, terms),
        *_empty(sheet),
        *told_if_payments(sheet, mapping, terms),
        *_invisible(columns, sheet),
        *_repeated(sheet, costly, mapping),
    )


def _not_recognised(titles: Sequence[str]) -> tuple[Note, ...]:
    """One line for all titles that say nothing to us: dozens of lines would hide the others."""
    return (Note("COLUMNS_NOT_RECOGNISED", found=list(titles)),) if titles else ()


def _not_taken(columns: Columns, terms: Terms) -> tuple[Note, ...]:
    """Columns whose field the source never sets, and no other owns: of owned ones each value is told (UP-01)."""
    owned = terms.source.owners(terms.source_name)
    rules = terms.source.rules(terms.source_name)
    never = [name for name, rule in rules.items() if rule == "never" and name not in owned]
    return tuple(
        Note("VALUES_NOT_TAKEN", found=count, header=column.title or column.name)
        for column in columns.columns
        if column.field.name in never and (count := len(column.text) - column.text.null_count())
    )


def _empty(sheet: Sheet) -> tuple[Note, ...]:
    """Titles and nothing below them: an import of no rows, but never in silence (PIT-16)."""
    return () if sheet.row_count else (Note("NO_ROWS"),)


def _invisible(columns: Columns, sheet: Sheet) -> tuple[Note, ...]:
    """Keys that held characters which nobody sees, and are now keys without them (PIT-18)."""
    keys = [columns.first[name] for name in ("email", "external_id") if name in columns.first]
    told = {column.title: column.text for column in keys if column.title}
    counts = {title: _unseen(sheet.rows[title], text) for title, text in told.items()}
    return tuple(Note("INVISIBLE_CHARACTERS", found=count, header=title) for title, count in counts.items() if count)


def _unseen(written: pl.Series, cleaned: pl.Series) -> int:
    """How many cells hold any; where cleaning took nothing away, that is not looked for."""
    same = written.str.len_bytes().sum() == cleaned.str.len_bytes().sum()
    return 0 if same else int(written.str.contains(INVISIBLE).sum())


def crowded_addresses(accepted: pl.DataFrame, terms: Terms) -> tuple[Note, ...]:
    """Customers that gather more names than a person has: what they share may be no address of theirs (PIT-48).

    A reference that stands beside several names and several addresses, or beside three names, may be a word that means
    nothing to us or an id that somebody shortened (PIT-106).
    """
    # A million rows are not grouped by their keys to find that none has a name.
    if accepted["name"].null_count() == accepted.height:
        return ()
    key, prefix = pl.col("customer_key"), f"id:{terms.source_name}:"
    # Hashes of 64 bits only choose which rows to look at: a collision costs a group more, never a warning too many.
    prints = accepted["customer_key"].hash()
    of_ids = prints.filter(accepted["customer_key"].str.starts_with(prefix).fill_null(False))
    often = pl.concat([_repeated_more_than(prints, MOST_NAMES), _repeated_more_than(of_ids, 1)])
    names = (
        accepted.filter(prints.is_in(often.implode()))
        .group_by("customer_key")
        .agg(
            pl.col("email").first(),
            found=pl.col("name").str.to_lowercase().drop_nulls().n_unique(),
            addresses=pl.col("email").str.to_lowercase().drop_nulls().n_unique(),
        )
    )
    shared = key.str.starts_with(prefix) & (pl.col("found") > 1) & ((pl.col("addresses") > 1) | (pl.col("found") > 2))
    crowd = names.filter((pl.col("found") > MOST_NAMES) | shared)
    told = crowd.sort("found", "customer_key", descending=[True, False]).head(MOST_NAMED)
    shown = pl.when(key.str.starts_with(prefix)).then(key.str.strip_prefix(prefix)).otherwise(pl.coalesce("email", key))
    return tuple(
        Note("SUSPICIOUS_MERGE", found=found, expected=count)
        for found, count in told.select(shown, "found").iter_rows()
    )


def _repeated_more_than(prints: pl.Series, times: int) -> pl.Series:
    """The prints that stand in more rows than this; sorting is much quicker than grouping."""
    ordered = prints.sort()
    return ordered.filter((ordered == ordered.shift(times)).fill_null(False)).unique()


def several_main_contacts(accepted: pl.DataFrame, details: pl.DataFrame) -> tuple[Note, ...]:
    """Clients of whom several rows name another main contact each; the last row counts (AMB-41)."""
    named = details.filter(pl.col("is_primary").fill_null(False)) if details.height else details
    if named.height < 2:
        return ()
    whole = named.join(accepted.select(ROW, "customer_key", "name", "external_id"), on=ROW, maintain_order="left")
    contact = pl.coalesce(pl.col("contact_email").str.to_lowercase(), "contact_reference", "contact_last_name")
    several = (
        whole.group_by("customer_key", maintain_order=True)
        .agg(pl.coalesce("name", "external_id").first().alias("client"), found=contact.n_unique(), last=contact.last())
        .filter(pl.col("found") > 1)
    )
    if several.is_empty():
        return ()
    client, _, last = several.select("client", "found", "last").row(0)
    return (Note("MULTIPLE_MAIN_CONTACTS", found=several.height, header=client, value=last),)


def amounts_of_contacts(accepted: pl.DataFrame, details: pl.DataFrame) -> tuple[Note, ...]:
    """Clients whose rows for several contacts repeat one amount: it may be the client's, and was added each time."""
    named = details.drop_nulls("contact_email") if details.height else details
    if named.height < 2 or accepted["total_spent"].null_count() == accepted.height:
        return ()
    amounts = accepted.filter(pl.col("total_spent") != 0).select(
        ROW, "customer_key", "name", "external_id", "total_spent"
    )
    repeated = (
        named.join(amounts, on=ROW, maintain_order="left")
        .group_by("customer_key", "total_spent", maintain_order=True)
        .agg(pl.coalesce("name", "external_id").first().alias("client"), found=pl.col("contact_email").n_unique())
        .filter(pl.col("found") > 1)
        .unique("customer_key", maintain_order=True)
    )
    if repeated.is_empty():
        return ()
    client, amount = repeated.select("client", "total_spent").row(0)
    return (Note("AMOUNTS_OF_CONTACTS", found=repeated.height, header=client, value=round(amount, 2)),)


def warnings_of_payments(good: pl.DataFrame, accepted: pl.DataFrame, terms: Terms) -> tuple[Note, ...]:
    """Payments of which something was concluded that their rows do not say, and customers who got back more than they
    paid (PIT-102, PIT-103).
    """
    if not terms.profile.holds_payments(good.columns):
        return ()
    concluded = {"REFUNDED_WHOLE": payments.refunded_whole, "AMOUNT_AGAINST_DIRECTION": payments.against_direction}
    counts = {code: int(good.select(told(good.columns).sum()).item()) for code, told in concluded.items()}
    sums = accepted.group_by("customer_key").agg(pl.col("email").first(), pl.col("total_spent", "refund_volume").sum())
    over = sums.filter(pl.col("refund_volume") > pl.col("total_spent")).sort("customer_key")
    counts["REFUNDS_EXCEED_PAYMENTS"] = over.height
    named = over["email"].fill_null("?").head(MOST_NAMED).to_list()
    return (
        *(Note(code, found=count, value=named) for code, count in counts.items() if count),
        *told_of_lines(accepted),
    )


def _negative(column: Column) -> tuple[Note, ...]:
    """Refunds below zero, which are refunds all the same."""
    if column.name not in ("refund_volume", "refunded_amount"):
        return ()
    count = int((column.parsed.values < 0).sum())
    return (Note("NEGATIVE_REFUNDS", found=count),) if count else ()


def _repeated(sheet: Sheet, costly: pl.Series, mapping: ColumnMapping) -> tuple[Note, ...]:
    """Accepted rows equal cell by cell: added all the same, but never in silence (AMB-11)."""
    # Rows of one payment are known by its number, and told of by other warnings.
    if "payment_id" in mapping.titles or sheet.rows.is_empty():
        return ()
    hashes = rows_but(sheet.rows.select(sheet.titles).hash_rows().to_frame(), costly).to_series().sort()
    count = int((hashes == hashes.shift()).sum())
    return (Note("EXACT_DUPLICATE_ROWS", found=count),) if count else ()
