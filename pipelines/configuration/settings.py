"""Configuration: where things lie and what is known of each source, typed; an unknown key is an error.

Lives here: the folders of CUSTOMERS_HOME, the shape and the reading of `sources.yaml`, own profiles included. Not
here: the environment (`assets/instance/resources.py` reads it and passes paths in), the profiles of the seeds
(`schemas/profiles.py`).
"""

import codecs
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from pipelines.configuration.asked import OnOverlap
from pipelines.configuration.cron import fault_of_schedule
from pipelines.configuration.look_ups import LookUpKeys
from pipelines.configuration.notifications import MailServer, Recipient
from pipelines.configuration.own_profile import OwnProfile
from pipelines.configuration.retention import Retention
from pipelines.configuration.segments import Conditions
from pipelines.configuration.segments import Name as SegmentName
from pipelines.configuration.typed import Count, FileLimits, PhoneLibrary, Ratio, Typed
from pipelines.configuration.update_rules import UpdateKeys
from pipelines.configuration.yaml_documents import meant, why_no_folder
from pipelines.errors import WrongUse
from pipelines.language.languages import is_country
from schemas.codes import Language
from schemas.profiles import (
    PROFILES,
    Profile,
    RowPolicy,
)
from schemas.ways_in.actions import both_ways
from schemas.ways_in.manual_entry import MANUAL

STRIPE_API = "https://api.stripe.com"
STRIPE_PLANS = ("growth", "lifetime")
Locale = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
OF_MANUAL = {"locale", "default_country", "account_managers", "dunning_plans", "groups", "on_unknown"}
"""What may be said of the source of entries by hand."""
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class FileSource(LookUpKeys, UpdateKeys):
    """A source whose data come as files."""

    kind: Literal["file"] = "file"
    profile: str = "default"
    locale: Locale | None = None
    currency: Currency | None = None
    default_country: Country | None = None
    mapping: dict[str, str] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    keep: tuple[str, ...] | Literal["rest"] = ()
    amounts: Literal["cumulative", "snapshot"] = "cumulative"
    on_overlap: OnOverlap | None = None
    encoding: str | None = None
    delimiter: Literal[",", ";", "|", "\t"] | None = None
    header_row: Count | None = None
    sheet: str | None = None
    row_policy: RowPolicy | None = None
    max_reject_ratio: Ratio | None = None
    limits: FileLimits = FileLimits()

    @field_validator("keep", mode="before")
    @classmethod
    def _kept_are_titles_or_the_rest(cls, keep: object) -> object:
        if keep != "rest" and not (isinstance(keep, list | tuple) and all(isinstance(title, str) for title in keep)):
            raise ValueError("write the titles of columns as a list, [Birthday, Shoe size], or rest for all of them")
        return keep

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

    @model_validator(mode="after")
    def _only_adding_sources_add_up(self) -> Self:
        """A newer file of a source of snapshots takes the place of all that made its customers known."""
        if self.amounts == "snapshot" and not self.updates:
            raise ValueError("updates: false goes with amounts: cumulative, for a snapshot changes what it sent before")
        return self

    @property
    def language(self) -> Language:
        """The language of messages to this source's senders: its locale's; without one, its profile's."""
        profile = PROFILES.get(self.profile)
        # Messages exist in three languages; whoever speaks another one is told in English.
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
        # It would stand in errors and logs.
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
        # The host alone: a port or a path does not make it another server.
        return urlsplit(self.api_base).hostname == urlsplit(STRIPE_API).hostname


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
    phone_library: PhoneLibrary = "rphonenumbers"
    group: Annotated[str, Field(min_length=1)] | None = None
    retention: Retention = Retention()
    change_feed: bool = False
    segments: dict[SegmentName, tuple[Conditions, ...]] = Field(default_factory=dict)
    profiles: dict[str, OwnProfile] = Field(default_factory=dict)
    sources: dict[str, AnySource] = Field(default_factory=dict)
    notifications: dict[str, Recipient] = Field(default_factory=dict)
    mail_server: MailServer | None = None
    _unusable: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("segments", mode="before")
    @classmethod
    def _one_way_or_several(cls, told: object) -> object:
        """A segment has one set of conditions, or a list of them: whoever keeps one of these is in it."""
        if not isinstance(told, dict):
            return told
        return {name: ways if isinstance(ways, list | tuple) else [ways] for name, ways in told.items()}

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
    def _nothing_is_said_of_files_by_hand(self) -> Self:
        """What is entered by hand comes in no file: what its source says of files would have no effect."""
        source = self.sources.get(MANUAL)
        if source is not None and (idle := sorted(source.model_fields_set - OF_MANUAL - {_kept_kind(source)})):
            text = f"{MANUAL} is the source of what people enter by hand; it takes {', '.join(sorted(OF_MANUAL))}"
            raise _fault(("sources", MANUAL, idle[0]), text, getattr(source, idle[0]))
        return self

    @model_validator(mode="after")
    def _mail_has_a_server(self) -> Self:
        for name, recipient in self.notifications.items():
            if recipient.mail and self.mail_server is None:
                raise _fault(("notifications", name, "mail"), "name the server at mail_server, beside it", name)
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
        if name == MANUAL:
            raise WrongUse(f"{MANUAL} is the source of what people enter by hand and takes no files; name another one")
        if name not in self.sources and (reason := why_no_folder(name)):
            raise WrongUse(f"source {name!r} has no plain name of a folder: {reason}")
        source = self.sources.get(name, FileSource())
        if isinstance(source, StripeSource):
            raise WrongUse(
                f"{name} is a Stripe source: it takes no files; {both_ways('stripe_sync', source=name)} reads it"
            )
        return source

    @property
    def manual_source(self) -> FileSource:
        """On what terms people enter customers by hand: their locale and country, the tables of managers and plans.

        Raises WrongUse where its declaration is wrong.
        """
        self._hold_to_fault(MANUAL)
        source = self.sources.get(MANUAL)
        return source if isinstance(source, FileSource) else FileSource()

    def stripe_source(self, name: str) -> StripeSource:
        """The Stripe source of that name; WrongUse where there is none, or its declaration is wrong."""
        self._hold_to_fault(name)
        source = self.sources.get(name)
        if not isinstance(source, StripeSource):
            known = ", ".join(self.stripe_sources) or "none; declare one with `kind: stripe`"
            near = meant(name, self.stripe_sources)
            raise WrongUse(f"{name!r} is no Stripe source of sources.yaml{near}; those are: {known}")
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
        """The profile that a source's files are validated by, with what the source says on top (AMB-34)."""
        return source.applied(self.profile(source.profile))

    def _unknown(self, name: str) -> str:
        near, known = meant(name, self.profile_names), ", ".join(self.profile_names)
        return f"unknown profile {name!r}{near}; known profiles are {known}"


def _kept_kind(source: FileSource | StripeSource) -> str:
    """The key that may say again what it is."""
    return "kind" if isinstance(source, FileSource) else ""


def _fault(place: tuple[str, ...], text: str, found: object) -> ValidationError:
    """A fault at a place of the file that only the whole file shows."""
    told = PydanticCustomError("sources", "{text}", {"text": text})
    return ValidationError.from_exception_data("Sources", [InitErrorDetails(type=told, loc=place, input=found)])
