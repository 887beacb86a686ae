"""`customers show` and `customers rows`, and their jobs: everything known of one customer, or brought by one import."""

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner, Result

from assets.cli.main import main
from assets.instance.environment import PROJECT
from pipelines.home import Home
from tests.support.flow import first_import, import_text, undo

LIST = """\
email,name,phone,total spent
ana@example.com,<b>Ana</b> & Co,+33612345678,10
bob@example.com,Bob,12,5
ana@example.com eve@example.com,Eve,,1
joana@example.com eve@example.com,Joe,,2
"""


@pytest.fixture(autouse=True)
def environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERS_HOME", str(home.root))
    monkeypatch.chdir(home.root)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.slow
@pytest.mark.rule("MO-03")
def test_everything_known_about_a_customer_is_shown_in_lines_of_eighty_columns(home: Home) -> None:
    first_import(home, LIST)
    import_text(home, "email,name,total spent\nana@example.com,Ana Lima,2.50\n", "crm", "crm.csv")
    shown = call("show", "+33 6 12 34 56 78")
    assert shown.exit_code == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "Ana Lima                  crm row 2 name (newest)" in shown.stdout
    assert "- name" not in shown.stdout
    assert "<b>Ana</b> & Co           shop row 2 name (newest)" in shown.stdout
    assert "imports (2)" in shown.stdout


@pytest.mark.rule("MO-03")
def test_the_document_has_values_imports_and_the_rejected_rows_with_an_address_of_theirs(home: Home) -> None:
    first_import(home, LIST)
    told = json.loads(call("show", "ana@example.com", "--json").stdout)
    assert told["customer"]["email"] == "ana@example.com"
    (money,) = [value for value in told["values"] if value["field"] == "total_spent"]
    assert (money["value"], money["raw_value"], money["header"], money["wins"]) == ("10.000", "10", "total spent", True)
    assert [row["row_number"] for row in told["rejected_rows"]] == [4]
    assert [each["file_name"] for each in told["imports"]] == ["list.csv"]


@pytest.mark.rule("MO-03")
@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Everything known about this customer"),
        ("fr", "Tout ce qui est connu de ce client"),
        ("pl", "Wszystko co wiadomo o tym kliencie"),
    ],
)
def test_the_page_is_one_escaped_file_in_the_language_asked_for(home: Home, language: str, title: str) -> None:
    first_import(home, LIST)
    page = home.root / "ana.html"
    assert call("show", "ana@example.com", "--html", str(page), "--language", language).exit_code == 0
    text = page.read_text("utf-8")
    assert title in text
    assert f'<html lang="{language}">' in text
    assert "&lt;b&gt;Ana&lt;/b&gt; &amp; Co" in text
    assert "<b>Ana" not in text
    assert "://" not in text
    assert "<script" not in text
    assert page.stat().st_mode & 0o077 == 0


def test_whoever_is_not_known_and_no_import_are_wrong_use(home: Home) -> None:
    first_import(home, LIST)
    assert call("show", "eve@example.com").exit_code == 3
    assert call("rows", "crm-0123456789ab").exit_code == 3


@pytest.mark.rule("UP-14")
def test_the_rows_of_an_import_are_listed_with_customers_and_reasons(home: Home) -> None:
    brought = first_import(home, LIST)
    told = json.loads(call("rows", brought.import_id, "--json").stdout)
    accepted = [(row["row_number"], row["email"]) for row in told["accepted"]]
    assert accepted == [(2, "ana@example.com"), (3, "bob@example.com")]
    rejected = {row["row_number"]: row["codes"] for row in told["rejected"]}
    assert rejected[4] == ["MULTIPLE_EMAILS"]
    assert rejected[3] == ["INVALID_PHONE"]
    shown = call("rows", brought.import_id).stdout
    assert "row 2    accepted  ana@example.com" in shown
    assert "row 4    rejected  MULTIPLE_EMAILS" in shown
    assert "row 3    left out  INVALID_PHONE" in shown


@pytest.mark.rule("UP-14")
def test_an_undone_import_still_says_what_it_had_brought(home: Home) -> None:
    brought = first_import(home, LIST)
    undo(home, brought.import_id)
    told = json.loads(call("rows", brought.import_id, "--json").stdout)
    assert told["import"]["status"] == "undone"
    assert told["accepted"]


def test_showing_starts_without_dagster(home: Home) -> None:
    first_import(home, LIST)
    code = (
        "import sys; from assets.cli.main import main; "
        "sys.exit = lambda code: print('dagster' in sys.modules); main(sys.argv[1:])"
    )
    environ = {**os.environ, "PYTHONPATH": str(PROJECT)}
    told = [sys.executable, "-c", code, "show", "ana@example.com"]
    ran = subprocess.run(told, capture_output=True, text=True, env=environ, check=True)
    assert ran.stdout.splitlines()[-1:] == ["False"]


def test_the_jobs_write_files_and_leave_nobody_in_dagster(
    home: Home, defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    brought = import_text(home, LIST)
    asked = {"show_one_customer": {"config": {"customer": "+33612345678", "language": "fr"}}}
    shown = defs.resolve_job_def("show_customer").execute_in_process({"ops": asked}, instance=instance)
    listed = defs.resolve_job_def("rows_of_an_import").execute_in_process(
        {"ops": {"list_rows_of_one_import": {"config": {"import_id": brought.import_id}}}}, instance=instance
    )
    assert shown.success
    assert listed.success
    (page,) = home.reports.glob("customer-*.html")
    assert "Tout ce qui est connu" in page.read_text("utf-8")
    assert json.loads((home.reports / f"rows-{brought.import_id}.json").read_text("utf-8"))["accepted"]
    events = " ".join(str(event) for event in (*shown.all_events, *listed.all_events))
    assert "ana@example.com" not in events
    assert Path(page).stat().st_mode & 0o077 == 0
