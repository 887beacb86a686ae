"""Profiles of a deployment: a built-in profile with other rules, declared in `sources.yaml`.

Lives here: what such a declaration may change, and the profile it makes. Not here: built-in ones
(`schemas/profiles.py`).
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Self

from pydantic import (
    Field,
    model_validator,
)

from pipelines.configuration.typed import FileLimits, Names, Ratio, Typed
from pipelines.language.spelling import normalise
from schemas.codes import Language
from schemas.fields import BY_NAME, fields_of
from schemas.profiles import (
    PROFILES,
    Format,
    KeyRung,
    MappingMode,
    Profile,
    RowPolicy,
    TemplateColumn,
    identifies_every_row,
)

OF_A_PAYMENT = ("amount", "payment_date")
"""What every payment has (contract page 2): its totals and days are made of it."""


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
    aliases: dict[str, str] = Field(default_factory=dict)
    template: dict[str, str] | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        """Every name is known, a payment stays one, and whoever fills in what is required can be told from others."""
        _check_known(self.based_on, tuple(PROFILES), "based_on", "profile")
        allowed = tuple(field.name for field in fields_of(PROFILES[self.based_on].grain))
        for key, names in self._field_names().items():
            for name in names:
                _check_known(name, allowed, key, "field")
        # Asked of the profile that comes out, whatever of it was said and whatever stayed of the base.
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


def _check_known(name: str, allowed: Names, key: str, what: str) -> None:
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
