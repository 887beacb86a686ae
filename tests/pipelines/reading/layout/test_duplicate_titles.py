"""A title above several columns: it refuses the file only where it is mapped and nobody says which column counts."""

import pytest

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import ColumnMapping, map_columns
from pipelines.reading.layout.header_row import distinct
from tests.support.factories import terms


def mapping(titles: str, ignore: tuple[str, ...] = (), **explicit: str) -> ColumnMapping:
    """Explicit: field to title."""
    fields = {title: field for field, title in explicit.items()}
    return map_columns(distinct(tuple(titles.split(","))), terms().profile, fields, ignore)


@pytest.mark.rule("RF-06", "PIT-12")
@pytest.mark.parametrize(
    "titles", ["Email,Name,Email", "Email,Name,e-mail", "Name,Email,NAME", "Email,Name,E-mail,EMAIL"]
)
def test_a_title_that_is_mapped_and_stands_twice_refuses_the_file(titles: str) -> None:
    with pytest.raises(FileRefused) as refused:
        mapping(titles)
    assert refused.value.reason.code == "DUPLICATE_HEADER"
    repeated = [title for title in distinct(tuple(titles.split(","))) if (title[0] in "Ee") is (titles[0] == "E")]
    assert all(f"“{title}”" in refused.value.reason.message for title in repeated), refused.value.reason.message


@pytest.mark.rule("RF-06")
@pytest.mark.parametrize(
    ("titles", "named"),
    [
        ("Prénom,Téléphone,Téléphone", ("Téléphone", "Téléphone (column 3)")),
        ("Prénom,PRENOM,Mobile", ("Prénom", "PRENOM")),
    ],
)
def test_reveal_field_takes_no_title_twice_though_a_field_may_have_several_columns(
    titles: str, named: tuple[str, str]
) -> None:
    with pytest.raises(FileRefused) as refused:
        map_columns(distinct(tuple(titles.split(","))), terms("reveal_field").profile)
    assert refused.value.reason.code == "DUPLICATE_HEADER"
    assert all(f"“{title}”" in refused.value.reason.message for title in named)


@pytest.mark.rule("PIT-12")
@pytest.mark.parametrize("titles", ["Email,Name,Blah,Blah", "Blah,Email,blah,Name,BLAH"])
def test_a_title_that_means_nothing_may_stand_twice(titles: str) -> None:
    assert mapping(titles).titles == {"email": "Email", "name": "Name"}


@pytest.mark.rule("PIT-12")
@pytest.mark.parametrize(
    ("titles", "ignore"),
    [
        ("Email,Name,e-mail", ("e-mail",)),
        ("Email,Name,Email", ("Email (column 3)",)),
        ("Email,Name,E-mail,EMAIL", ("E-mail", "EMAIL")),
        ("Email,Name,Total spent,Total spent", ("Total spent",)),
    ],
)
def test_what_is_ignored_does_not_count(titles: str, ignore: tuple[str, ...]) -> None:
    assert mapping(titles, ignore).titles == {"email": "Email", "name": "Name"}


@pytest.mark.rule("PIT-12")
@pytest.mark.parametrize(
    ("titles", "column"), [("Email,Name,e-mail", "e-mail"), ("Email,Name,Email", "Email (column 3)")]
)
def test_a_column_that_is_named_beyond_doubt_counts(titles: str, column: str) -> None:
    assert mapping(titles, email=column).titles == {"email": column, "name": "Name"}


@pytest.mark.rule("PIT-12")
def test_naming_a_title_that_stands_twice_names_no_column() -> None:
    with pytest.raises(FileRefused) as refused:
        mapping("Email,Name,Email", email="Email")
    assert refused.value.reason.code == "DUPLICATE_HEADER"
    assert "Email (column 3)" in refused.value.reason.message
