"""Who is who: the same bytes are one import, the same key is one customer, and null equals nothing."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.identity import customer_key, import_id, import_key
from schemas.profiles import KeyRung

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


def test_the_same_bytes_of_the_same_source_are_one_import_pit_63() -> None:
    assert import_key("shop", DIGEST) == import_key("shop", DIGEST)


@pytest.mark.parametrize(
    ("source", "digest"), [("shop", "b" * 64), ("crm", DIGEST), ("Shop", DIGEST), ("日本", DIGEST)]
)
def test_other_bytes_or_another_source_are_another_import(source: str, digest: str) -> None:
    assert import_key(source, digest) != import_key("shop", DIGEST)


def test_sources_that_look_alike_in_a_folder_are_told_apart() -> None:
    assert import_key("a b", DIGEST) != import_key("a-b", DIGEST)


def test_an_import_key_never_changes_over_versions_pit_66() -> None:
    assert import_key("shop", DIGEST) == "shop-587e18e66bc2"


@pytest.mark.parametrize(("attempts", "expected"), [(0, "shop-1"), (1, "shop-1-2"), (2, "shop-1-3")])
def test_an_import_after_an_undo_has_the_number_of_its_attempt(attempts: int, expected: str) -> None:
    assert import_id("shop-1", attempts) == expected


@pytest.mark.parametrize(
    ("ladder", "expected"),
    [
        (("email",), ["email:a@x.fr", "email:b@x.fr", None, None]),
        (("external_id",), ["id:shop:1", None, "id:shop:3", None]),
        (("email", "external_id"), ["email:a@x.fr", "email:b@x.fr", "id:shop:3", None]),
        (("external_id", "email"), ["id:shop:1", "email:b@x.fr", "id:shop:3", None]),
    ],
)
def test_the_first_rung_with_a_value_identifies_the_customer_amb_42_pit_49(
    ladder: tuple[KeyRung, ...], expected: list[str | None]
) -> None:
    assert keys(ladder, ["a@x.fr", "b@x.fr", None, None], ["1", None, "3", None]) == expected
