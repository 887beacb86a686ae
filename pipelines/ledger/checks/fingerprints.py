"""Fingerprints: sums by which two tables are compared without joining them.

Lives here: whether the table of customers tells the money of its contributions, and whether priorities are what the
formula says, by fingerprints. Not here: the rules and the queries that name an offender, which are asked where
fingerprints differ or where nothing can be said by them (`checks.py`).

Each customer has a weight, the low 56 bits of its id and one: ids are MD5, so that weights are as good as drawn, and
stay the same over versions of DuckDB, unlike `hash()`. A fingerprint of a column is the sum of weight times value over
all customers, exact in 128 bits. One wrong customer always shows; of money that moved between two, all but those whose
56 bits are the same; of any other error, all but one in 2⁵⁶. A value that is missing and one that is 0 add the same, so
that the weights of those who tell anything are summed beside. A million customers are compared in 0.10 s of CPU that
way, where a join takes 0.33 s. Nothing is kept between transactions: a kept sum would have to be right after every
undo, merge and erasure, and reading the columns again costs as little.
"""

from pipelines.warehouse.database import Connection, number_of, row_of, value_of

WEIGHT = "((customer_id::UHUGEINT & 72057594037927935::UHUGEINT)::BIGINT + 1)"
EXACT = 10**15
"""Sums of thousandths up to which an amount times 1000 is a DECIMAL(18, 3) as amounts are, and fingerprints stay within
128 bits, whatever the weights are: 10¹² in money."""
MONEY = ("total_spent", "payment_count", "refund_volume")
LEVELS = "CASE {level} WHEN 'high' THEN 3 WHEN 'medium' THEN 2 WHEN 'low' THEN 1 END"


def money_agrees(connection: Connection, contributions: str) -> bool:
    """Whether each customer's total, count and refunds are those of its one contribution, by fingerprints.

    False where they differ, and where fingerprints cannot tell: a customer with several contributions has to be summed
    up first, and then a join costs as much; one whom a clean-up keeps away has no row to compare.

    Args:
        connection: with the ledger's open transaction and the next snapshot.
        contributions: the query for those that count.
    """
    customers = "FROM snapshot.main.customers"
    counts = [number_of(connection, f"SELECT count(*) FROM ({rows})") for rows in (customers, contributions)]
    if counts[0] != counts[1] or not (_fits(connection, customers) and _fits(connection, contributions)):
        return False
    return row_of(connection, money_print(customers)) == row_of(connection, money_print(contributions))


def money_print(rows: str) -> str:
    """The query for the fingerprint of the money of `rows`, a query with `customer_id` and the columns of MONEY."""
    sums = ", ".join(
        f"sum(weight::HUGEINT * {_whole(name)}), sum(CASE WHEN {name} IS NOT NULL THEN weight END)" for name in MONEY
    )
    return f"SELECT sum(weight), {sums} FROM (SELECT {WEIGHT} AS weight, {', '.join(MONEY)} FROM ({rows}))"


def _whole(name: str) -> str:
    return name if name == "payment_count" else f"({name} * 1000)::BIGINT"


def _fits(connection: Connection, rows: str) -> bool:
    """Whether the sums of amounts and counts have room in a fingerprint."""
    sizes = ", ".join(f"sum(abs({name}))::DOUBLE * 1000" for name in MONEY)
    return all(float(str(size or 0)) < EXACT for size in row_of(connection, f"SELECT {sizes} FROM ({rows})") or ())


def priorities_agree(connection: Connection, formula: str, months: str) -> bool:
    """Whether all priorities, months and monthly spends are what the formula says on the ledger's day, by fingerprints.

    Args:
        connection: as of `money_agrees`.
        formula: the formula for the priority in SQL, over a row of `customers` with its `months`.
        months: as it, for those months, over a row with `as_of_date`.
    """
    if not _fits(connection, "FROM snapshot.main.customers"):
        return False
    # As a constant: of a column, DuckDB 2.0 takes twice as long to count months.
    as_of = value_of(connection, "SELECT arg_max(as_of_date, number) FROM ledger.changes")
    day = f"DATE '{as_of}'"
    months = months.replace("as_of_date", day)
    # Half up, in whole numbers; where it is rounded otherwise, the query that allows for it is asked.
    expected = f"""
        SELECT {WEIGHT} AS weight, {LEVELS.format(level=f"({formula})")} AS level,
            CASE WHEN spent IS NOT NULL AND first_payment_date IS NOT NULL THEN months END AS months,
            CASE WHEN first_payment_date IS NOT NULL THEN (2 * spent + months) // (2 * months) END AS spend
        FROM (SELECT *, {_whole("total_spent")} AS spent, {months} AS months FROM snapshot.main.customers)
    """
    shown = f"""
        SELECT {WEIGHT} AS weight, CASE WHEN as_of_date = {day} THEN {LEVELS.format(level="priority")} END AS level,
            CASE WHEN basis = 'computed' THEN months END AS months,
            CASE WHEN basis = 'computed' THEN {_whole("monthly_spend")} END AS spend
        FROM snapshot.main.computed_priorities
    """
    return row_of(connection, _priority_print(expected)) == row_of(connection, _priority_print(shown))


def _priority_print(rows: str) -> str:
    return f"""
        SELECT count(*), sum(weight), sum(weight * level), sum(weight::HUGEINT * months),
            sum(CASE WHEN months IS NOT NULL THEN weight END), sum(weight::HUGEINT * spend)
        FROM ({rows})
    """
