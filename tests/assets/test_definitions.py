"""The graph cannot change by accident: everything that Dagster shows is listed here."""

import dagster as dg
import pytest
import yaml

from assets.definitions import build_definitions
from assets.instance.environment import PROJECT
from assets.instance.resources import Clock, Progress, Workspace, workspace_of
from pipelines.home import Home


@pytest.mark.rule("UP-39")
def test_assets_jobs_sensors_and_schedules_are_these(defs: dg.Definitions) -> None:
    repository = defs.get_repository_def()
    assert {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()} == {
        "staged_rows",
        "validated_rows",
        "staged_files",
        "held_imports",
        "contributions",
        "rejected_rows",
        "import_history",
        "customers",
        "contacts",
        "customer_groups",
        "customer_custom_fields",
        "payments",
        "customer_priority",
        "customer_priority_history",
        "customers_snapshot",
        "stripe_extracts",
        "stripe_charges",
        "stripe_refunds",
        "stripe_customers",
    }
    assert {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")} == {
        "import_files",
        "import_from_path",
        "write_template",
        "stripe_check",
        "preview_files",
        "decide_import",
        "undo_import",
        "show_customer",
        "rows_of_an_import",
        "import_reports",
        "add_customer",
        "edit_customer",
        "approve_access",
        "refuse_access",
        "prioritise_customers",
        "stripe_sync",
        "stripe_full_sync",
        "take_out_account",
        "low_spend_cleanup",
        "merge_customers",
        "separate_customers",
        "possible_duplicates",
        "erase_customer",
        "rebuild_customers",
        "publish_snapshot",
        "backup",
        "export_table",
        "tidy",
    }
    jobs = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
    assert [job.name for job in jobs if not job.description] == [], "each says what it does"
    assert [sensor.name for sensor in repository.sensor_defs] == ["dead_runs", "inbox"]
    assert {schedule.name: schedule.cron_schedule for schedule in repository.schedule_defs} == {
        "daily_priorities": "15 0 * * *",
        "daily_retention": "45 1 * * *",
        "daily_duplicates": "15 2 * * *",
        "stripe_sync_billing": "0 * * * *",
        "stripe_full_sync_billing": "30 3 * * 0",
    }


def test_definitions_load(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)


def test_every_asset_says_what_it_is_and_every_table_its_columns(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        assert graph.get(key).description, key
    for name in ("customers", "customer_priority", "rejected_rows", "import_history", "contributions"):
        schema = graph.get(dg.AssetKey(name)).metadata["dagster/column_schema"]
        assert all(column.description for column in schema.columns), name


def test_a_deployment_without_stripe_and_one_with_a_broken_file_load(home: Home) -> None:
    for text in ("sources: {}", "sources: {billing: {kind: stripes}}"):
        (home.root / "other.yaml").write_text(text, "utf-8")
        workspace = Workspace(home=str(home.root), sources_file=str(home.root / "other.yaml"))
        dg.Definitions.validate_loadable(build_definitions(workspace, Clock(), Progress()))


def test_a_reference_table_that_a_source_names_is_an_asset_above_the_rows_that_lean_on_it(home: Home) -> None:
    (home.root / "sources.yaml").write_text(
        "sources: {a: {account_managers: m.csv, invoice_references: i.csv}, b: {account_managers: n.csv}}", "utf-8"
    )
    workspace = Workspace(home=str(home.root), sources_file=str(home.root / "sources.yaml"))
    graph = build_definitions(workspace, Clock(), Progress()).resolve_asset_graph()
    tables = {"reference_account_managers", "reference_invoice_references"}
    assert {key.to_user_string() for key in graph.get(dg.AssetKey("validated_rows")).parent_keys} == {
        "staged_rows",
        *tables,
    }
    checked = {(key.asset_key.to_user_string(), key.name) for key in graph.asset_check_keys}
    assert {(table, check) for table in tables for check in ("readable", "not_empty")} <= checked
    assert ("reference_account_managers", "unique") in checked
    assert all(graph.get(dg.AssetKey(table)).description for table in tables)


def test_the_checks_block(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    checks = [graph.get_check_spec(key) for key in graph.asset_check_keys]
    assert {check.name for check in checks} == {
        "rows_are_conserved",
        "money_is_conserved",
        "email_is_unique",
        "identity_is_never_null",
        "priority_equals_formula",
        "stripe_money_is_conserved",
        "payments_are_conserved",
        "custom_fields_are_conserved",
        "details_are_conserved",
        "live_mode_is_uniform",
        "no_charge_vanished",
        "refunds_agree_with_charges",
        "imported",
        "nothing_waits",
    }
    warns = {check.name for check in checks if not check.blocking}
    assert warns == {"refunds_agree_with_charges", "imported", "nothing_waits"}
    assert all(check.description for check in checks)


def test_the_instance_keeps_still_and_no_slot_of_it_outlives_a_process() -> None:
    settings = yaml.safe_load((PROJECT / "dagster.yaml").read_text("utf-8"))
    assert settings["telemetry"] == {"enabled": False}
    assert "pools" not in settings["concurrency"]  # a slot that a dead process held was free for nobody
    assert settings["run_monitoring"]["enabled"]


def test_the_environment_names_home_and_sources(tmp_path: object) -> None:
    workspace = workspace_of({"CUSTOMERS_HOME": "/somewhere", "CUSTOMERS_SOURCES": "/else/sources.yaml"})
    assert (workspace.home, workspace.sources_file) == ("/somewhere", "/else/sources.yaml")
    assert workspace_of({}).home == str(PROJECT / "data")
