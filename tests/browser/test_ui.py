"""What a person sees in the UI, in a real browser: the tests of `make browser`.

Lives here: pages as they must look. Not here: what is computed behind them (every other suite).
"""

import re

import pytest
from playwright.sync_api import expect

from pipelines.intake.inbox import Arrival, key_of
from pipelines.publishing.queries import read
from tests.browser.conftest import ROOT, View

pytestmark = pytest.mark.browser

TWO_LOOKS = 120_000  # milliseconds: the inbox is looked at every 15 s, and a file needs two looks

RUN_ID = re.compile(r"\b[0-9a-f]{8}$")

PAYMENTS = """payment_id,email,name,amount,currency,date,status
pay_7001,ada@example.com,Ada Byron,120.00,USD,2026-02-01,paid
pay_7002,mary@example.com,Mary Shelley,80.50,USD,2026-02-02,paid
"""

WITHOUT_EMAIL = """payment_id,name,amount,currency,date,status
pay_8001,Ada Byron,120.00,USD,2026-02-01,paid
"""

TWIN = "email,name,total_spent\n" + "".join(f"t{n}@example.com,Twin {n},{n}0\n" for n in range(1, 13))

UNDO = "ops: {{undo_one_import: {{config: {{import_id: {import_id}, by: Zoé}}}}}}"
DECIDE = "ops: {{decide_one_import: {{config: {{import_id: {import_id}, choice: skip_identical, by: Zoé}}}}}}"
BY_PATH = "ops: {{import_each_path: {{config: {{files: [{{path: '{path}', source: shop}}], imported_by: Zoé}}}}}}"
PREVIEW = "ops: {{preview_each_file: {{config: {{files: [{{path: '{path}', source: field_service}}]}}}}}}"
CLEAN_UP = "ops: {clean_up_low_spend: {config: {below: '10'}}}"


def number(view: View, sql: str) -> int:
    """One number from what analysts open."""
    return int(read(view.server.home.published, sql).item())


def open_run(view: View, key: str, status: str) -> None:
    """Wait until an import's run has ended like this, and open its page."""
    view.open(f"/runs?q[0]=tag:dagster/partition={key}")
    expect(view.text(status, exact=True)).to_be_visible(timeout=TWO_LOOKS)
    view.keep(f"runs-{status}")
    view.page.get_by_role("link", name=RUN_ID).first.click()
    view.shows("View tags and config")
    view.shows(status, exact=True)


def open_partition(view: View, key: str) -> None:
    """An import's partition on the page of the validated rows."""
    view.open(f"/assets/validated_rows?view=partitions&partition={key}")
    view.shows(key, exact=True)


def find_in_log(view: View, text: str) -> None:
    """Filter a run's events."""
    view.page.get_by_placeholder("Filter…").fill(text)


def test_the_asset_graph_shows_the_files_and_the_customers(view: View) -> None:
    view.open("/asset-groups")
    view.shows("files", exact=True)
    view.shows("customers", exact=True)
    view.keep("graph")
    groups = {"files": "validated_rows", "stripe": "stripe_refunds", "customers": "customers_snapshot"}
    for group, asset in groups.items():
        view.open(f"/locations/customers/asset-groups/{group}")
        view.shows(asset, exact=True)
        view.keep(f"graph-{group}")


def test_a_file_dropped_into_the_inbox_makes_a_run_that_succeeds_and_a_green_partition(view: View) -> None:
    key = view.server.drop("shop", "dropped.csv", PAYMENTS)
    open_run(view, key, "Success")
    view.keep("run-success")
    open_partition(view, key)
    view.shows("Materialized", exact=True)
    view.shows("done", exact=True)
    view.shows("dropped.csv")
    view.keep("partition-green")


def test_a_refused_file_is_no_crash_and_its_page_names_the_reason_and_what_to_do(view: View) -> None:
    key = view.server.drop("shop", "without_email.csv", WITHOUT_EMAIL)
    open_run(view, key, "Success")
    view.keep("run-refused")
    expect(view.page.get_by_text("Stack Trace")).to_have_count(0)
    find_in_log(view, "without_email.csv")
    view.shows(re.compile(r"without_email\.csv is refused.*No column for email"))
    open_partition(view, key)
    view.shows("refused", exact=True)
    view.shows(re.compile("send it again"))
    view.keep("partition-refused")
    view.open("/assets/validated_rows?view=checks&checkDetail=imported")
    view.shows(re.compile(r"without_email\.csv is refused"))
    view.shows("Failed", exact=True)
    view.keep("check-refused")


def test_an_empty_file_and_a_twin_of_another_source_are_told_apart(view: View) -> None:
    empty = view.server.drop("shop", "empty.csv", " ")
    open_run(view, empty, "Success")
    open_partition(view, empty)
    view.shows(re.compile("holds no text"))
    view.keep("partition-empty")
    twin = view.server.drop("elsewhere", "twin.csv", TWIN)
    open_run(view, twin, "Success")
    again = view.server.drop("somewhere", "twin.csv", TWIN)
    open_run(view, again, "Success")
    open_partition(view, again)
    view.shows("held", exact=True)
    view.keep("partition-twin")


def test_the_landing_page_and_the_list_of_runs_show_the_runs_of_commands(view: View) -> None:
    view.open("/")
    view.shows("import_files", exact=True)
    view.keep("landing")
    view.open("/locations/customers/jobs/import_files/runs")
    view.shows(RUN_ID)
    view.keep("job-runs")
    view.open("/runs")
    view.shows(re.compile("status: "))
    view.keep("runs")


def test_a_file_is_imported_by_its_path(view: View) -> None:
    file = view.server.home.root / "by path.csv"
    file.write_text(PAYMENTS.replace("pay_7", "pay_9").replace("120.00", "130.00").replace("80.50", "81.50"), "utf-8")
    launch(view, "import_from_path", BY_PATH.format(path=file), "by-path-form")
    view.shows("Success", exact=True)
    view.keep("run-by-path")
    assert number(view, "SELECT count(*) FROM import_history WHERE file_name = 'by path.csv' AND imported_by = 'Zoé'")


def test_forms_have_examples_and_a_wrong_word_gets_the_words_that_are_allowed(view: View) -> None:
    for job in ("decide_import", "import_from_path", "write_template", "stripe_check", "undo_import"):
        view.open(f"/locations/customers/jobs/{job}/playground")
        expect(view.page.get_by_role("button", name="Launch Run")).to_be_visible()
        view.keep(f"form-{job}")
    launch(view, "decide_import", DECIDE.format(import_id="x-1").replace("skip_identical", "ad"), "wrong-form")
    view.shows("Failure", exact=True)
    find_in_log(view, "is not one of")
    view.shows(re.compile("is not one of 'add', 'replace', 'skip_identical'"))
    view.keep("run-wrong-form")


def test_the_page_of_the_customers_shows_their_number_their_columns_and_nobody_of_them(view: View) -> None:
    count = number(view, "SELECT count(*) FROM customers")
    richest = read(view.server.home.published, "SELECT email FROM customers ORDER BY total_spent DESC LIMIT 1").item()
    view.open("/assets/customers")
    expect(view.text("Row count", exact=True).locator("..")).to_contain_text(str(count))
    view.shows("E-mail address in the spelling first seen, unique whatever its case")
    view.keep("customers")
    expect(view.text(richest, exact=True)).to_have_count(0)


def test_the_launchpad_undoes_an_import_from_a_typed_form(view: View) -> None:
    sample = ROOT / "samples" / "newsletter" / "subscribers.csv"
    import_id = key_of(Arrival(sample, "newsletter"))
    launch(view, "undo_import", UNDO.format(import_id=import_id), "launchpad")
    view.shows("Success", exact=True)
    view.keep("run-undo")
    assert number(view, f"SELECT count(*) FROM import_history WHERE import_id = '{import_id}' AND status = 'undone'")


def test_the_preview_shows_what_each_column_means_and_what_an_import_would_do(view: View) -> None:
    sample = ROOT / "samples" / "field_service" / "interventions 2026.xlsx"
    before = number(view, "SELECT count(*) FROM import_history")
    launch(view, "preview_files", PREVIEW.format(path=sample), "preview-form")
    view.shows("Success", exact=True)
    find_in_log(view, "Yielded output")
    view.shows("Courriel", exact=True)
    view.keep("run-preview")
    assert number(view, "SELECT count(*) FROM import_history") == before


def test_a_file_that_comes_again_is_held_and_decided_from_the_ui(view: View) -> None:
    again = (ROOT / "samples" / "crm" / "clients.csv").read_text("utf-8").rstrip("\n").rsplit("\n", 1)[0]
    key = view.server.drop("crm", "clients again.csv", again)
    open_run(view, key, "Success")
    find_in_log(view, "is held")
    view.shows(re.compile("is held"))
    view.keep("run-held")
    open_partition(view, key)
    view.shows("held", exact=True)
    view.shows(re.compile(f"customers decide {key} add --by NAME"))
    view.keep("partition-held")
    view.open("/assets/held_imports")
    view.shows("clients again.csv")
    view.keep("held-imports")
    view.open("/assets/held_imports?view=checks&checkDetail=nothing_waits")
    view.shows("Failed", exact=True)
    view.keep("check-held")
    launch(view, "decide_import", DECIDE.format(import_id=key), "decide-form")
    view.shows("Success", exact=True)
    open_partition(view, key)
    view.shows("done_with_rejects", exact=True)
    view.keep("partition-decided")
    skipped = number(view, f"SELECT rows_skipped FROM import_history WHERE import_id = '{key}'")
    assert skipped == number(view, f"SELECT rows_read - rows_rejected FROM import_history WHERE import_id = '{key}'")


def launch(view: View, job: str, config: str, picture: str) -> None:
    """Fill in a job's form and start it."""
    view.open(f"/locations/customers/jobs/{job}/playground")
    view.page.locator(".CodeMirror").first.click()
    view.page.keyboard.press("Control+A")
    view.page.keyboard.insert_text(config)
    button = view.page.get_by_role("button", name="Launch Run")
    expect(button).to_be_enabled()
    view.keep(picture)
    button.click()


def test_a_stripe_account_shows_its_charges_its_checks_and_its_schedules(view: View) -> None:
    view.open("/assets/stripe_charges")
    count = number(view, "SELECT count(*) FROM stripe_charges")
    expect(view.text("Row count", exact=True).locator("..")).to_contain_text(str(count))
    view.shows("billing", exact=True)
    view.keep("stripe-charges")
    view.open("/assets/stripe_charges?view=checks")
    view.shows("no_charge_vanished", exact=True)
    view.keep("stripe-checks")
    view.open("/automation")
    view.shows("stripe_sync_billing", exact=True)
    view.keep("schedules")


def test_a_low_spend_clean_up_is_previewed_from_the_ui(view: View) -> None:
    before = number(view, "SELECT count(*) FROM customers")
    launch(view, "low_spend_cleanup", CLEAN_UP, "clean-up-form")
    view.shows("Success", exact=True)
    find_in_log(view, "customers would go")
    view.shows(re.compile("confirm with the mark"))
    view.keep("run-clean-up")
    assert number(view, "SELECT count(*) FROM customers") == before


def test_nothing_but_the_home_is_needed_from_the_environment(view: View) -> None:
    view.open("/deployment/locations")
    view.shows("Loaded", exact=True)
    view.keep("locations")
    view.open("/locations/customers/resources/workspace")
    view.shows(str(view.server.home.root))
    expect(view.page.get_by_text("Environment variable")).to_have_count(0)
    view.keep("resource")
