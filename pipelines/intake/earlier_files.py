"""What earlier files of a source say of a new one that does not say it itself: how their text was encoded.

Lives here: asking the published history. Not here: when it is believed (`pipelines/reading/text/legacy_encodings.py`).
"""

from pathlib import Path

from pipelines.warehouse.database import published, rows_of

ENCODINGS = """
    SELECT DISTINCT dialect->>'encoding' AS encoding FROM import_history
    WHERE source = $source AND format = 'csv' AND status IN ('done', 'done_with_rejects', 'replaced')
    ORDER BY encoding
"""


def earlier_encodings(snapshot: Path, source: str) -> tuple[str, ...]:
    """The encodings of a source's text files that were committed and not undone; none before anything was published.

    Raises:
        WarehouseBusy: somebody has the snapshot open for writing.
    """
    if not snapshot.exists():
        return ()
    with published(snapshot) as connection:
        return tuple(rows_of(connection, ENCODINGS, {"source": source})["encoding"].drop_nulls())
