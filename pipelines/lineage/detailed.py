"""Values beside a customer's own line: who looks after them, consent, groups, contacts, ways to reach them.

Lives here: of each table which row of which import says its values, and which of them it takes. Not here: the folds of
those tables (`pipelines/customers/relations/`), whose rules and parts these queries share.

Each query gives `customer_id, import_seq, source, row_number, field, item, value, rule, wins`.
"""

import polars as pl

from pipelines.configuration.update_rules import SEVERAL
from pipelines.customers.access import STATUS, requests_among
from pipelines.customers.affected import AFFECTED
from pipelines.customers.consent import CONSENT_BY_HAND, LAST_NO, LAST_OWN_NO, LAST_PROVEN_YES
from pipelines.customers.details import DETAILS, GROUP_KEY, ORDER, note_details
from pipelines.customers.relations.contact_points import WITH_POINTS
from pipelines.customers.relations.contacts import FIELDS as OF_CONTACTS
from pipelines.customers.relations.contacts import TOLD as SAID_OF_CONTACTS
from pipelines.customers.relations.contacts import with_contact_keys
from pipelines.customers.update_rules import counted_by_hand, rules_by_hand, rules_in_force
from pipelines.warehouse.database import HALVES_OF_UUID, UUID_OF_HALVES, Connection, frame_as, rows_of
from schemas.ledger import NEWEST_DETAILS

COLUMNS = "customer_id, import_seq, source, row_number, field, item, value, rule, wins"

STATED = f"""
    SELECT customer_id, import_seq, source, row_number, '{{name}}' AS field, NULL AS item, {{name}}::VARCHAR AS value,
        coalesce(rules.rule, 'newest') AS rule,
        row_position = first_value(row_position) OVER (PARTITION BY customer_id ORDER BY {{order}} DESC) AS wins
    FROM {DETAILS} LEFT JOIN (SELECT import_seq, rule FROM ledger.import_rules WHERE field = '{{name}}') AS rules
        USING (import_seq) WHERE {{name}} IS NOT NULL
"""
NEVER = """
    SELECT customer_id, import_seq, source, row_number, '{field}', NULL, {value}::VARCHAR, 'never', FALSE
    FROM ledger.live_details SEMI JOIN {affected} USING (customer_id)
    WHERE {name} IS NOT NULL AND import_seq IN (
        SELECT import_seq FROM ledger.import_rules WHERE field = '{name}' AND rule = 'never')
"""
"""What details leave out from the start where a source never sets a field."""

OVERRULED = """
    SELECT customer_id, import_seq, source, row_number, '{name}', NULL, {value}::VARCHAR,
        coalesce(rules.rule, 'newest'), FALSE
    FROM ledger.live_details SEMI JOIN {affected} USING (customer_id)
    LEFT JOIN (SELECT import_seq, rule FROM ledger.import_rules WHERE field = '{name}') AS rules USING (import_seq)
    WHERE {name} IS NOT NULL AND rules.rule IS DISTINCT FROM 'never' AND NOT {counted}
"""
"""What they leave out because people decided otherwise by hand."""

VERIFIED = f"""
    SELECT customer_id, import_seq, source, row_number, 'status', NULL, 'active', 'verified', row_position = (
        max(row_position) OVER (PARTITION BY customer_id)
    ) AND customer_id NOT IN (SELECT customer_id FROM {DETAILS} WHERE status IS NOT NULL)
    FROM {DETAILS} WHERE verified
"""
CONSENT = f"""
    SELECT customer_id, import_seq, source, row_number, 'opt_in', NULL, opt_in::VARCHAR, 'consent',
        row_number() OVER (PARTITION BY customer_id ORDER BY decides DESC, stated_at DESC, row_position DESC) = 1
    FROM (
        SELECT *, CASE WHEN NOT noted THEN {CONSENT_BY_HAND}
            WHEN noted AND coalesce(last_yes > last_own_no, TRUE) THEN opt_in AND consent_evidence IS NOT NULL
            WHEN noted THEN NOT opt_in AND (event IS NOT NULL OR consent_evidence IS NOT NULL)
            WHEN last_no IS NULL THEN opt_in
            WHEN last_yes > last_no THEN opt_in AND consent_evidence IS NOT NULL
            ELSE NOT opt_in END AS decides
        FROM {DETAILS} JOIN (
            SELECT customer_id, {LAST_NO} AS last_no, {LAST_PROVEN_YES} AS last_yes, {LAST_OWN_NO} AS last_own_no,
                bool_or(opt_in) FILTER ({CONSENT_BY_HAND}) AS noted
            FROM {DETAILS} GROUP BY customer_id
        ) USING (customer_id) WHERE opt_in IS NOT NULL
    )
"""
"""The latest of the statements that the answer hangs on."""

ACCESS = f"""
    SELECT customer_id, import_seq, source, row_number, 'access_status', NULL, choice, 'decision',
        row_number() OVER (PARTITION BY customer_id ORDER BY choice = stands DESC, requested_at DESC, row_number) = 1
    FROM (
        SELECT * REPLACE (coalesce(choice, 'pending') AS choice) FROM ({requests_among(DETAILS)})
        JOIN (SELECT customer_id, {STATUS} AS stands FROM ({requests_among(DETAILS)}) GROUP BY customer_id)
            USING (customer_id)
    ) JOIN (SELECT import_id, import_seq FROM ledger.imports) USING (import_id)
"""
NAMED_GROUPS = f"""
    SELECT *, {GROUP_KEY} AS group_key FROM (
        SELECT customer_id, import_seq, source, row_number, row_position, unnest(groups) AS name,
            CASE WHEN len(groups) = 1 THEN group_reference END AS reference
        FROM {DETAILS} WHERE groups IS NOT NULL
    )
"""
GROUPS = f"""
    SELECT customer_id, import_seq, source, row_number, 'groups', group_key, name, 'union',
        row_number() OVER (PARTITION BY customer_id, group_key ORDER BY row_position) = 1
    FROM ({NAMED_GROUPS})
    UNION ALL
    SELECT customer_id, import_seq, source, row_number, 'customer_groups.reference', group_key, reference, 'newest',
        row_position = max(row_position) OVER (PARTITION BY customer_id, group_key)
    FROM ({NAMED_GROUPS}) WHERE reference IS NOT NULL
"""
RANKED = f"""
    SELECT customer_id, import_seq, source, row_number, row_position, point.kind, point.value, point.raw_value,
        row_number() OVER (PARTITION BY row_position, point.kind ORDER BY point.rank) AS rank
    FROM (
        SELECT customer_id, import_seq, source, row_number, row_position, unnest(points) AS point FROM ({WITH_POINTS})
    )
"""
POINTS = f"""
    SELECT {HALVES_OF_UUID}, import_seq::BIGINT AS import_seq, source, row_number, 'contact_points.value' AS field,
        kind || ' ' || rank AS item, value, raw_value, 'newest' AS rule,
        newest AND rank = min(rank) FILTER (newest) OVER (PARTITION BY customer_id, kind, value) AS wins
    FROM (
        SELECT *, row_position = max(row_position) OVER (PARTITION BY customer_id, kind, rank) AS newest
        FROM ({RANKED}) WHERE value IS NOT NULL
    )
"""
CUSTOM_FIELDS = f"""
    SELECT customer_id, import_seq, source, row_number, 'customer_custom_fields.value', title, value, 'newest',
        row_number() OVER (PARTITION BY customer_id, source, lower(title) ORDER BY row_position DESC, title DESC) = 1
    FROM ledger.live_custom_fields SEMI JOIN {AFFECTED} USING (customer_id)
"""
REFERENCES = f"""
    SELECT customer_id, import_seq, source, row_number, 'customer_external_ids.external_id', source, external_id,
        'union', TRUE
    FROM ledger.live_rows SEMI JOIN {AFFECTED} USING (customer_id) WHERE external_id IS NOT NULL
    UNION ALL
    SELECT customer_id, import_seq, source, NULL, 'customer_external_ids.external_id', source, stripe_customer_id,
        'union', TRUE
    FROM ledger.owned_stripe_customers SEMI JOIN {AFFECTED} USING (customer_id)
    JOIN (SELECT source, change_number, import_id FROM ledger.stripe_syncs) USING (source, change_number)
    JOIN (SELECT import_seq, import_id FROM ledger.imports) USING (import_id)
"""
ELSEWHERE = {theirs: f"contacts.{ours}" for theirs, ours in OF_CONTACTS.items()} | {
    "group_reference": "customer_groups.reference"
}
"""What rows say by the name of another table's column."""

QUERIES = (VERIFIED, CONSENT, ACCESS, GROUPS)
"""Of details; the others have tables of their own."""


def detailed_values(connection: Connection) -> pl.DataFrame:
    """One row per value that live rows say of the affected customers beside their own line.

    Returns: `id_high`, `id_low`, `import_seq`, `source`, `row_number`, `field`, `item`, `value`, `rule`, `wins`; of
    ways to reach somebody `raw_value` too, which their rows keep.
    """
    queries = [CUSTOM_FIELDS, REFERENCES]
    if note_details(connection):
        queries += [*_stated(connection), *QUERIES, *_never(connection)]
    found = rows_of(
        connection,
        f"SELECT {HALVES_OF_UUID}, * EXCLUDE (customer_id) REPLACE (import_seq::BIGINT AS import_seq) "
        f"FROM ({' UNION ALL '.join(f'(SELECT * FROM ({query}) AS told({COLUMNS}))' for query in queries)})",
    )
    return pl.concat([found, rows_of(connection, POINTS), _of_contacts(connection)], how="diagonal_relaxed")


def _stated(connection: Connection) -> list[str]:
    ruled = set(rules_in_force(connection, NEWEST_DETAILS)["field"])
    return [
        STATED.format(name=name, order=f"{ORDER}{name}" if name in ruled else "row_position") for name in NEWEST_DETAILS
    ]


def _never(connection: Connection) -> list[str]:
    ruled = rules_in_force(connection, (*NEWEST_DETAILS, *SEVERAL)).filter(pl.col("rule") == "never")
    lists = {"groups": "array_to_string(groups, '|')"}
    decided = rules_by_hand(connection, (*NEWEST_DETAILS, "groups"))
    never = [
        NEVER.format(name=name, field=ELSEWHERE.get(name, name), affected=AFFECTED, value=lists.get(name, name))
        for name in ruled["field"].unique().sort()
    ]
    overruled = [
        OVERRULED.format(name=name, affected=AFFECTED, value=lists.get(name, name), counted=counted_by_hand(name))
        for name in decided["field"].unique().sort()
    ]
    return [*never, *overruled]


def _of_contacts(connection: Connection) -> pl.DataFrame:
    """The values of contacts: the first spelling of the address, the newest of anything else."""
    told = with_contact_keys(rows_of(connection, SAID_OF_CONTACTS.format(share="")))
    with frame_as(connection, "told_of_contacts", told):
        return rows_of(connection, CONTACTS)


def _contact_field(name: str) -> str:
    first = name == "email"
    place, rule = ("min", "first_seen") if first else ("max", "newest")
    wins = f"row_position = {place}(row_position) OVER (PARTITION BY customer_id, contact_key)"
    if name == "is_primary":
        rule, wins = "main_contact", f"{wins} AND is_primary = main"
    return (
        f"SELECT customer_id, row_position, 'contacts.{name}' AS field, contact_id::VARCHAR AS item, "
        f"{name}::VARCHAR AS value, '{rule}' AS rule, {wins} AS wins FROM known WHERE {name} IS NOT NULL"
    )


CONTACTS = f"""
    WITH told AS (
        SELECT {UUID_OF_HALVES} AS customer_id, * EXCLUDE (id_high, id_low) FROM told_of_contacts
    ), known AS (
        SELECT told.*, contact_id, contacts.is_primary AS main FROM (
            SELECT *, md5_number(customer_id::VARCHAR || ' ' || contact_key)::UUID AS contact_id FROM told
        ) AS told JOIN (SELECT contact_id, is_primary FROM snapshot.main.contacts) AS contacts USING (contact_id)
    ), values AS ({" UNION ALL ".join(map(_contact_field, OF_CONTACTS.values()))})
    SELECT {HALVES_OF_UUID}, import_seq::BIGINT AS import_seq, source, row_number, field, item, value, rule, wins
    FROM values JOIN (SELECT row_position, import_seq, source, row_number FROM {DETAILS}) USING (row_position)
"""
