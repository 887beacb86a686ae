"""The shape of the ledger: its tables and views as SQL, and the steps that make an older ledger one of today's.

Lives here: every table of the schema `ledger`; its views stand in `ledger_views.sql`. Not here: who runs this SQL
(`database.py`), the tables that analysts open (`pipelines/publishing/tables.py`).
"""

import hashlib
from functools import cache

from pipelines.warehouse.migrations import (
    BLANK_CONSENTS,
    DONE_FROM_THE_START,
    ENTER_CLEANUPS,
    NOTE_ADDRESSES,
    NOTE_GRAINS,
    STATE_PAYMENTS,
)
from pipelines.warehouse.owned_views import owned_views
from pipelines.warehouse.sql_files import sql_file
from schemas.base import Column, Contract, columns_of
from schemas.customers import CustomerPriorityHistory
from schemas.imports import FACTS_SINCE, Deployment, ImportHistory, RejectedRows
from schemas.ledger import AcceptedCustomFields, AcceptedDetails, AcceptedRows
from schemas.stripe import (
    StripeApart,
    StripeCharges,
    StripeContributions,
    StripeCustomers,
    StripePayments,
    StripeRefunds,
    StripeSpend,
    StripeSyncs,
)
from schemas.tables.change_feed import CustomersChanges
from schemas.tables.duplicates import DuplicatePairs, PairDecisions
from schemas.tables.erasure import ErasedRows, Erasures
from schemas.tables.segments import Segments

QUOTE = '"'

LEDGER_VERSION = 1
"""The number of today's ledger, noted in it and in backups. It rises by one with each release that adds a fact which an
older version would not understand; that version then refuses the ledger by name instead of miscounting it."""

STRIPE_FACTS: dict[str, type[Contract]] = {
    "stripe_charges": StripeCharges,
    "stripe_refunds": StripeRefunds,
    "stripe_customers": StripeCustomers,
    "stripe_payments": StripePayments,
    "stripe_spend": StripeSpend,
    "stripe_apart": StripeApart,
    "stripe_syncs": StripeSyncs,
}
"""The tables of Stripe sources, the same in the ledger and in the snapshot."""

DEFAULTS = {"BIGINT": "0", "INTEGER": "0", "DECIMAL(18,3)": "0"}
"""What a column that older ledgers lack holds in their rows, where it may not be null; anything else needs a step."""

STEPS = (ENTER_CLEANUPS, STATE_PAYMENTS, NOTE_ADDRESSES, NOTE_GRAINS, BLANK_CONSENTS)
"""What an older ledger is told anew, once its tables have today's columns."""


def digest() -> str:
    """What today's shape is known by."""
    return hashlib.sha256(script(older=True).encode()).hexdigest()


@cache
def column_names() -> frozenset[str]:
    """Every column of every table, as `table.column`."""
    tables = _tables().items()
    return frozenset(f"{table}.{column.split()[0].strip(QUOTE)}" for table, columns in tables for column in columns)


@cache
def script(older: bool) -> str:
    """The SQL that makes the ledger; of an `older` one, what it lacks is added and its facts are told as today."""
    made = [f"CREATE TABLE IF NOT EXISTS ledger.{name} ({', '.join(columns)})" for name, columns in _tables().items()]
    added = [
        f"ALTER TABLE ledger.{name} ADD COLUMN IF NOT EXISTS {_addition(column)}"
        for name, columns in _tables().items()
        for column in columns
    ]
    parts = [
        "CREATE SCHEMA IF NOT EXISTS ledger",
        *made,
        *(added if older else ()),
        owned_views(merged=False),
        sql_file(__package__, "ledger_views"),
        *(STEPS if older else (DONE_FROM_THE_START,)),
    ]
    return ";".join(parts)


def _tables() -> dict[str, list[str]]:
    """Every table of the ledger with its columns."""
    imports = [column for column in columns_of(ImportHistory) if column.name not in FACTS_SINCE]
    contributed = [column for column in columns_of(AcceptedRows) if column.name != "customer_key"]
    return {
        "changes": _plain("number BIGINT NOT NULL, as_of_date DATE NOT NULL"),
        "imports": [
            *_plain("import_seq INTEGER NOT NULL, import_key VARCHAR NOT NULL, grain VARCHAR"),
            *column_texts(imports),
        ],
        "contributions": [
            *_plain("import_seq INTEGER NOT NULL, source VARCHAR NOT NULL, customer_id UUID NOT NULL"),
            *column_texts(contributed),
        ],
        "details": ["import_seq INTEGER NOT NULL", *_of(AcceptedDetails)],
        "custom_fields": ["import_seq INTEGER NOT NULL", *_of(AcceptedCustomFields)],
        "import_rules": _plain("import_seq INTEGER NOT NULL, field VARCHAR NOT NULL, rule VARCHAR NOT NULL"),
        "rejected_rows": _of(RejectedRows),
        "resolutions": _plain(
            "import_seq INTEGER NOT NULL, row_number BIGINT NOT NULL, origin_import_id VARCHAR NOT NULL, "
            "origin_row_number BIGINT NOT NULL"
        ),
        "tombstones": _plain(
            "customer_id UUID NOT NULL, reason VARCHAR NOT NULL, below DECIMAL(18,3) NOT NULL, "
            "total_at_delete DECIMAL(18,3), decided_by VARCHAR NOT NULL, decided_at TIMESTAMPTZ NOT NULL, "
            "import_seq INTEGER"
        ),
        "access_decisions": _plain(
            "number BIGINT NOT NULL, customer_id UUID NOT NULL, choice VARCHAR NOT NULL, "
            "requested_at TIMESTAMPTZ NOT NULL, decided_by VARCHAR NOT NULL, decided_at TIMESTAMPTZ NOT NULL"
        ),
        "merges": _plain(
            "import_seq INTEGER NOT NULL, choice VARCHAR NOT NULL, survivor_id UUID NOT NULL, other_id UUID NOT NULL"
        ),
        "merged_customers": _plain("customer_id UUID NOT NULL, survivor_id UUID NOT NULL, family_id UUID NOT NULL"),
        "erasures": _of(Erasures),
        "erased_rows": [
            *_plain("import_seq INTEGER NOT NULL, source VARCHAR NOT NULL, customer_id UUID NOT NULL"),
            *_of(ErasedRows),
        ],
        "erased_keys": _plain("erasure_id UUID NOT NULL, digest VARCHAR NOT NULL"),
        "erasure_salt": _plain("salt VARCHAR NOT NULL"),
        "erasing": _plain("erasure_id UUID NOT NULL, subject VARCHAR NOT NULL"),
        "pair_decisions": _of(PairDecisions),
        "duplicate_pairs": _of(DuplicatePairs),
        "compared_customers": _plain("customer_id UUID NOT NULL, fingerprint UBIGINT NOT NULL"),
        "deployment": _of(Deployment),
        "segments": _of(Segments),
        "change_feed": _plain("begun_at BIGINT NOT NULL"),
        "customers_changes": _of(CustomersChanges),
        "stripe_state": _plain(
            "source VARCHAR NOT NULL, upper_bound TIMESTAMPTZ NOT NULL, swept_at TIMESTAMPTZ NOT NULL, "
            "extract_id VARCHAR, amount_field VARCHAR NOT NULL, anchor_charge_id VARCHAR, livemode BOOLEAN, "
            "refunds_read_at TIMESTAMPTZ, payments_told BOOLEAN"
        ),
        **{name: _of(contract) for name, contract in STRIPE_FACTS.items()},
        "stripe_contributions": [
            *_plain("import_seq INTEGER NOT NULL, first_seq INTEGER NOT NULL"),
            *_of(StripeContributions),
        ],
        "priority_changes": _of(CustomerPriorityHistory),
        "shape": _plain("digest VARCHAR NOT NULL, version INTEGER"),
        "steps": ["name VARCHAR NOT NULL"],
        "consents_to_read": ["import_seq INTEGER NOT NULL"],
        "addresses": _plain("import_seq INTEGER NOT NULL, customer_id UUID NOT NULL, address_id UUID NOT NULL"),
        "decisions": _plain(
            "kind VARCHAR NOT NULL, import_id VARCHAR NOT NULL, decided_by VARCHAR NOT NULL, "
            "decided_at TIMESTAMPTZ NOT NULL, customer_count BIGINT, replaced_by VARCHAR, choice VARCHAR"
        ),
    }


def columns_of_ledger() -> list[tuple[str, str, str]]:
    """Every column of every table of the ledger: table, column, type."""
    defined = [(table, column) for table, columns in _tables().items() for column in columns]
    parted = [(table, *column.removesuffix(" NOT NULL").split(" ", 1)) for table, column in defined]
    return [(table, name.strip('"'), kind) for table, name, kind in parted]


def _of(contract: type[Contract]) -> list[str]:
    return column_texts(columns_of(contract))


def column_texts(columns: list[Column]) -> list[str]:
    """Columns as a CREATE TABLE defines them."""
    return [f'"{column.name}" {column.sql_type}{"" if column.nullable else " NOT NULL"}' for column in columns]


def _plain(columns: str) -> list[str]:
    return columns.split(", ")


def _addition(column: str) -> str:
    """A column as ALTER TABLE adds it: DuckDB 1.5 adds none with a constraint."""
    plain, required, _ = column.partition(" NOT NULL")
    default = DEFAULTS.get(plain.rsplit(" ", 1)[-1]) if required else None
    return f"{plain} DEFAULT {default}" if default else plain


def column_list(columns: list[Column]) -> str:
    """Columns as the body of a CREATE TABLE."""
    return ", ".join(column_texts(columns))
