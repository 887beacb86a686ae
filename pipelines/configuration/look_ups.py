"""Look-ups: where the known managers, plans, groups and references of a source stand, and what an unknown one costs.

Lives here: the keys of `sources.yaml` for them. Not here: reading a table and looking values up
(`pipelines/reference_tables/`).
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, ValidationInfo, field_validator

from pipelines.configuration.typed import Typed

TABLES = ("account_managers", "dunning_plans", "groups", "invoice_references")
"""The keys of a source that name a table."""

LOOKED_UP = {"account_manager": "account_managers", "dunning_plan": "dunning_plans", "groups": "groups"}
"""The fields whose values are looked up, each in the table of its key."""

FOLDER = "folder"
OnUnknown = Literal["reject", "reject_row", "create", "keep_as_text"]
KEPT: tuple[OnUnknown, ...] = ("create", "keep_as_text")


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """A relative path begins where `sources.yaml` lies, wherever the command was started."""
    return info.context[FOLDER] / path if info.context else path


TablePath = Annotated[Path, AfterValidator(_beside_the_file)]


DEFAULTS: dict[str, OnUnknown] = {"account_manager": "reject", "dunning_plan": "reject", "groups": "create"}


class OnUnknownValues(Typed):
    """What a value costs that stands in no table (AMB-36, AMB-24): itself, its row, or nothing."""

    account_manager: OnUnknown | None = None
    dunning_plan: OnUnknown | None = None
    groups: OnUnknown | None = None

    def of(self, field: str) -> OnUnknown:
        """The policy of a field that is looked up."""
        return getattr(self, field) or DEFAULTS[field]


class LookUpKeys(Typed):
    """Where a source's known managers, plans, groups and references stand."""

    account_managers: TablePath | None = None
    dunning_plans: TablePath | None = None
    groups: TablePath | None = None
    invoice_references: TablePath | None = None
    on_unknown: OnUnknownValues = OnUnknownValues()

    @field_validator("on_unknown")
    @classmethod
    def _what_is_refused_can_be_looked_up(cls, told: OnUnknownValues, others: ValidationInfo) -> OnUnknownValues:
        """Nothing is unknown where no table says what is known: a policy that was written would have no effect."""
        for field, key in LOOKED_UP.items():
            if getattr(told, field) not in (None, *KEPT) and others.data.get(key) is None:
                raise ValueError(f"{field} is looked up in no table; name it with {key}: FILE")
        return told

    @property
    def tables(self) -> dict[str, Path]:
        """The reference tables by their keys."""
        return {key: path for key in TABLES if (path := getattr(self, key)) is not None}
