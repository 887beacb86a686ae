"""Configuration: where things lie and what is known of each source, typed; an unknown key is an error.

Lives here: the folders of CUSTOMERS_HOME, the shape and the reading of `sources.yaml`, own profiles included. Not
here: the environment (`assets/instance/resources.py` reads it and passes paths in), the profiles of the seeds
(`schemas/profiles.py`).
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from pipelines.configuration.cron import fault_of_schedule
from pipelines.configuration.yaml_documents import why_no_folder
from pipelines.errors import WrongUse
from pipelines.language.languages import is_country
from pipelines.language.spelling import normalise
from schemas.fields import BY_NAME, fields_of
from schemas.profiles import (
    ANY_FORMAT,
    PROFILES,
    Format,
    KeyRung,
    Language,
    MappingMode,
    Profile,
    RowPolicy,
    TemplateColumn,
    identifies_every_row,
)

DEFAULT_SOURCE = "default"
STRIPE_API = "https://api.stripe.com"
STRIPE_PLANS = ("growth", "lifetime")
Locale = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
OnOverlap = Literal["add", "replace", "skip_identical"]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Ratio = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Names = tuple[str, ...]
OF_A_PAYMENT = ("amount", "payment_date")
"""What every payment has (contract page 2): its totals and days are made of it."""


class Typed(BaseModel):
    """Base of all configuration: frozen, and a key that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileLimits(Typed):
    """How large a file may be: bytes, for every format or by format, rows of data, signs of a cell, bytes unpacked."""

    max_bytes: dict[Format, Count] = {}
    max_rows: Count | None = None
    max_cell: Count | None = None
    max_expanded: Count | None = None

    @field_validator("max_bytes", mode="before")
    @classmethod
    def _every_format(cls, told: object) -> object:
        return dict.fromkeys(ANY_FORMAT, told) if isinstance(told, int) else told

    def applied(self, profile: Profile) -> Profile:
        """The profile with these limits where they are told."""
        sizes: dict[str, int] = {**profile.max_bytes, **{str(kind): size for kind, size in self.max_bytes.items()}}
        return replace(
            profile,
            max_bytes=MappingProxyType(sizes),
            max_rows=self.max_rows or profile.max_rows,
            max_cell=self.max_cell or profile.max_cell,
            max_expanded=self.max_expanded or profile.max_expanded,
        )


class FileSource(Typed):
    """A source whose data come as files."""

    kind: Literal["file"] = "file"
    profile: str = "default"
    locale: Locale | None = None
    currency: Currency | None = None
    default_country: Country | None = None
    mapping: dict[str, str] = {}
    ignore: tuple[str, ...] = ()
    amounts: Literal["cumulative", "snapshot"] = "cumulative"
    on_overlap: OnOverlap | None = None
    encoding: str | None = None
    delimiter: Literal[",", ";", "|", "\t"] | None = None
    header_row: Count | None = None
    sheet: str | None = None
    row_policy: RowPolicy | None = None
    max_reject_ratio: Ratio | None = None
    limits: FileLimits = FileLimits()

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, encoding: str | None) -> str | None:
        try:
            return None if encoding is None else codecs.lookup(encoding).name
        except LookupError:
            raise ValueError("no such encoding; write utf-8, cp1252, cp1250, iso-8859-2…") from None

    @field_validator("default_country")
    @classmethod
    def _country_exists(cls, country: str | None) -> str | None:
        if country is not None and not is_country(country):
            raise ValueError("no such country; write its ISO 3166 code of two letters: FR, PL, GB…")
        return country

    @property
    def language(self) -> Language:
        """The language of messages to this source's senders: its locale's; without one, its profile's."""
        profile = PROFILES.get(self.profile)
        spoken = self.locale[:2] if self.locale else profile.language if profile else "en"
        return "fr" if spoken == "fr" else "pl" if spoken == "pl" else "en"

    def applied(self, profile: Profile) -> Profile:
        """The profile with the source's own row policy, ratio and limits."""
        told = {"row_policy": self.row_policy, "max_reject_ratio": self.max_reject_ratio}
        known = {name: value for name, value in told.items() if value is not None}
        return self.limits.applied(replace(profile, **known))  # type: ignore[arg-type]  # each value has its field's type


class StripeSource(Typed):
    """A source whose data is a Stripe account, read again and again; each sync replaces what it contributed."""

    kind: Literal["stripe"]
    api_base: Annotated[str, Field(pattern=r"^https?://")] = STRIPE_API
    recorded: str | None = None
    mode: Literal["live", "test"] | None = None
    plan: str | None = None
    count_charges: Literal["settled", "succeeded", "all"] = "settled"
    amount_field: Literal["amount", "amount_captured"] = "amount"
    count_zero_amounts: bool = False
    guests: Literal["attach", "create", "park"] = "attach"
    deleted_customers: Literal["remove", "keep"] = "remove"
    min_spend: Annotated[Decimal, Field(ge=0)] | None = None
    rates: str | None = None
    schedule: str = "0 * * * *"
    full_sweep: str = "30 3 * * 0"
    look_back_days: Annotated[int, Field(ge=1, le=400)] = 45
    requests_per_second: Annotated[float, Field(gt=0, le=100)] | Literal["unlimited"] | None = None
    workers: Annotated[int, Field(ge=1, le=64)] = 24
    sequential: bool | None = None

    @field_validator("plan")
    @classmethod
    def _plan_allows_stripe(cls, plan: str | None) -> str | None:
        """Asked only where a plan is named (AU-03, AMB-15)."""
        if plan is not None and plan.lower() not in STRIPE_PLANS:
            raise ValueError(f"Stripe comes with the plans {' and '.join(STRIPE_PLANS)} only")
        return plan

    @field_validator("api_base")
    @classmethod
    def _api_base_is_an_address_alone(cls, api_base: str) -> str:
        address = urlsplit(api_base)
        if address.username is not None or address.password is not None or address.query or address.fragment:
            raise ValueError("a server's address alone is meant, such as https://api.stripe.com: no user, no password")
        return api_base

    @field_validator("schedule", "full_sweep")
    @classmethod
    def _schedule_is_cron(cls, schedule: str) -> str:
        if fault := fault_of_schedule(schedule):
            raise ValueError(f"{fault}; write minute, hour, day, month and day of the week, such as 0 * * * *, in UTC")
        return schedule

    @model_validator(mode="after")
    def _stripe_is_limited(self) -> Self:
        if self.requests_per_second == "unlimited" and self.is_stripe_itself:
            raise ValueError("requests_per_second: unlimited is for a local api_base; Stripe allows 25 (stripe.md 0.2)")
        return self

    @property
    def is_stripe_itself(self) -> bool:
        """Whether the account is at Stripe, and not at a server that only speaks like it."""
        return urlsplit(self.api_base).hostname == urlsplit(STRIPE_API).hostname


class OwnProfile(Typed):
    """A profile of this deployment: one of the built-in ones with other rules. What is not said stays as there."""

    based_on: str = "default"
    description: str | None = None
    required: Names | None = None
    required_one_of: tuple[Names, ...] | None = None
    recommended: Names | None = None
    key: tuple[KeyRung, ...] | None = Field(default=None, min_length=1)
    formats: tuple[Format, ...] | None = Field(default=None, min_length=1)
    single_sheet: bool | None = None
    header_first: bool | None = None
    utf8_only: bool | None = None
    mapping_mode: MappingMode | None = None
    row_policy: RowPolicy | None = None
    max_reject_ratio: Ratio | None = None
    language: Language | None = None
    limits: FileLimits = FileLimits()
    aliases: dict[str, str] = {}
    template: dict[str, str] | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        """Every name is known, a payment stays one, and whoever fills in what is required can be told from others."""
        _known(self.based_on, tuple(PROFILES), "based_on", "profile")
        allowed = tuple(field.name for field in fields_of(PROFILES[self.based_on].grain))
        for key, names in self._field_names().items():
            for name in names:
                _known(name, allowed, key, "field")
        made = self.profile("own")
        lost = [name for name in OF_A_PAYMENT if made.grain == "payment" and name not in made.required]
        if lost:
            raise ValueError(
                f"required: a payment without {' or '.join(lost)} adds up to nothing; "
                f"add {', '.join(lost)}, or base the profile on a list of customers"
            )
        if not identifies_every_row(made):
            raise ValueError(
                f"key: a row that fills what is required ({_spelled(made.groups)}) may have no value for the key "
                f"({', '.join(made.key)}); require one of them"
            )
        return self

    def _field_names(self) -> dict[str, Names]:
        return {
            "required": self.required or (),
            "required_one_of": tuple(name for group in self.required_one_of or () for name in group),
            "recommended": self.recommended or (),
            "aliases": tuple(self.aliases.values()),
            "template": tuple((self.template or {}).values()),
        }

    def profile(self, name: str) -> Profile:
        """The profile that this declares."""
        base = PROFILES[self.based_on]
        same = ("required", "required_one_of", "recommended", "key", "formats", "single_sheet", "header_first")
        more = ("utf8_only", "description", "mapping_mode", "row_policy", "max_reject_ratio", "language")
        told = {key: getattr(self, key) for key in (*same, *more) if getattr(self, key) is not None}
        titles = {normalise(title): field for title, field in (self.aliases | (self.template or {})).items()}
        changed = replace(base, name=name, aliases=MappingProxyType({**base.aliases, **titles}), **told)
        return replace(self.limits.applied(changed), template=_template(changed, self.template))


def _kind_of(declared: object) -> str:
    kind = declared.get("kind", "file") if isinstance(declared, dict) else getattr(declared, "kind", "file")
    return str(kind)


AnySource = Annotated[
    Annotated[FileSource, Tag("file")] | Annotated[StripeSource, Tag("stripe")],
    Discriminator(_kind_of, custom_error_type="kind", custom_error_message="kind: write `file` or `stripe`"),
]


class Sources(Typed):
    """`sources.yaml`: the deployment's base currency, the group that may read, own profiles, the sources."""

    base_currency: Currency = "USD"
    group: Annotated[str, Field(min_length=1)] | None = None
    keep_runs_days: Annotated[int, Field(ge=1)] = 90
    profiles: dict[str, OwnProfile] = {}
    sources: dict[str, AnySource] = {}
    _unusable: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @property
    def unusable(self) -> Mapping[str, str]:
        """The declared sources that have a wrong key or value, each with its fault; whoever asks for one is told."""
        return self._unusable

    def lacking(self, faults: Mapping[str, str]) -> Self:
        """The same sources, and beside them those whose declarations have these faults."""
        lacking = self.model_copy()
        lacking._unusable = faults
        return lacking

    @model_validator(mode="after")
    def _names_are_folders(self) -> Self:
        """Sources are folders of the inbox, profiles and sources names of files."""
        for group, names in (("sources", self.sources), ("profiles", self.profiles)):
            for name in names:
                if reason := why_no_folder(name):
                    raise _fault((group, name), f"no plain name of a folder: {reason}", name)
        return self

    @model_validator(mode="after")
    def _profiles_exist(self) -> Self:
        taken = [name for name in self.profiles if name in PROFILES]
        if taken:
            raise _fault(("profiles", taken[0]), "a built-in profile has this name; take another", taken[0])
        for name, source in self.sources.items():
            if isinstance(source, FileSource) and source.profile not in self.profile_names:
                raise _fault(("sources", name, "profile"), self._unknown(source.profile), source.profile)
        return self

    @property
    def profile_names(self) -> tuple[str, ...]:
        """Every profile that a source may have, the built-in ones first."""
        return (*PROFILES, *self.profiles)

    def source(self, name: str) -> FileSource:
        """The declared source of files of that name; one that is not declared takes the profile `default`.

        Raises WrongUse for a Stripe source, for a name that no folder can have, and for a declaration that is wrong.
        """
        self._hold_to_fault(name)
        if name not in self.sources and (reason := why_no_folder(name)):
            raise WrongUse(f"source {name!r} has no plain name of a folder: {reason}")
        source = self.sources.get(name, FileSource())
        if isinstance(source, StripeSource):
            raise WrongUse(f"{name} is a Stripe source: it takes no files; `customers stripe sync {name}` reads it")
        return source

    def stripe_source(self, name: str) -> StripeSource:
        """The Stripe source of that name; WrongUse where there is none, or its declaration is wrong."""
        self._hold_to_fault(name)
        source = self.sources.get(name)
        if not isinstance(source, StripeSource):
            known = ", ".join(self.stripe_sources) or "none; declare one with `kind: stripe`"
            raise WrongUse(f"{name!r} is no Stripe source of sources.yaml; those are: {known}")
        return source

    def _hold_to_fault(self, name: str) -> None:
        if name in self._unusable:
            raise WrongUse(self._unusable[name])

    @property
    def stripe_sources(self) -> dict[str, StripeSource]:
        """The Stripe sources by their names."""
        return {name: source for name, source in self.sources.items() if isinstance(source, StripeSource)}

    def profile(self, name: str) -> Profile:
        """The profile of that name, built-in or own; WrongUse for one that does not exist."""
        if name in self.profiles:
            return self.profiles[name].profile(name)
        if name not in PROFILES:
            raise WrongUse(self._unknown(name))
        return PROFILES[name]

    def profile_of(self, source: FileSource) -> Profile:
        """The profile that a source's files are judged by, with what the source says on top (AMB-34)."""
        return source.applied(self.profile(source.profile))

    def _unknown(self, name: str) -> str:
        return f"unknown profile {name!r}; known profiles are {', '.join(self.profile_names)}"


def _fault(place: tuple[str, ...], text: str, found: object) -> ValidationError:
    """A fault at a place of the file that only the whole file shows."""
    told = PydanticCustomError("sources", "{text}", {"text": text})
    return ValidationError.from_exception_data("Sources", [InitErrorDetails(type=told, loc=place, input=found)])


def _known(name: str, allowed: Names, key: str, what: str) -> None:
    if name not in allowed:
        raise ValueError(f"{key}: unknown {what} {name!r}; known are {', '.join(allowed)}")


def _spelled(groups: tuple[Names, ...]) -> str:
    return ", ".join(" or ".join(group) for group in groups) or "nothing"


def _template(profile: Profile, titles: Mapping[str, str] | None) -> tuple[TemplateColumn, ...]:
    """The columns told, or those of the base with what else is required; notes and examples are those known."""
    if titles is not None:
        return tuple(replace(_column(field, profile), title=title) for title, field in titles.items())
    there = {column.field for column in profile.template}
    absent = [group[0] for group in profile.groups if not set(group) & there]
    return (*profile.template, *(_column(field, profile) for field in absent))


def _column(field: str, profile: Profile) -> TemplateColumn:
    """A column for a field: as the profile's template has it, or another one's, or named after the field."""
    listed = [column for known in (profile, *PROFILES.values()) for column in known.template]
    plain = TemplateColumn(field, field, note=BY_NAME[field].description)
    return next((column for column in listed if column.field == field), plain)


@dataclass(frozen=True)
class Home:
    """The folders of CUSTOMERS_HOME (contract page 2).

    `attempt`: the part of staging that one run has to itself, so that runs at the same time never meet in a folder.
    """

    root: Path
    attempt: str = ""

    def of(self, attempt: str) -> "Home":
        """The same home as one run sees it."""
        return replace(self, attempt=attempt)

    @property
    def inbox(self) -> Path:
        """Files dropped by people."""
        return self.root / "inbox"

    @property
    def archive(self) -> Path:
        """Untouched originals, a folder per import."""
        return self.root / "archive"

    @property
    def staging(self) -> Path:
        """What was read, all text, a folder per import key; of a run that is going on, in a folder of its own."""
        return self.root / "staging" / self.attempt

    @property
    def rejects(self) -> Path:
        """Reject files, named after their imports."""
        return self.root / "rejects"

    @property
    def templates(self) -> Path:
        """Generated templates."""
        return self.root / "templates"

    @property
    def mappings(self) -> Path:
        """Mappings that were saved, a file per source."""
        return self.root / "mappings"

    @property
    def working(self) -> Path:
        """The working database; only the pipeline opens it."""
        return self.root / "warehouse" / "working.duckdb"

    @property
    def published(self) -> Path:
        """The snapshot that analysts open."""
        return self.root / "customers.duckdb"

    @property
    def secrets(self) -> Path:
        """Sealed Stripe keys, a file per source, readable by their owner alone."""
        return self.root / "secrets"

    @property
    def extracts(self) -> Path:
        """What was read of each Stripe source so far, until a sync has booked it."""
        return self.root / "staging" / ".stripe"

    @property
    def logs(self) -> Path:
        """What went wrong unforeseen, without any text of a sender."""
        return self.root / "logs"

    @property
    def dagster(self) -> Path:
        """Dagster's own storage."""
        return self.root / "dagster"
