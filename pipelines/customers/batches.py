"""Batches: customers are worked on in shares, so that memory is bounded however many there are.

Lives here: how customers are parted. It changes no result (AU-19).
"""

BATCH = 1_000_000
"""Rows worked on at a time."""


def shares(total: int) -> list[str]:
    """Conditions on `customer_id` that part the customers of so many rows into batches: of no rows none, and one that
    is blank where a batch takes all.
    """
    if not total:
        return []
    # By a hash of the customer: all rows of one are in the same batch, whatever order they came in.
    count = total // BATCH + 1
    return [f"WHERE hash(customer_id) % {count} = {batch}" for batch in range(count)] if count > 1 else [""]
