"""The checks as the UI shows them: specs on the tables they guard, what the transaction found.

They block in the strongest sense: they run inside the transaction, and a failed one rolls it back.
"""

from collections.abc import Iterable, Iterator

import dagster as dg

from pipelines.ledger.checks.rules import RULES
from pipelines.ledger.checks.verify import CheckResult

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


def evaluations_of(check_results: Iterable[CheckResult]) -> Iterator[dg.AssetCheckEvaluation]:
    """The same as a run tells it whose steps do not make these tables: a sync's, or a decision's."""
    return map(evaluated, results_of(check_results))


def evaluated(result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    """A result as an event of its own."""
    return dg.AssetCheckEvaluation(
        # Both are set in `results_of`; to mypy they may be missing.
        asset_key=result.asset_key or dg.AssetKey("customers"),
        check_name=result.check_name or "",
        passed=result.passed,
        severity=result.severity,
        metadata=result.metadata,
    )


def tell_check(context: dg.AssetExecutionContext | dg.OpExecutionContext, evaluation: dg.AssetCheckEvaluation) -> None:
    """Note the result of a check in a run whose steps do not make its asset."""
    context.log_event(evaluation)  # type: ignore[arg-type]  # of an op's signature Dagster 1.13.27 left it out
