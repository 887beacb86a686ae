"""The change feed: what became of each customer with each change of the ledger, as other systems take it over.

Lives here: the contract. Not here: comparing and writing (`pipelines/customers/relations/change_feed.py`).
"""

import pandera.polars as pa

from schemas.base import Contract, Instant, Texts

KINDS = ("created", "updated", "removed")


class CustomersChanges(Contract):
    """One row per customer and change of the ledger that made another row of it, where `change_feed` is on in
    sources.yaml; empty otherwise.
    """

    change_number: int = pa.Field(ge=1, description="Number of the change; rises, and is never given twice")
    customer_id: str = pa.Field(metadata={"sql": "UUID"}, description="The customer")
    kind: str = pa.Field(isin=KINDS, description="created, updated or removed")
    before: str = pa.Field(
        nullable=True, metadata={"sql": "JSON"}, description="Its row in customers before; null where it is created"
    )
    after: str = pa.Field(
        nullable=True, metadata={"sql": "JSON"}, description="Its row in customers since; null where it is removed"
    )
    changed_fields: Texts = pa.Field(nullable=True, description="Columns of customers that differ; of an update alone")
    import_id: str = pa.Field(nullable=True, description="Import, sync or decision with which it came")
    changed_at: Instant = pa.Field(description="When that began or was decided, UTC")
