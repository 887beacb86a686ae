"""The row gate at work: every row of a sheet accepted, or rejected with all its reasons.

Lives here: running the row contract over parsed columns, parting rows by its failures, sealing the result. Not here:
the rules themselves (`schemas/files.py`), parsing (`parse_columns.py`), the words of reasons (`rejections.py`), what an
accepted row contributes (`contributions.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandera.polars as pa
import polars as pl

from pipelines.errors import SealBroken
from pipelines.frames_on_disk import FramesOnDisk
from pipelines.mapping.kept_columns import kept_values
from pipelines.mapping.map_columns import ColumnMapping
from pipelines.models.context import Terms
from pipelines.models.parsed_column import cleaned, when
from pipelines.models.sheet import ROW, Sheet
from pipelines.parsing.words.payment_directions import check_directions
from pipelines.payments import payments
from pipelines.payments.credit_notes import signless_credit_notes
from pipelines.payments.flags import check_flags
from pipelines.payments.order_lines import OrderLines
from pipelines.payments.overlooked_statuses import check_statuses
from pipelines.reference_tables.look_up import costs_its_row, told_of_references
from pipelines.validation.contributions import EMAIL_KEY, contributed, points_of
from pipelines.validation.first_filled import in_their_places, primary_columns
from pipelines.validation.parse_columns import Column, Columns, parse_columns
from pipelines.validation.rejections import FAULTS, as_sent, rejected_rows, unreadable_rows
from pipelines.validation.rows_at_positions import all_but, without_faults
from pipelines.validation.skipped_rows import set_aside
from pipelines.validation.statements import (
    with_days_of_orders,
    with_sound_consents,
)
from pipelines.validation.swapped_dates import without_swapped_dates
from pipelines.validation.total_rows import ADDED_UP, Totals, sums_of_others
from pipelines.validation.warnings import (
    amounts_of_contacts,
    crowded_addresses,
    several_main_contacts,
    warnings_of,
    warnings_of_payments,
)
from schemas.codes import codes
from schemas.fields import Field
from schemas.files import COST_THEIR_VALUE, FAULT, Rule, missing_code, row_contract, row_rules
from schemas.ledger import AcceptedCustomFields, AcceptedDetails, AcceptedRows
from schemas.sentences.note import Note

FIELD_CODES = [code.name for code in codes().values() if code.level == "field"]


@dataclass(frozen=True)
class ValidationResult:
    """Every row of a file, accepted or rejected with its reasons.

    `accepted`: AcceptedRows, `details`: AcceptedDetails of some of them, `custom_fields`: AcceptedCustomFields of them.
    `rejected`: REJECTED of `rejections.py`; its
    rows of severity `row`, the accepted ones and those `set_aside` together are the rows read. `styles`: how each
    column is written, and the row numbers that decided it. `as_sent`: AS_SENT of `rejections.py`, if needed.
    """

    accepted: pl.DataFrame
    details: pl.DataFrame
    rejected: pl.DataFrame
    styles: dict[str, dict[str, object]]
    warnings: tuple[Note, ...]
    custom_fields: pl.DataFrame
    set_aside: int = 0
    as_sent: pl.DataFrame | None = None

    @property
    def amount_accepted(self) -> Decimal:
        """The money that the accepted rows carry."""
        return Decimal(self.accepted["total_spent"].sum() or 0)

    @property
    def rejected_count(self) -> int:
        """Rows that are not accepted."""
        return int((self.rejected["severity"] == "row").sum())


def validate(sheet: Sheet, mapping: ColumnMapping, terms: Terms) -> ValidationResult:
    """Validate all rows of a sheet at once, so that each column's style is decided by all of its rows.

    Raises FileRefused where a column seems to say which way money goes, and nobody said whether it does.
    """
    parsed = without_swapped_dates(parse_columns(sheet, mapping, terms), sheet, terms)
    columns = with_sound_consents(with_days_of_orders(parsed), terms.as_of)
    validated = _validated(columns, sheet.rows[ROW], terms)
    aside = set_aside(sheet, columns, mapping, terms)
    totals = _totals(sheet, columns, validated)
    # Before rows are rejected: nobody should mend a thousand rows of a file that is refused for one column.
    _check_directions(validated, sheet, mapping, terms)
    faults = _faults(validated, columns, aside.rows, sheet.disk, terms)
    faults = pl.concat([faults, _of_totals(totals, columns, aside.rows)])
    faults = pl.concat([faults, _of_credit_notes(validated, columns, sheet, mapping, terms)])
    costly = pl.concat([faults.filter(pl.col("severity") == "row")["row"], aside.rows.cast(pl.Int64)])
    told = without_faults(validated, columns.email_keys.alias(EMAIL_KEY), *points_of(columns))
    found = contributed(told, all_but(told.height, costly), OrderLines(sheet, mapping), terms)
    accepted = found.accepted
    rejected = _rejected(faults, columns, sheet, terms)
    sheet.disk.release()
    noticed = warnings_of(columns, sheet, costly, mapping, terms)
    sheet.disk.release()
    validation = ValidationResult(
        accepted=accepted,
        details=found.details,
        rejected=rejected,
        styles={column.name: _style(column, sheet) for column in columns.columns if column.parsed.style},
        warnings=(
            *noticed,
            *crowded_addresses(accepted, terms),
            *several_main_contacts(accepted, found.details),
            *amounts_of_contacts(accepted, found.details),
            *warnings_of_payments(found.rows, accepted, terms),
            *told_of_references(accepted["external_id"], mapping.titles.get("external_id"), terms),
            *aside.warnings,
            *_told_of_totals(totals, sheet),
        ),
        custom_fields=kept_values(sheet, mapping, accepted[ROW]),
        set_aside=len(aside.rows),
        as_sent=as_sent(columns, sheet, accepted[ROW], terms),
    )
    _seal(sheet, validation)
    return validation


def _faults(
    validated: pl.DataFrame, columns: Columns, aside: pl.Series, disk: FramesOnDisk, terms: Terms
) -> pl.DataFrame:
    """Every fault of rows and values, once each, but for those of the rows that are left out."""
    fields = tuple(column.field for column in columns.first.values())
    of_rows = in_their_places(_row_faults(validated, fields, disk, terms), columns)
    found = pl.concat([of_rows, _value_faults(columns, terms)])
    # A value may break a check of the row contract and have the same fault as a value: the costlier stands first.
    faults = found.unique(["row", "field", "code"], keep="first", maintain_order=True)
    # Rows that are left out are no customer's payment, so no fault of theirs is anybody's.
    return faults.filter(~pl.col("row").is_in(aside.implode()))


def _totals(sheet: Sheet, columns: Columns, validated: pl.DataFrame) -> Totals:
    """The rows that add others up; none of a reject file, whose sender keeps a row in it or takes it out."""
    if sheet.is_reject_file or validated.is_empty():
        return Totals()
    figures = [name for name, column in columns.first.items() if column.field.kind in ADDED_UP]
    first = columns.first.get("external_id")
    keys = columns.email_keys if first is None else columns.email_keys.fill_null(first.text)
    fields = {column.title: column.field for column in columns.columns if column.title is not None}
    return sums_of_others(sheet, validated.select(figures), keys, fields)


def _of_totals(totals: Totals, columns: Columns, aside: pl.Series) -> pl.DataFrame:
    """Each total as a fault of the first figure that it adds up (FAULTS)."""
    rows = [position for position in totals.proven if position not in aside]
    named = next((column for column in columns.first.values() if column.field.kind in ADDED_UP), None)
    field = named.name if named else ""
    return pl.DataFrame([(row, field, "SUM_OF_OTHERS", "row") for row in rows], schema=FAULTS, orient="row")


def _of_credit_notes(
    validated: pl.DataFrame, columns: Columns, sheet: Sheet, mapping: ColumnMapping, terms: Terms
) -> pl.DataFrame:
    """Each credit note without a sign as a fault of its amount (FAULTS), but for those that their sender confirmed."""
    names = validated.columns
    if terms.profile.grain != "payment" or not {"amount", "payment_date"} <= set(names):
        return pl.DataFrame(schema=FAULTS)
    silent = pl.col("direction").is_null() if "direction" in names else pl.lit(True)
    whole = validated.select(payments.counts_whole(names).fill_null(False) & silent).to_series()
    own = [columns.first["payment_id"].text] if "payment_id" in columns.first else []
    others = [cleaned(sheet.rows[title], sheet.tidy) for title in mapping.unmapped]
    found = signless_credit_notes(validated, whole, [*own, *others])
    confirmed = sheet.origins.filter("confirmed")[ROW]
    at = (found & ~sheet.rows[ROW].is_in(confirmed.implode())).arg_true()
    rows = [(position, "amount", "CREDIT_NOTE_WITHOUT_SIGN", "row") for position in at]
    return pl.DataFrame(rows, schema=FAULTS, orient="row")


def _told_of_totals(totals: Totals, sheet: Sheet) -> tuple[Note, ...]:
    if not totals.doubtful:
        return ()
    row = sheet.rows[ROW][totals.doubtful[0]]
    return (Note("MAYBE_TOTALS", found=len(totals.doubtful), value=totals.doubted, row=row),)


def _check_directions(validated: pl.DataFrame, sheet: Sheet, mapping: ColumnMapping, terms: Terms) -> None:
    """What nobody said is a status, a direction or a flag, put to the rows as they would count (PIT-102, PIT-103)."""
    if terms.profile.grain != "payment" or not {"amount", "payment_date"} <= set(validated.columns):
        return
    counted = validated.select(
        payments.counts_as_paid(validated.columns).alias("paid"),
        payments.counts_as_refund(validated.columns).alias("refunded"),
    )
    whole = validated.select(payments.counts_whole(validated.columns)).to_series()
    check_statuses(sheet, mapping, whole, terms.language)
    check_directions(sheet, mapping.unmapped, counted, terms.language)
    check_flags(sheet, mapping.unmapped, whole, terms.language)


def _rejected(faults: pl.DataFrame, columns: Columns, sheet: Sheet, terms: Terms) -> pl.DataFrame:
    return pl.concat([rejected_rows(faults, columns, sheet, terms), unreadable_rows(sheet, terms)]).sort(ROW)


def _validated(columns: Columns, numbers: pl.Series, terms: Terms) -> pl.DataFrame:
    """The frame that the row contract validates: each field's value and fault, a blank required one included."""
    validated = [numbers]
    for name, column in primary_columns(columns).items():
        faults = column.parsed.faults
        if name in terms.profile.required and column.text.null_count():
            faults = when(column.text.is_null(), missing_code(name), faults)
        validated += [column.parsed.values.alias(name), faults.alias(name + FAULT)]
    whole = pl.DataFrame(validated)
    names = tuple(columns.first)
    return _without_needless(whole, names, terms.as_of) if terms.profile.holds_payments(names) else whole


def _without_needless(validated: pl.DataFrame, names: tuple[str, ...], as_of: date) -> pl.DataFrame:
    """Payments that do not count, without the faults of what they need not have: a voided order has no day of payment,
    a planned one has one to come.
    """
    needless = payments.does_not_count(names).fill_null(False)
    faults = [name + FAULT for name in payments.NEEDLESS if name in names]
    days = [pl.col(name) for name in ("payment_date",) if name in names]
    return validated.with_columns(
        *(pl.when(~needless).then(pl.col(fault)).alias(fault) for fault in faults),
        *(pl.when(~needless | (day <= as_of)).then(day) for day in days),
    )


def _row_faults(validated: pl.DataFrame, fields: tuple[Field, ...], disk: FramesOnDisk, terms: Terms) -> pl.DataFrame:
    """Every broken check of the row contract (FAULTS): each costs its row.

    The contract is put to the rows that break any of its rules, and says which: failures are costly to look for
    where there are none.
    """
    rules = row_rules(fields, terms.profile, terms.as_of)
    # A rule that needs to see all rows sees them at once.
    batches = disk.batches(validated.height) if all(rule.by_row for rule in rules) else [(0, validated.height)]
    found = [_breaking(validated.slice(*batch), batch[0], rules) for batch in disk.each(batches)]
    positions, suspects = (pl.concat(part) for part in zip(*found, strict=True))
    if suspects.is_empty():  # a contract put to no row takes 15 ms of a short list's 80 (pandera 0.35)
        return pl.DataFrame(schema=FAULTS)
    try:
        row_contract(fields, terms.profile, terms.as_of).validate(suspects, lazy=True)
    except pa.errors.SchemaErrors as broken:
        cases: pl.DataFrame = broken.failure_cases
        field = pl.when(pl.col("schema_context") == "Column").then(pl.col("column").str.strip_suffix(FAULT))
        return cases.select(
            row=positions.gather(cases["index"]).cast(pl.Int64),
            field=field.otherwise(pl.lit("last_payment_date")),
            code="check",
            severity=pl.lit("row"),
        ).unique(maintain_order=True)
    return pl.DataFrame(schema=FAULTS)


def _breaking(rows: pl.DataFrame, start: int, rules: Sequence[Rule]) -> tuple[pl.Series, pl.DataFrame]:
    """All rows that break a rule, and some that only have a fault, with their positions in the file, of which these
    begin at one; every row where a rule needs to see them all.
    """
    if not all(rule.by_row for rule in rules):
        return pl.int_range(rows.height, dtype=pl.Int64, eager=True), rows
    faultless = [pl.col(name).is_null() for name in {rule.column: 1 for rule in rules if rule.of_fault}]
    holds = [rule.holds for rule in rules if not rule.of_fault]
    broken = rows.select(~pl.all_horizontal(pl.lit(True), *faultless, *holds).fill_null(False)).to_series()
    here = broken.arg_true()
    return here.cast(pl.Int64) + start, rows[here]


def _value_faults(columns: Columns, terms: Terms) -> pl.DataFrame:
    """The faults that cost a value: those of codes that say so, and of further columns (AMB-43); never their row, but
    where the source wants it of a value that is looked up (AMB-24).
    """
    told = [
        pl.DataFrame({"row": at, "field": column.name, "code": column.parsed.faults.gather(at)}).with_columns(
            severity=pl.lit("row" if costs_its_row(column.field.name, terms) else "field")
        )
        for column in columns.columns
        if len(at := _of_values(column))
    ]
    return pl.concat([pl.DataFrame(schema=FAULTS), *(faults.cast({"row": pl.Int64}) for faults in told)])


def _of_values(column: Column) -> pl.Series:
    """The positions of the faults that cost no more than the value."""
    at = column.parsed.faults.is_not_null().arg_true()
    any_code = column.rank > 1 or column.field.kind == "identifier" or column.field.name in COST_THEIR_VALUE
    return at if any_code else at.filter(column.parsed.faults.gather(at).is_in(FIELD_CODES))


def _style(column: Column, sheet: Sheet) -> dict[str, object]:
    rows = sheet.rows[ROW].gather(list(column.parsed.evidence)).to_list()
    return {"style": column.parsed.style, "rows": rows}


def _seal(sheet: Sheet, validation: ValidationResult) -> None:
    """Rows conserved, and the accepted ones as their contracts say; a failure here is our bug."""
    accepted, rejected = validation.accepted.height, validation.rejected_count
    if accepted + rejected + validation.set_aside != sheet.row_count:
        left = validation.set_aside
        raise SealBroken(f"{sheet.row_count} rows read, but {accepted} accepted, {rejected} rejected, {left} set aside")
    try:
        AcceptedRows.validate(validation.accepted)  # 0.04 s for a million rows that are right: every one is tried
        if validation.details.height:  # most lists have none
            AcceptedDetails.validate(validation.details)
        if validation.custom_fields.height:
            # Types alone can be wrong here: any text may stand in such a column.
            AcceptedCustomFields.validate(validation.custom_fields.head(1))
    except pa.errors.SchemaError as broken:
        raise SealBroken(f"accepted rows break their contract: {broken}") from broken
