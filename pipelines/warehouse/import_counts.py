"""What is counted of an import, the same of a staged file, in the history and in what its sender is told.

Lives here: the counts, each once. Not here: what each means (`schemas.imports.ImportHistory`), the line of the history
(`import_rows.py`).
"""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class FileCounts(BaseModel):
    """What a file says of itself: its rows, and the money of the accepted ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows_read: int = 0
    rows_blank: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    rows_skipped: int = 0
    amount_accepted: Decimal = Decimal(0)


class ImportCounts(FileCounts):
    """What the ledger alone can tell besides: customers, and money that earlier imports had counted."""

    rows_merged: int = 0
    customers_created: int = 0
    customers_updated: int = 0
    customers_unchanged: int = 0
    customers_kept_away: int = 0
    amount_repeated: Decimal = Decimal(0)
