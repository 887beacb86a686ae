"""What analysts read of columns that no field means and that a source keeps.

Lives here: the contract of their table. Not here: which columns are kept (`keep` of a source).
"""

import pandera.polars as pa

from schemas.base import Contract


class CustomerCustomFields(Contract):
    """One row per customer, source and column that the source keeps: the newest that is not blank."""

    customer_id: str = pa.Field(metadata={"sql": "UUID"}, description="The customer")
    title: str = pa.Field(description="Title of the column as its newest file spells it; its case tells nothing apart")
    value: str = pa.Field(description="Newest non-blank value as its sender wrote it, white space collapsed")
    source: str = pa.Field(description="The source whose column it is")
    import_id: str = pa.Field(description="The import that brought the value")
