"""The row gate at work: every row of a sheet accepted, or rejected with all its reasons.

Lives here: running the row contract over parsed columns, parting rows by its failures, sealing the result. Not here:
the rules themselves (`schemas/files.py`), parsing (`parse_columns.py`), the words of reasons (`rejections.py`), what an
accepted row contributes (`contributions.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandera.polars as pa
import polars as pl

from pipelines.errors import SealBroken
from pipelines.mapping.map_columns import ColumnMapping
from pipelines.mapping.unmapped_money import money_left_out
from pipelines.mapping.unmapped_money import told as told_of_money
from pipelines.models.context import Terms
from pipelines.models.parsed_column import INVISIBLE, in_parallel, when
from pipelines.models.sheet import ROW, Sheet
from pipelines.parsing.words.payment_directions import check_directions
from pipelines.payments import payments
from pipelines.payments.flags import check_flags
from pipelines.payments.order_lines import OrderLines, told_of_lines
from pipelines.payments.payment_lists import told_if_payments
from pipelines.validation.contributions import EMAIL_KEY, contributions, details, points_of
from pipelines.validation.first_filled import in_their_places, primary_columns
from pipelines.validation.parse_columns import Column, Columns, parse_columns
from pipelines.validation.rejections import FAULTS, rejected_rows, unreadable_rows
from pipelines.validation.skipped_rows import set_aside
from pipelines.validation.swapped_dates import without_swapped_dates
from schemas.codes import codes, message
from schemas.fields import Field
from schemas.files import FAULT, Rule, missing_code, row_contract, row_rules
from schemas.ledger import AcceptedDetails, AcceptedRows

MOST_NAMES, MOST_NAMED = 5, 10
"""Names that one key may gather without a warning, and keys that are warned of."""
FIELD_CODES = [code.name for code in codes().values() if code.level == "field"]


@dataclass(frozen=True)
class Judgement:
    """The verdict on every row of a file.

    `accepted`: AcceptedRows, `details`: AcceptedDetails of some of them. `rejected`: REJECTED of `rejections.py`; its
    rows of severity `row`, the accepted ones and those `set_aside` together are the rows read. `styles`: how each
    column is written, and the row numbers that decided it.
    """

    accepted: pl.DataFrame
    details: pl.DataFrame
    rejected: pl.DataFrame
    styles: dict[str, dict[str, object]]
    warnings: tuple[str, ...]
    set_aside: int = 0

    @property
    def amount_accepted(self) -> Decimal:
        """The money that the accepted rows carry."""
        return Decimal(self.accepted["total_spent"].sum() or 0)

    @property
    def rejected_count(self) -> int:
        """Rows that are not accepted."""
        return int((self.rejected["severity"] == "row").sum())


def judge(sheet: Sheet, mapping: ColumnMapping, terms: Terms) -> Judgement:
    """Judge all rows of a sheet at once, so that each column's style is decided by all of its rows.

    Raises FileRefused where a column seems to say which way money goes, and nobody said whether it does.
    """
    columns = without_swapped_dates(parse_columns(sheet, mapping, terms), sheet, terms)
    judged = _judged(columns, sheet.rows[ROW], terms)
    aside = set_aside(sheet, columns, mapping, terms)
    _check_directions(judged, sheet, mapping, terms)
    fields = tuple(column.field for column in columns.first.values())
    of_rows = in_their_places(_row_faults(judged, fields, terms), columns)
    told = pl.concat([of_rows, _value_faults(columns)])
    faults = told.unique(["row", "field", "code"], keep="first", maintain_order=True)
    faults = faults.filter(~pl.col("row").is_in(aside.rows.implode()))
    costly = pl.concat([faults.filter(pl.col("severity") == "row")["row"], aside.rows.cast(pl.Int64)])
    good = _without(judged.with_columns(columns.email_keys.alias(EMAIL_KEY)), costly)
    points = points_of(columns)
    accepted, rejected = in_parallel(
        _called,
        [
            lambda: contributions(good, OrderLines(sheet, mapping), terms),
            lambda: _rejected(faults, columns, sheet, terms),
        ],
    )
    judgement = Judgement(
        accepted=accepted,
        details=details(good, None if points is None else _kept(points.to_frame(), costly).to_series()),
        rejected=rejected,
        styles={column.name: _style(column, sheet) for column in columns.columns if column.parsed.style},
        warnings=(
            *_warnings(columns, sheet, costly, mapping, terms),
            *_crowded(accepted, terms),
            *_of_payments(good, accepted, terms),
            *aside.warnings,
        ),
        set_aside=len(aside.rows),
    )
    _seal(sheet, judgement)
    return judgement


def _check_directions(judged: pl.DataFrame, sheet: Sheet, mapping: ColumnMapping, terms: Terms) -> None:
    """What nobody said is a direction or a flag, put to the rows as they would count (PIT-102)."""
    if terms.profile.grain != "payment" or not {"amount", "payment_date"} <= set(judged.columns):
        return
    counted = judged.select(
        payments.counts_as_paid(judged.columns).alias("paid"),
        payments.counts_as_refund(judged.columns).alias("refunded"),
    )
    check_directions(sheet, mapping.unmapped, counted, terms.language)
    whole = judged.select(payments.counts_whole(judged.columns)).to_series()
    check_flags(sheet, mapping.unmapped, whole, terms.language)


def _called(step: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    return step()


def _rejected(faults: pl.DataFrame, columns: Columns, sheet: Sheet, terms: Terms) -> pl.DataFrame:
    return pl.concat([rejected_rows(faults, columns, sheet, terms), unreadable_rows(sheet, terms)]).sort(ROW)


def _judged(columns: Columns, numbers: pl.Series, terms: Terms) -> pl.DataFrame:
    """The frame that the row contract judges: each field's value and fault, a blank required one included."""
    judged = [numbers]
    for name, column in primary_columns(columns).items():
        faults = column.parsed.faults
        if name in terms.profile.required and column.text.null_count():
            faults = when(column.text.is_null(), missing_code(name), faults)
        judged += [column.parsed.values.alias(name), faults.alias(name + FAULT)]
    whole = pl.DataFrame(judged)
    return whole if terms.profile.grain == "customer" else _without_needless(whole, tuple(columns.first), terms.as_of)


def _without_needless(judged: pl.DataFrame, names: tuple[str, ...], as_of: date) -> pl.DataFrame:
    """Payments that do not count, without the faults of what they need not have: a voided order has no day of payment,
    a planned one has one to come.
    """
    needless = payments.does_not_count(names).fill_null(False)
    faults = [name + FAULT for name in payments.NEEDLESS if name in names]
    days = [pl.col(name) for name in ("payment_date",) if name in names]
    return judged.with_columns(
        *(pl.when(~needless).then(pl.col(fault)).alias(fault) for fault in faults),
        *(pl.when(~needless | (day <= as_of)).then(day) for day in days),
    )


def _row_faults(judged: pl.DataFrame, fields: tuple[Field, ...], terms: Terms) -> pl.DataFrame:
    """Every broken check of the row contract (FAULTS): each costs its row.

    The contract is put to the rows that break any of its rules, and says which: failures are costly to look for
    where there are none.
    """
    suspects = _breaking(judged, row_rules(fields, terms.profile, terms.as_of))
    try:
        row_contract(fields, terms.profile, terms.as_of).validate(judged[suspects], lazy=True)
    except pa.errors.SchemaErrors as broken:
        cases: pl.DataFrame = broken.failure_cases
        field = pl.when(pl.col("schema_context") == "Column").then(pl.col("column").str.strip_suffix(FAULT))
        return cases.select(
            row=suspects.gather(cases["index"]).cast(pl.Int64),
            field=field.otherwise(pl.lit("last_payment_date")),
            code="check",
            severity=pl.lit("row"),
        ).unique(maintain_order=True)
    return pl.DataFrame(schema=FAULTS)


def _breaking(judged: pl.DataFrame, rules: Sequence[Rule]) -> pl.Series:
    """The positions of all rows that break a rule, and of some that only have a fault; of every row where a rule
    needs to see them all.
    """
    if not all(rule.by_row for rule in rules):
        return pl.int_range(judged.height, dtype=pl.UInt32, eager=True)
    faultless = [pl.col(name).is_null() for name in {rule.column: 1 for rule in rules if rule.of_fault}]
    holds = [rule.holds for rule in rules if not rule.of_fault]
    return judged.select(~pl.all_horizontal(pl.lit(True), *faultless, *holds).fill_null(False)).to_series().arg_true()


def _value_faults(columns: Columns) -> pl.DataFrame:
    """The faults that cost a value, never its row: those of codes that say so, and of further columns (AMB-43)."""
    told = [
        pl.DataFrame({"row": at, "field": column.name, "code": column.parsed.faults.gather(at), "severity": "field"})
        for column in columns.columns
        if len(at := _of_values(column))
    ]
    return pl.concat([pl.DataFrame(schema=FAULTS), *(faults.cast({"row": pl.Int64}) for faults in told)])


def _of_values(column: Column) -> pl.Series:
    """The positions of the faults that cost no more than the value."""
    at = column.parsed.faults.is_not_null().arg_true()
    any_code = column.rank > 1 or column.field.kind == "identifier"
    return at if any_code else at.filter(column.parsed.faults.gather(at).is_in(FIELD_CODES))


def _kept(rows: pl.DataFrame, positions: pl.Series) -> pl.DataFrame:
    return rows.filter(pl.repeat(True, rows.height, dtype=pl.Boolean, eager=True).scatter(positions.unique(), False))


def _without(rows: pl.DataFrame, positions: pl.Series) -> pl.DataFrame:
    return _kept(rows.select(pl.exclude(f"^.*{FAULT}$")), positions)


def _style(column: Column, sheet: Sheet) -> dict[str, object]:
    rows = sheet.rows[ROW].gather(list(column.parsed.evidence)).to_list()
    return {"style": column.parsed.style, "rows": rows}


def _seal(sheet: Sheet, judgement: Judgement) -> None:
    """Rows conserved, and the accepted ones as their contracts say; a failure here is our bug."""
    accepted, rejected = judgement.accepted.height, judgement.rejected_count
    if accepted + rejected + judgement.set_aside != sheet.row_count:
        left = judgement.set_aside
        raise SealBroken(f"{sheet.row_count} rows read, but {accepted} accepted, {rejected} rejected, {left} set aside")
    try:
        AcceptedRows.validate(judgement.accepted)
        AcceptedDetails.validate(judgement.details)
    except pa.errors.SchemaError as broken:
        raise SealBroken(f"accepted rows break their contract: {broken}") from broken


def _warnings(
    columns: Columns, sheet: Sheet, costly: pl.Series, mapping: ColumnMapping, terms: Terms
) -> tuple[str, ...]:
    """What was noticed and held against no row: a recommended column that is not there, too (AU-06)."""
    absent = [field for field in terms.profile.recommended if field not in columns.first]
    money = money_left_out(sheet, mapping)
    return (
        *(_coded(code, sentence) for code, sentence in (*sheet.warnings, *mapping.warnings)),
        *(f"no column for {field}, which is recommended" for field in absent),
        *(told_of_money(title, sheet, terms) for title in money),
        *_not_recognised([title for title in mapping.unmapped if title not in money], terms),
        *(f"{column.title or column.name}: {note}" for column in columns.columns for note in column.parsed.warnings),
        *(f"{title}: {count} negative refunds were taken as refunds" for title, count in _negative(columns)),
        *_empty(sheet, terms),
        *told_if_payments(sheet, mapping, terms),
        *_invisible(columns, sheet, terms),
        *_repeated(sheet, costly, mapping, terms),
    )


def _not_recognised(titles: Sequence[str], terms: Terms) -> tuple[str, ...]:
    """One line for all titles that say nothing to us: dozens of lines would hide the others."""
    named = ", ".join(map(repr, titles))
    told = message("COLUMNS_NOT_RECOGNISED", terms.language, found=named)
    return (f"COLUMNS_NOT_RECOGNISED: {told}",) if titles else ()


def _empty(sheet: Sheet, terms: Terms) -> tuple[str, ...]:
    """Titles and nothing below them: an import of no rows, but never in silence (PIT-16)."""
    return () if sheet.row_count else (f"NO_ROWS: {message('NO_ROWS', terms.language)}",)


def _invisible(columns: Columns, sheet: Sheet, terms: Terms) -> tuple[str, ...]:
    """Keys that held characters which nobody sees, and are now keys without them (PIT-18)."""
    keys = [columns.first[name] for name in ("email", "external_id") if name in columns.first]
    told = {column.title: column.text for column in keys if column.title}
    counts = {title: _unseen(sheet.rows[title], text) for title, text in told.items()}
    return tuple(
        f"INVISIBLE_CHARACTERS: {message('INVISIBLE_CHARACTERS', terms.language, found=count, header=title)}"
        for title, count in counts.items()
        if count
    )


def _unseen(written: pl.Series, cleaned: pl.Series) -> int:
    """How many cells hold any; where cleaning took nothing away, that is not looked for."""
    same = written.str.len_bytes().sum() == cleaned.str.len_bytes().sum()
    return 0 if same else int(written.str.contains(INVISIBLE).sum())


def _crowded(accepted: pl.DataFrame, terms: Terms) -> tuple[str, ...]:
    """Customers that gather more names than a person has: what they share may be no address of theirs (PIT-48).

    A reference that stands beside several names and several addresses, or beside three names, may be a word that means
    nothing to us or an id that somebody shortened (PIT-106).
    """
    if accepted["name"].null_count() == accepted.height:
        return ()
    key, prefix = pl.col("customer_key"), f"id:{terms.source_name}:"
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
        f"SUSPICIOUS_MERGE: {message('SUSPICIOUS_MERGE', terms.language, found=found, expected=count)}"
        for found, count in told.select(shown, "found").iter_rows()
    )


def _repeated_more_than(prints: pl.Series, times: int) -> pl.Series:
    """The prints that stand in more rows than this; sorting is much quicker than grouping."""
    ordered = prints.sort()
    return ordered.filter((ordered == ordered.shift(times)).fill_null(False)).unique()


def _of_payments(good: pl.DataFrame, accepted: pl.DataFrame, terms: Terms) -> tuple[str, ...]:
    """Payments of which something was concluded that their rows do not say, and customers who got back more than they
    paid (PIT-102, PIT-103).
    """
    if terms.profile.grain != "payment":
        return ()
    concluded = {"REFUNDED_WHOLE": payments.refunded_whole, "AMOUNT_AGAINST_DIRECTION": payments.against_direction}
    counts = {code: int(good.select(told(good.columns).sum()).item()) for code, told in concluded.items()}
    sums = accepted.group_by("customer_key").agg(pl.col("email").first(), pl.col("total_spent", "refund_volume").sum())
    over = sums.filter(pl.col("refund_volume") > pl.col("total_spent")).sort("customer_key")
    counts["REFUNDS_EXCEED_PAYMENTS"] = over.height
    named = ", ".join(over["email"].fill_null("?").head(MOST_NAMED))
    return (
        *(
            f"{code}: {message(code, terms.language, found=count, value=named)}"
            for code, count in counts.items()
            if count
        ),
        *told_of_lines(accepted, terms.language),
    )


def _coded(code: str, sentence: str) -> str:
    return f"{code}: {sentence}" if code else sentence


def _negative(columns: Columns) -> list[tuple[str, int]]:
    refunds = [columns.first[name] for name in ("refund_volume", "refunded_amount") if name in columns.first]
    counts = [(column.title or column.name, int((column.parsed.values < 0).sum())) for column in refunds]
    return [(title, count) for title, count in counts if count]


def _repeated(sheet: Sheet, costly: pl.Series, mapping: ColumnMapping, terms: Terms) -> tuple[str, ...]:
    """Accepted rows equal cell by cell: added all the same, but never in silence (AMB-11)."""
    if "payment_id" in mapping.titles or sheet.rows.is_empty():
        return ()
    hashes = _kept(sheet.rows.select(sheet.titles).hash_rows().to_frame(), costly).to_series().sort()
    count = (hashes == hashes.shift()).sum()
    if count == 0:
        return ()
    return (f"EXACT_DUPLICATE_ROWS: {message('EXACT_DUPLICATE_ROWS', terms.language, found=count)}",)
