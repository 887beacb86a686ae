"""What a person sees of an import at first glance: the partition's page, its check, the run's tags, who waits."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.pages.import_page import COLOURS
from pipelines.home import Home
from pipelines.intake.inbox import key_of
from schemas.imports import STATUSES
from tests.assets.import_runs import GOOD, drop, imported, run, tags_of

LIST = "email,name,total_spent\nana@example.com,Ana,10\nbob@example.com,Bob,20\n"
ONCE_MORE = "email,name,total_spent\nbob@example.com,Bob,20\nana@example.com,Ana,10\n"
WITH_A_BAD_ROW = "email,name,total_spent\nana@example.com,Ana,10\nnobody,Bob,much\n"


def page(instance: dg.DagsterInstance, key: str) -> dict[str, Any]:
    """What the page of a partition shows: its latest materialisation, and what was observed since."""
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey("validated_rows"), asset_partitions=[key])
    shown: dict[str, Any] = {}
    materializations = instance.fetch_materializations(wanted, limit=1).records
    observations = instance.fetch_observations(wanted, limit=10).records
    for record in [*materializations, *reversed(observations)]:
        event = record.asset_materialization or record.asset_observation
        assert event
        shown |= {name: value.value for name, value in event.metadata.items()}
    return shown


def job(
    defs: dg.Definitions, instance: dg.DagsterInstance, name: str, op: str | None = None, **form: object
) -> dg.ExecuteInProcessResult:
    config = {"ops": {op: {"config": form}}} if op else {}
    return defs.resolve_job_def(name).execute_in_process(instance=instance, run_config=config, raise_on_error=False)


def test_every_status_has_a_colour() -> None:
    assert set(STATUSES) <= COLOURS.keys()


def test_the_page_of_an_import_says_what_it_was_and_what_is_to_be_done(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", WITH_A_BAD_ROW))
    result = run(defs, instance, [key])
    shown = page(instance, key)
    assert (shown["file"], shown["source"], shown["amount_accepted"]) == ("a.csv", "shop", "10.00 USD")
    assert (shown["rows_read"], shown["rows_accepted"], shown["rows_rejected"]) == (2, 1, 1)
    assert shown["status"].endswith("**done_with_rejects**")
    assert "mend the rejected rows in" in shown["next"]
    assert shown["report"].startswith(str(home.reports)) and Path(shown["report"]).exists()
    assert imported(result)[key].severity == dg.AssetCheckSeverity.WARN
    assert tags_of(instance, result)["status"] == "▲ done_with_rejects"


def test_a_refused_file_has_a_page_with_its_reason_and_how_to_mend_it(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", " "))
    result = run(defs, instance, [key])
    shown = page(instance, key)
    assert result.success
    assert not [event for event in result.all_events if event.is_step_failure]
    assert (shown["status"].rpartition(" ")[2], shown["file"]) == ("**refused**", "a.csv")
    assert "holds no text" in shown["message"]
    assert Path(shown["report"]).exists()
    assert [record.data["code"] for record in shown["reasons"].records] == ["EMPTY_FILE"]


@pytest.mark.slow
def test_a_held_import_is_listed_with_its_command_until_it_is_decided(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    run(defs, instance, [key_of(drop(home, "a.csv", LIST))])
    key = key_of(drop(home, "b.csv", ONCE_MORE))
    result = run(defs, instance, [key])
    assert imported(result)[key].severity == dg.AssetCheckSeverity.WARN and not imported(result)[key].passed
    assert f"customers decide {key} add --by NAME" in page(instance, key)["next"]
    waiting = materialized(result, "held_imports")
    assert waiting["dagster/row_count"].value == 1
    (record,) = waiting["waiting"].records
    assert record.data["decide"] == f"customers decide {key} add|replace|skip_identical --by NAME"
    choices = [record.data for record in waiting["choices"].records]
    assert [choice["decide"] for choice in choices] == [
        f"customers decide {key} {name} --by NAME" for name in ("add", "skip_identical", "replace")
    ]
    assert all(choice["rows_counted"] is not None and choice["amount_change"] for choice in choices)
    assert not passed(result, "nothing_waits")
    decided = job(defs, instance, "decide_import", "decide_one_import", import_id=key, choice="add", by="Zoé")
    assert decided.success
    assert passed(decided, "nothing_waits") and imported(decided)[key].passed
    assert page(instance, key)["status"].endswith("**done**")


@pytest.mark.slow
def test_the_same_file_again_leaves_the_page_of_its_import_as_it_is(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", LIST))
    run(defs, instance, [key])
    drop(home, "b.csv", LIST)
    again = run(defs, instance, [key])
    assert imported(again) == {}
    assert tags_of(instance, again)["status"] == "✔ already imported"


@pytest.mark.slow
def test_checks_are_told_again_after_whatever_changes_the_tables(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    run(defs, instance, [key])
    forms: dict[str, tuple[str, dict[str, object]]] = {
        "prioritise_customers": ("prioritise_everyone", {}),
        "rebuild_customers": ("", {}),
        "publish_snapshot": ("publish_again", {}),
        "undo_import": ("undo_one_import", {"import_id": key, "by": "Zoé"}),
    }
    for name, (op, form) in forms.items():
        result = job(defs, instance, name, op or None, **form)
        assert result.success, name
        assert passed(result, "money_is_conserved") and passed(result, "rows_are_conserved"), name
    assert page(instance, key)["status"].endswith("**undone**")
    assert page(instance, key)["message"] == "undone by Zoé"


@pytest.mark.slow
def test_the_check_of_imports_can_be_started_by_a_person(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    keys = [key_of(drop(home, "a.csv", LIST)), key_of(drop(home, "b.csv", " "))]
    for key in keys:
        run(defs, instance, [key])
    selection = [dg.AssetCheckKey(dg.AssetKey("validated_rows"), "imported")]
    result = defs.resolve_implicit_global_asset_job_def().get_subset(asset_check_selection=set(selection))
    told = imported(result.execute_in_process(instance=instance))
    assert (told[keys[0]].passed, told[keys[1]].passed, told["None"].passed) == (True, False, False)


def materialized(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    events = result.get_asset_materialization_events()
    return next(
        dict(event.step_materialization_data.materialization.metadata)
        for event in events
        if event.asset_key == dg.AssetKey(asset)
    )


def passed(result: dg.ExecuteInProcessResult, check: str) -> bool:
    return all(each.passed for each in result.get_asset_check_evaluations() if each.check_name == check)
