"""A file of SmartCRM is taken whole or not at all, in the words of its seed."""

import polars as pl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from pipelines.models.staged_file import ACCEPTED, REJECTED
from tests.pipelines.intake.test_process_file import away, declared
from tests.support.flow import file_one
from tests.support.workbooks import xlsx

SMART = "Imię;Email\nAna;a@x.fr\nBob;\nCid;nobody\nDan;d@x.fr\n"
SMART_SAYS = {"profile": "smartcrm", "mapping": {"Imię": "first_name"}}


FIRST = "Imię (first_name)"
STRICT = Sources.model_validate(
    {
        "profiles": {"own": {"based_on": "smartcrm", "mapping_mode": "strict_template"}},
        "sources": {"shop": {"profile": "own", "locale": "pl"}},
    }
)


@pytest.mark.rule("SC-04")
@pytest.mark.parametrize(
    ("titles", "code"),
    [
        ("Imię;Nazwisko;Email;Telefon;Firma;Adres;Status", None),
        ("Nazwisko;Imię;Email;Telefon;Firma;Adres;Status", "TEMPLATE_MODIFIED"),
        ("First name;Nazwisko;Email;Telefon;Firma;Adres;Status", "TEMPLATE_MODIFIED"),
    ],
)
def test_smartcrm_takes_other_titles_unless_those_of_its_template_are_asked_for(
    home: Home, titles: str, code: str | None
) -> None:
    text = titles + "\n" + ";".join("a@x.fr" if title == "Email" else "" for title in titles.split(";")) + "\n"
    asked_for = away(home, text, sources=STRICT)
    assert (asked_for.reason and asked_for.reason.code) == (code or "REJECT_RATIO_EXCEEDED")
    usual = away(home, text.replace(";a@x.fr", "Ana;a@x.fr"), sources=declared(profile="smartcrm", locale="pl"))
    assert usual.reason is None or usual.reason.code != "TEMPLATE_MODIFIED"


@pytest.mark.rule("SC-07", "SC-08")
def test_one_bad_row_stops_a_file_of_smartcrm_and_every_bad_row_is_listed(home: Home) -> None:
    staged_file = away(home, SMART, sources=declared(**SMART_SAYS))
    assert staged_file.result == "refused"
    assert staged_file.reason is not None
    assert (staged_file.reason.code, staged_file.reason.value) == ("REJECT_RATIO_EXCEEDED", "2 / 4")
    assert (staged_file.rows_read, staged_file.rows_accepted, staged_file.rows_rejected, staged_file.rows_skipped) == (
        4,
        0,
        2,
        2,
    )
    assert staged_file.amount_accepted == 0
    assert staged_file.reject_codes == {"MISSING_EMAIL": 1, "INVALID_EMAIL": 1}
    folder = home.staging / staged_file.key
    assert pl.read_parquet(folder / REJECTED)["row_number"].to_list() == [3, 4]
    assert not (folder / ACCEPTED).exists()


@pytest.mark.rule("SC-15", "SC-16")
def test_the_texts_of_smartcrm_are_its_seeds(home: Home) -> None:
    """Each required field that no column stands for is named; a workbook is refused whatever its name."""
    sources = declared(profile="smartcrm")
    for titles, fields in (("Firma", f"{FIRST}, email"), ("Firma;Email", FIRST), ("Imię;Firma", "email")):
        message = str(away(home, f"{titles}\nX;x@x.fr\n", sources=sources).message)
        assert message.startswith(f"MISSING_REQUIRED_COLUMN: Brak wymaganych pól: {fields}.")
    (home.root / "list.csv").write_bytes(xlsx([["Imię", "Email"], ["Ana", "a@x.fr"]]))
    refused = file_one(home, home.root / "list.csv", "shop", sources)
    assert refused.message.startswith("INVALID_FILE_FORMAT: Nieprawidłowy format pliku: xlsx. Oczekiwano: csv.")
    staged_file = away(home, SMART, sources=declared(**SMART_SAYS))
    reasons = pl.read_parquet(home.staging / staged_file.key / REJECTED)["reasons"].explode().struct.unnest()
    assert reasons["message"][0].startswith("Brak wymaganych pól")


@pytest.mark.rule("AMB-34")
def test_a_source_may_take_the_good_rows_of_a_file_that_its_profile_would_stop(home: Home) -> None:
    staged_file = away(home, SMART, sources=declared(**SMART_SAYS, row_policy="skip"))
    assert (staged_file.result, staged_file.rows_accepted, staged_file.rows_rejected) == ("validated", 2, 2)
