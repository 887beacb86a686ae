"""Each conservation rule as a query over the ledger and the next snapshot for what breaks it.

Lives here: the rules, and the quick ways to be sure that nothing breaks one. Not here: what a rule is (`rule.py`), when
which query is asked (`verify.py`), sums that two tables have in common (`fingerprints.py`).
"""

from pipelines.customers.affected import AFFECTED
from pipelines.customers.details import GROUP_KEY
from pipelines.customers.priority import HIGH, MEDIUM
from pipelines.customers.update_rules import masked
from pipelines.ledger.checks.fingerprints import money_agrees, priorities_agree
from pipelines.ledger.checks.rule import Rule, Scope
from pipelines.warehouse.database import Connection, number_of, row_of
from pipelines.warehouse.sql_files import sql_file

DUE, ONCE, CHANGED, LOOKED_AT = "/* due */", "/* once */", "/* changed */", "TRUE /* looked at */"
"""Where a rule is about the customers whose priority was due; where payments that are told again are left out; the
numbers of the imports that this transaction changed; and whether an import's rows are looked at one by one."""
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
THEIRS = f"snapshot.main.customers {AMONG_AFFECTED}"
"""The affected customers as they are published next; few of them are fetched once for all rules."""
CHECKED = "checked_customers"
COMPARED = (
    "rowid AS place, customer_id, email, external_id, name, phone, mobile, opt_in, total_spent, payment_count, "
    "refund_volume, first_payment_date, reported_monthly_spend"
)
"""Under that name, with what the rules are about."""
AMOUNTS = f"""
    SELECT import_id || ' accepted ' || amount_accepted || ' and ' || amount_repeated
        || ' again, its contributions sum to ' || coalesce(sum_, 0)
    FROM ledger.imports
    LEFT JOIN (SELECT import_seq, sum(total_spent) AS sum_ FROM ledger.accepted_rows WHERE {LOOKED_AT} GROUP BY ALL)
        AS summed USING (import_seq)
    WHERE status LIKE 'done%' AND format IS DISTINCT FROM 'stripe' AND {LOOKED_AT}
        AND amount_accepted + amount_repeated <> coalesce(sum_, 0)
"""

# datesub counts whole months; datediff would count 31 January to 1 February as one (DuckDB 2.0).
MONTHS = "greatest(1, datesub('month', first_payment_date, as_of_date))"
# The formula once more, in SQL: what checks the priorities must not be the code that made them.
FORMULA = """
    CASE WHEN total_spent IS NOT NULL AND first_payment_date IS NOT NULL THEN
        CASE WHEN total_spent >= {high} * {months} THEN 'high'
             WHEN total_spent >= {medium} * {months} THEN 'medium' ELSE 'low' END
    WHEN reported_monthly_spend >= {high} THEN 'high'
    WHEN reported_monthly_spend >= {medium} THEN 'medium' ELSE 'low' END
"""


def _formula(months: str) -> str:
    return FORMULA.format(high=HIGH, medium=MEDIUM, months=months)


OF_TRANSACTION = """
    SELECT import_seq FROM ledger.import_keys
    LEFT JOIN snapshot.main.import_history AS shown USING (import_id)
    WHERE import_keys.status IS DISTINCT FROM shown.status
"""
"""The imports that this transaction entered, took out, replaced or brought back; of a new snapshot every one."""

ADDED_UP = """
    SELECT (accepted.count, accepted.amount) = (told.count, told.amount)
    FROM (SELECT count(*) AS count, coalesce(sum(total_spent), 0) AS amount FROM ledger.accepted_rows) AS accepted,
        (SELECT coalesce(sum(rows_accepted), 0) AS count, coalesce(sum(amount_accepted + amount_repeated), 0) AS amount
         FROM ledger.imports WHERE status LIKE 'done%' AND format IS DISTINCT FROM 'stripe') AS told
"""
"""Whether all rows and all their money are those of all imports: then only the changed imports are looked at."""


def _money_agrees(connection: Connection, scope: Scope) -> bool:
    rows = scope.filled_in(f"FROM ledger.live {ONCE}")
    return not scope.few and row_of(connection, AMOUNTS) is None and money_agrees(connection, rows)


UNLIKE_THEIR_ADDRESS = f"""
    SELECT
        (SELECT count(*) - count(DISTINCT lower(email)) FROM {CHECKED} WHERE email IS NOT NULL)
        + (SELECT count(*) FROM {CHECKED} WHERE customer_id <> md5_number('email:' || lower(email))::UUID)
        + (SELECT count(*) FROM ledger.addresses SEMI JOIN {CHECKED} ON address_id = {CHECKED}.customer_id
           ANTI JOIN {AFFECTED} ON addresses.customer_id = {AFFECTED}.customer_id)
        + (SELECT count(*) FROM (FROM ledger.stripe_contributions LIMIT 1))
"""


def _addresses_agree(connection: Connection, scope: Scope) -> bool:
    """Whether few customers' addresses are their own for sure, without a look at all others.

    Whoever has an address that makes its id is the only one with that id; another customer with that address is keyed
    otherwise, and noted in `ledger.addresses`. Where an account told of customers, all are looked at.
    """
    return scope.few and number_of(connection, UNLIKE_THEIR_ADDRESS) == 0


def _priorities_agree(connection: Connection, scope: Scope) -> bool:
    return not scope.parts[DUE] and priorities_agree(connection, _formula("months"), MONTHS)


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
        FULL JOIN (SELECT import_seq, count(*) AS held FROM ledger.accepted_rows WHERE {LOOKED_AT} GROUP BY ALL)
            AS held USING (import_seq)
        LEFT JOIN (SELECT import_id, count(*) AS listed FROM ledger.rejected_rows WHERE severity = 'row' GROUP BY ALL)
            AS listed USING (import_id)
        WHERE format IS DISTINCT FROM 'stripe' AND (
            {LOOKED_AT} AND coalesce(held, 0) <> CASE WHEN status LIKE 'done%' THEN rows_accepted ELSE 0 END
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
        {_sums(f"FROM {THEIRS}", _counted(AMONG_AFFECTED))}
        UNION ALL {AMOUNTS}
        UNION ALL
        SELECT concat('customer ', customer_id, ' was left alone, though place ', import_seq, ' changed')
        FROM (
            SELECT customer_id, import_seq FROM ledger.contributions WHERE import_seq IN ({CHANGED})
            UNION ALL
            SELECT customer_id, import_seq FROM ledger.tombstones WHERE import_seq IN ({CHANGED})
        ) ANTI JOIN {AFFECTED} USING (customer_id)
        """,
        agrees=_money_agrees,
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
        JOIN {CHECKED} AS mine ON lower(other.email) = lower(mine.email) AND other.rowid <> mine.place
        """,
        agrees=_addresses_agree,
    ),
    Rule(
        "identity_is_never_null",
        "customers",
        "Every customer has an id of its own, and an address, a reference or a name that it is known by",
        f"""
        SELECT concat('a customer without identity: ', customer_id, ' ', name)
        FROM (FROM {THEIRS})
        WHERE coalesce(email, external_id, name, phone, mobile) IS NULL
        UNION ALL
        SELECT concat('customer ', customer_id, ' is there ', count(*), ' times')
        FROM {THEIRS} WHERE email IS NULL
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
        # Kept as tables of their own, DuckDB 2.0.0 waits for ever on them from some 150,000 rows of contacts on.
        f"""
        WITH affected AS NOT MATERIALIZED (FROM {THEIRS}),
            named AS NOT MATERIALIZED (
                SELECT customer_id, {masked("contact_email")}, {masked("groups")}, opt_in
                FROM ledger.live_details {AMONG_AFFECTED} SEMI JOIN affected USING (customer_id)
            ),
            shown AS NOT MATERIALIZED (FROM snapshot.main.contacts {AMONG_AFFECTED}),
            grouped AS NOT MATERIALIZED (FROM snapshot.main.group_members {AMONG_AFFECTED})
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
            || coalesce(priority, 'without priority') || ', the formula says '
            || coalesce({_formula(MONTHS)}, 'nothing')
        FROM (FROM snapshot.main.customers {DUE}) AS customers
        FULL JOIN (FROM snapshot.main.computed_priorities {DUE}) AS priority
            ON priority.customer_id = customers.customer_id
        WHERE customers.customer_id IS NULL OR priority.customer_id IS NULL OR priority <> ({_formula(MONTHS)})
            OR (basis = 'computed' AND (months <> {MONTHS}
                OR abs(monthly_spend * months - total_spent) * 2000 > months))
        UNION ALL
        SELECT 'priorities are as of several days' FROM snapshot.main.computed_priorities
        WHERE as_of_date <> (SELECT arg_max(as_of_date, number) FROM ledger.changes)
        """,
        agrees=_priorities_agree,
    ),
)
