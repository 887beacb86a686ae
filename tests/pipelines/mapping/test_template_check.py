"""The first row of a template may not be affected: every difference is told (MO-14, SC-04, AMB-35)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import FileRefused
from pipelines.mapping.template_check import check_template

EXPECTED = ("Email", "FirstName", "LastName", "Phone", "City")


def changes(*titles: str, language: str = "en") -> str:
    with pytest.raises(FileRefused) as refused:
        check_template(titles, EXPECTED, language)
    assert refused.value.reason.code == "TEMPLATE_MODIFIED"
    return refused.value.reason.message


@pytest.mark.rule("MO-14")
@pytest.mark.parametrize("titles", [EXPECTED, (" Email", "FirstName ", "LastName", "Phone", "City")])
def test_an_untouched_first_row_passes(titles: tuple[str, ...]) -> None:
    check_template(titles, EXPECTED, "en")


@pytest.mark.rule("MO-14")
@pytest.mark.parametrize(
    ("titles", "told"),
    [
        (("Email", "FirstName", "LastName", "City"), ["(− Phone;"]),
        ((*EXPECTED, "Notes"), ["(+ Notes;"]),
        (("Email", "FirstName", "LastName", "Phone number", "City"), ["(Phone → Phone number;"]),
        (("email", "FirstName", "LastName", "Phone", "City"), ["(Email → email;"]),
        (("City", "Email", "FirstName", "LastName", "Phone"), ["(City 5 → 1;"]),
        (("Email", "LastName", "Phone", "Town", "Extra"), ["− FirstName", "− City", "+ Town", "+ Extra"]),
    ],
)
def test_each_difference_is_told(titles: tuple[str, ...], told: list[str]) -> None:
    sentence = changes(*titles)
    assert all(part in sentence for part in told), sentence
    assert ", ".join(f"“{title}”" for title in EXPECTED) in sentence


@pytest.mark.rule("SC-04")
@pytest.mark.parametrize(("language", "word"), [("fr", "modèle"), ("pl", "szablonu")])
def test_a_changed_template_is_told_in_the_senders_language(language: str, word: str) -> None:
    assert word in changes("Email", language=language)


@pytest.mark.rule("MO-14")
@given(st.permutations(EXPECTED))
def test_only_the_templates_own_order_passes(titles: list[str]) -> None:
    if tuple(titles) == EXPECTED:
        check_template(titles, EXPECTED, "en")
    else:
        assert "→" in changes(*titles)
