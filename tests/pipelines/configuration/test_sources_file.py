"""A wrong source of `sources.yaml` is named and costs itself: the others work."""

from pathlib import Path

import pytest

from pipelines.configuration.cron import fault_of_schedule
from pipelines.configuration.sources_file import read_sources, usable_sources
from pipelines.errors import WrongUse


def declared(folder: Path, text: str) -> Path:
    path = folder / "sources.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.scenario(65)
@pytest.mark.parametrize(
    "schedule",
    [
        "0 25 * * *",
        "60 * * * *",
        "every hour",
        "0 0 * * * *",
        "0 0 30 2 *",
        "0 0 31 4,6 *",
        "@hourly",
        "",
        "5",
        "0 0 L * *",
    ],
)
@pytest.mark.parametrize("key", ["schedule", "full_sweep"])
def test_a_schedule_that_is_none_is_refused_by_name(tmp_path: Path, schedule: str, key: str) -> None:
    assert fault_of_schedule(schedule)
    path = declared(tmp_path, f'sources: {{billing: {{kind: stripe, {key}: "{schedule}"}}, shop: {{kind: file}}}}')
    with pytest.raises(
        WrongUse, match=rf"sources\.billing\.{key}: .*five|sources\.billing\.{key}: .*minute, hour"
    ) as wrong:
        usable_sources(path).stripe_source("billing")
    assert repr(schedule) in str(wrong.value)


@pytest.mark.parametrize(
    "schedule", ["0 * * * *", "*/5 1-6 * jan-mar MON-FRI", "30 3 * * 7", "0 0 29 2 *", " 0 4 1,15 * * "]
)
def test_a_schedule_that_is_one_is_taken(schedule: str) -> None:
    assert fault_of_schedule(schedule.strip()) is None


@pytest.mark.scenario(65)
def test_one_wrong_source_does_not_stop_the_others(tmp_path: Path) -> None:
    path = declared(
        tmp_path,
        "base_currency: EUR\nsources:\n  shop: {kind: file, profile: payments}\n  crm: {kind: file, profil: upflow}\n"
        "  billing: {kind: stripe, schedule: every hour}\n  second: {kind: stripe}\n",
    )
    sources = usable_sources(path)
    assert sources.base_currency == "EUR"
    assert sources.source("shop").profile == "payments"
    assert list(sources.stripe_sources) == ["second"]
    assert sorted(sources.unusable) == ["billing", "crm"]
    with pytest.raises(WrongUse, match=r"sources\.crm\.profil: .*did you mean profile"):
        sources.source("crm")
    assert "billing" not in sources.unusable["crm"]


def test_a_fault_beside_the_sources_stops_all_of_them(tmp_path: Path) -> None:
    path = declared(tmp_path, "base_curency: EUR\nsources: {billing: {kind: stripe, schedule: never}}")
    with pytest.raises(WrongUse, match="base_curency"):
        usable_sources(path)


@pytest.mark.parametrize("address", ["https://ana:secret-word@stripe.example", "https://secret-word@stripe.example"])
def test_an_address_with_a_user_or_a_password_is_refused_without_showing_it(tmp_path: Path, address: str) -> None:
    path = declared(tmp_path, f"sources: {{billing: {{kind: stripe, api_base: '{address}'}}}}")
    with pytest.raises(WrongUse, match="no user, no password") as wrong:
        read_sources(path)
    assert "secret-word" not in str(wrong.value)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "'365'", "true", "1 year", "never", "99999999", "null", "[90]"])
def test_a_period_that_is_none_is_told_by_key_value_and_what_is_allowed(tmp_path: Path, value: str) -> None:
    with pytest.raises(WrongUse, match=r"retention\.archive: .*whole number of days between 1 and 36500.*forever"):
        read_sources(declared(tmp_path, f"retention: {{archive: {value}}}"))


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("archives", "did you mean archive"),
        ("reject", "did you mean rejects"),
        ("history", "known are archive, staging, rejects, open_rejects, reports, logs, rejected_rows, runs"),
    ],
)
def test_an_unknown_kind_of_retention_names_those_there_are(tmp_path: Path, key: str, told: str) -> None:
    with pytest.raises(WrongUse, match=rf"retention\.{key}: .*{told}"):
        usable_sources(declared(tmp_path, f"retention: {{{key}: 30}}"))


def test_without_a_word_only_runs_have_a_period(tmp_path: Path) -> None:
    assert read_sources(declared(tmp_path, "retention: {runs: forever}")).retention.runs is None
    periods = read_sources(declared(tmp_path, "retention: {archive: 365, staging: forever}")).retention
    assert (periods.archive, periods.staging, periods.runs) == (365, None, 90)
    assert [value for _, value in periods.model_copy(update={"archive": None, "runs": None})] == [None] * 8


@pytest.mark.parametrize("files", ["", ", rejects: 31"])
def test_texts_of_rejected_rows_go_no_earlier_than_the_files_that_hold_them(tmp_path: Path, files: str) -> None:
    with pytest.raises(WrongUse, match="at most 30 days for rejects"):
        read_sources(declared(tmp_path, f"retention: {{rejected_rows: 30{files}}}"))
