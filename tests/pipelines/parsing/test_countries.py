"""Countries by code and by name; a name that is none or two is refused."""

import pytest

from pipelines.language.languages import country_codes, country_names
from pipelines.parsing.countries import country_code, parse_countries, parse_places
from schemas.sentences.note import Note
from tests.support.factories import texts


@pytest.mark.rule("UP-23")
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("FR", "FR"), ("fr", "FR"), ("FRA", "FR"), ("France", "FR"), ("FRANCJA", "FR"), ("Frankreich", "FR"),
        ("UK", "GB"), ("GB", "GB"), ("England", "GB"), ("Wielka Brytania", "GB"), ("Royaume-Uni", "GB"),
        ("USA", "US"), ("U.S.A.", "US"), ("us", "US"), ("Etats Unis", "US"), ("États-Unis", "US"),
        ("Deutschland", "DE"), ("Niemcy", "DE"), ("Allemagne", "DE"),
        ("Holland", "NL"), ("Pays-Bas", "NL"), ("The Netherlands", "NL"),
        ("Czech Republic", "CZ"), ("Czechia", "CZ"), ("Tchéquie", "CZ"), ("Russie", "RU"),
        ("Włochy", "IT"), ("Wlochy", "IT"), ("COTE D'IVOIRE", "CI"), ("Georgia", "GE"), ("EL", "GR"),
        ("Suisse", "CH"), ("CH", "CH"), ("Kosovo", "XK"), ("NA", "NA"),
    ],
)  # fmt: skip
def test_codes_and_names_in_our_languages_are_known(written: str, code: str) -> None:
    assert country_code(written) == code


@pytest.mark.parametrize("written", ["Mars", "Congo", "Corée", "EU", "Union européenne", "ZAR", "XX", "250", "D", "?!"])
def test_what_names_no_country_or_two_is_refused(written: str) -> None:
    parsed = parse_countries(texts(written))
    assert (parsed.values[0], parsed.faults[0]) == (None, "UNKNOWN_COUNTRY")


def test_every_official_code_is_its_own_country() -> None:
    official = country_codes()
    assert len(official) == len(set(official.values())) == 249
    assert {code: country_code(code) for code in official.values()} == {code: code for code in official.values()}
    assert {three: country_code(three) for three in official} == official


def test_every_name_that_babel_has_for_a_country_is_known() -> None:
    countries = set(country_codes().values())
    unlike = {name: code for name, code in country_names().items() if code in countries and country_code(name) != code}
    assert set(unlike) <= {"congo", "kongo"}


@pytest.mark.rule("PIT-26")
def test_blanks_are_no_countries_and_no_faults() -> None:
    parsed = parse_countries(texts(None, "-", "n/a", "France"))
    assert parsed.values.to_list() == [None, None, None, "FR"]
    assert parsed.faults.null_count() == 4


@pytest.mark.rule("AMB-27")
def test_an_administrative_area_is_a_country_where_it_names_one_else_a_region() -> None:
    countries, regions = parse_places(texts("Pologne", "Île-de-France", None, "-"))
    assert countries.values.to_list() == ["PL", None, None, None]
    assert regions.values.to_list() == [None, "Île-de-France", None, None]
    assert regions.notes == (Note("AREAS_AS_REGIONS", found=1),)
    assert parse_places(texts("Pologne"))[1].notes == ()


def test_columns_without_rows_are_read() -> None:
    assert len(parse_countries(texts()).values) == 0
    assert len(parse_places(texts())[0].values) == 0
