"""The tables and views of the snapshot, and making them: each with a comment, and one on every column.

Lives here: which there are. A table or view is a contract in `schemas/`, a view's query stands in `views/NAME.sql`. Not
here: what is written into them (`ledger_facts.py`, `customers/`), the file that they are in (`snapshot.py`).
"""

import hashlib
from functools import cache

from pipelines.customers.low_spend import DEFAULT_BELOW, reason_of
from pipelines.customers.priority import GAP, reasons
from pipelines.warehouse.database import Connection
from pipelines.warehouse.ledger_tables import STRIPE_FACTS, column_list
from pipelines.warehouse.sql_files import sql_file
from schemas.base import Contract, columns_of, summary_of
from schemas.customers import (
    AccessRequests,
    ComputedPriorities,
    ContactPoints,
    Contacts,
    CustomerConsents,
    CustomerExternalIds,
    CustomerGroups,
    CustomerPriority,
    CustomerPriorityHistory,
    Customers,
    GroupMembers,
    Groups,
    LowSpendCandidates,
    RankedContactPoints,
)
from schemas.imports import Deployment, ImportHistory, RejectedRows
from schemas.tables.change_feed import CustomersChanges
from schemas.tables.custom_fields import CustomerCustomFields
from schemas.tables.duplicates import DuplicatePairs, PairDecisions, PossibleDuplicates
from schemas.tables.erasure import ErasedTotals, Erasures
from schemas.tables.lineage import CustomerValues
from schemas.tables.payments import FilePayments, Payments
from schemas.tables.segments import (
    ActiveCustomers,
    CustomerSegments,
    MailableCustomers,
    SegmentHighValue,
    SegmentNew,
    Segments,
)
from schemas.tables.views import ImportHistoryRecent, RejectedReasons, SpendByCurrency, StripeUnattributed

TABLES: dict[str, type[Contract]] = {
    "customers": Customers,
    "customer_external_ids": CustomerExternalIds,
    "contacts": Contacts,
    "ranked_contact_points": RankedContactPoints,
    "group_members": GroupMembers,
    "customer_custom_fields": CustomerCustomFields,
    "file_payments": FilePayments,
    "customer_consents": CustomerConsents,
    "access_requests": AccessRequests,
    "computed_priorities": ComputedPriorities,
    "customer_priority_history": CustomerPriorityHistory,
    "customers_changes": CustomersChanges,
    "rejected_rows": RejectedRows,
    "import_history": ImportHistory,
    "customer_values": CustomerValues,
    "duplicate_pairs": DuplicatePairs,
    "pair_decisions": PairDecisions,
    "erasures": Erasures,
    "erased_totals": ErasedTotals,
    "deployment": Deployment,
    "segments": Segments,
    **STRIPE_FACTS,
}

VIEWS: dict[str, type[Contract]] = {
    "customer_priority": CustomerPriority,
    "contact_points": ContactPoints,
    "customer_groups": CustomerGroups,
    "groups": Groups,
    "payments": Payments,
    "rejected_reasons": RejectedReasons,
    "import_history_recent": ImportHistoryRecent,
    "stripe_unattributed": StripeUnattributed,
    "customer_segments": CustomerSegments,
    "segment_high_value": SegmentHighValue,
    "segment_new": SegmentNew,
    "active_customers": ActiveCustomers,
    "mailable_customers": MailableCustomers,
    "low_spend_candidates": LowSpendCandidates,
    "spend_by_currency": SpendByCurrency,
    "possible_duplicates": PossibleDuplicates,
}
"""Each after those that it reads."""


def make_tables(writer: Connection) -> None:
    """Make every table and view of an empty snapshot."""
    for name, contract in TABLES.items():
        writer.execute(f"CREATE TABLE snapshot.main.{name} ({column_list(columns_of(contract))})")
        _comment(writer, "TABLE", name, contract)
    writer.execute("USE snapshot")  # a view names its tables as whoever opens the file does, without ours
    for name, contract in VIEWS.items():
        writer.execute(f"CREATE VIEW {name} AS {view_query(name)}")
        _comment(writer, "VIEW", name, contract)
    writer.execute("USE working")


@cache
def shape() -> str:
    """What the tables and views of today are known by; a snapshot of another shape is made anew."""
    tables = [(name, summary_of(contract), columns_of(contract)) for name, contract in (TABLES | VIEWS).items()]
    return hashlib.sha256(repr((tables, [view_query(name) for name in VIEWS])).encode()).hexdigest()[:16]


def view_query(view: str) -> str:
    """What a view shows, as SQL over the tables of the snapshot."""
    if view == "low_spend_candidates":  # a clean-up asks the same, with its own threshold
        return sql_file(
            "pipelines.customers", view, schema="", below=str(DEFAULT_BELOW), reason=_quoted(reason_of(DEFAULT_BELOW))
        )
    said = {gap: _quoted(sentence) for gap, sentence in reasons().items()} if view == "customer_priority" else {}
    return sql_file(f"{__package__}.views", view, gap=str(GAP), **said)


def _comment(writer: Connection, kind: str, name: str, contract: type[Contract]) -> None:
    """Say in the file itself what a table or view, and each of its columns, means."""
    comments = [f"COMMENT ON {kind} snapshot.main.{name} IS {_quoted(summary_of(contract))}"] + [
        f'COMMENT ON COLUMN snapshot.main.{name}."{column.name}" IS {_quoted(column.description)}'
        for column in columns_of(contract)
    ]
    writer.execute(";".join(comments))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
