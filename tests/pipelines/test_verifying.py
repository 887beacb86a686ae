"""Each conservation check is broken on purpose and sees it; a failed check writes nothing."""

from typing import Any

import pytest

from pipelines import booking
from pipelines.booking import ChecksFailed
from pipelines.customers.touching import touch_everybody
from pipelines.settings import Home
from pipelines.snapshot import next_snapshot
from pipelines.verifying import RULES, verify
from pipelines.warehouse import Connection, working
from tests.flow import book_all, file_one, import_text
from tests.pipelines.stripe.states import Account, charge, customer, sync

LIST = (
    "email,name,total_spent,first_payment_date\n"
    "ana@example.com,Ana,100,2026-01-05\nbob@example.com,Bob,7,2026-02-01\nx,Eve,1,\n"
)

SABOTAGE = {
    "rows_are_conserved": [
        "DELETE FROM ledger.contributions WHERE row_number = 3",
        "UPDATE ledger.imports SET rows_read = rows_read + 1",
        "DELETE FROM ledger.rejected_rows",
        "INSERT INTO ledger.contributions FROM ledger.contributions WHERE row_number = 2",
    ],
    "money_is_conserved": [
        "UPDATE snapshot.main.customers SET total_spent = total_spent + 0.01 WHERE name = 'Ana'",
        "UPDATE ledger.contributions SET total_spent = 6.99 WHERE row_number = 3",
        "UPDATE snapshot.main.customers SET payment_count = 1 WHERE name = 'Bob'",
        "UPDATE snapshot.main.customers SET refund_volume = 0 WHERE name = 'Bob'",
        "DELETE FROM snapshot.main.customers WHERE name = 'Bob'",
        "UPDATE ledger.imports SET amount_accepted = 107.01",
    ],
    "stripe_money_is_conserved": [
        "UPDATE ledger.stripe_spend SET total_spent = total_spent + 0.01 WHERE NOT dependent",
        "UPDATE ledger.stripe_charges SET counted = FALSE WHERE charge_id = 'ch_1'",
        "DELETE FROM ledger.stripe_apart WHERE customer_id IS NULL",
        "UPDATE ledger.stripe_contributions SET total_spent = total_spent - 0.01 WHERE NOT dependent",
        "DELETE FROM ledger.stripe_contributions",
    ],
    "email_is_unique": ["UPDATE snapshot.main.customers SET email = 'ANA@example.com' WHERE name = 'Bob'"],
    "identity_is_never_null": [
        "UPDATE snapshot.main.customers SET email = NULL, name = NULL WHERE name = 'Bob'",
    ],
    "priority_equals_formula": [
        "UPDATE snapshot.main.customer_priority SET priority = 'high' WHERE email = 'bob@example.com'",
        "DELETE FROM snapshot.main.customer_priority WHERE email = 'bob@example.com'",
        "UPDATE snapshot.main.customer_priority SET as_of_date = as_of_date - 1 WHERE email = 'ana@example.com'",
        "DELETE FROM snapshot.main.customers WHERE name = 'Bob'",
        "UPDATE snapshot.main.customer_priority SET monthly_spend = monthly_spend + 1 WHERE email = 'ana@example.com'",
        "UPDATE snapshot.main.customer_priority SET months = months + 1 WHERE email = 'ana@example.com'",
    ],
}


@pytest.mark.parametrize(("rule", "harm"), [(rule, harm) for rule, harms in SABOTAGE.items() for harm in harms])
def test_a_check_sees_what_breaks_it(home: Home, rule: str, harm: str) -> None:
    import_text(home, LIST)
    if rule.startswith("stripe"):
        sync(home, Account([charge("1", 1000, "cus_1"), charge("2", 500)], [], [customer("1", "ana@example.com")]))
    with working(home.working) as connection, next_snapshot(connection, home.published, fresh=False) as writer:
        touch_everybody(connection)
        assert all(verdict.passed for verdict in verify(connection, everyone=True))
        (connection if "ledger." in harm else writer).execute(harm)
        failed = {verdict.name: verdict.found for verdict in verify(connection, everyone=False) if not verdict.passed}
    assert rule in failed
    assert failed[rule]


def test_every_rule_has_its_sabotage() -> None:
    assert set(SABOTAGE) == {rule.name for rule in RULES}


def test_a_failed_check_rolls_everything_back_and_nothing_is_published(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_text(home, LIST)
    before = home.published.read_bytes()
    path = home.root / "b.csv"
    path.write_text("email,name,total_spent\ncam@example.com,Cam,5\n", "utf-8")
    filing = file_one(home, path, "shop")
    real = booking.derive

    def loses_a_cent(connection: Connection, writer: Connection, *others: Any) -> object:
        derived = real(connection, writer, *others)
        writer.execute("UPDATE snapshot.main.customers SET total_spent = total_spent - 0.01 WHERE name = 'Cam'")
        return derived

    monkeypatch.setattr(booking, "derive", loses_a_cent)
    with pytest.raises(ChecksFailed, match="money_is_conserved"):
        book_all(home, [filing])
    with working(home.working) as connection:
        assert connection.execute("SELECT count(*) FROM ledger.imports").fetchall() == [(1,)]
    assert home.published.read_bytes() == before
    assert not list(home.root.glob(".customers.duckdb*"))
