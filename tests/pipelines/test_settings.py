"""Configuration: what is said is typed, what is wrong is named with what is allowed."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.errors import FileRefused, Permanent, SealBroken, TryAgain, WarehouseBusy, WrongUse
from pipelines.settings import FileSource, Home, Sources, read_sources


def declared(folder: Path, text: str) -> Sources:
    path = folder / "sources.yaml"
    path.write_text(text, "utf-8")
    return read_sources(path)


def test_sources_are_read_with_all_their_keys(tmp_path: Path) -> None:
    sources = declared(
        tmp_path,
        """
        base_currency: EUR
        sources:
          shop: {kind: file, profile: payments, locale: fr, currency: EUR, mapping: {Réf: payment_id}, ignore: [Notes]}
          crm: {locale: en-GB}
        """,
    )
    assert sources.base_currency == "EUR"
    assert sources.source("crm") == FileSource(locale="en-GB")
    assert sources.source("shop") == FileSource(
        profile="payments", locale="fr", currency="EUR", mapping={"Réf": "payment_id"}, ignore=("Notes",)
    )


def test_a_source_that_is_not_declared_takes_the_default_profile() -> None:
    assert Sources().source("unheard of") == FileSource(profile="default", locale=None, currency=None)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "sources: {}"])
def test_an_empty_declaration_declares_nothing(tmp_path: Path, text: str) -> None:
    assert declared(tmp_path, text) == Sources() == read_sources(None)


def test_the_base_currency_is_the_dollar_unless_said_otherwise_amb_19() -> None:
    assert Sources().base_currency == "USD"


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ("base_curency: USD", "base_curency", "USD"),
        ("base_currency: usd", "base_currency", "usd"),
        ("base_currency: 5", "base_currency", "5"),
        ("sources: {shop: {profil: payments}}", "sources.shop.profil", "payments"),
        ("sources: {shop: {profile: paypal}}", "sources.shop.profile", "default, askusers, payments"),
        ("sources: {shop: {profile: paypal}}", "sources.shop.profile", "'paypal'"),
        ("sources: {shop: {locale: french}}", "sources.shop.locale", "french"),
        ("sources: {shop: {locale: fr_FR}}", "sources.shop.locale", "fr_FR"),
        ("sources: {shop: {currency: euro}}", "sources.shop.currency", "euro"),
        ("sources: {shop: {kind: ftp}}", "sources.shop.kind", "ftp"),
        ("sources: {shop: {ignore: Notes}}", "sources.shop.ignore", "Notes"),
        ("sources: [shop]", "sources", "shop"),
        ("shop", "file", "shop"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_what_was_found_and_what_is_allowed(
    tmp_path: Path, text: str, key: str, told: str
) -> None:
    with pytest.raises(WrongUse) as wrong:
        declared(tmp_path, text)
    assert f" {key}: " in str(wrong.value)
    assert told in str(wrong.value)
    assert "sources.yaml" in str(wrong.value)


def test_what_is_not_yaml_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="not YAML"):
        declared(tmp_path, "sources: {shop: [}")


def test_a_missing_file_is_wrong_use_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="create it or point CUSTOMERS_SOURCES elsewhere"):
        read_sources(tmp_path / "sources.yaml")


def test_configuration_does_not_change_while_it_is_used() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Sources().base_currency = "EUR"


@pytest.mark.parametrize(
    ("locale", "language"), [(None, "en"), ("en", "en"), ("fr", "fr"), ("fr-CA", "fr"), ("pl", "pl"), ("de", "en")]
)
def test_messages_are_in_the_language_of_the_source_or_in_english(locale: str | None, language: str) -> None:
    assert FileSource(locale=locale).language == language


def test_everything_lies_below_one_folder_as_the_contract_page_says(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folders = (home.inbox, home.archive, home.staging, home.working, home.published, home.dagster)
    assert [str(folder.relative_to(tmp_path).as_posix()) for folder in folders] == [
        "inbox",
        "archive",
        "staging",
        "warehouse/working.duckdb",
        "customers.duckdb",
        "dagster",
    ]


@pytest.mark.parametrize(
    ("error", "branch"),
    [(WarehouseBusy, TryAgain), (WrongUse, Permanent), (SealBroken, Permanent), (FileRefused, Permanent)],
)
def test_an_error_says_whether_another_try_would_help(error: type[Exception], branch: type[Exception]) -> None:
    other = Permanent if branch is TryAgain else TryAgain
    assert issubclass(error, branch)
    assert not issubclass(error, other)


def test_a_refusal_carries_its_reason() -> None:
    refusal = FileRefused("FILE_TOO_LARGE", "fr", found=12, expected=10)
    assert (refusal.reason.code, refusal.reason.value) == ("FILE_TOO_LARGE", "12")
    assert str(refusal) == f"FILE_TOO_LARGE: {refusal.reason.message}"
    assert "12 octets, 10 au maximum" in refusal.reason.message
