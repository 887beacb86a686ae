"""Configuration: what is said is typed, what is wrong is named with what is allowed."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.configuration.own_profile import OwnProfile
from pipelines.configuration.settings import FileSource, Sources, StripeSource
from pipelines.configuration.sources_file import read_sources
from pipelines.configuration.typed import FileLimits
from pipelines.errors import FileRefused, Permanent, SealBroken, TryAgain, WarehouseBusy, WrongUse
from pipelines.home import Home
from schemas.profiles import PROFILES


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


@pytest.mark.rule("AMB-19")
def test_the_base_currency_is_the_dollar_unless_said_otherwise() -> None:
    assert Sources().base_currency == "USD"


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ("base_curency: USD", "base_curency", "USD"),
        ("base_currency: usd", "base_currency", "usd"),
        ("base_currency: 5", "base_currency", "5"),
        ("sources: {shop: {profil: payments}}", "sources.shop.profil", "payments"),
        (
            "sources: {shop: {profile: paypal}}",
            "sources.shop.profile",
            ", ".join(PROFILES),
        ),
        ("sources: {shop: {profile: paypal}}", "sources.shop.profile", "'paypal'"),
        ("sources: {shop: {locale: french}}", "sources.shop.locale", "french"),
        ("sources: {shop: {locale: fr_FR}}", "sources.shop.locale", "fr_FR"),
        ("sources: {shop: {currency: euro}}", "sources.shop.currency", "euro"),
        ("sources: {shop: {kind: ftp}}", "sources.shop", "kind: write `file` or `stripe`"),
        ("sources: {shop: {ignore: Notes}}", "sources.shop.ignore", "Notes"),
        ("sources: {shop: {default_country: UK}}", "sources.shop.default_country", "'UK'"),
        ("sources: {shop: {default_country: fr}}", "sources.shop.default_country", "'fr'"),
        ("sources: {shop: {encoding: utf-9}}", "sources.shop.encoding", "'utf-9'"),
        ("sources: {shop: {delimiter: x}}", "sources.shop.delimiter", "'x'"),
        ("sources: {shop: {header_row: 0}}", "sources.shop.header_row", "found 0"),
        ("sources: {shop: {row_policy: stop}}", "sources.shop.row_policy", "'abort'"),
        ("sources: {shop: {max_reject_ratio: 2}}", "sources.shop.max_reject_ratio", "found 2"),
        ("sources: {shop: {limits: {max_rows: none}}}", "sources.shop.limits.max_rows", "'none'"),
        ("sources: {shop: {limits: {max_bytes: {pdf: 5}}}}", "sources.shop.limits.max_bytes.pdf.[key]", "'pdf'"),
        ("profiles: {own: {base: askusers}}", "profiles.own.base", "'askusers'"),
        ("profiles: {own: {based_on: paypal}}", "profiles.own", "based_on: unknown profile 'paypal'"),
        ("profiles: {own: {required: [nam]}}", "profiles.own", "required: unknown field 'nam'"),
        ("profiles: {own: {required_one_of: [[email, nam]]}}", "profiles.own", "unknown field 'nam'"),
        ("profiles: {own: {aliases: {Betrag: amount}}}", "profiles.own", "aliases: unknown field 'amount'"),
        ("profiles: {own: {template: {Mail: e_mail}}}", "profiles.own", "template: unknown field 'e_mail'"),
        ("profiles: {own: {required: [name]}}", "profiles.own", "may have no value for the key (email)"),
        ("profiles: {own: {key: [phone], required: [phone]}}", "profiles.own", "(phone)"),
        ("profiles: {own: {key: []}}", "profiles.own.key", "at least 1"),
        ("profiles: {own: {formats: [pdf]}}", "profiles.own.formats.0", "'pdf'"),
        ("profiles: {smartcrm: {}}", "profiles.smartcrm", "built-in"),
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


OWN = """
profiles:
  my_crm:
    based_on: askusers
    description: Our own list
    required: [email, city]
    required_one_of: [[phone, mobile]]
    formats: [csv, xlsx]
    row_policy: abort
    limits: {max_bytes: {xlsx: 1000}, max_rows: 50}
    aliases: {Wohnort: city}
sources:
  crm: {profile: my_crm, row_policy: skip, max_reject_ratio: 0.25, limits: {max_rows: 60}}
"""


def test_an_own_profile_is_the_one_it_is_based_on_with_other_rules(tmp_path: Path) -> None:
    base, own = PROFILES["askusers"], declared(tmp_path, OWN).profile("my_crm")
    assert (own.name, own.description, own.grain, own.key) == ("my_crm", "Our own list", base.grain, base.key)
    assert (own.required, own.required_one_of) == (("email", "city"), (("phone", "mobile"),))
    assert (own.recommended, own.language) == (base.recommended, base.language)
    assert (own.formats, own.row_policy, own.max_rows) == (("csv", "xlsx"), "abort", 50)
    assert (own.largest("xlsx"), own.largest("csv")) == (1000, 1_000_000_000)
    assert own.aliases["wohnort"] == "city"


@pytest.mark.parametrize(
    ("required", "lost"),
    [("[email, amount]", "payment_date"), ("[email, payment_date]", "amount"), ("[email]", "amount, payment_date")],
)
def test_an_own_list_of_payments_keeps_amount_and_date(tmp_path: Path, required: str, lost: str) -> None:
    text = f"profiles: {{own: {{based_on: payments, required: {required}}}}}"
    with pytest.raises(WrongUse, match=rf"profiles\.own: .*required: a payment without .* add {lost}, or base"):
        declared(tmp_path, text)


def test_an_own_list_of_payments_may_require_more(tmp_path: Path) -> None:
    text = "profiles: {own: {based_on: payments, required: [payment_date, amount, name, email]}}"
    assert declared(tmp_path, text).profile("own").required == ("payment_date", "amount", "name", "email")


def test_the_template_of_an_own_profile_has_what_it_requires(tmp_path: Path) -> None:
    own = declared(tmp_path, OWN).profile("my_crm")
    assert [column.field for column in own.template][-2:] == ["city", "phone"]
    assert own.template[:8] == PROFILES["askusers"].template


@pytest.mark.rule("AMB-35")
def test_an_own_profile_may_have_titles_of_its_own(tmp_path: Path) -> None:
    text = "profiles: {own: {mapping_mode: strict_template, template: {Kundenmail: email, Kunde: name}}}"
    own = declared(tmp_path, text).profile("own")
    assert [(column.title, column.field) for column in own.template] == [("Kundenmail", "email"), ("Kunde", "name")]
    assert own.template[0].example
    assert (own.aliases["kundenmail"], own.aliases["kunde"]) == ("email", "name")


@pytest.mark.rule("AMB-34")
def test_what_a_source_says_stands_above_its_profile(tmp_path: Path) -> None:
    sources = declared(tmp_path, OWN)
    profile = sources.profile_of(sources.source("crm"))
    assert (profile.row_policy, profile.max_reject_ratio, profile.max_rows) == ("skip", 0.25, 60)
    assert profile.largest("xlsx") == 1000


def test_one_limit_of_bytes_is_that_of_every_format() -> None:
    source = FileSource(profile="reveal_field", limits=FileLimits.model_validate({"max_bytes": 5}))
    profile = Sources().profile_of(source)
    assert {profile.largest(kind) for kind in ("csv", "xlsx", "xls")} == {5}
    assert profile.max_rows == 10_000


def test_an_unknown_profile_is_wrong_use_that_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"'paypal'; known profiles are default, .*, my_crm"):
        declared(tmp_path, OWN).profile("paypal")


@pytest.mark.parametrize("shape", [FileLimits, FileSource, OwnProfile, Sources], ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("page", ["sources.yaml", "docs/sources.md"])
def test_every_key_is_explained(shape: type[FileLimits | FileSource | OwnProfile | Sources], page: str) -> None:
    text = (Path(__file__).parents[3] / page).read_text("utf-8")
    assert [key for key in shape.model_fields if key not in text] == []


def test_the_examples_in_the_committed_sources_can_be_taken_as_they_are(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "sources.yaml").read_text("utf-8")
    switched_on = re.sub(r"(?m)^(?:# ( *[a-z_]+:)|( {4})# ([a-z_]+:))", r"\1\2\3", text)
    sources = declared(tmp_path, switched_on)
    assert sources.profile("partner_list").max_rows == 10_000
    assert sources.source("crm").default_country == "FR"
    assert (sources.source("shop").encoding, sources.source("shop").sheet) == ("cp1252", "Clients")


def test_an_encoding_is_kept_under_its_usual_name() -> None:
    assert FileSource(encoding="UTF8").encoding == "utf-8"


def test_configuration_does_not_change_while_it_is_used() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Sources().base_currency = "EUR"


@pytest.mark.parametrize(
    ("locale", "language"), [(None, "en"), ("en", "en"), ("fr", "fr"), ("fr-CA", "fr"), ("pl", "pl"), ("de", "en")]
)
def test_messages_are_in_the_language_of_the_source_or_in_english(locale: str | None, language: str) -> None:
    assert FileSource(locale=locale).language == language


@pytest.mark.rule("SC-15")
@pytest.mark.parametrize(
    ("profile", "locale", "language"),
    [("smartcrm", None, "pl"), ("reveal_field", None, "fr"), ("smartcrm", "en", "en"), ("payments", None, "en")],
)
def test_without_a_locale_messages_are_in_the_language_of_the_profile(
    profile: str, locale: str | None, language: str
) -> None:
    assert FileSource(profile=profile, locale=locale).language == language


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


@pytest.mark.rule("AU-03", "AMB-15")
def test_a_plan_is_asked_for_only_where_one_is_named() -> None:
    for plan in ("growth", "Lifetime", None):
        assert StripeSource(kind="stripe", plan=plan).plan == plan
    with pytest.raises(ValidationError, match="plans growth and lifetime only"):
        StripeSource(kind="stripe", plan="starter")
