"""Requests for access: what was asked for on a website, and what somebody decided about it (MO-11).

Lives here: where each request and each customer stands. Not here: deciding
(`pipelines/ledger/decisions/decide_access.py`), what a request says (`pipelines/validation/statements.py`).

A decision is about the customer's requests up to the newest one that was there when it was made, by the times that
the requests themselves give. So it goes with them when their import is undone, is there again when they are, and a log
that brings an old request once more opens nothing. Who was refused and asks again waits again.
"""

from schemas.events import ACCESS_REQUEST


def requests_among(details: str) -> str:
    """The query for each request of `details`, live details with their imports, with the latest decision about it."""
    return f"""
        SELECT asked.customer_id, asked.stated_at AS requested_at, source, import_id, row_number,
            arg_max(choice, number) AS choice, arg_max(decided_by, number) AS decided_by,
            arg_max(decided_at, number) AS decided_at
        FROM (FROM {details} WHERE event = '{ACCESS_REQUEST}') AS asked
        LEFT JOIN ledger.owned_access_decisions AS decisions
            ON decisions.customer_id = asked.customer_id AND decisions.requested_at >= asked.stated_at
        GROUP BY ALL
    """


STATUS = """
    CASE WHEN arg_min(choice, requested_at) = 'approved' THEN 'approved'
         WHEN bool_or(choice IS NULL) THEN 'pending' ELSE 'refused' END
"""
"""Where a customer stands, over its requests: the latest decision is the one about the first of them, for it is about
all before it. An approval holds for whatever is asked later; a refusal does not."""
