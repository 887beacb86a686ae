"""Details of customers: who looks after them, their status, consent and groups, folded from their live rows.

Lives here: the affected customers' details at hand for whoever folds them, and what they add to a customer's own row.
Not here: the fold of what every list has (`merge.py`), the tables that details make (`relations/`).
"""

import polars as pl

from pipelines.configuration.update_rules import SEVERAL
from pipelines.customers.access import STATUS, requests_among
from pipelines.customers.affected import AFFECTED
from pipelines.customers.consent import CONSENT_BY_HAND, OPT_IN
from pipelines.customers.update_rules import (
    decided_by_hand,
    masked,
    masked_points,
    not_taken_back,
    order_of,
    rules_in_force,
    stated_by_hand,
)
from pipelines.warehouse.database import HALVES_OF_UUID, Connection, number_of, rows_of
from schemas.customers import POINT_KINDS
from schemas.ledger import NEWEST_DETAILS

DETAILS = "affected_details"
"""The temporary table of the affected customers' live details: `customer_id`, `source`, `row_position` (their order)
`import_id`, and what they say; what says of no time when it was stated is as of its import."""

ORDER = "order_of_"
"""How a column begins that orders rows by the rules of imports, in place of `row_position`."""

OTHERWISE = {"status": "CASE WHEN bool_or(verified) THEN 'active' END"}
"""What a customer has where nobody states it: who was verified is active (AMB-44)."""

GROUP_KEY = "lower(nfc_normalize(name))"
"""What makes two spellings of a group's `name` one group (PIT-62)."""

FOLD = f"""
    SELECT {HALVES_OF_UUID}, {{newest}},
        {OPT_IN} AS opt_in, any_value(access_status) AS access_status, any_value(listed.groups) AS groups
    FROM (FROM {DETAILS} {{share}}) LEFT JOIN (
        SELECT customer_id, {STATUS} AS access_status FROM ({requests_among(DETAILS)}) {{share}} GROUP BY customer_id
    ) AS access USING (customer_id) LEFT JOIN (
        SELECT customer_id, list(name ORDER BY group_key) AS groups FROM (
            SELECT customer_id, {GROUP_KEY} AS group_key, arg_min(name, row_position) AS name
            FROM (SELECT customer_id, row_position, unnest(groups) AS name FROM {DETAILS} {{share}}) GROUP BY ALL
        ) GROUP BY customer_id
    ) AS listed USING (customer_id)
    GROUP BY customer_id
"""
"""Groups add up."""


NOBODYS = """
    SELECT customer_id, source, 0::BIGINT AS row_position, details.*
    FROM ledger.details JOIN ledger.contributions USING (import_seq, row_number) LIMIT 0
"""
"""The columns of `ledger.live_details`, for which DuckDB need not plan what counts."""


def note_details(connection: Connection) -> bool:
    """Put the affected customers' live details at hand; returns whether there are any."""
    there = number_of(connection, "SELECT count(*) FROM (FROM ledger.details LIMIT 1)")
    # Once for all that ask: the view joins what is live with what is merged.
    theirs = f"FROM ledger.live_details SEMI JOIN {AFFECTED} USING (customer_id)" if there else NOBODYS
    masks, orders = _by_rules(connection) if there else ("", f", FALSE AS {CONSENT_BY_HAND}")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {DETAILS} AS SELECT * EXCLUDE (started_at) "
        f"REPLACE (coalesce(stated_at, started_at) AS stated_at{masks}){orders} FROM ({theirs}) "
        "JOIN (SELECT import_seq, import_id, started_at FROM ledger.imports) USING (import_seq)"
    )
    return bool(there and number_of(connection, f"SELECT count(*) FROM {DETAILS}"))


def folded_details(connection: Connection, share: str) -> pl.DataFrame:
    """What details add to the customers of a batch: the columns of FoldedCustomers that come from them, by id."""
    ruled = set(rules_in_force(connection, NEWEST_DETAILS)["field"])
    orders = {name: f"{ORDER}{name}" if name in ruled else "row_position" for name in NEWEST_DETAILS}
    newest = (
        f"coalesce(arg_max({name}, {order}), {OTHERWISE.get(name, 'NULL')}) AS {name}" for name, order in orders.items()
    )
    return rows_of(connection, FOLD.format(share=share, newest=", ".join(newest)))


def _by_rules(connection: Connection) -> tuple[str, str]:
    """How details are read: without what their import never sets, and with the order of fields that have rules."""
    rules = rules_in_force(connection, (*NEWEST_DETAILS, *SEVERAL, *POINT_KINDS))
    ruled, never, by_hand = set(rules["field"]), set(rules.filter(rule="never")["field"]), stated_by_hand(connection)
    masks = [masked(name) for name in (*NEWEST_DETAILS, *SEVERAL) if name in never | by_hand]
    if "opt_in" in by_hand:
        masks.append(f"CASE WHEN {not_taken_back('opt_in')} THEN opt_in END AS opt_in")
    points = "points"
    for kind in never.intersection(POINT_KINDS):
        points = masked_points(points, kind)
    masks += [f"{points} AS points"] if points != "points" else []
    orders = [f"{order_of(name)} AS {ORDER}{name}" for name in NEWEST_DETAILS if name in ruled]
    orders.append(f"{decided_by_hand('opt_in') if 'opt_in' in by_hand else 'FALSE'} AS {CONSENT_BY_HAND}")
    return "".join(f", {mask}" for mask in masks), "".join(f", {order}" for order in orders)
