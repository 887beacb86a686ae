"""Who is who: the same bytes are one import, the same key is one customer, and null equals nothing."""

import re
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.identity import customer_key, import_id, import_key
from schemas.profiles import PROFILES, KeyRung

DIGEST = "a" * 64


def keys(ladder: tuple[KeyRung, ...], emails: list[str | None], ids: list[str | None]) -> list[str | None]:
    rows = pl.DataFrame(
        {"email_key": emails, "external_id": ids}, schema={"email_key": pl.String, "external_id": pl.String}
    )
    return rows.select(customer_key(ladder, "shop")).to_series().to_list()


@pytest.mark.parametrize(
    ("source", "slug"),
    [
        ("shop", "shop"),
        ("My Shop", "my_shop"),
        ("../../etc", "etc"),
        ("été 2024", "t_2024"),
        ("日本", "source"),
        ("", "source"),
    ],
)
def test_an_import_key_starts_with_its_source_and_is_fit_for_a_folder(source: str, slug: str) -> None:
    assert re.fullmatch(rf"{slug}-[0-9a-f]{{12}}", import_key(source, DIGEST))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_source_gives_a_key_fit_for_a_folder(source: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]+-[0-9a-f]{12}", import_key(source, DIGEST))


@pytest.mark.rule("PIT-63")
def test_the_same_bytes_of_the_same_source_are_one_import() -> None:
    assert import_key("shop", DIGEST) == import_key("shop", DIGEST)


@pytest.mark.parametrize(
    ("source", "digest"), [("shop", "b" * 64), ("crm", DIGEST), ("Shop", DIGEST), ("日本", DIGEST)]
)
def test_other_bytes_or_another_source_are_another_import(source: str, digest: str) -> None:
    assert import_key(source, digest) != import_key("shop", DIGEST)


def test_sources_that_look_alike_in_a_folder_are_told_apart() -> None:
    assert import_key("a b", DIGEST) != import_key("a-b", DIGEST)


@pytest.mark.rule("PIT-66")
def test_an_import_key_never_changes_over_versions() -> None:
    assert import_key("shop", DIGEST) == "shop-587e18e66bc2"


@pytest.mark.parametrize(("attempts", "expected"), [(0, "shop-1"), (1, "shop-1-2"), (2, "shop-1-3")])
def test_an_import_after_an_undo_has_the_number_of_its_attempt(attempts: int, expected: str) -> None:
    assert import_id("shop-1", attempts) == expected


@pytest.mark.rule("AMB-42", "PIT-49")
@pytest.mark.parametrize(
    ("ladder", "expected"),
    [
        (("email",), ["email:a@x.fr", "email:b@x.fr", None, None]),
        (("external_id",), ["id:shop:1", None, "id:shop:3", None]),
        (("email", "external_id"), ["email:a@x.fr", "email:b@x.fr", "id:shop:3", None]),
        (("external_id", "email"), ["id:shop:1", "email:b@x.fr", "id:shop:3", None]),
    ],
)
def test_the_first_rung_with_a_value_identifies_the_customer(
    ladder: tuple[KeyRung, ...], expected: list[str | None]
) -> None:
    assert keys(ladder, ["a@x.fr", "b@x.fr", None, None], ["1", None, "3", None]) == expected


def named_keys(ladder: tuple[KeyRung, ...], *given: dict[str, str]) -> list[str | None]:
    columns = ("email_key", "external_id", "name", "phone", "mobile")
    rows = pl.DataFrame(
        [dict.fromkeys(columns) | row for row in given], schema=dict.fromkeys(columns, pl.String), orient="row"
    )
    return rows.select(customer_key(ladder, "shop")).to_series().to_list()


@pytest.mark.parametrize(
    "name", ["ACME  Straße", " acme strasse ", "Ａｃｍｅ straße", "Acme\u00a0Strasse", "ACME STRASSE", "acme straẞe"]
)
def test_a_name_is_compared_whatever_its_case_width_and_blanks(name: str) -> None:
    assert named_keys(("name",), {"name": name}) == ["name:shop:acme strasse"]


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x24FF, exclude_categories=["Cn"]), min_size=1))
def test_names_are_folded_as_unicode_says(name: str) -> None:
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    assert named_keys(("name",), {"name": name}) == [f"name:shop:{folded}" if folded else None]


@pytest.mark.rule("PIT-66")
def test_keys_of_names_and_numbers_never_change_over_versions() -> None:
    assert named_keys(("name",), {"name": "Łódź Sp. z o.o."}) == ["name:shop:łódź sp. z o.o."]
    number = {"phone": "+33199001234", "name": "Ana MARTIN"}
    assert named_keys(("phone",), number) == ["tel:shop:+33199001234:ana martin"]


@pytest.mark.rule("UP-21")
def test_two_references_of_one_name_are_two_clients() -> None:
    rows = [{"name": "Acme", "external_id": "1"}, {"name": "Acme", "external_id": "2"}]
    assert named_keys(("external_id", "name"), *rows) == ["id:shop:1", "id:shop:2"]


@pytest.mark.rule("UP-29")
def test_a_row_that_repeats_only_the_name_is_of_the_one_reference_of_that_name() -> None:
    rows = [{"name": "ACME"}, {"name": "Acme", "external_id": "1"}, {"name": "Roe"}, {"external_id": "3"}, {}]
    assert named_keys(("external_id", "name"), *rows) == ["id:shop:1", "id:shop:1", "name:shop:roe", "id:shop:3", None]


def test_a_name_of_several_references_is_a_client_of_its_own() -> None:
    rows = [{"name": "Acme"}, {"name": "Acme", "external_id": "1"}, {"name": "Acme", "external_id": "2"}]
    assert named_keys(("external_id", "name"), *rows)[0] == "name:shop:acme"


def test_a_number_identifies_only_together_with_a_name() -> None:
    rows = [
        {"phone": "+1", "name": "Ana"},
        {"phone": "+1", "name": "Bob"},
        {"mobile": "+2", "name": "Ana"},
        {"phone": "+1", "mobile": "+2", "name": "Ana"},
        {"phone": "+1"},
        {"name": "Ana"},
    ]
    expected = ["tel:shop:+1:ana", "tel:shop:+1:bob", "tel:shop:+2:ana", "tel:shop:+1:ana", None, None]
    assert named_keys(("phone",), *rows) == expected


def test_address_and_reference_come_before_the_number_in_reveal_field() -> None:
    ladder = PROFILES["reveal_field"].key
    known = {"phone": "+1", "name": "Ana"}
    rows = [known | {"email_key": "a@x.fr", "external_id": "7"}, known | {"external_id": "7"}, known]
    assert named_keys(ladder, *rows) == ["email:a@x.fr", "id:shop:7", "tel:shop:+1:ana"]
