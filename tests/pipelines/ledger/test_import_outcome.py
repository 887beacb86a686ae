"""What an outcome says of its rows."""

from pipelines.ledger.import_outcome import accepted_told
from pipelines.warehouse.import_counts import ImportCounts


def test_an_entry_of_the_history_tells_its_rows_whatever_other_columns_it_has() -> None:
    counts = dict.fromkeys(ImportCounts.model_fields, 0) | {"rows_accepted": 2, "rows_read": 3, "customers_created": 2}
    entry = counts | {"language": "fr", "code": "x", "import_id": "shop-1"}
    assert accepted_told(entry) == accepted_told(counts)
    assert accepted_told(entry).startswith("2 of 3 rows accepted: 2 customers created")
