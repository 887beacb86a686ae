"""A column of payments' statuses that no title told, in a list without any other (PIT-103).

Lives here: recognising such a column by its values and refusing the file in which one was overlooked. Not here: what
the words mean (`pipelines/parsing/words/payment_statuses.py`), columns of directions
(`pipelines/parsing/words/payment_directions.py`), of yes and no, or of days (`flags.py`).
"""

from collections.abc import Sequence

import polars as pl

from pipelines.errors import FileRefused
from pipelines.models.column_mapping import ColumnMapping
from pipelines.models.parsed_column import cleaned
from pipelines.models.sheet import ROW, Sheet
from pipelines.parsing.words.payment_statuses import OPEN, PAID, are_statuses, parse_statuses
from pipelines.titles.title_grammar import other_thing

SHOWN = 5
"""How many words of the column the refusal names."""

MAY_HOLD_STATUSES = ("region", "country")
"""Fields that a title such as `État`, `Staat` or `Stato` means, which is the word for a status too."""

SAY_ANYTHING = ("note", "transaction type")
"""Other things than ours that titles name, below which a status may stand all the same."""


def check_statuses(sheet: Sheet, mapping: ColumnMapping, whole: pl.Series, language: str) -> None:
    """Refuse a file without a column of statuses, where another column calls a row unpaid or refunded that would count.

    A column without such a row changes nothing and is no reason; nor is one whose title names a thing that has states
    of its own, as a delivery or a card.

    Args:
        sheet: the file.
        mapping: of its columns.
        whole: whether each row would count as a payment of which nothing went back.
        language: of the message.

    Raises:
        FileRefused: STATUS_UNDECIDED, with the column, its words, the first of the rows.
    """
    if "payment_status" in mapping.titles:
        return
    # Beside what was paid or is due an open invoice counts for what came in.
    told = {"paid_amount", "amount_due"} & set(mapping.titles)
    settled = (PAID, OPEN) if told else (PAID,)
    for title in _candidates(mapping):
        text = cleaned(sheet.rows[title], sheet.tidy)
        if not are_statuses(text.drop_nulls()):
            continue
        meanings = parse_statuses(text, mapping.titles.values()).values
        here = (whole & meanings.is_in(settled).not_()).fill_null(False).arg_true()
        if len(here):
            words = text.gather(here).unique().sort().head(SHOWN).to_list()
            row = sheet.rows[ROW][here[0]]
            raise FileRefused("STATUS_UNDECIDED", language, header=title, found=words, expected=len(here), row=row)


def _candidates(mapping: ColumnMapping) -> Sequence[str]:
    """The titles of columns that may hold statuses: not recognised, or taken for a place by their title alone."""
    places = [column.title for column in mapping.columns if column.field in MAY_HOLD_STATUSES and column.how == "alias"]
    return [*(title for title in mapping.unmapped if other_thing(title, None) in (None, *SAY_ANYTHING)), *places]
