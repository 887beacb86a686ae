"""The row gate at work: typed values from text, every row accepted or rejected with all its reasons.

Lives here: parsing each mapped column, running the row contract, turning its failures into reasons, turning
accepted rows into contributions. Not here: the rules themselves (`schemas/files.py`), the formats
(`numbers.py`, `dates.py`, `emails.py`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandera.polars as pa
import polars as pl

from pipelines.errors import SealBroken
from pipelines.files import payments
from pipelines.files.dates import parse_dates
from pipelines.files.emails import parse_emails
from pipelines.files.headers import ColumnMapping
from pipelines.files.numbers import parse_amounts, parse_averages, parse_counts
from pipelines.files.parsing import Parsed, cleaned, in_parallel, no_faults, when
from pipelines.files.sheet import ROW, Sheet
from pipelines.identity import customer_key
from pipelines.settings import FileSource
from schemas.base import MONEY
from schemas.codes import message
from schemas.currencies import decimals_of
from schemas.fields import BY_NAME, Field
from schemas.files import FAULT, missing_code, row_contract
from schemas.imports import REASON, REASON_PARTS
from schemas.ledger import AcceptedRows
from schemas.profiles import Profile

EMAIL_KEY = "email_key"
REJECTED: dict[str, pl.DataType | type[pl.DataType]] = {
    ROW: pl.Int64,
    "reasons": pl.List(REASON),
    "row": pl.String,
}


@dataclass(frozen=True)
class Terms:
    """On what terms a file is judged: its source, its profile, the base currency, the day it is."""

    source_name: str
    source: FileSource
    profile: Profile
    base_currency: str
    as_of: date

    @property
    def currency(self) -> str:
        """The currency of amounts that name none."""
        return self.source.currency or self.base_currency


@dataclass(frozen=True)
class Judgement:
    """The verdict on every row of a file.

    `accepted`: AcceptedRows. `rejected`: `row_number`, `reasons`, `row` (JSON in the sender's titles and
    text). Accepted and rejected rows together are the rows read.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    styles: dict[str, str]
    warnings: tuple[str, ...]

    @property
    def amount_accepted(self) -> Decimal:
        """The money that the accepted rows carry."""
        return Decimal(self.accepted["total_spent"].sum() or 0)


def judge(sheet: Sheet, mapping: ColumnMapping, terms: Terms) -> Judgement:
    """Judge all rows of a sheet at once, so that each column's style is decided by all of its rows."""
    texts = _texts(sheet, mapping, terms)
    fields = tuple(field for name, field in BY_NAME.items() if name in texts.columns)
    parsed, keys = _parse(texts, fields, terms)
    judged = _judged(texts, parsed, terms.profile)
    faults = _failures(judged, row_contract(fields, terms.profile.required, terms.as_of))
    rejected = pl.concat([_rejected(faults, texts, sheet, mapping, terms), _faulty(sheet, terms)]).sort(ROW)
    good = _without(judged.with_columns(keys.alias(EMAIL_KEY)), faults["row"])
    accepted = _contributions(good, terms)
    _seal(sheet, accepted, rejected)
    return Judgement(
        accepted=accepted,
        rejected=rejected,
        styles={name: column.style for name, column in parsed.items() if column.style},
        warnings=_warnings(parsed, _without(sheet.rows, faults["row"]), mapping, terms),
    )


def _without(rows: pl.DataFrame, positions: pl.Series) -> pl.DataFrame:
    kept = pl.repeat(True, rows.height, dtype=pl.Boolean, eager=True).scatter(positions.unique(), False)
    return rows.select(pl.exclude(f"^.*{FAULT}$")).filter(kept)


def _texts(sheet: Sheet, mapping: ColumnMapping, terms: Terms) -> pl.DataFrame:
    """The mapped columns under their fields' names, cleaned; the name made of its parts where it is blank."""
    columns = in_parallel(lambda title: cleaned(sheet.rows[title]), mapping.titles.values())
    texts = pl.DataFrame([sheet.rows[ROW], *(c.alias(f) for f, c in zip(mapping.titles, columns, strict=True))])
    parts = [part for part in ("first_name", "last_name") if part in texts.columns]
    if parts:
        joined = pl.concat_str(parts, separator=" ", ignore_nulls=True)
        whole = pl.when(joined != "").then(joined)
        texts = texts.with_columns(name=pl.coalesce("name", whole) if "name" in texts.columns else whole)
    if "currency" in texts.columns or terms.currency != terms.base_currency:
        texts = texts.with_columns(_currency(texts, terms).alias("currency"))
    return texts


def _currency(texts: pl.DataFrame, terms: Terms) -> pl.Expr:
    """The row's currency; blank where no amount stands beside it, for then there is nothing to convert."""
    amounts = [name for name in texts.columns if name != ROW and BY_NAME[name].kind in ("amount", "average")]
    named = pl.col("currency").str.to_uppercase() if "currency" in texts.columns else pl.lit(None, pl.String)
    has_amount = pl.any_horizontal(pl.col(amounts).is_not_null()) if amounts else pl.lit(False)
    return pl.when(has_amount).then(named.fill_null(terms.currency))


def _parse(texts: pl.DataFrame, fields: tuple[Field, ...], terms: Terms) -> tuple[dict[str, Parsed], pl.Series]:
    """Every field parsed by its kind, and the key of each row's address."""
    emails, keys = _emails(texts)
    columns = in_parallel(lambda field: _parse_field(texts[field.name], field, terms), fields)
    parsed = dict(zip((field.name for field in fields), columns, strict=True))
    return parsed | ({"email": emails} if emails else {}), keys


def _emails(texts: pl.DataFrame) -> tuple[Parsed | None, pl.Series]:
    if "email" in texts.columns:
        return parse_emails(texts["email"])
    return None, no_faults(texts[ROW])


def _parse_field(text: pl.Series, field: Field, terms: Terms) -> Parsed:
    match field.kind:
        case "amount":
            return parse_amounts(text, decimals_of(terms.base_currency), terms.source.locale)
        case "average":
            return parse_averages(text, terms.source.locale)
        case "count":
            return parse_counts(text)
        case "date":
            return parse_dates(text, terms.source.locale)
        case "payment_status":
            return payments.parse_statuses(text)
        case "currency":
            return Parsed(text, when(text != terms.base_currency, "CURRENCY_NOT_CONVERTIBLE", None))
        case _:
            return Parsed(text, no_faults(text))


def _judged(texts: pl.DataFrame, parsed: Mapping[str, Parsed], profile: Profile) -> pl.DataFrame:
    """The frame that the row contract judges: each field's value and fault, a blank required one included."""
    columns = [texts[ROW]]
    for name, column in parsed.items():
        missing = texts[name].is_null() if name in profile.required else None
        faults = column.faults if missing is None else when(missing, missing_code(name), column.faults)
        columns += [column.values.alias(name), faults.alias(name + FAULT)]
    return pl.DataFrame(columns)


def _failures(judged: pl.DataFrame, contract: pa.DataFrameSchema) -> pl.DataFrame:
    """Every broken check: `row` (position), `field`, `code`."""
    try:
        contract.validate(judged, lazy=True)
    except pa.errors.SchemaErrors as broken:
        cases: pl.DataFrame = broken.failure_cases
        return cases.select(
            row=pl.col("index").cast(pl.Int64),
            field=pl.when(pl.col("schema_context") == "Column")
            .then(pl.col("column").str.strip_suffix(FAULT))
            .otherwise(pl.lit("last_payment_date")),
            code="check",
        ).unique(maintain_order=True)
    return pl.DataFrame(schema={"row": pl.Int64, "field": pl.String, "code": pl.String})


def _rejected(
    faults: pl.DataFrame, texts: pl.DataFrame, sheet: Sheet, mapping: ColumnMapping, terms: Terms
) -> pl.DataFrame:
    """The rows that broke a check, each with all its reasons and its own text."""
    if faults["row"].null_count():
        raise SealBroken(f"the row gate failed as a whole, not for a row: {faults.rows()[:3]}")
    positions = faults["row"].unique().sort()
    values = dict(zip(positions, texts[positions].iter_rows(named=True), strict=True))
    told = pl.DataFrame(
        [
            (position, *_reason(code, field, mapping.titles.get(field), values[position][field], terms))
            for position, field, code in faults.iter_rows()
        ],
        schema={"position": pl.Int64} | dict.fromkeys(REASON_PARTS, pl.String),
        orient="row",
    )
    listed = told.group_by("position", maintain_order=True).agg(reasons=pl.struct(REASON_PARTS)).sort("position")
    row = pl.struct(sheet.titles).struct.json_encode().alias("row")
    return sheet.rows[positions].select(ROW, listed["reasons"], row)


def _reason(
    code: str, field: str | None, header: str | None, value: str | None, terms: Terms
) -> tuple[str | None, ...]:
    """A reason's parts in the order of the contract: code, field, header, value, message."""
    expected = {
        "INVALID_NUMBER": 0 if field == "payment_count" else decimals_of(terms.base_currency),
        "CURRENCY_NOT_CONVERTIBLE": terms.base_currency,
    }.get(code)
    text = message(code, terms.source.language, found=value, header=header or field, expected=expected)
    return code, field, header, value, text


def _faulty(sheet: Sheet, terms: Terms) -> pl.DataFrame:
    """Rows that could not be read as cells of the columns, each with what it holds (PIT-04, PIT-10)."""
    wanted, language = len(sheet.titles), terms.source.language
    return pl.DataFrame(
        [
            (
                number,
                [_whole_row(code, found, message(code, language, found=found, expected=wanted))],
                _json(_named_cells(cells, sheet)),
            )
            for number, code, found, cells in sheet.faulty.iter_rows()
        ],
        schema=REJECTED,
        orient="row",
    )


def _whole_row(code: str, found: str, text: str) -> dict[str, str | None]:
    return {"code": code, "field": None, "header": None, "value": found, "message": text}


def _named_cells(cells: Sequence[str], sheet: Sheet) -> dict[str, str]:
    names = [*sheet.titles, *(f"column {place}" for place in range(len(sheet.titles) + 1, len(cells) + 1))]
    return dict(zip(names, cells, strict=False))


def _json(row: dict[str, str]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _contributions(good: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """What each accepted row contributes: AcceptedRows."""
    columns = {name: column.dtype.type for name, column in AcceptedRows.to_schema().columns.items()}
    absent = {name: dtype for name, dtype in columns.items() if name not in good.columns}
    whole = good.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in absent.items())
    amounts = payments.contributed(whole) if terms.profile.grain == "payment" else _as_told(whole)
    key = customer_key(terms.profile.key, terms.source_name)
    return whole.with_columns(key.alias("customer_key"), *amounts).select(*columns)


def _as_told(rows: pl.DataFrame) -> list[pl.Expr]:
    """The amounts of a customer list; a refund written as a negative number is a refund (PIT-22)."""
    monthly = pl.col("monthly_spend") if "monthly_spend" in rows.columns else pl.lit(None, MONEY)
    return [monthly.alias("reported_monthly_spend"), pl.col("refund_volume").abs()]


def _seal(sheet: Sheet, accepted: pl.DataFrame, rejected: pl.DataFrame) -> None:
    """Rows conserved, and the accepted ones as their contract says; a failure here is our bug."""
    if accepted.height + rejected.height != sheet.row_count:
        raise SealBroken(f"{sheet.row_count} rows read, but {accepted.height} accepted and {rejected.height} rejected")
    try:
        AcceptedRows.validate(accepted)
    except pa.errors.SchemaError as broken:
        raise SealBroken(f"accepted rows break their contract: {broken}") from broken


def _warnings(
    parsed: Mapping[str, Parsed], kept: pl.DataFrame, mapping: ColumnMapping, terms: Terms
) -> tuple[str, ...]:
    """What was noticed and held against no row."""
    absent = [field for field in terms.profile.recommended if field not in mapping.titles]
    titles = mapping.titles
    return (
        *(f"no column for {field}, which is recommended (AU-06)" for field in absent),
        *(f"column {title!r} was not recognised and is left out" for title in mapping.unmapped),
        *(f"{titles.get(name, name)}: {note}" for name, column in parsed.items() for note in column.warnings),
        *(f"{titles[name]}: {count} negative refunds were taken as refunds" for name, count in _negative(parsed)),
        *_repeated(kept, mapping, terms),
    )


def _negative(parsed: Mapping[str, Parsed]) -> list[tuple[str, int]]:
    refunds = [name for name in ("refund_volume", "refunded_amount") if name in parsed]
    counts = [(name, int((parsed[name].values < 0).sum())) for name in refunds]
    return [(name, count) for name, count in counts if count]


def _repeated(kept: pl.DataFrame, mapping: ColumnMapping, terms: Terms) -> tuple[str, ...]:
    """Accepted rows equal cell by cell: added all the same, but never in silence (AMB-11)."""
    cells = kept.select(pl.exclude(ROW))
    count = cells.height - cells.hash_rows().n_unique() if cells.height else 0
    if count == 0 or "payment_id" in mapping.titles:
        return ()
    return (f"EXACT_DUPLICATE_ROWS: {message('EXACT_DUPLICATE_ROWS', terms.source.language, found=count)}",)
