"""What analysts read of where values come from.

Lives here: the contract of the table, and the rules by which a value wins. Not here: the fold that follows them
(`pipelines/customers/`).
"""

import pandera.polars as pa

from schemas.base import Contract
from schemas.wordlists import wordlist

RULES = tuple(line["rule"] for line in wordlist("lineage_rules"))


class CustomerValues(Contract):
    """One row per value that live rows say of a customer, whether it stands in the tables or not; of money one row per
    addend. Filled by `customers publish --values`, and empty again with whatever is published next, so that it never
    tells what is no longer so.
    """

    customer_id: str = pa.Field(metadata={"sql": "UUID"}, description="The customer")
    field: str = pa.Field(description="Column of customers, or table.column of a table beside it")
    item: str = pa.Field(
        nullable=True,
        description="Of what a customer has several of, which: contact_id, group, kind and rank, title; else null",
    )
    value: str = pa.Field(description="The value as text, as the table has it")
    source: str = pa.Field(nullable=True, description="The source that says it; null: computed from other values")
    import_id: str = pa.Field(nullable=True, description="The import that says it; of an account its latest sync")
    row_number: int = pa.Field(
        nullable=True, description="Row as the spreadsheet shows it; null: an account says it, or it is computed"
    )
    header: str = pa.Field(nullable=True, description="Title of the column it stood in; null: in none")
    raw_value: str = pa.Field(
        nullable=True, description="What stood there, as written; null: in none, or what was read is gone"
    )
    rule: str = pa.Field(isin=RULES, description="The rule by which it wins or not")
    wins: bool = pa.Field(description="Whether the table has this value; of money whether it is added")
