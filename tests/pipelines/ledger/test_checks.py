"""Each conservation rule is broken on purpose in a real transaction: the check sees it, and nothing is published."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipelines.configuration.settings import Sources
from pipelines.customers.affected import selected_are_affected
from pipelines.home import Home
from pipelines.ledger import commit_imports, take_out_account
from pipelines.ledger import undo as undo_step
from pipelines.ledger.checks.rules import RULES
from pipelines.ledger.transaction import ChecksFailed
from pipelines.stripe.sync import commit_sync
from pipelines.warehouse.database import Connection, rows_of, working
from tests.pipelines.stripe.states import Account, charge, customer, sync
from tests.support.flow import NOW, import_text, undo
from tests.support.homes import once

TITLES = "email,name,total_spent,first_payment_date,groups,contact_email,main_contact\n"
PAYMENTS = "payment_id,email,amount,date,status\n"
LIST = TITLES + "ana@example.com,Ana,100,2026-01-05,,a1@x.fr,1\nbob@example.com,Bob,7,2026-02-01,,,\nx,Eve,1,,,,\n"
NEXT = TITLES + "ana@example.com,Ana,50,2026-01-05,VIP,a2@x.fr,\nbob@example.com,Bob,5,2026-02-01,,,\ny,Eve,1,,,,\n"
HELD, LAST = "(SELECT max(import_seq) FROM ledger.imports)", "(SELECT max(import_seq) FROM ledger.contributions)"

CLUB = Sources.model_validate({"sources": {"club": {"keep": "rest"}}})


def rows(last: int) -> str:
    """Rows that another file repeats, each with a group, and one of its own."""
    return "".join(f"c{n}@x.fr,N{n},{n},2026-01-02,G{n},,\n" for n in (*range(1, 13), last))


@once
def with_history(home: Home) -> None:
    """A list with a bad row, one that is held because it repeats another, a payment, and a custom field."""
    import_text(home, LIST)
    import_text(home, TITLES + rows(20), "crm")
    import_text(home, PAYMENTS + "p1,ana@example.com,10,2026-01-01,paid\n", "till", profile="payments")
    import_text(home, "email,name,Size\nana@example.com,Ana,38\n", "club", sources=CLUB)
    assert import_text(home, TITLES + rows(21), "crm").status == "held"


@pytest.fixture
def home(home: Home) -> Home:
    with_history(home)
    return home


def found(home: Home, condition: str) -> str:
    with working(home.working) as connection:
        return str(rows_of(connection, f"SELECT import_id FROM ledger.import_keys WHERE {condition}")["import_id"][0])


def replaces(home: Home) -> None:
    commit_imports.decide(home, found(home, "status = 'held'"), "replace", "tester", NOW)


ACCOUNT = Account([charge("1", 1000, "cus_1"), charge("2", 500)], [], [customer("1", "ana@example.com")])
ACTIONS: dict[str, Callable[[Home], object]] = {
    "import": partial(import_text, text=NEXT),
    "skip": partial(import_text, text=TITLES + rows(22), source="crm", on_overlap="skip_identical"),
    "hold": partial(import_text, text=TITLES + rows(23), source="crm"),
    "pay": partial(
        import_text, text=PAYMENTS + "p1,bob@example.com,9,2026-01-01,paid\n", source="till", profile="payments"
    ),
    "replace": replaces,
    "undo": lambda home: undo(home, found(home, "source = 'shop'")),
    "sync": partial(sync, account=ACCOUNT),
}


class Harm(NamedTuple):
    """What is done behind the back of an action, once its customers are folded."""

    action: str
    statement: str


PRIORITY = "UPDATE snapshot.main.computed_priorities SET"
OF_BOB = " WHERE customer_id IN (SELECT customer_id FROM snapshot.main.customers WHERE email = 'bob@example.com')"
OF_FIRST = " WHERE customer_id IN (SELECT customer_id FROM snapshot.main.customers WHERE email LIKE 'c1%')"

HARMS: dict[str, list[Harm]] = {
    "rows_are_conserved": [
        Harm("import", f"DELETE FROM ledger.contributions WHERE row_number = 3 AND import_seq = {LAST}"),
        Harm("import", "DELETE FROM ledger.contributions WHERE row_number = 3 AND import_seq = 1"),
        Harm("import", f"UPDATE ledger.imports SET rows_read = rows_read + 1 WHERE import_seq = {LAST}"),
        Harm("import", "DELETE FROM ledger.rejected_rows"),
        Harm("import", "INSERT INTO ledger.contributions FROM ledger.contributions WHERE row_number = 2"),
        Harm("import", f"UPDATE ledger.contributions SET import_seq = 99 WHERE import_seq = {LAST}"),
        Harm("skip", "UPDATE ledger.imports SET rows_skipped = rows_skipped - 1 WHERE rows_skipped > 0"),
        Harm(
            "skip",
            "UPDATE ledger.imports SET rows_skipped = rows_skipped - 1, rows_accepted = rows_accepted + 1 "
            "WHERE rows_skipped > 0",
        ),
        Harm(
            "skip",
            f"INSERT INTO ledger.contributions SELECT * REPLACE ({LAST} AS import_seq) FROM ledger.contributions "
            "WHERE import_seq = 2 LIMIT 1",
        ),
        Harm("skip", f"INSERT INTO ledger.details FROM ledger.details WHERE import_seq = {LAST}"),
        Harm("skip", f"UPDATE ledger.details SET row_number = 2 WHERE import_seq = {LAST}"),
        Harm("hold", f"UPDATE ledger.contributions SET import_seq = {HELD} WHERE import_seq = 2"),
        Harm(
            "hold",
            f"INSERT INTO ledger.contributions SELECT * REPLACE ({HELD} AS import_seq) FROM ledger.contributions "
            "WHERE import_seq = 1",
        ),
        Harm("hold", f"UPDATE ledger.details SET import_seq = {HELD}"),
        Harm("hold", "UPDATE ledger.imports SET status = 'done' WHERE status = 'held'"),
        Harm("replace", "DELETE FROM ledger.contributions WHERE import_seq = 2"),
    ],
    "money_is_conserved": [
        Harm("import", "UPDATE snapshot.main.customers SET total_spent = total_spent + 0.01 WHERE name = 'Ana'"),
        Harm("import", "UPDATE ledger.contributions SET total_spent = 6.99 WHERE row_number = 3"),
        Harm("import", "UPDATE snapshot.main.customers SET payment_count = 1 WHERE name = 'Bob'"),
        Harm("import", "UPDATE snapshot.main.customers SET refund_volume = 0 WHERE name = 'Bob'"),
        Harm("import", "DELETE FROM snapshot.main.customers WHERE name = 'Bob'"),
        Harm("import", "UPDATE ledger.imports SET amount_accepted = 107.01"),
        Harm("skip", f"UPDATE ledger.imports SET amount_accepted = amount_accepted + 1 WHERE import_seq = {LAST}"),
        Harm("replace", "DELETE FROM ledger.decisions WHERE kind = 'replace'"),
        Harm("pay", "DELETE FROM ledger.contributions WHERE payment_id = 'p1' AND total_spent = 9"),
        Harm("undo", "DELETE FROM ledger.decisions WHERE kind = 'undo'"),
    ],
    "payments_are_conserved": [
        Harm("pay", "UPDATE snapshot.main.file_payments SET amount = amount + 0.01 WHERE amount = 9"),
        Harm("pay", "UPDATE snapshot.main.file_payments SET refund = 0.01 WHERE amount = 9"),
        Harm("pay", "DELETE FROM snapshot.main.file_payments WHERE amount = 9"),
        Harm(
            "pay",
            "INSERT INTO snapshot.main.file_payments SELECT * REPLACE (0 AS amount) FROM snapshot.main.file_payments "
            "WHERE amount = 9",
        ),
        Harm("pay", "UPDATE snapshot.main.file_payments SET customer_id = uuid() WHERE amount = 9"),
        Harm("import", "DELETE FROM snapshot.main.file_payments"),
        Harm("undo", "UPDATE snapshot.main.file_payments SET amount = 9"),
        Harm("sync", "DELETE FROM snapshot.main.file_payments"),
        Harm("sync", "UPDATE ledger.stripe_payments SET amount_in_base = amount_in_base - 0.01"),
        Harm("sync", "DELETE FROM ledger.stripe_payments"),
    ],
    "custom_fields_are_conserved": [
        Harm("import", "DELETE FROM snapshot.main.customer_custom_fields"),
        Harm("import", "UPDATE snapshot.main.customer_custom_fields SET value = '39'"),
        Harm(
            "import",
            "INSERT INTO snapshot.main.customer_custom_fields SELECT * REPLACE ('Shoe' AS title) "
            "FROM snapshot.main.customer_custom_fields",
        ),
        Harm("import", f"INSERT INTO ledger.custom_fields SELECT {LAST}, 99, 'Size', '38'"),
        Harm("import", "DELETE FROM ledger.custom_fields WHERE title <> 'Size' OR value = '38'"),
    ],
    "stripe_money_is_conserved": [
        Harm("sync", "UPDATE ledger.stripe_spend SET total_spent = total_spent + 0.01"),
        Harm("sync", "UPDATE ledger.stripe_charges SET counted = FALSE WHERE charge_id = 'ch_1'"),
        Harm("sync", "DELETE FROM ledger.stripe_apart"),
        Harm("sync", "UPDATE ledger.stripe_spend SET base_spent = base_spent - 0.01"),
        Harm("sync", "DELETE FROM ledger.stripe_contributions"),
    ],
    "email_is_unique": [
        Harm("import", "UPDATE snapshot.main.customers SET email = 'ANA@example.com' WHERE name = 'Bob'"),
        Harm("pay", "UPDATE snapshot.main.customers SET email = 'C1@x.fr' WHERE name = 'Bob'"),
        Harm("pay", "INSERT INTO snapshot.main.customers FROM snapshot.main.customers WHERE name = 'Bob'"),
    ],
    "identity_is_never_null": [
        Harm("import", "UPDATE snapshot.main.customers SET email = NULL, name = NULL WHERE name = 'Bob'"),
        Harm(
            "import",
            "INSERT INTO snapshot.main.customers SELECT * REPLACE (NULL AS email) FROM snapshot.main.customers "
            "WHERE name = 'Bob' UNION ALL SELECT * REPLACE (NULL AS email) FROM snapshot.main.customers "
            "WHERE name = 'Bob'",
        ),
    ],
    "details_are_conserved": [
        Harm("import", "DELETE FROM snapshot.main.contacts WHERE email = 'a1@x.fr' OR email = 'a2@x.fr'"),
        Harm("import", "UPDATE snapshot.main.contacts SET is_primary = TRUE WHERE email = 'a2@x.fr'"),
        Harm(
            "import",
            "INSERT INTO snapshot.main.contacts SELECT * REPLACE ('a3@x.fr' AS email) FROM snapshot.main.contacts",
        ),
        Harm(
            "import",
            "UPDATE snapshot.main.contacts SET customer_id = (SELECT customer_id FROM snapshot.main.customers "
            "WHERE name = 'Bob')",
        ),
        Harm("import", "DELETE FROM snapshot.main.group_members WHERE name = 'VIP'"),
        Harm("import", "UPDATE snapshot.main.customers SET opt_in = TRUE"),
        Harm(
            "skip",
            "INSERT INTO snapshot.main.group_members SELECT * REPLACE (uuid() AS group_id) "
            "FROM snapshot.main.group_members",
        ),
        Harm(
            "undo",
            "INSERT INTO snapshot.main.contacts SELECT uuid(), md5_number('email:bob@example.com')::UUID, 'a1@x.fr', "
            "NULL, NULL, NULL, NULL, NULL, NULL, FALSE",
        ),
    ],
    "priority_equals_formula": [
        Harm(
            "import",
            f"{PRIORITY} priority = 'high'{OF_BOB}",
        ),
        Harm("import", f"DELETE FROM snapshot.main.computed_priorities{OF_BOB}"),
        Harm(
            "import",
            f"{PRIORITY} as_of_date = as_of_date - 1{OF_FIRST}",
        ),
        Harm("import", "DELETE FROM snapshot.main.customers WHERE name = 'Bob'"),
        Harm("import", "UPDATE snapshot.main.computed_priorities SET monthly_spend = monthly_spend + 1"),
        Harm("import", "UPDATE snapshot.main.computed_priorities SET months = months + 1"),
    ],
}


def harming(harm: Harm, real: Callable[..., object]) -> Callable[..., object]:
    """The deriving of customers, and the harm after it, on the side of the ledger or of the next snapshot."""

    def derive(connection: Connection, writer: Connection, *others: Any) -> object:
        derived = real(connection, writer, *others)
        (connection if "ledger." in harm.statement else writer).execute(harm.statement)
        return derived

    return derive


def stops(home: Home, action: str, rule: str) -> None:
    """The action is refused for a rule, and home is as it was."""
    before = state(home)
    with pytest.raises(ChecksFailed, match=rule):
        ACTIONS[action](home)
    assert state(home) == before


def state(home: Home) -> tuple[bytes, str, list[Path]]:
    """The snapshot byte for byte, the ledger's facts, and whether anything unfinished is left."""
    with working(home.working) as connection:
        names = ("imports", "contributions", "details", "rejected_rows", "decisions", "changes")
        facts = "".join(rows_of(connection, f"FROM ledger.{name} ORDER BY ALL").write_ndjson() for name in names)
    return home.published.read_bytes(), facts, list(home.root.glob(".customers.duckdb*"))


def samples() -> Iterator[Any]:
    """Every harm; the first of each rule is tried always, the others by `make slow`."""
    for rule, harms in HARMS.items():
        for place, harm in enumerate(harms):
            yield pytest.param(rule, harm, marks=[pytest.mark.slow] if place else [])


@pytest.mark.parametrize(("rule", "harm"), list(samples()))
def test_what_breaks_a_rule_is_seen_rolled_back_and_not_published(
    home: Home, rule: str, harm: Harm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_imports, "derive", harming(harm, commit_imports.derive))
    monkeypatch.setattr(undo_step, "derive", harming(harm, undo_step.derive))
    monkeypatch.setattr(take_out_account, "derive", harming(harm, take_out_account.derive))
    monkeypatch.setattr(commit_sync, "derive", harming(harm, commit_sync.derive))
    stops(home, harm.action, rule)


@pytest.mark.parametrize("action", ["import", "replace"])
def test_customers_of_a_changed_import_that_nobody_affected_stop_the_publish(
    home: Home, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        commit_imports, "imports_are_affected", lambda connection, places: forgetting(connection, places[:1])
    )
    stops(home, action, "money_is_conserved")


def test_customers_whom_an_undo_brings_back_and_nobody_marked_stop_the_publish(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaces(home)
    wanted = found(home, "source = 'crm' AND status = 'done'")
    monkeypatch.setattr(
        undo_step, "imports_are_affected", lambda connection, places: forgetting(connection, places[:1])
    )
    before = state(home)
    with pytest.raises(ChecksFailed, match="money_is_conserved"):
        undo(home, wanted)
    assert state(home) == before


def forgetting(connection: Connection, places: list[int]) -> None:
    """The first import's customers alone, but for Ana: not what was replaced."""
    selected_are_affected(
        connection,
        "SELECT DISTINCT customer_id FROM ledger.contributions "
        f"WHERE import_seq IN ({places[0]}) AND email <> 'ana@example.com'",
    )


@pytest.mark.matrix(2)
@pytest.mark.parametrize("action", ACTIONS)
def test_without_harm_every_action_passes(home: Home, action: str) -> None:
    before = home.published.read_bytes()
    ACTIONS[action](home)
    assert home.published.read_bytes() != before


def test_every_rule_is_broken_by_something() -> None:
    assert set(HARMS) == {rule.name for rule in RULES}
