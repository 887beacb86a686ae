"""Rows of a payment list that are nobody's payment and no fault of anybody: left out, told, and not rejected.

Lives here: items of an order below its payment (PIT-110), and money that is no customer's, as a column says (PIT-102).
Not here: the words (`pipelines/parsing/words/payment_directions.py`), payments that do not count
(`pipelines/payments/payments.py`): those tell of a customer.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.language.spelling import key
from pipelines.mapping.value_evidence import is_code, sample
from pipelines.models.column_mapping import ColumnMapping
from pipelines.models.context import Terms
from pipelines.models.parsed_column import cleaned, nowhere
from pipelines.models.sheet import Sheet
from pipelines.parsing.words.payment_directions import OTHER
from pipelines.payments.order_lines import item_titles
from pipelines.titles.known_titles import meanings_of
from pipelines.validation.parse_columns import Columns
from schemas.sentences.note import Note


@dataclass(frozen=True)
class SetAside:
    """The positions of rows that are left out, and what is told of them."""

    rows: pl.Series
    warnings: tuple[Note, ...] = ()


NOTHING = SetAside(pl.Series(dtype=pl.UInt32))


def set_aside(sheet: Sheet, columns: Columns, mapping: ColumnMapping, terms: Terms) -> SetAside:
    """The rows of a sheet that are left out; none of a list of customers, none where there is nothing to see it by."""
    if terms.profile.grain != "payment" or sheet.rows.is_empty():
        return NOTHING
    items = _items(sheet, columns, mapping)
    # A row that is both is told of once, as an item.
    others = _others(columns, sheet) & ~items
    told = (
        ("ITEM_ROWS", int(items.sum()), None),
        ("NO_CUSTOMERS_PAYMENT", int(others.sum()), mapping.titles.get("direction")),
    )
    return SetAside(
        (items | others).arg_true(),
        tuple(Note(code, found=count, header=title) for code, count, title in told if count),
    )


def _others(columns: Columns, sheet: Sheet) -> pl.Series:
    """Payouts, fees, conversions: a column says that they are nobody's payment."""
    direction = columns.first.get("direction")
    return nowhere(sheet.rows.to_series()) if direction is None else (direction.parsed.values == OTHER).fill_null(False)


def _items(sheet: Sheet, columns: Columns, mapping: ColumnMapping) -> pl.Series:
    """Rows that carry the number of the order above them, and neither an amount nor a day.

    The day of the row above is no day of their own where the row tells of an item. A payment that merely lacks its
    amount has a number of its own, or a day.
    """
    texts = {
        name: columns.first[name].text for name in ("amount", "payment_date", "payment_status") if name in columns.first
    }
    empty = pl.select(pl.all_horizontal(text.is_null() for name, text in texts.items() if name != "payment_date"))
    day = texts["payment_date"]
    if not empty.to_series().any():
        return nowhere(day)
    dayless = day.is_null() | ((day == day.shift()) & _tell_items(sheet))
    same = nowhere(day)
    for number in _numbers(sheet, columns, mapping):
        same |= (number == number.shift()).fill_null(False)
    whose = columns.first["email"].text if "email" in columns.first else None
    # Another address on the row is another customer's payment that lacks its amount, and must not vanish as a detail.
    theirs = pl.repeat(True, len(day), eager=True) if whose is None else whose.is_null() | (whose == whose.shift())
    return empty.to_series() & dayless.fill_null(False) & same & theirs.fill_null(True)


def _numbers(sheet: Sheet, columns: Columns, mapping: ColumnMapping) -> list[pl.Series]:
    """The columns that number orders: the payment id's, and those that were not taken for it."""
    titles = [title for title in mapping.unmapped if _numbers_orders(sheet, title)]
    own = [columns.first["payment_id"].text] if "payment_id" in columns.first else []
    return [*own, *(cleaned(sheet.rows[title], sheet.tidy) for title in titles)]


def _numbers_orders(sheet: Sheet, title: str) -> bool:
    """Whether a title is one of order numbers, or a name whose values are numbers: Shopify calls `#1001` a name."""
    fields = {meaning.field for meaning in meanings_of(title, "payment", {})}
    values = sample(sheet.rows, title)
    named = "name" in fields or key(title) == key("order name")
    return "payment_id" in fields or (named and values is not None and is_code(values))


def _tell_items(sheet: Sheet) -> pl.Series:
    """Where a column that speaks of items is filled."""
    titles = item_titles(sheet)
    if not titles:
        return nowhere(sheet.rows.to_series())
    return sheet.rows.select(pl.any_horizontal(pl.col(titles).str.strip_chars() != "")).to_series().fill_null(False)
