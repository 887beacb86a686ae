"""The checks that end every transaction: nothing lost, nothing counted twice, nothing made up.

Lives here: trying each rule on the open transaction and the next snapshot, of few customers on them alone. Not here:
the rules (`rules.py`), what happens then (`commit_imports.py` rolls back, `assets/checks.py` shows it).
"""

from dataclasses import dataclass

from pipelines.customers.affected import AFFECTED
from pipelines.customers.payments_once import without_superseded
from pipelines.ledger.checks.rule import Rule, Scope
from pipelines.ledger.checks.rules import (
    ADDED_UP,
    AMONG_AFFECTED,
    CHANGED,
    CHECKED,
    COMPARED,
    DUE,
    LOOKED_AT,
    OF_TRANSACTION,
    ONCE,
    PAYMENT,
    RULES,
    THEIRS,
)
from pipelines.warehouse.database import Connection, number_of, row_of, rows_of, value_of


@dataclass(frozen=True)
class CheckResult:
    """A check's answer: whether it passed, and the first offender where it did not."""

    name: str
    table: str
    passed: bool
    found: str = ""


FEW = 4
"""Up to one in so many customers, the affected ones are looked for among all; from there on, all are compared."""


def verify(connection: Connection, everyone: bool, thorough: bool = False) -> tuple[CheckResult, ...]:
    """Try every rule on the ledger's open transaction and the next snapshot.

    Where few customers are affected, they stand for all if a rule is local; with `everyone`, all priorities were
    written anew. `thorough`: whoever is affected, rows, money and priorities of all are compared by the full queries.
    """
    scope = scope_of(connection, everyone, thorough)
    return tuple(check_result(connection, rule, scope) for rule in RULES)


def scope_of(connection: Connection, everyone: bool, thorough: bool = False) -> Scope:
    """What the open transaction has to be checked for; see `verify`."""
    affected = number_of(connection, f"SELECT count(*) FROM {AFFECTED}")
    # Looking a few up among all is quicker than comparing all; of a quarter and more it is the other way round.
    few = not thorough and affected * FEW <= number_of(connection, "SELECT count(*) FROM snapshot.main.customers")
    changed = ", ".join(str(place) for place in rows_of(connection, OF_TRANSACTION)["import_seq"]) or "NULL"
    parts = {
        # As numbers, by which DuckDB leaves out the rows of all other imports unread.
        CHANGED: changed,
        LOOKED_AT: f"import_seq IN ({changed})" if few and value_of(connection, ADDED_UP) else LOOKED_AT,
        DUE: AMONG_AFFECTED if few and not everyone else "",
        ONCE: without_superseded(AMONG_AFFECTED if few else "") if row_of(connection, PAYMENT) else "",
    }
    if few:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {CHECKED} AS SELECT {COMPARED} FROM {THEIRS}")
        parts[THEIRS] = CHECKED
    return Scope(few, parts, thorough)


def check_result(connection: Connection, rule: Rule, scope: Scope) -> CheckResult:
    """Try one rule."""
    # A ledger without payments, accounts or details is not made to pay for their rules.
    if rule.where and row_of(connection, f"SELECT 1 FROM ({rule.where})") is None:
        return CheckResult(rule.name, rule.table, True)
    if rule.agrees and not scope.thorough and rule.agrees(connection, scope):
        return CheckResult(rule.name, rule.table, True)
    query = scope.filled_in(rule.among_few if scope.few and rule.among_few else rule.offenders)
    # One offender is enough to roll back, and the query may stop at it.
    offender = row_of(connection, f"SELECT * FROM ({query}) LIMIT 1")
    return CheckResult(rule.name, rule.table, offender is None, str(offender[0]) if offender else "")
