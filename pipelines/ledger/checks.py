"""The checks that end every transaction: nothing lost, nothing counted twice, nothing made up.

Lives here: each conservation rule as a query over the ledger and the next snapshot. Not here: what happens then
(`commit_imports.py` rolls back, `assets/checks.py` shows it).
"""

from dataclasses import dataclass

from pipelines.customers.affected import AFFECTED
from pipelines.customers.details import GROUP_KEY
from pipelines.customers.payments_once import without_superseded
from pipelines.customers.priority import HIGH, MEDIUM
from pipelines.customers.update_rules import masked
from pipelines.warehouse.database import Connection, number_of, row_of
from pipelines.warehouse.sql_files import sql_file


@dataclass(frozen=True)
class CheckResult:
    """A check's answer: whether it passed, and the first offender where it did not."""

    name: str
    table: str
    passed: bool
    found: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of conservation: the table it guards, what it promises, and the query for what breaks it.

    `among_few`: the query where few customers are affected, if there is a quicker one for that. `where`: the query for
    whether there is anything that it is about.
    """

    name: str
    table: str
    promise: str
    offenders: str
    among_few: str | None = None
    where: str | None = None


DUE, ONCE = "/* due */", "/* once */"
"""Where a rule is about the customers whose priority was due; and where payments that are told again are left out."""
PAYMENT = "SELECT 1 FROM ledger.contributions WHERE payment_amount IS NOT NULL LIMIT 1"


def _counted(among: str) -> str:
    """What each customer's live contributions come to, each payment once; of some customers where that is said."""
    return f"""
        SELECT customer_id, sum(total_spent) AS total_spent, sum(payment_count) AS payment_count,
            sum(refund_volume) AS refund_volume
        FROM ledger.live {among} {ONCE} GROUP BY customer_id
    """


def _sums(customers: str, counted: str) -> str:
    """The customers whose total, count or refunds are not what was counted; a removed one has none to compare."""
    return f"""
        SELECT 'customer ' || coalesce(customers.customer_id, counted.customer_id) || ' has '
            || coalesce(customers.total_spent::VARCHAR, 'nothing') || ', its contributions sum to '
            || coalesce(counted.total_spent::VARCHAR, 'nothing')
        FROM ({customers}) AS customers FULL JOIN ({counted}) AS counted USING (customer_id)
        WHERE (customers.total_spent, customers.payment_count, customers.refund_volume)
            IS DISTINCT FROM (counted.total_spent, counted.payment_count, counted.refund_volume)
            AND NOT (customers.customer_id IS NULL AND EXISTS (
                FROM ledger.kept_away WHERE kept_away.customer_id = counted.customer_id
                    AND counted.total_spent < below
            ))
    """


def _paid(among: str) -> str:
    return sql_file(__package__, "payments_are_conserved", among=among)


def _any_row(*tables: str) -> str:
    return " UNION ALL ".join(f"(SELECT 1 FROM {table} LIMIT 1)" for table in tables)


AMONG_AFFECTED = f"SEMI JOIN {AFFECTED} USING (customer_id)"
AMOUNTS = """
    SELECT import_id || ' accepted ' || amount_accepted || ' and ' || amount_repeated
        || ' again, its contributions sum to ' || coalesce(sum_, 0)
    FROM ledger.imports
    LEFT JOIN (SELECT import_seq, sum(total_spent) AS sum_ FROM ledger.accepted_rows GROUP BY ALL)
        AS summed USING (import_seq)
    WHERE status LIKE 'done%' AND format IS DISTINCT FROM 'stripe' 
        AND amount_accepted + amount_repeated <> coalesce(sum_, 0)
"""

# datesub counts whole months; datediff would count 31 January to 1 February as one (DuckDB 2.0).
MONTHS = "greatest(1, datesub('month', first_payment_date, as_of_date))"
# The formula once more, in SQL: what checks the priorities must not be the code that made them.
FORMULA = f"""
    CASE WHEN total_spent IS NOT NULL AND first_payment_date IS NOT NULL THEN
        CASE WHEN total_spent >= {HIGH} * {MONTHS} THEN 'high'
             WHEN total_spent >= {MEDIUM} * {MONTHS} THEN 'medium' ELSE 'low' END
    WHEN reported_monthly_spend >= {HIGH} THEN 'high'
    WHEN reported_monthly_spend >= {MEDIUM} THEN 'medium' ELSE 'low' END
"""

CHANGED = """
    SELECT import_seq FROM ledger.import_keys
    LEFT JOIN snapshot.main.import_history AS shown USING (import_id)
    WHERE import_keys.status IS DISTINCT FROM shown.status
"""
"""The imports that this transaction entered, took out, replaced or brought back; of a new snapshot every one."""

RULES: tuple[Rule, ...] = (
    Rule(
        "rows_are_conserved",
        "import_history",
        "Every row read was accepted, rejected or skipped; each accepted one is in the ledger once, no other row is, "
        "and details belong to accepted rows",
        f"""
        SELECT concat(import_id, ' (', coalesce(status, 'no import'), ') read ', rows_read, ' rows, accepted ',
            rows_accepted, ', rejected ', rows_rejected, ', skipped ', rows_skipped, ', but the ledger holds ',
            coalesce(held, 0), ' at place ', import_seq, ' and the rejects ', coalesce(listed, 0))
        FROM ledger.imports
        FULL JOIN (SELECT import_seq, count(*) AS held FROM ledger.accepted_rows GROUP BY ALL)
            AS held USING (import_seq)
        LEFT JOIN (SELECT import_id, count(*) AS listed FROM ledger.rejected_rows WHERE severity = 'row' GROUP BY ALL)
            AS listed USING (import_id)
        WHERE format IS DISTINCT FROM 'stripe' AND (
            coalesce(held, 0) <> CASE WHEN status LIKE 'done%' THEN rows_accepted ELSE 0 END
            OR status LIKE 'done%' AND (rows_read <> rows_accepted + rows_rejected + rows_skipped
                OR rows_rejected <> coalesce(listed, 0)))
        UNION ALL
        SELECT concat('row ', row_number, ' at place ', import_seq, ' has ', details, ' details and is ',
            accepted, ' accepted rows')
        FROM (
            SELECT import_seq, row_number, count(*) AS details FROM ledger.details
            WHERE import_seq IN ({CHANGED}) GROUP BY ALL
        ) LEFT JOIN (
            SELECT import_seq, row_number, 1 AS accepted FROM ledger.contributions WHERE import_seq IN ({CHANGED})
        ) AS accepted USING (import_seq, row_number)
        WHERE details <> 1 OR accepted IS NULL
        """,
    ),
    Rule(
        "money_is_conserved",
        "customers",
        "Each customer's total, count and refunds are the sum of its live contributions, to the cent, and "
        "each import's contributions are the amount that it accepted; where an import changed, all its customers did",
        f"""
        {_sums("FROM snapshot.main.customers", _counted(""))}
        UNION ALL {AMOUNTS}
        """,
        f"""
        {_sums(f"FROM snapshot.main.customers {AMONG_AFFECTED}", _counted(AMONG_AFFECTED))}
        UNION ALL {AMOUNTS}
        UNION ALL
        SELECT concat('customer ', customer_id, ' was left alone, though place ', import_seq, ' changed')
        FROM (
            SELECT customer_id, import_seq FROM ledger.contributions WHERE import_seq IN ({CHANGED})
            UNION ALL
            SELECT customer_id, import_seq FROM ledger.tombstones WHERE import_seq IN ({CHANGED})
        ) ANTI JOIN {AFFECTED} USING (customer_id)
        """,
    ),
    Rule(
        "payments_are_conserved",
        "payments",
        "Each customer's payments, one by one, and the totals that lists of customers tell of it come to its total, "
        "count and refunds, to the cent",
        _paid(""),
        _paid(AMONG_AFFECTED),
        "SELECT import_id FROM ledger.payment_lists UNION ALL SELECT import_id FROM snapshot.main.file_payments "
        "UNION ALL SELECT source FROM ledger.stripe_state WHERE payments_told LIMIT 1",
    ),
    Rule(
        "stripe_money_is_conserved",
        "contributions",
        "What a Stripe account's counted charges come to, currency by currency, is in its customers' sums or stands "
        "apart with its reason; what customers get of it is the sum in the base currency of those kept",
        sql_file(__package__, "stripe_money_is_conserved"),
        where=_any_row("ledger.stripe_charges", "ledger.stripe_spend", "ledger.stripe_contributions"),
    ),
    Rule(
        "email_is_unique",
        "customers",
        "No two customers share an e-mail address, whatever its case",
        """
        SELECT 'of ' || count(email) || ' addresses only ' || count(DISTINCT lower(email)) || ' are different'
        FROM snapshot.main.customers HAVING count(email) > count(DISTINCT lower(email))
        """,
        f"""
        SELECT concat(mine.email, ' is the address of ', mine.customer_id, ' and of ', other.customer_id)
        FROM snapshot.main.customers AS other
        JOIN (SELECT rowid, * FROM snapshot.main.customers {AMONG_AFFECTED}) AS mine
            ON lower(other.email) = lower(mine.email) AND other.rowid <> mine.rowid
        """,
    ),
    Rule(
        "identity_is_never_null",
        "customers",
        "Every customer has an id of its own, and an address, a reference or a name that it is known by",
        f"""
        SELECT concat('a customer without identity: ', customer_id, ' ', name)
        FROM (FROM snapshot.main.customers {AMONG_AFFECTED})
        WHERE coalesce(email, external_id, name, phone, mobile) IS NULL
        UNION ALL
        SELECT concat('customer ', customer_id, ' is there ', count(*), ' times')
        FROM snapshot.main.customers {AMONG_AFFECTED} WHERE email IS NULL
        GROUP BY customer_id HAVING count(*) > 1
        UNION ALL
        SELECT 'a customer without an id' FROM snapshot.main.customers WHERE customer_id IS NULL
        """,
    ),
    Rule(
        "details_are_conserved",
        "contacts",
        "Contacts, groups and ways to reach somebody are of customers of the table; whom and what live rows name is "
        "there, nobody and nothing else is, a customer has one main contact at most, and nobody agreed but by a row",
        f"""
        WITH affected AS (FROM snapshot.main.customers {AMONG_AFFECTED}),
            named AS (
                SELECT customer_id, {masked("contact_email")}, {masked("groups")}, opt_in
                FROM ledger.live_details {AMONG_AFFECTED} SEMI JOIN affected USING (customer_id)
            ),
            shown AS (FROM snapshot.main.contacts {AMONG_AFFECTED}),
            grouped AS (FROM snapshot.main.group_members {AMONG_AFFECTED})
        SELECT concat('customer ', customer_id, ' is not in the table, but has rows in ', beside) FROM (
            SELECT customer_id, 'contacts' AS beside FROM shown
            UNION ALL SELECT customer_id, 'customer_groups' FROM grouped
            UNION ALL SELECT customer_id, 'ranked_contact_points' FROM snapshot.main.ranked_contact_points
                {AMONG_AFFECTED}
        ) ANTI JOIN affected USING (customer_id)
        UNION ALL
        SELECT concat('customer ', customer_id, ' agreed to e-mails, and none of its statements says so')
        FROM affected WHERE opt_in AND customer_id NOT IN (SELECT customer_id FROM named WHERE opt_in)
        UNION ALL
        SELECT concat('customer ', customer_id, ' has ', count(*), ' main contacts')
        FROM shown WHERE is_primary GROUP BY customer_id HAVING count(*) > 1
        UNION ALL
        SELECT concat('customer ', customer_id, ' has ', coalesce(contacts, 0), ' contacts with an address, its rows ',
            'name ', coalesce(addresses, 0))
        FROM (SELECT customer_id, count(email) AS contacts FROM shown WHERE email IS NOT NULL GROUP BY ALL)
        FULL JOIN (
            SELECT customer_id, count(DISTINCT lower(contact_email)) AS addresses
            FROM named WHERE contact_email IS NOT NULL GROUP BY ALL
        ) USING (customer_id)
        WHERE contacts IS NULL OR addresses IS NULL OR contacts > addresses
        UNION ALL
        SELECT concat('customer ', customer_id, ' has ', coalesce(groups, 0), ' groups, its rows name ',
            coalesce(listed, 0))
        FROM (SELECT customer_id, count(*) AS groups FROM grouped GROUP BY ALL)
        FULL JOIN (
            SELECT customer_id, count(DISTINCT {GROUP_KEY}) AS listed
            FROM (SELECT customer_id, unnest(groups) AS name FROM named) GROUP BY ALL
        ) USING (customer_id)
        WHERE groups IS DISTINCT FROM listed
        """,
        where=_any_row(
            "ledger.details",
            "snapshot.main.contacts",
            "snapshot.main.ranked_contact_points",
            "snapshot.main.group_members",
        ),
    ),
    Rule(
        "custom_fields_are_conserved",
        "customer_custom_fields",
        "Custom fields are of accepted rows; each column that live rows of a customer fill is there once with a value "
        "of theirs, and nothing else is",
        f"""
        WITH named AS (
            FROM ledger.live_custom_fields {AMONG_AFFECTED} SEMI JOIN snapshot.main.customers USING (customer_id)
        ), shown AS (FROM snapshot.main.customer_custom_fields {AMONG_AFFECTED})
        SELECT concat('row ', row_number, ' at place ', import_seq, ' has custom fields, and is no accepted row')
        FROM (FROM ledger.custom_fields WHERE import_seq IN ({CHANGED}))
        ANTI JOIN ledger.contributions USING (import_seq, row_number)
        UNION ALL
        SELECT concat('customer ', customer_id, ' has ', coalesce(fields, 0), ' custom fields, its rows fill ',
            coalesce(filled, 0))
        FROM (SELECT customer_id, count(*) AS fields FROM shown GROUP BY ALL)
        FULL JOIN (SELECT customer_id, count(DISTINCT (source, lower(title))) AS filled FROM named GROUP BY ALL)
            USING (customer_id)
        WHERE fields IS DISTINCT FROM filled
        UNION ALL
        SELECT concat('customer ', customer_id, ' has ', title, ' ', value, ', which no row says')
        FROM shown ANTI JOIN named USING (customer_id, source, title, value)
        """,
        where="SELECT title FROM ledger.custom_fields UNION ALL "
        "SELECT title FROM snapshot.main.customer_custom_fields LIMIT 1",
    ),
    Rule(
        "priority_equals_formula",
        "customer_priority",
        "Every customer has one priority, as of one day for all, and it is what the formula says",
        f"""
        SELECT 'customer ' || coalesce(customers.customer_id, priority.customer_id) || ' is '
            || coalesce(priority, 'without priority') || ', the formula says ' || coalesce({FORMULA}, 'nothing')
        FROM (FROM snapshot.main.customers {DUE}) AS customers
        FULL JOIN (FROM snapshot.main.customer_priority {DUE}) AS priority
            ON priority.customer_id = customers.customer_id
        WHERE customers.customer_id IS NULL OR priority.customer_id IS NULL OR priority <> ({FORMULA})
            OR (basis = 'computed' AND (months <> {MONTHS}
                OR abs(monthly_spend * months - total_spent) * 2000 > months))
        UNION ALL
        SELECT 'priorities are as of several days' FROM snapshot.main.customer_priority
        WHERE as_of_date <> (SELECT arg_max(as_of_date, number) FROM ledger.changes)
        """,
    ),
)


FEW = 4
"""Up to one in so many customers, the affected ones are looked for among all; from there on, all are compared."""


def verify(connection: Connection, everyone: bool) -> tuple[CheckResult, ...]:
    """Try every rule on the ledger's open transaction and the next snapshot.

    Where few customers are affected, they stand for all if a rule is local; with `everyone`, all priorities were
    written anew.
    """
    affected = number_of(connection, f"SELECT count(*) FROM {AFFECTED}")
    # Looking a few up among all is quicker than comparing all; of a quarter and more it is the other way round.
    few = affected * FEW <= number_of(connection, "SELECT count(*) FROM snapshot.main.customers")
    parts = {
        DUE: AMONG_AFFECTED if few and not everyone else "",
        ONCE: without_superseded(AMONG_AFFECTED if few else "") if row_of(connection, PAYMENT) else "",
    }
    return tuple(_check_result(connection, rule, parts, few) for rule in RULES)


def _check_result(connection: Connection, rule: Rule, parts: dict[str, str], few: bool) -> CheckResult:
    # A ledger without payments, accounts or details is not made to pay for their rules.
    if rule.where and row_of(connection, f"SELECT 1 FROM ({rule.where})") is None:
        return CheckResult(rule.name, rule.table, True)
    query = rule.among_few if few and rule.among_few else rule.offenders
    for mark, part in parts.items():
        query = query.replace(mark, part)
    # One offender is enough to roll back, and the query may stop at it.
    offender = row_of(connection, f"SELECT * FROM ({query}) LIMIT 1")
    return CheckResult(rule.name, rule.table, offender is None, str(offender[0]) if offender else "")
