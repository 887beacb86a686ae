"""From a file to its staged file: validated or refused, it lies whole in staging and nothing else has changed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.configuration.settings import FileSource, Sources
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.intake.import_request import Options, Request, content_of
from pipelines.intake.inbox import Arrival
from pipelines.intake.process_file import process_file
from pipelines.models.staged_file import (
    ACCEPTED,
    ORIGINAL,
    OUTCOME,
    REJECTED,
    ROWS,
    Outcome,
    ReasonRecord,
    StagedFile,
    as_json,
    load_outcome,
    load_staged_file,
    save_record,
)
from tests.support.flow import file_one

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOOD = "email,name,Total spent,Notes\na@x.fr,Ann,10.50,x\na@x.fr,Ann,4,y\n\n,Bob,1,z\n"


def away(
    home: Home, content: str, options: Options | None = None, sources: Sources | None = None, name: str = "list.csv"
) -> StagedFile:
    """File a text away as a file of source `shop`."""
    path = home.root / name
    path.write_bytes(content.encode())
    arrival = Arrival(path, "shop")
    request = Request(arrival, "ann", NOW, date(2026, 1, 1), options or Options())
    return process_file(request, content_of(arrival), home, sources or Sources())


def declared(**keys: Any) -> Sources:
    return Sources(sources={"shop": FileSource(**keys)})


@pytest.mark.rule("AU-20")
def test_a_validated_file_says_what_was_read_accepted_and_rejected(home: Home) -> None:
    staged_file = away(home, GOOD)
    assert (staged_file.result, staged_file.reason, staged_file.format) == ("validated", None, "csv")
    assert (staged_file.rows_read, staged_file.rows_blank, staged_file.rows_accepted, staged_file.rows_rejected) == (
        3,
        1,
        2,
        1,
    )
    assert (staged_file.amount_accepted, staged_file.reject_codes) == (Decimal("14.5"), {"MISSING_EMAIL": 1})
    assert staged_file.dialect == {"encoding": "utf-8", "delimiter": ",", "header_row": 1}


@pytest.mark.rule("AU-15")
def test_a_staged_file_tells_the_meaning_of_every_column(home: Home) -> None:
    staged_file = away(home, GOOD, Options(ignore=("Notes",)))
    told = staged_file.mapping or {}
    assert told["fields"] == {"email": "email", "name": "name", "total_spent": "Total spent"}
    assert (told["ignored"], told["unmapped"]) == (["Notes"], [])
    assert [(column["title"], column["field"], column["rank"]) for column in told["columns"]] == [
        ("email", "email", 1),
        ("name", "name", 1),
        ("Total spent", "total_spent", 1),
    ]
    assert told["styles"]["total_spent"]["style"] == "point"


def test_everything_that_was_read_lies_in_staging_under_the_key(home: Home) -> None:
    staged_file = away(home, GOOD)
    folder = home.staging / staged_file.key
    assert (folder / ORIGINAL).read_bytes() == GOOD.encode()
    assert pl.read_parquet(folder / ROWS).height == 3
    assert pl.read_parquet(folder / ACCEPTED)["row_number"].to_list() == [2, 3]
    assert pl.read_parquet(folder / REJECTED)["row_number"].to_list() == [5]
    assert load_staged_file(folder) == staged_file


def test_rows_of_one_customer_have_one_id_and_columns_that_hold_nothing_stay_away(home: Home) -> None:
    staged_file = away(home, "email,name,city\nA@x.fr,Ann,\na@X.fr,Ann,\nb@x.fr,Bob,\n")
    accepted = pl.read_parquet(home.staging / staged_file.key / ACCEPTED)
    assert accepted.select("id_high", "id_low").is_duplicated().to_list() == [True, True, False]
    assert set(accepted.columns) == {"row_number", "email", "name", "payment_line", "id_high", "id_low"}


def test_processing_a_file_touches_nothing_but_staging(home: Home) -> None:
    away(home, GOOD)
    assert sorted(path.name for path in home.root.iterdir()) == ["list.csv", "staging"]
    assert (home.root / "list.csv").read_bytes() == GOOD.encode()


@pytest.mark.rule("PIT-70")
def test_processing_the_same_bytes_twice_gives_the_same_staged_file(home: Home) -> None:
    assert away(home, GOOD) == away(home, GOOD)
    assert len(list(home.staging.iterdir())) == 1


@pytest.mark.rule("PIT-67")
def test_the_name_of_a_file_is_no_part_of_its_key(home: Home) -> None:
    assert away(home, GOOD, name="may.csv").key == away(home, GOOD, name="june.csv").key


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "EMPTY_FILE"),
        ("%PDF-1.7", "INVALID_FILE_FORMAT"),
        ("a@x.fr,Ann\n", "NO_HEADER"),
        ("email,email\n", "DUPLICATE_HEADER"),
        ('email,name\na@x.fr,"Ann\n', "CORRUPT_FILE"),
        ("name\nAnn\nBob\n", "MISSING_REQUIRED_COLUMN"),
        ("email,mail,name\n", "TOO_MANY_COLUMNS_FOR_FIELD"),
    ],
)
def test_a_refused_file_has_a_staged_file_too_with_its_reason(home: Home, content: str, code: str) -> None:
    staged_file = away(home, content)
    assert staged_file.result == "refused"
    assert staged_file.reason is not None
    assert (staged_file.reason.code, f"{code}: {staged_file.reason.message}") == (code, staged_file.message)
    assert load_staged_file(home.staging / staged_file.key) == staged_file
    assert not (home.staging / staged_file.key / ACCEPTED).exists()


def test_all_rows_of_a_file_without_a_required_column_are_rejected(home: Home) -> None:
    staged_file = away(home, "name\nAnn\n\nBob\n")
    assert (staged_file.rows_read, staged_file.rows_blank, staged_file.rows_accepted, staged_file.rows_rejected) == (
        2,
        1,
        0,
        2,
    )


@pytest.mark.rule("AMB-31")
@pytest.mark.parametrize(("allowed", "result"), [(len(GOOD), "validated"), (len(GOOD) - 1, "refused")])
def test_a_file_may_be_as_large_as_its_profile_allows_and_no_larger(home: Home, allowed: int, result: str) -> None:
    staged_file = away(home, GOOD, sources=declared(limits={"max_bytes": allowed}))
    assert staged_file.result == result
    assert (staged_file.reason and staged_file.reason.code) == (None if result == "validated" else "FILE_TOO_LARGE")


def test_a_refusal_is_forgotten_when_the_same_bytes_are_validated_again(home: Home) -> None:
    refused = away(home, "Contact,name\na@x.fr,Ann\n")
    mended = away(home, "Contact,name\na@x.fr,Ann\n", Options(mapping={"Contact": "email"}))
    assert (refused.result, mended.result, refused.key) == ("refused", "validated", mended.key)
    assert load_staged_file(home.staging / mended.key) == mended


@pytest.mark.rule("AU-14")
@pytest.mark.parametrize(
    ("sources", "options"),
    [
        (declared(mapping={"Contact": "email"}), Options()),
        (declared(), Options(mapping={"Contact": "email"})),
        (declared(mapping={"Contact": "company"}), Options(mapping={"Contact": "email"})),
    ],
    ids=["declared", "said", "both"],
)
def test_what_the_caller_says_stands_above_what_the_source_says(home: Home, sources: Sources, options: Options) -> None:
    staged_file = away(home, "Contact,name\na@x.fr,Ann\n", options, sources)
    assert (staged_file.result, staged_file.rows_accepted) == ("validated", 1)


@pytest.mark.rule("AU-15")
def test_columns_that_source_or_caller_ignore_are_all_ignored(home: Home) -> None:
    staged_file = away(home, "email,name,a,b\n", Options(ignore=("b",)), declared(ignore=("a",)))
    assert staged_file.mapping is not None
    assert staged_file.mapping["ignored"] == ["a", "b"]


def test_the_callers_profile_and_locale_stand_above_the_sources(home: Home) -> None:
    options = Options(profile="payments", locale="fr")
    staged_file = away(home, "email,amount,date\na@x.fr,1.234,01/02/2024\n", options, declared(locale="en"))
    assert (staged_file.profile, staged_file.rows_accepted, staged_file.amount_accepted) == (
        "payments",
        1,
        Decimal(1234),
    )


@pytest.mark.rule("AMB-19")
def test_the_base_currency_of_the_deployment_is_kept(home: Home) -> None:
    text = "email,name,total_spent,currency\na@x.fr,Ann,5,EUR\n"
    staged_file = away(home, text, sources=Sources(base_currency="EUR"))
    assert staged_file.rows_accepted == 1


def test_a_word_about_a_column_that_is_not_there_is_the_callers_fault(home: Home) -> None:
    with pytest.raises(WrongUse, match="Nickname"):
        away(home, GOOD, Options(mapping={"Nickname": "name"}))


def test_nothing_is_found_where_nothing_was_saved(tmp_path: Path) -> None:
    assert (load_staged_file(tmp_path), load_outcome(tmp_path)) == (None, None)


@pytest.mark.parametrize("code", ["ALREADY_IMPORTED", "EMPTY_FILE"])
def test_an_outcome_is_saved_whole_and_read_back(tmp_path: Path, code: str) -> None:
    outcome = Outcome(
        import_id="shop-1",
        source="shop",
        file_name="é.csv",
        status="refused",
        message="no",
        reasons=(ReasonRecord(code=code, message="é"),),
        amount_accepted=Decimal("0.100"),
    )
    save_record(tmp_path / "new", outcome)
    assert load_outcome(tmp_path / "new") == outcome
    assert outcome.already_imported == (code == "ALREADY_IMPORTED")
    assert [path.name for path in (tmp_path / "new").iterdir()] == [OUTCOME]


def test_a_mapping_is_told_as_readable_json() -> None:
    assert as_json({"b": "é", "a": 1}) == '{"a": 1, "b": "é"}'
    assert as_json(None) is None


@pytest.mark.rule("AMB-34")
@pytest.mark.parametrize(("bad", "result"), [(10, "validated"), (11, "refused")])
def test_a_file_of_mostly_bad_rows_is_refused_whole(home: Home, bad: int, result: str) -> None:
    rows = [f"c{n}@x.fr,Ann" for n in range(20 - bad)] + ["nobody,Ann"] * bad
    staged_file = away(home, "email,name\n" + "\n".join(rows) + "\n")
    assert staged_file.result == result
    assert (staged_file.rows_rejected, staged_file.rows_read) == (
        bad,
        staged_file.rows_accepted + bad + staged_file.rows_skipped,
    )


@pytest.mark.rule("RF-07")
def test_a_file_with_more_rows_than_its_source_allows_is_refused(home: Home) -> None:
    staged_file = away(home, GOOD, sources=declared(limits={"max_rows": 2}))
    assert (staged_file.result, staged_file.reason and staged_file.reason.code) == ("refused", "TOO_MANY_ROWS")
    assert (staged_file.rows_accepted, staged_file.rows_rejected) == (0, 3)


def test_a_refusal_leaves_nothing_of_an_earlier_attempt(home: Home) -> None:
    validated = away(home, GOOD)
    refused = away(home, GOOD, sources=declared(limits={"max_bytes": 5}))
    assert (validated.key, refused.result) == (refused.key, "refused")
    assert not any((home.staging / refused.key / name).exists() for name in (ACCEPTED, REJECTED))


def test_an_own_profile_is_taken_like_a_built_in_one(home: Home) -> None:
    own = Sources.model_validate({"profiles": {"own": {"required": ["email", "city"]}}})
    staged_file = away(home, "email,city\na@x.fr,Lyon\nb@x.fr,\n", Options(profile="own"), own)
    assert (staged_file.profile, staged_file.rows_accepted) == ("own", 1)
    assert staged_file.reject_codes == {"MISSING_REQUIRED_FIELD": 1}


@pytest.mark.rule("PIT-04", "PIT-10")
def test_rows_that_could_not_be_read_are_in_the_staged_file_with_their_cells(home: Home) -> None:
    staged_file = away(home, "email,name\na@x.fr,Ann\nb@x.fr\nc@x.fr,C\0d\nd@x.fr,Dee,x\n")
    rejected = pl.read_parquet(home.staging / staged_file.key / "rejected.parquet")
    assert (staged_file.rows_read, staged_file.rows_accepted, staged_file.rows_rejected) == (4, 1, 3)
    assert staged_file.reject_codes == {"WRONG_FIELD_COUNT": 2, "ENCODING_ERROR": 1}
    assert rejected["row"].to_list()[0] == '{"email": "b@x.fr"}'


@pytest.mark.rule("RF-01", "AMB-29")
def test_an_encoding_that_is_told_is_taken_where_only_utf8_is_found_out(home: Home) -> None:
    path = home.root / "contacts.csv"
    rows = "".join(f"Hélène Lefèvre {n};06 12 34 56 0{n}\n" for n in range(9))
    path.write_bytes(f"nom;mobile\n{rows}".encode("cp1252"))
    source = FileSource(profile="reveal_field", locale="fr", default_country="FR")
    found_out = file_one(home, path, "planning", Sources(sources={"planning": source}))
    assert found_out.reason is not None and found_out.reason.code == "INVALID_FILE_FORMAT"
    told = file_one(home, path, "planning", Sources(sources={"planning": source}), encoding="cp1252")
    assert (told.result, told.rows_accepted) == ("validated", 9)


@pytest.mark.rule("AU-05", "RF-11")
@pytest.mark.parametrize(
    ("profile", "codes"), [("reveal_field", {"MISSING_NAME": 1}), ("default", {"MISSING_EMAIL": 1})]
)
def test_a_company_is_a_customers_name_but_no_contacts(home: Home, profile: str, codes: dict[str, int]) -> None:
    path = home.root / "list.csv"
    path.write_text("name;company;phone;email\n;ACME;+33142345678;\n", "utf-8")
    source = FileSource(profile=profile, default_country="FR")
    assert file_one(home, path, "planning", Sources(sources={"planning": source})).reject_codes == codes
