"""Small frames and verdicts for tests: what a test does not say takes a value that breaks no rule."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from pipelines.configuration.settings import FileSource
from pipelines.mapping.map_columns import map_columns
from pipelines.models.context import Terms
from pipelines.reading.read_file import read_file
from pipelines.validation.validate import ValidationResult, validate
from schemas.ledger import AcceptedRows
from schemas.profiles import PROFILES

AS_OF = date(2026, 1, 1)


def texts(*values: str | None) -> pl.Series:
    """A column of cleaned text; null where blank."""
    return pl.Series(values, dtype=pl.String)


def terms(
    profile: str = "default",
    locale: str | None = None,
    currency: str | None = None,
    base_currency: str = "USD",
    as_of: date = AS_OF,
) -> Terms:
    """The terms of a source named `shop`."""
    source = FileSource(profile=profile, locale=locale, currency=currency)
    return Terms("shop", source, PROFILES[profile], base_currency, as_of)


def validated(
    text: str | bytes,
    on: Terms | None = None,
    mapping: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
) -> ValidationResult:
    """The verdict on a file's text, read, mapped and validated as an import does it."""
    on = on or terms()
    sheet = read_file(text.encode() if isinstance(text, str) else text, on.source.language)
    columns = map_columns(sheet.titles, on.profile, mapping, ignore, on.source.language)
    return validate(sheet, columns, on)


def codes_by_row(validation: ValidationResult) -> dict[int, list[str]]:
    """Row number to the codes of all its reasons, in their order."""
    return {
        row["row_number"]: [reason["code"] for reason in row["reasons"]]
        for row in validation.rejected.iter_rows(named=True)
    }


def row_texts(validation: ValidationResult) -> dict[int, dict[str, str]]:
    """Row number to the rejected row's own titles and text."""
    rows = validation.rejected.select("row_number", "row").iter_rows()
    return {number: json.loads(text) for number, text in rows}


def contributions(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Contributions in their order: of one customer, source `shop`, import 1, for what a row does not say."""
    dtypes = {name: column.dtype.type for name, column in AcceptedRows.to_schema().columns.items()}
    dtypes |= {"id_high": pl.UInt64, "id_low": pl.UInt64, "source": pl.String, "import_seq": pl.Int64}
    dtypes |= {"first_seq": pl.Int64, "guessed_name": pl.String}
    for key in ("customer_key", "payment_id"):
        dtypes.pop(key)
    given = {"id_high": 0, "id_low": 0, "source": "shop", "import_seq": 1}
    full = [dict.fromkeys(dtypes) | given | {"row_number": n} | dict(row) for n, row in enumerate(rows, 2)]
    return pl.DataFrame([row | {"first_seq": row["import_seq"]} for row in full], schema=dtypes)
