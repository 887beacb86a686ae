"""Order lines: which rows of one order with equal amounts are lines of their own, each with money of its own.

Lives here: what shows that amounts are those of lines, and numbering equal lines. Not here: which rows tell of one
payment (`same_payment.py`), rows of items that carry no amount (`pipelines/validation/skipped_rows.py`).

Shops that list an order's items either repeat the order's total (70, 70: one payment of 70) or give each line its own
amount (25, 50, 25: 100). An order whose rows of one day differ in their amounts is of the second kind. Its equal lines
are numbered, so that the second 25 of one file is the second 25 of the next (PIT-100).
"""

from dataclasses import dataclass

import polars as pl

from pipelines.language.spelling import normalise
from pipelines.models.column_mapping import ColumnMapping
from pipelines.models.sheet import ROW, Sheet
from pipelines.parsing.words.payment_identifiers import names_transactions, written_as_transactions
from pipelines.titles.title_grammar import other_thing
from schemas.sentences.note import Note
from schemas.wordlists import wordlist

ITEMS = ("item", "quantity")
"""Things that titles name, whose columns tell of an item of an order."""

DAY_OF_AN_ORDER = ("customer_key", "payment_id", "payment_day", "payment_state", "back")
MOST_NAMED = 5
EQUAL = (*DAY_OF_AN_ORDER, "payment_amount")


@dataclass(frozen=True)
class OrderLines:
    """A payment list as its equal rows are compared: the cells, and what the titles say of them."""

    sheet: Sheet
    mapping: ColumnMapping

    def numbered(self, told: pl.DataFrame) -> pl.DataFrame:
        """The rows with `payment_line`: how many lines of the same order, day, state and amount stand above each.

        It is 0 where equal rows tell of one payment: in an order whose rows are all of one amount, unless most orders
        of the list have several, or the amount's title names a line or an item; where the rows of an order are all
        there several times, cell by cell, or stand again elsewhere in the list; and below a transaction's number,
        which is that of one payment, unless a column of items tells the rows apart.

        Args:
            told: `row`, customer, number, amount, day and state of the rows that have a number, in the file's order.
        """
        back, block = (pl.col("payment_amount") < 0).alias("back"), pl.col("payment_id").rle_id().alias("block")
        rows = told.with_columns(back, block)
        # Nearly every list ends here: without equal rows there is nothing to number.
        if not rows.select(pl.struct(EQUAL).is_duplicated().any()).item():
            return told.with_columns(pl.lit(0, pl.Int64).alias("payment_line"))
        rows = self._with_cells(rows.filter(pl.struct(DAY_OF_AN_ORDER).is_duplicated()))
        rows = rows.filter(self._of_lines(rows))
        nth = rows.with_columns(pl.int_range(pl.len()).over("cells", "block", *EQUAL).alias("nth"))
        first = nth.with_columns(pl.col(ROW).min().over("cells", "nth", *EQUAL).alias("first"))
        # By the first row of each, so that an order that is pasted below once more gets the same numbers.
        line = pl.col("first").rank("dense").over(EQUAL).cast(pl.Int64) - 1
        numbers = first.select(ROW, line.alias("payment_line"))
        known = told.join(numbers, on=ROW, how="left", maintain_order="left")
        return known.with_columns(pl.col("payment_line").fill_null(0))

    def _with_cells(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with `cells` and `items`: what their cells, and those of items alone, are known by."""
        sheet = self.sheet.rows.join(rows, on=ROW, how="semi")
        items = item_titles(self.sheet)
        known = sheet.select(
            ROW,
            sheet.select(self.sheet.titles).hash_rows().alias("cells"),
            (sheet.select(items).hash_rows() if items else pl.zeros(sheet.height, pl.UInt64, eager=True)).alias(
                "items"
            ),
        )
        return rows.join(known, on=ROW, maintain_order="left")

    def _of_lines(self, rows: pl.DataFrame) -> pl.Series:
        """Whether each row is in an order that lists its lines."""
        counted = rows.with_columns(
            amounts=pl.col("payment_amount").n_unique().over(DAY_OF_AN_ORDER),
            copies=pl.len().over("cells", *DAY_OF_AN_ORDER),
            apart=pl.col("items").n_unique().over(DAY_OF_AN_ORDER) == pl.len().over(DAY_OF_AN_ORDER),
        )
        orders = counted.group_by(DAY_OF_AN_ORDER).agg(
            several=pl.col("amounts").first() > 1,
            copied=(pl.col("copies").min() > 1) & (pl.col("copies").n_unique() == 1),
        )
        most = orders.select(pl.col("several").sum() * 2 > (~pl.col("copied") | pl.col("several")).sum()).item()
        by_title = _names_lines(self.mapping.titles.get("amount", ""))
        of_lines = (pl.col("amounts") > 1) | pl.lit(most or by_title)
        copies = pl.col("copies")
        copied = (copies.min().over(DAY_OF_AN_ORDER) > 1) & (copies.n_unique().over(DAY_OF_AN_ORDER) == 1)
        return counted.select(of_lines & ~copied & (pl.col("apart") | ~self._transactions())).to_series()

    def _transactions(self) -> pl.Expr:
        by_title = names_transactions(self.mapping.titles.get("payment_id"))
        by_value = [pl.col("payment_id").str.starts_with(word) for word in written_as_transactions()]
        return pl.any_horizontal(pl.lit(by_title), *by_value)


def told_of_lines(accepted: pl.DataFrame) -> tuple[Note, ...]:
    """The warning about equal lines that were added each; none where there are none.

    Args:
        accepted: AcceptedRows.
    """
    equal = accepted.filter((pl.col("payment_line") > 0) & pl.col("payment_amount").is_not_null())
    if equal.is_empty():
        return ()
    shown = equal.head(MOST_NAMED).select("payment_id", ROW).iter_rows()
    return (Note("EQUAL_ORDER_LINES", found=equal.height, value=[f"{number} ({row})" for number, row in shown]),)


def _names_lines(title: str) -> bool:
    """Whether a title of an amount says that it is of a line or an item."""
    spelled = f" {normalise(title)}"
    return other_thing(title, None) in ITEMS or any(f" {line['word']}" in spelled for line in wordlist("order_lines"))


def item_titles(sheet: Sheet) -> list[str]:
    """The titles of columns that tell of an item of an order."""
    return [title for title in sheet.titles if other_thing(title, None) in ITEMS]
