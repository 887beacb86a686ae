"""What the full queries find, the quick ways to be sure find too: every cent, moved, swapped, lost, made up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.customers.affected import everybody_is_affected, imports_are_affected
from pipelines.home import Home
from pipelines.ledger.checks.fingerprints import money_agrees, money_print
from pipelines.ledger.checks.rule import Scope
from pipelines.ledger.checks.rules import CHANGED, LOOKED_AT, OF_TRANSACTION, RULES
from pipelines.ledger.checks.verify import check_result, scope_of
from pipelines.ledger.recompute import prioritise_all
from pipelines.ledger.transaction import ChecksFailed
from pipelines.warehouse.database import Connection, row_of, rows_of, working
from tests.support.flow import AS_OF, import_text
from tests.support.homes import once

TITLES = "email,name,total_spent,payment_count,refund_volume,first_payment_date,reported_monthly_spend\n"
LIST = TITLES + "".join(
    f"c{n}@example.com,N{n},{amount},{count},{back},{day},{monthly}\n"
    for n, (amount, count, back, day, monthly) in enumerate(
        [
            ("100.00", "1", "", "2026-01-05", ""),
            ("0.00", "0", "", "", ""),
            ("", "", "", "", "75"),
            ("250.01", "2", "0.01", "2026-10-31", "20"),
            ("250.00", "2", "10", "2026-10-31", ""),
            ("999.99", "9", "0", "2020-02-29", ""),
            ("49.99", "1", "", "2026-11-22", "400"),
            ("", "3", "", "2026-11-01", ""),
        ]
    )
)

CUSTOMERS = {
    "a cent more": "total_spent = total_spent + 0.01",
    "a cent less": "total_spent = total_spent - 0.01",
    "a thousandth more": "total_spent = total_spent + 0.001",
    "a payment more": "payment_count = payment_count + 1",
    "a cent back": "refund_volume = refund_volume + 0.01",
    "a total of nothing": "total_spent = coalesce(total_spent, 0)",
    "no total": "total_spent = nullif(total_spent, 0)",
    "a count of nothing": "payment_count = coalesce(payment_count, 0)",
    "no count": "payment_count = nullif(payment_count, 0)",
    "a refund of nothing": "refund_volume = coalesce(refund_volume, 0)",
    "no refund": "refund_volume = NULL",
    "another day": "first_payment_date = first_payment_date - INTERVAL 40 DAY",
    "another's address": "email = 'C0@example.com'",
    "no address": "email = NULL, name = NULL",
}
PRIORITIES = {
    "higher": "priority = 'high'",
    "lower": "priority = 'low'",
    "a month more": "months = months + 1",
    "a thousandth more": "monthly_spend = monthly_spend + 0.001",
    "another day": "as_of_date = as_of_date - 1",
}
ROWS = {
    "a cent more": "total_spent = total_spent + 0.01",
    "a payment less": "payment_count = payment_count - 1",
    "another's": "customer_id = md5_number('email:c0@example.com')::UUID",
    "another import's": "import_seq = CASE import_seq WHEN 1 THEN 9 ELSE 1 END",
}


def every_error() -> Iterator[tuple[str, str]]:
    """Every error as a name and a statement, on each of the customers."""
    one = "WHERE name = 'N{n}'"
    other = "CASE WHEN name = 'N{n}' THEN 'N{m}' ELSE 'N{n}' END"
    customers, priorities = "snapshot.main.customers", "snapshot.main.computed_priorities"
    for n in range(8):
        m = (n + 1) % 8
        for what, change in CUSTOMERS.items():
            yield f"customer {n}: {what}", f"UPDATE {customers} SET {change} {one.format(n=n)}"
        for what, change in PRIORITIES.items():
            yield (
                f"priority {n}: {what}",
                f"UPDATE {priorities} SET {change} WHERE customer_id = md5_number('email:c{n}@example.com')::UUID",
            )
        for what, change in ROWS.items():
            yield f"row {n}: {what}", f"UPDATE ledger.contributions SET {change} WHERE name = 'N{n}'"
        yield f"customer {n} is lost", f"DELETE FROM {customers} {one.format(n=n)}"
        yield (
            f"priority {n} is lost",
            f"DELETE FROM {priorities} WHERE customer_id = md5_number('email:c{n}@example.com')::UUID",
        )
        yield f"row {n} is lost", f"DELETE FROM ledger.contributions WHERE name = 'N{n}'"
        yield f"row {n} is twice", f"INSERT INTO ledger.contributions FROM ledger.contributions WHERE name = 'N{n}'"
        yield f"customer {n} is twice", f"INSERT INTO {customers} FROM {customers} {one.format(n=n)}"
        yield (
            f"customer {n} is made up",
            f"INSERT INTO {customers} SELECT * REPLACE (uuid() AS customer_id, 'x@example.com' AS email) "
            f"FROM {customers} {one.format(n=n)}",
        )
        moved = f"CASE WHEN name = 'N{n}' THEN 0.01 ELSE -0.01 END"
        both = f"WHERE name IN ('N{n}', 'N{m}')"
        yield f"a cent of {m} moved to {n}", f"UPDATE {customers} SET total_spent = total_spent + {moved} {both}"
        partner = other.format(n=n, m=m)
        yield (
            f"{n} and {m} change their money",
            f"UPDATE {customers} AS mine SET total_spent = theirs.total_spent, payment_count = theirs.payment_count, "
            f"refund_volume = theirs.refund_volume FROM (FROM {customers}) AS theirs "
            f"WHERE mine.name IN ('N{n}', 'N{m}') AND theirs.name = {partner.replace('name', 'mine.name')}",
        )


PLAIN = [rule for rule in RULES if not rule.where]
"""The rules of every ledger; the others are about contacts, payments and accounts."""

Errors = Callable[[], Iterator[tuple[str, str]]]
OTHERS = "".join(f"d{n}@example.com,O{n},5,1,,2026-01-05,\n" for n in range(40))


def one_of_each() -> Iterator[tuple[str, str]]:
    """Each kind of error on one of the customers, another one each time."""
    errors = list(every_error())
    kinds = len(errors) // 8
    return (errors[kind + kinds * (kind % 8)] for kind in range(kinds))


SAMPLES = [one_of_each, pytest.param(every_error, marks=pytest.mark.slow)]


@once
def with_eight(home: Home) -> None:
    """Eight customers, each of one row."""
    import_text(home, LIST)


@once
def with_eight_of_many(home: Home) -> None:
    """The eight come after many others, so that they are few."""
    import_text(home, TITLES + OTHERS, "crm")
    import_text(home, LIST)


@contextmanager
def opened(home: Home) -> Iterator[Connection]:
    """The ledger, and a copy of the snapshot into which errors are written."""
    copy = home.root / "copy.duckdb"
    copy.write_bytes(home.published.read_bytes())
    with working(home.working) as connection:
        connection.execute(f"ATTACH '{copy}' AS snapshot")
        yield connection
        connection.execute("DETACH snapshot")


def broken(connection: Connection) -> set[str]:
    """The rules that something breaks, by the full queries."""
    whole = Scope(False, {CHANGED: f"SELECT import_seq FROM ({OF_TRANSACTION})"})
    asked = {rule.name: whole.filled_in(rule.offenders) for rule in PLAIN}
    return {name for name, query in asked.items() if row_of(connection, f"SELECT * FROM ({query}) LIMIT 1")}


def seen(connection: Connection) -> set[str]:
    """The rules that a transaction's end finds broken."""
    scope = scope_of(connection, everyone=False)
    return {rule.name for rule in PLAIN if not check_result(connection, rule, scope).passed}


def missed(connection: Connection, errors: Iterator[tuple[str, str]]) -> list[str]:
    """The errors that the full queries see, and a transaction's end does not; each is taken back."""
    told = []
    for what, statement in errors:
        connection.execute("BEGIN")
        connection.execute(statement)
        full = broken(connection)
        if full - seen(connection):
            told.append(f"{what}: {full}")
        connection.execute("ROLLBACK")
    return told


@pytest.mark.slow
@pytest.mark.parametrize("errors", SAMPLES)
def test_every_error_that_a_full_query_sees_is_seen_by_fingerprints(home: Home, errors: Errors) -> None:
    with_eight(home)
    with opened(home) as connection:
        everybody_is_affected(connection)
        scope = scope_of(connection, everyone=True)
        assert [rule.name for rule in RULES if rule.agrees and rule.agrees(connection, scope)] == [
            "money_is_conserved",
            "priority_equals_formula",
        ]
        assert missed(connection, errors()) == []


@pytest.mark.slow
@pytest.mark.parametrize("errors", SAMPLES)
def test_every_error_about_few_customers_is_seen_without_a_look_at_the_others(home: Home, errors: Errors) -> None:
    with_eight_of_many(home)
    with opened(home) as connection:
        # As in the transaction that entered it: the snapshot does not show the import yet.
        connection.execute("DELETE FROM snapshot.main.import_history WHERE source = 'shop'")
        imports_are_affected(connection, [2])
        scope = scope_of(connection, everyone=False)
        assert scope.few
        assert scope.parts[LOOKED_AT] == "import_seq IN (2)"
        assert [rule.name for rule in RULES if rule.agrees and rule.agrees(connection, scope)] == ["email_is_unique"]
        # Somebody made up is nobody whom this import affects.
        theirs = ((what, statement) for what, statement in errors() if not what.endswith("made up"))
        assert missed(connection, theirs) == []


def test_rows_that_changed_places_between_two_imports_are_seen_at_night(home: Home) -> None:
    with_eight_of_many(home)
    with working(home.working) as connection:
        connection.execute(
            "UPDATE ledger.contributions SET import_seq = 3 - import_seq WHERE email IN ('c1@example.com', "
            "'d1@example.com')"
        )
    # An import of somebody else says nothing of it.
    assert import_text(home, TITLES + "e@example.com,E,1,1,,2026-01-05,\n", "till").status == "done"
    with pytest.raises(ChecksFailed, match=r"money_is_conserved.* accepted "):
        prioritise_all(home, AS_OF + timedelta(days=1))


def test_nothing_is_told_by_a_fingerprint_of_amounts_without_room_in_it(home: Home) -> None:
    with_eight(home)
    with opened(home) as connection:
        assert money_agrees(connection, "FROM ledger.live")
        most = "UPDATE {} SET total_spent = 999999999999999.999"
        connection.execute(most.format("ledger.contributions"))
        connection.execute(most.format("snapshot.main.customers"))
        assert not money_agrees(connection, "FROM ledger.live")


@given(st.lists(st.tuples(st.integers(0, 2**128 - 1), st.integers(-(10**12), 10**12)), min_size=2, max_size=40))
def test_money_that_moves_between_customers_changes_the_fingerprint(told: list[tuple[int, int]]) -> None:
    # Two ids that agree in 56 bits are as good as the same one here.
    told = list({identity % 2**56: (identity, amount) for identity, amount in told}.values())
    before = weighed(told)
    for place, (identity, amount) in enumerate(told):
        moved = list(told)
        moved[place] = (identity, amount + 1)
        assert weighed(moved) != before
        other = (place + 1) % len(told)
        if other != place:
            moved[other] = (told[other][0], told[other][1] - 1)
            assert weighed(moved) != before


def weighed(told: list[tuple[int, int]]) -> int:
    """The fingerprint as its definition says it."""
    return sum((identity % 2**56 + 1) * amount for identity, amount in told)


def test_a_fingerprint_is_what_its_definition_says(home: Home) -> None:
    with_eight(home)
    with opened(home) as connection:
        told = rows_of(connection, "SELECT customer_id::VARCHAR AS id, total_spent FROM snapshot.main.customers")
        amounts = [(int(UUID(identity)), int((amount or 0) * 1000)) for identity, amount in told.iter_rows()]
        found = row_of(connection, money_print("FROM snapshot.main.customers"))
        assert found is not None
        assert (found[0], found[1]) == (weighed([(identity, 1) for identity, _ in amounts]), weighed(amounts))
