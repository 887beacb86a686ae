"""Stripe accounts in Dagster: what a run reads, commits and shows, and what it says when it cannot."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.definitions import build_definitions
from assets.instance.resources import FixedClock, Progress, Workspace
from assets.stripe_resource import Accounts
from pipelines.configuration.settings import StripeSource
from pipelines.errors import KeyRefused, StripeUnavailable
from pipelines.home import Home
from pipelines.stripe.api.protocol import Account
from tests.stripe_peer import objects
from tests.stripe_peer.account import InProcess
from tests.support.flow import NOW, table

PAID = [
    objects.customer("cus_1", email="ana@example.com", name="Ana"),
    objects.charge("ch_1", amount=1000, customer="cus_1"),
    objects.charge("ch_2", amount=500, customer="cus_1", created=objects.CREATED + 5),
    objects.refund("re_1", objects.charge("ch_1", amount=1000), amount=300),
]
LATER = "2026-11-24T09:30:00+00:00"


class Reached(Accounts):
    """An account in memory in place of Stripe's."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def open(self, home: Home, source: str, options: StripeSource, folder: Path) -> Account:
        return self.account


class Refusing:
    """An account that always says the same."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def page(self, *_: Any) -> bytes:
        raise self.error

    one = page


def definitions(workspace: Workspace, account: Account, instant: str = NOW.isoformat()) -> dg.Definitions:
    return build_definitions(workspace, FixedClock(instant=instant), Progress(), Reached(account))


def run(
    defs: dg.Definitions, instance: dg.DagsterInstance, job: str = "stripe_sync", **tags: str
) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance, partition_key="billing", raise_on_error=False, tags=tags
    )


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [event for event in result.all_events if event.is_step_failure]
    error = event.step_failure_data.error
    return str(error.message) if error else ""


def test_a_sync_commits_the_account_and_shows_what_it_did(
    workspace: Workspace, instance: dg.DagsterInstance, home: Home
) -> None:
    account = InProcess(PAID)
    account.change("ch_1", amount_refunded=300)
    result = run(definitions(workspace, account), instance)
    assert result.success
    row = table(home).row(0, named=True)
    assert (row["email"], str(row["total_spent"]), str(row["refund_volume"])) == ("ana@example.com", "15.000", "3.000")
    told = instance.get_latest_materialization_event(dg.AssetKey("stripe_charges"))
    assert told and told.asset_materialization
    metadata = told.asset_materialization.metadata
    assert (metadata["objects changed"].value, metadata["dagster/row_count"].value) == (4, 2)
    for name in ("contributions", "customers", "customer_priority", "stripe_refunds", "stripe_customers"):
        assert instance.get_latest_materialization_event(dg.AssetKey(name)), name
    passed = {event.check_name: event.passed for event in result.get_asset_check_evaluations()}
    assert {name for name, good in passed.items() if good} == set(passed)
    assert passed.keys() >= {"stripe_money_is_conserved", "no_charge_vanished", "refunds_agree_with_charges"}


@pytest.mark.slow
def test_a_full_sync_reads_everything_and_one_that_finds_nothing_new_says_so(
    workspace: Workspace, instance: dg.DagsterInstance, home: Home
) -> None:
    account = InProcess(PAID)
    assert run(definitions(workspace, account), instance).success
    again = run(definitions(workspace, account, LATER), instance, "stripe_full_sync")
    assert again.success
    (told,) = [event for event in again.get_asset_materialization_events() if "stripe_charges" in str(event.asset_key)]
    assert told.materialization.metadata["import"].value == "nothing had changed"
    assert told.materialization.metadata["mode"].value == "full"
    assert table(home, "import_history").height == 1


@pytest.mark.slow
@pytest.mark.rule("SC-13")
def test_what_a_deployment_calls_its_segments_since_is_published_by_the_next_sync(
    workspace: Workspace, instance: dg.DagsterInstance, home: Home
) -> None:
    account = InProcess(PAID)
    assert run(definitions(workspace, account), instance).success
    assert set(table(home, "segments")["segment"]) == {"high_value", "new"}
    Path(workspace.sources_file).write_text(
        "segments: {payers: {payments_at_least: 2}}\nsources: {billing: {kind: stripe, workers: 4}}", "utf-8"
    )
    assert run(definitions(workspace, account, LATER), instance).success
    assert table(home, "import_history").height == 1, "nothing had changed in the account"
    assert table(home, "customer_segments").filter(segment="payers")["email"].to_list() == ["ana@example.com"]


@pytest.mark.rule("PIT-82")
def test_refunds_that_disagree_with_their_charge_are_told_and_stop_nothing(
    workspace: Workspace, instance: dg.DagsterInstance
) -> None:
    result = run(definitions(workspace, InProcess(PAID)), instance)
    assert result.success
    (check,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "refunds_agree_with_charges"]
    assert not check.passed and check.severity == dg.AssetCheckSeverity.WARN
    assert check.metadata["charges that differ"].value == 1


@pytest.mark.slow
@pytest.mark.scenario(43)
def test_another_account_fails_its_check_and_changes_nothing(
    workspace: Workspace, instance: dg.DagsterInstance, home: Home
) -> None:
    assert run(definitions(workspace, InProcess(PAID)), instance).success
    before = table(home)
    other = InProcess([objects.charge("ch_other", amount=1)])
    result = run(definitions(workspace, other, LATER), instance, "stripe_full_sync")
    assert not result.success
    assert "this key belongs to another account" in failure_of(result)
    failed = {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}
    assert failed == {"no_charge_vanished"}
    assert table(home).equals(before)


@pytest.mark.parametrize(("tags", "tries"), [({}, 1), ({"dagster/schedule_name": "stripe_sync_billing"}, 3)])
def test_a_scheduled_run_tries_again_what_may_pass(
    workspace: Workspace,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    tags: dict[str, str],
    tries: int,
) -> None:
    monkeypatch.setattr("assets.stripe.WAIT_SECONDS", 0)
    down = Refusing(StripeUnavailable("Stripe did not answer"))
    result = run(definitions(workspace, down), instance, **tags)
    assert not result.success
    starts = [event for event in result.all_events if event.event_type_value in ("STEP_START", "STEP_RESTARTED")]
    assert len(starts) == tries


@pytest.mark.scenario(37)
def test_a_refused_key_is_not_tried_again_and_leads_the_runs_page(
    workspace: Workspace, instance: dg.DagsterInstance
) -> None:
    revoked = Refusing(KeyRefused("the key rk_live_…MNOP is refused: it was revoked"))
    result = run(definitions(workspace, revoked), instance, **{"dagster/schedule_name": "stripe_sync_billing"})
    assert not result.success
    assert "it was revoked" in failure_of(result)
    assert not [event for event in result.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"]


@pytest.mark.rule("AU-31")
def test_a_schedule_asks_for_the_source_and_skips_one_without_a_key(
    workspace: Workspace, instance: dg.DagsterInstance, home: Home
) -> None:
    defs = definitions(workspace, InProcess(PAID))
    schedule = next(one for one in defs.get_repository_def().schedule_defs if one.name == "stripe_sync_billing")
    context = dg.build_schedule_context(
        instance=instance, repository_def=defs.get_repository_def(), resources={"workspace": workspace}
    )
    with context:
        (skipped,) = [schedule.evaluate_tick(context).skip_message]
        assert skipped and "customers stripe connect billing" in skipped
        home.secrets.mkdir()
        (home.secrets / "billing.json").write_text("{}", "utf-8")
        (request,) = schedule.evaluate_tick(context).run_requests or ()
        assert request.partition_key == "billing"
