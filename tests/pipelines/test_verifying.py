"""Each conservation check is broken on purpose and sees it; a failed check writes nothing."""

import pytest

from pipelines import booking
from pipelines.booking import ChecksFailed
from pipelines.customers.refolding import touch_all
from pipelines.customers.reprioritising import reprioritise
from pipelines.settings import Home
from pipelines.verifying import RULES, verify
from pipelines.warehouse import working
from tests.flow import AS_OF, book_all, file_one, import_text, table

LIST = (
    "email,name,total_spent,first_payment_date\n"
    "ana@example.com,Ana,100,2026-01-05\nbob@example.com,Bob,7,2026-02-01\nx,Eve,1,\n"
)

SABOTAGE = {
    "rows_are_conserved": [
        "DELETE FROM ledger.contributions WHERE row_number = 3",
        "UPDATE ledger.imports SET rows_read = rows_read + 1",
        "DELETE FROM main.rejected_rows",
        "INSERT INTO ledger.contributions FROM ledger.contributions WHERE row_number = 2",
    ],
    "money_is_conserved": [
        "UPDATE main.customers SET total_spent = total_spent + 0.01 WHERE name = 'Ana'",
        "UPDATE ledger.contributions SET total_spent = 6.99 WHERE row_number = 3",
        "UPDATE main.customers SET payment_count = 1 WHERE name = 'Bob'",
        "UPDATE main.customers SET refund_volume = 0 WHERE name = 'Bob'",
        "DELETE FROM main.customers WHERE name = 'Bob'",
        "UPDATE ledger.imports SET amount_accepted = 107.01",
    ],
    "email_is_unique": ["UPDATE main.customers SET email = 'ANA@example.com' WHERE name = 'Bob'"],
    "identity_is_never_null": [
        "UPDATE main.customers SET email = NULL WHERE name = 'Bob'",
    ],
    "priority_equals_formula": [
        "UPDATE main.customer_priority SET priority = 'high' WHERE email = 'bob@example.com'",
        "DELETE FROM main.customer_priority WHERE email = 'bob@example.com'",
        "UPDATE main.customer_priority SET as_of_date = as_of_date - 1 WHERE email = 'ana@example.com'",
        "DELETE FROM main.customers WHERE name = 'Bob'",
        "UPDATE main.customer_priority SET monthly_spend = monthly_spend + 1 WHERE email = 'ana@example.com'",
        "UPDATE main.customer_priority SET months = months + 1 WHERE email = 'ana@example.com'",
    ],
}


@pytest.mark.parametrize(("rule", "harm"), [(rule, harm) for rule, harms in SABOTAGE.items() for harm in harms])
def test_a_check_sees_what_breaks_it(home: Home, rule: str, harm: str) -> None:
    import_text(home, LIST)
    with working(home.working) as connection:
        touch_all(connection)
        reprioritise(connection, AS_OF, "data")
        assert all(verdict.passed for verdict in verify(connection))
        connection.execute(harm)
        failed = {verdict.name: verdict.found for verdict in verify(connection) if not verdict.passed}
    assert rule in failed
    assert failed[rule]


def test_every_rule_has_its_sabotage() -> None:
    assert set(SABOTAGE) == {rule.name for rule in RULES}


def test_a_failed_check_rolls_everything_back_and_nothing_is_published(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_text(home, LIST)
    before = table(home), table(home, "import_history")
    path = home.root / "b.csv"
    path.write_text("email,name,total_spent\ncam@example.com,Cam,5\n", "utf-8")
    filing = file_one(home, path, "shop")
    real = booking.refold

    def loses_a_cent(connection: object) -> object:
        change = real(connection)
        connection.execute("UPDATE main.customers SET total_spent = total_spent - 0.01 WHERE name = 'Cam'")
        return change

    monkeypatch.setattr(booking, "refold", loses_a_cent)
    with pytest.raises(ChecksFailed, match="money_is_conserved"):
        book_all(home, [filing])
    monkeypatch.undo()
    with working(home.working) as connection:
        assert connection.execute("SELECT count(*) FROM ledger.imports").fetchall() == [(1,)]
    assert before[0].equals(table(home))
    assert before[1].equals(table(home, "import_history"))
