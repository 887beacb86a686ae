"""The day on which somebody agreed, where a list has it: the time of the statement, never a statement of its own."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from pipelines.home import Home
from pipelines.mapping.map_columns import map_columns
from pipelines.models.staged_file import Outcome
from schemas.profiles import PROFILES
from tests.support.flow import NOW, commit_all, file_one, import_text, table

NO = json.dumps(
    {"kind": "newsletter", "at": "2026-05-10T09:00:00Z", "email": "ana@example.com", "form": "x", "consent": False}
)
TITLES = "email,name,opt-in,consent evidence,{}\n"


def listed(home: Home, row: str, title: str = "consent date", name: str = "list.csv") -> Outcome:
    return import_text(home, TITLES.format(title) + f"ana@example.com,Ana,{row}\n", "crm", name)


def stated(home: Home) -> list[tuple[bool, datetime, str | None]]:
    columns = table(home, "customer_consents").filter(source="crm").select("opt_in", "stated_at", "evidence")
    return list(columns.sort("stated_at").iter_rows())


@pytest.mark.parametrize(
    "title",
    [
        *("Date d'opt-in", "Date opt-in", "Date du consentement", "Date d’inscription à la newsletter"),
        *("Consent date", "Date of consent", "Opt-in date", "OPTIN_TIME", "Consented at", "Consent Date (UTC)"),
        *("Data zgody", "Data wyrażenia zgody", "DATA ZAPISU NA NEWSLETTER", "Data opt-in"),
        *("Einwilligungsdatum", "Datum der Einwilligung", "Opt-in-Datum", "Einwilligung am"),
        *("Fecha de consentimiento", "Data del consenso", "Datum toestemming", "Data do consentimento"),
    ],
)
def test_the_day_of_a_consent_is_known_by_its_title(title: str) -> None:
    rows = pl.DataFrame({"email": ["ana@example.com"], "name": ["Ana"], title: ["2026-05-04"]})
    assert map_columns(rows.columns, PROFILES["default"], rows=rows).titles["consent_date"] == title


@pytest.mark.parametrize(
    "title", ["Date d'inscription", "Created at", "Date", "Date de désinscription", "Opt-out date"]
)
def test_other_days_are_no_days_of_a_consent(title: str) -> None:
    rows = pl.DataFrame({"email": ["ana@example.com"], "name": ["Ana"], title: ["2026-05-04"]})
    assert "consent_date" not in map_columns(rows.columns, PROFILES["default"], rows=rows).titles


YES_AFTER_NO = {
    "1,paper form,2026-05-11": True,
    "1,paper form,13/05/2026 23:30": True,
    "1,paper form,11/05/2026": False,  # or the fifth of November: nobody says
    "1,paper form,2026-05-10": False,
    "1,paper form,2019-01-01": False,
    "1,paper form,2026-05-11T00:30:00+02:00": False,
    "1,paper form,2026-05-10T23:30:00-02:00": True,
    "1,paper form,": True,
    "1,,2026-05-11": False,
    "1,paper form,2027-01-01": False,
    "1,paper form,unknown": False,
    ",paper form,2026-05-11": False,
    "0,paper form,2026-05-11": False,
}


@pytest.mark.slow
@pytest.mark.rule("AMB-38")
@pytest.mark.parametrize("no_first", [True, False])
def test_a_yes_with_its_evidence_lifts_a_no_of_an_earlier_day_alone(home: Home, no_first: bool) -> None:
    """Either of them may be imported first. A day is taken as it begins in UTC, so that a no of that day counts.

    Each yes is in a list of its own, for how a day is written is decided by all rows; what is said of whom is not.
    """
    people = {row: f"p{number}@example.com" for number, row in enumerate(YES_AFTER_NO)}

    def the_lists() -> None:
        staged = []
        for row, person in people.items():
            path = home.root / f"{person}.csv"
            path.write_text(TITLES.format("consent date") + f"{person},Ana,{row}\n", "utf-8")
            staged.append(file_one(home, path, "crm"))
        commit_all(home, staged)

    def the_log() -> None:
        log = "".join(NO.replace("ana@example.com", person) + "\n" for person in people.values())
        import_text(home, log, "web", "no.ndjson")

    for step in (the_log, the_lists) if no_first else (the_lists, the_log):
        step()
    told = dict(table(home).select("email", "opt_in").iter_rows())
    assert {row: told[person] for row, person in people.items()} == YES_AFTER_NO


@pytest.mark.rule("AMB-37", "AMB-38")
def test_the_day_is_that_of_a_yes_and_says_nothing_by_itself(home: Home) -> None:
    rows = "a@example.com,A,1,,2026-05-04\nb@example.com,B,0,,2026-05-04\nc@example.com,C,,,2026-05-04\n"
    import_text(home, TITLES.format("Date opt-in") + rows, "crm")
    assert stated(home) == [(True, datetime(2026, 5, 4, tzinfo=UTC), None), (False, NOW, None)]
    assert sorted(table(home)["opt_in"].to_list(), key=str) == [False, None, True]


@pytest.mark.parametrize(
    ("written", "code"),
    [("2026-11-24", "DATE_IN_FUTURE"), ("31/02/2026", "INVALID_DATE"), ("inconnue", "INVALID_DATE")],
)
def test_a_day_to_come_or_that_is_none_costs_the_day_and_its_evidence_and_nothing_else(
    home: Home, written: str, code: str
) -> None:
    outcome = listed(home, f"1,paper form,{written}", "Date du consentement")
    assert (outcome.rows_accepted, outcome.rows_rejected, outcome.reject_codes) == (1, 0, {code: 1})
    (told,) = table(home, "rejected_reasons").iter_rows(named=True)
    assert (told["severity"], told["header"], told["value"]) == ("field", "Date du consentement", written)
    assert stated(home) == [(True, NOW, None)]


def test_today_is_no_day_to_come(home: Home) -> None:
    assert listed(home, "1,paper form,2026-11-23").reject_codes == {}
    assert stated(home) == [(True, datetime(2026, 11, 23, tzinfo=UTC), "paper form")]


def test_a_day_of_no_consent_at_all_changes_nothing(home: Home) -> None:
    import_text(home, "email,name,consent date\na@example.com,A,2026-05-04\n", "crm")
    assert table(home)["opt_in"].to_list() == [None]
    assert stated(home) == []
