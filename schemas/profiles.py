"""Profiles: what one kind of file must hold, as data.

Lives here: formats, limits, required fields, key ladders, row policies, the titles of templates. Not here: how a
file is read or validated, own profiles of a deployment (`pipelines/configuration/settings.py`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from schemas.codes import Language
from schemas.fields import Grain
from schemas.wordlists import wordlist

KeyRung = Literal["email", "external_id", "name", "phone"]
Format = Literal["csv", "xlsx", "xls", "xlsb", "ods", "ndjson"]
MappingMode = Literal["auto", "explicit", "strict_template"]
RowPolicy = Literal["skip", "abort"]

ANY_FORMAT: tuple[Format, ...] = ("csv", "xlsx", "xls", "xlsb", "ods")
"""The formats of lists."""
EVERY_FORMAT: tuple[Format, ...] = (*ANY_FORMAT, "ndjson")
ANY_DELIMITER = (",", ";", "|", "\t")
MAX_BYTES = 1_000_000_000
"""What a file may have where its profile says nothing: a guard, not a rule of a seed (AMB-32)."""
MAX_CELL = 1_000_000
"""Signs of one cell: a workbook's holds 32,767, the longest notes of a shop system some ten thousands."""

MAX_EXPANDED, LEAST_EXPANDED, EXPANDING = 1_000_000_000, 100_000_000, 20
"""Bytes that a workbook may unpack to, so many times what its file may have: lists of customers unpack to five to
twelve times, and reading takes some ten bytes of memory for each."""

BREAKER_ROWS = 20
"""Below so many rows no share of rejected rows refuses the file: one typing error in a short list is no pattern."""

NAMES = ("name", "first_name", "last_name")
PHONES = ("phone", "mobile")
DETAILS = ("accounting_code", "vat_number", "address", "postal_code", "city", "region", "country")
ASSIGNMENT = ("account_manager", "dunning_plan")
CONTACT = (
    "contact_email",
    "contact_first_name",
    "contact_last_name",
    "contact_phone",
    "contact_mobile",
    "contact_reference",
    "position",
    "is_primary",
)


@dataclass(frozen=True)
class TemplateColumn:
    """A column of a profile's template: its title, what it means, an example, a note for who fills it in."""

    title: str
    field: str
    example: str = ""
    note: str = ""


@dataclass(frozen=True)
class Need:
    """A rule of one block of columns: rows that fill one of `where` must fill one of `one_of` (AMB-25).

    `code` is what a row gets that does not; without one, that of the blank field.
    """

    where: tuple[str, ...]
    one_of: tuple[str, ...]
    code: str | None = None


@dataclass(frozen=True)
class Profile:
    """The rules of one kind of file.

    `required` fields must have a column, and a value in every row; of each group of `required_one_of` one must
    (RF-11); `needs` are rules of rows that fill other columns; `recommended` ones are named in a warning when
    absent. `key` is the ladder that identifies a row's customer: the first rung with a value wins (AMB-42).
    `utf8_only` takes text in no other encoding but one that is told (RF-01, AMB-29).
    `max_bytes` is by format, `max_rows` counts data rows that are not blank (AMB-31), `max_cell` the signs of
    one cell, `max_expanded` the bytes that a workbook unpacks to (PIT-19). `row_policy` says whether a
    bad row costs itself or the file; beyond `max_reject_ratio` it is the file anyway (AMB-34). `aliases` are titles
    (normalised) that mean a field in this profile; they win over those known everywhere. `mapping_mode`:
    `auto` takes every known title, `explicit` only the profile's own and those that the source maps,
    `strict_template` the template's titles, unchanged (AMB-35). `language` is that of the titles, and of messages
    where the source names no locale.
    """

    name: str
    description: str
    grain: Grain
    required: tuple[str, ...]
    recommended: tuple[str, ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    needs: tuple[Need, ...] = ()
    key: tuple[KeyRung, ...] = ("email",)
    formats: tuple[Format, ...] = ANY_FORMAT
    delimiters: tuple[str, ...] = ANY_DELIMITER
    max_bytes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    max_rows: int | None = None
    max_cell: int = MAX_CELL
    max_expanded: int | None = None
    single_sheet: bool = False
    header_first: bool = False
    utf8_only: bool = False
    mapping_mode: MappingMode = "auto"
    row_policy: RowPolicy = "skip"
    max_reject_ratio: float = 0.5
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    template: tuple[TemplateColumn, ...] = ()
    language: Language = "en"

    def holds_payments(self, fields: Collection[str]) -> bool:
        """Whether a file with these fields tells of single payments: a payment list, or events with orders."""
        return self.grain == "payment" or (self.grain == "event" and "amount" in fields)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Every group of which a row must fill one: the required fields alone, then `required_one_of`."""
        return (*((name,) for name in self.required), *self.required_one_of)

    def called(self, field: str) -> str:
        """A field as the senders of this profile know it, by the title of their template, with our name for whoever
        maps columns: `Imię (first_name)` (SC-15); our name alone where the title says no more.
        """
        titles = (column.title for column in self.template if column.field == field)
        title = next(titles, field)
        return field if title.casefold().replace(" ", "_") == field else f"{title} ({field})"

    def largest(self, kind: str) -> int:
        """The bytes that a file of this format may have, inclusive."""
        return self.max_bytes.get(kind, MAX_BYTES)

    def expanded(self, kind: str) -> int:
        """The bytes that a file of this format may unpack to, inclusive (PIT-19)."""
        # Never less than the least: a small limit for files must not refuse a workbook that unpacks well.
        return self.max_expanded or min(MAX_EXPANDED, max(LEAST_EXPANDED, EXPANDING * self.largest(kind)))


def missing_columns(profile: Profile, fields: Collection[str]) -> tuple[str, ...]:
    """What no column of a file stands for though the profile asks for it; alternatives are joined by ` / `.

    A first or last name makes a name, and so may a company. Of a block of columns that a file has, the fields it needs
    are asked for too.
    """
    naming = {*NAMES, "company"} if takes_companies(profile) else set(NAMES)
    present = set(fields) | ({"name"} if naming & set(fields) else set())
    wanted = [*profile.groups, *(need.one_of for need in profile.needs if set(need.where) & present)]
    return tuple(dict.fromkeys(" / ".join(group) for group in wanted if not set(group) & present))


def takes_companies(profile: Profile) -> bool:
    """Whether a customer without a name is called by its company: where a name is asked for that need not be a
    person's (AU-05, UP-20, not RF-11).
    """
    # Where first and last names are alternatives, a person is meant.
    return any("name" in group and not set(NAMES[1:]) & set(group) for group in profile.groups)


def identifies_every_row(profile: Profile) -> bool:
    """Whether a row that fills what is required has a key: no customer may be without identity (PIT-49)."""
    named = any(set(group) <= set(NAMES) for group in profile.groups)
    keyed: set[str] = {rung for rung in profile.key if rung in ("email", "external_id")}
    keyed |= set(NAMES) if "name" in profile.key else set()
    keyed |= set(PHONES) if "phone" in profile.key and named else set()
    return any(set(group) <= keyed for group in profile.groups)


def _listed(name: str, profile: str) -> list[dict[str, str]]:
    """The lines of a profile in a list."""
    return [line for line in wordlist(name) if line["profile"] == profile]


def _with_titles(profile: Profile) -> Profile:
    """The profile with its template and its titles, as they are listed."""
    columns = [
        TemplateColumn(line["title"], line["field"], line["example"], line["note"])
        for line in _listed("profile_titles", profile.name)
    ]
    aliases = {line["alias"]: line["field"] for line in _listed("profile_aliases", profile.name)}
    # A read-only view: profiles are shared by all files of a process.
    return replace(profile, template=tuple(columns), aliases=MappingProxyType(aliases))


_DEFAULT = Profile(
    name="default",
    description="A customer list of any origin: one row per customer, e-mail and name required",
    grain="customer",
    required=("email", "name"),
    recommended=("total_spent",),
)

_ASKUSERS = replace(
    _DEFAULT,
    name="askusers",
    description="Customer list of AskUsers: one row per customer, e-mail and name required (AU-04…AU-11)",
    language="fr",
)

_UPFLOW = Profile(
    name="upflow",
    description="Clients, groups, assignments and contacts of Upflow: one row per client or per contact"
    " (UP-06…UP-09, UP-18…UP-21, UP-23…UP-35)",
    grain="customer",
    required=(),
    required_one_of=(("name", "external_id"),),
    needs=(
        Need(("external_id",), ("name", *ASSIGNMENT, "groups", "contact_email")),
        Need(DETAILS, ("name",)),
        Need(ASSIGNMENT, ("external_id",)),
        Need(("group_reference",), ("groups",)),
        Need(tuple(name for name in CONTACT if name != "contact_email"), ("contact_email",)),
        Need(CONTACT, ("name", "external_id"), "CONTACT_WITHOUT_CLIENT"),
    ),
    # No address: an Upflow client is a company, and addresses are those of its contacts (UP-31).
    key=("external_id", "name"),
    formats=("csv",),
    delimiters=(";", ",", "|"),
    language="fr",
)

_REVEAL_FIELD = Profile(
    name="reveal_field",
    description="Customer contacts of Reveal Field: a name and a phone number required"
    " (RF-01, RF-04…RF-13, RF-16…RF-21)",
    grain="customer",
    required=(),
    required_one_of=(NAMES, PHONES),
    # A list of contacts need not have addresses: a name and a phone number are enough (RF-11).
    key=("email", "external_id", "phone"),
    formats=("csv", "xlsx", "xls"),
    max_bytes=MappingProxyType({"csv": 20_000_000, "xls": 10_000_000, "xlsx": 5_000_000}),
    max_rows=10_000,
    single_sheet=True,
    header_first=True,
    # The only profile that refuses other encodings outright (RF-01, AMB-29).
    utf8_only=True,
    language="fr",
)

_SMARTCRM = Profile(
    name="smartcrm",
    description="Customers of SmartCRM: first name and e-mail required, one bad row stops the file"
    " (SC-02…SC-05, SC-07)",
    grain="customer",
    required=("first_name", "email"),
    recommended=("phone",),
    formats=("csv",),
    # One bad row stops the file here, as SmartCRM has it (SC-07).
    row_policy="abort",
    language="pl",
)

_MONO_EDITOR = Profile(
    name="mono_editor",
    description="Customers of the Mono editor: its own workbook, the row of titles unchanged (MO-12…MO-21)",
    grain="customer",
    required=("email",),
    formats=("xlsx",),
    header_first=True,
    # A renamed title is a refusal, not a guess (AMB-35).
    mapping_mode="strict_template",
    language="fr",
)

_PAYMENTS = Profile(
    name="payments",
    description="Payment list: one row per payment; e-mail required, amount and date too of payments that count",
    grain="payment",
    required=("email", "amount", "payment_date"),
)

_CAPTURED = Profile(
    name="captured",
    description="What people did on a website, one event per line: forms, newsletter sign-ups, orders, requests for"
    " access; kind, instant and e-mail required (MO-01, MO-05, MO-11)",
    grain="event",
    required=("event_kind", "event_at", "email"),
    formats=("ndjson",),
    max_bytes=MappingProxyType({"ndjson": 100_000_000}),
)

PROFILES: dict[str, Profile] = {
    profile.name: _with_titles(profile)
    for profile in (_DEFAULT, _ASKUSERS, _UPFLOW, _REVEAL_FIELD, _SMARTCRM, _MONO_EDITOR, _PAYMENTS, _CAPTURED)
}
