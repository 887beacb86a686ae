"""What caller, source and an earlier list say of columns: who comes first, and what is drift."""

import pytest

from pipelines.errors import WrongUse
from pipelines.mapping.map_columns import map_columns
from pipelines.mapping.saved_mappings import SavedMapping
from pipelines.reading.read_file import read_file
from schemas.profiles import PROFILES, Profile
from schemas.sentences.note import Note

ANY = Profile("any", "asks for no field", "customer", required=())


PAID = Profile("any", "asks for no field", "payment", required=())


@pytest.mark.rule("AU-14")
def test_the_caller_comes_before_the_source_and_the_source_before_what_was_saved() -> None:
    saved = SavedMapping(titles=("A", "B", "C", "D"), fields={"A": "email", "B": "city", "C": "region"}, ignored=("D",))
    mapping = map_columns(
        ["A", "B", "C", "D"], ANY, {"A": "name"}, ["C"], saved=saved, declared={"A": "company", "B": "country"}
    )
    assert mapping.titles == {"name": "A", "country": "B"}
    assert mapping.ignored == ("C", "D")


@pytest.mark.rule("UP-08", "AU-14")
def test_a_column_without_a_title_is_told_by_its_place() -> None:
    titles = read_file(b"Nom du client;;ID externe\nAcme;Lyon;C-1\n").titles
    mapping = map_columns(titles, PROFILES["upflow"], {"column 2": "city"})
    assert mapping.titles == {"name": "Nom du client", "city": "column 2", "external_id": "ID externe"}


@pytest.mark.rule("AU-15")
def test_what_the_source_ignores_the_caller_may_still_name() -> None:
    mapping = map_columns(["A", "B"], ANY, {"A": "name"}, declared_ignore=["A", "B"])
    assert (mapping.titles, mapping.ignored) == ({"name": "A"}, ("B",))


def test_a_title_left_out_when_saved_stays_left_out() -> None:
    saved = SavedMapping(titles=("Email", "City"), fields={"Email": "email"})
    assert map_columns(["Email", "City"], ANY, saved=saved).unmapped == ("City",)


def test_titles_that_differ_from_the_saved_ones_are_told_as_drift() -> None:
    saved = SavedMapping(titles=("Email", "Phone", "Town"), fields={"Email": "email", "Phone": "phone"})
    mapping = map_columns(["EMAIL", "Phone number", "Groups"], ANY, saved=saved)
    (note,) = mapping.warnings
    assert (note.code, sorted(note.texts)) == ("HEADER_DRIFT", ["+ Groups", "Phone → Phone number", "− Town"])
    assert mapping.titles == {"email": "EMAIL", "phone": "Phone number", "groups": "Groups"}


def test_a_declared_title_that_the_file_lacks_is_drift_and_one_of_the_callers_wrong_use() -> None:
    mapping = map_columns(["email"], ANY, declared={"Net": "total_spent"}, declared_ignore=["Notes"])
    assert mapping.warnings == (Note("HEADER_DRIFT", found=("− Net", "− Notes")),)
    for told in ({"explicit": {"Net": "total_spent"}}, {"ignore": ["Notes"]}):
        with pytest.raises(WrongUse, match="no column"):
            map_columns(["email"], ANY, **told)  # type: ignore[arg-type]  # a parameter, by its name


def test_a_declared_field_that_does_not_exist_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="no_field"):
        map_columns(["email"], ANY, declared={"email": "no_field"})


def test_a_saved_field_of_another_grain_is_passed_over() -> None:
    saved = SavedMapping(titles=("Sum",), fields={"Sum": "total_spent"})
    assert map_columns(["Sum"], PAID, saved=saved).columns == ()
