"""The warnings of a sync are found by hashing, however large the account is."""

from pipelines.home import Home
from pipelines.stripe.sync.warnings import ORPHANS
from pipelines.warehouse.database import rows_of, working
from tests.pipelines.stripe.states import Account, charge, refund, sync


def test_refunds_without_a_charge_are_found_without_comparing_each_with_every_charge(home: Home) -> None:
    sync(home, Account([charge(str(n), 100) for n in range(50)], [refund(str(n), 10, of=str(n)) for n in range(50)]))
    with working(home.working) as connection:
        plan = "".join(rows_of(connection, f"EXPLAIN {ORPHANS}", ["billing"])["explain_value"]).lower()
    assert plan.count("anti") == 2
    assert "inner" not in plan and "nested" not in plan, plan
