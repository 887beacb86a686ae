"""Forms in the UI: each field says what it is, each job has an example, a wrong value gets the command's sentence."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner

from assets.cli.main import main
from assets.jobs.listed.all_jobs import all_jobs
from pipelines.home import Home
from pipelines.intake.inbox import key_of
from tests.assets.import_runs import drop, imported, run, statuses, tags_of
from tests.support.flow import table

LIST = "email,name,total_spent\nana@example.com,Ana,10\n"
NAMED = {"imported_by": "Zoé"}


def started(
    defs: dg.Definitions, instance: dg.DagsterInstance, job: str, op: str, form: dict[str, Any]
) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance, run_config={"ops": {op: {"config": form}}}, raise_on_error=False
    )


def fault(result: dg.ExecuteInProcessResult) -> str:
    """The sentence that a failed run leads with."""
    return next(e.step_failure_data.error.message for e in result.all_events if e.is_step_failure)


def fields_of(kind: Any, path: str) -> list[tuple[str, str | None]]:
    found = []
    for name, field in kind.fields.items():
        found.append((f"{path}.{name}", field.description))
        inner = field.config_type
        while not hasattr(inner, "fields") and hasattr(inner, "inner_type"):
            inner = inner.inner_type
        found += fields_of(inner, f"{path}.{name}") if hasattr(inner, "fields") else []
    return found


@pytest.mark.parametrize("job", all_jobs(), ids=lambda job: job.name)
def test_every_field_of_a_form_says_what_it_is_and_an_example_stands_where_something_must_be_said(
    defs: dg.Definitions, job: Any
) -> None:
    resolved = defs.resolve_job_def(job.name)
    for node in resolved.nodes_in_topological_order:
        schema = node.definition.config_schema
        fields = fields_of(schema.config_type, node.name) if schema and hasattr(schema.config_type, "fields") else []
        assert [path for path, description in fields if not description] == []
        if fields and schema.is_required:
            assert resolved.run_config, f"{job.name} has no example"


@pytest.mark.slow
def test_a_file_is_imported_by_its_path_as_if_it_had_been_dropped(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "march.csv"
    file.write_text(LIST, "utf-8")
    form = {"files": [{"path": str(file), "source": "shop"}]} | NAMED
    result = started(defs, instance, "import_from_path", "import_each_path", form)
    assert result.success
    (key,) = imported(result)
    assert statuses(instance, "validated_rows", [key]) == ["MATERIALIZED"]
    assert tags_of(instance, result)["files"] == "march.csv"
    assert tags_of(instance, result)["status"] == "✔ done"
    assert (table(home)["total_spent"].to_list(), table(home, "import_history")["imported_by"].to_list()) == (
        [10],
        ["Zoé"],
    )
    assert file.exists()
    drop(home, "again.csv", LIST)
    run(defs, instance, [key])
    assert table(home, "import_history").height == 1, "the same import, whichever way it comes"


def test_a_folder_is_imported_whole_and_a_bad_file_of_it_holds_up_nobody(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home, tmp_path: Path
) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "a.csv").write_text(LIST, "utf-8")
    (tmp_path / "lists" / "b.csv").write_text(" ", "utf-8")
    form = {"files": [{"path": str(tmp_path / "lists"), "source": "shop"}]} | NAMED
    result = started(defs, instance, "import_from_path", "import_each_path", form)
    assert result.success
    assert sorted(each.passed for each in imported(result).values()) == [False, True]
    assert table(home, "import_history")["source"].unique().to_list() == ["shop"]
    assert len(list(home.reports.glob("shop-*.html"))) == 2


def test_a_preview_keeps_the_mapping_where_that_is_asked_for(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "march.csv"
    file.write_text(LIST, "utf-8")
    form = {"files": [{"path": str(file), "source": "shop"}], "save_mapping": True}
    assert started(defs, instance, "preview_files", "preview_each_file", form).success
    assert list(home.mappings.glob("shop*"))
    assert "ana@example.com" in (home.reports / "preview-shop.json").read_text("utf-8")


def test_a_template_is_written_from_the_form(defs: dg.Definitions, instance: dg.DagsterInstance, home: Home) -> None:
    form = {"profile": "askusers", "format": "csv"}
    assert started(defs, instance, "write_template", "write_one_template", form).success
    assert (home.templates / "askusers.csv").exists()


WRONG: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
    "choice": (
        "decide_import",
        "decide_one_import",
        {"import_id": "x-1", "choice": "ad", "by": "Zoé"},
        ["decide", "x-1", "ad", "--by", "Zoé"],
    ),
    "import": (
        "undo_import",
        "undo_one_import",
        {"import_id": "nope", "by": "Zoé"},
        ["undo", "nope", "--by", "Zoé"],
    ),
    "day": (
        "prioritise_customers",
        "prioritise_everyone",
        {"as_of": "2026-13-01"},
        ["prioritise", "--as-of", "2026-13-01"],
    ),
    "profile": ("write_template", "write_one_template", {"profile": "asusers"}, ["template", "asusers"]),
    "source": ("stripe_check", "check_one_key", {"source": "biling"}, ["stripe", "check", "biling"]),
    "table": (
        "export_table",
        "export_one_table",
        {"file": "x.csv", "table": "custmers"},
        ["export", "--table", "custmers"],
    ),
}


@pytest.mark.matrix(1)
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_gets_the_sentence_that_the_command_gives(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    job, op, form, words = WRONG[case]
    run(defs, instance, [key_of(drop(home, "a.csv", LIST))])
    told = fault(started(defs, instance, job, op, form)).partition("Failure: ")[2].strip()
    monkeypatch.setenv("CUSTOMERS_HOME", str(home.root))
    monkeypatch.setenv("CUSTOMERS_SOURCES", str(home.root / "sources.yaml"))
    answered = CliRunner().invoke(main, words)
    assert told and told in " ".join(answered.stderr.split()), (told, answered.stderr)


def test_a_form_that_was_not_filled_in_says_so(defs: dg.Definitions, instance: dg.DagsterInstance, home: Home) -> None:
    run(defs, instance, [key_of(drop(home, "a.csv", LIST))])
    result = started(defs, instance, "undo_import", "undo_one_import", {"import_id": "<import id>", "by": "Zoé"})
    assert "the form still says <import id>" in fault(result)


def test_a_path_that_is_not_there_is_told(defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
    form = {"files": [{"path": "/nowhere/march.csv"}]} | NAMED
    assert "/nowhere/march.csv is not there" in fault(
        started(defs, instance, "import_from_path", "import_each_path", form)
    )
