"""The checks as the UI shows them: specs on the tables they guard, what the transaction found.

They block in the strongest sense: they run inside the transaction, and a failed one rolls it back.
"""

from collections.abc import Iterable, Iterator

import dagster as dg

from pipelines.ledger.checks import RULES, CheckResult

CHECKS = tuple(
    dg.AssetCheckSpec(rule.name, asset=rule.table, description=rule.promise, blocking=True) for rule in RULES
)


def results_of(check_results: Iterable[CheckResult]) -> Iterator[dg.AssetCheckResult]:
    """One result per rule; a transaction that changed nothing had nothing to check, and passes."""
    told = {result.name: result for result in check_results}
    for rule in RULES:
        result = told.get(rule.name)
        yield dg.AssetCheckResult(
            asset_key=rule.table,
            check_name=rule.name,
            passed=result.passed if result else True,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={"found": result.found if result and result.found else "nothing that breaks the rule"},
        )
