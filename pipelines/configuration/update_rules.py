"""Update rules: what a source's values may change of a customer, field by field, and whom it may create or change.

Lives here: the keys of `sources.yaml` for them, who owns which field by the system that a source's customers come from
(`schemas/vocabulary/source_systems.csv`). Not here: folding by them (`pipelines/customers/update_rules.py`), telling of
owned fields (`pipelines/conflicts/owned_fields.py`).
"""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from pipelines.configuration.typed import Typed
from schemas.ledger import NEWEST, NEWEST_DETAILS
from schemas.profiles import CONTACT
from schemas.wordlists import wordlist

Rule = Literal["newest", "always", "if_blank", "never"]
USUAL: Rule = "newest"

SINGLE = (*NEWEST, *NEWEST_DETAILS)
"""Fields of which a customer has one value: any rule may decide which."""

SEVERAL = ("groups", "group_reference", *CONTACT)
"""What a customer has several of: a source says it or does not."""

DEFAULT = "default"

BLOCKS: dict[str, tuple[str, ...]] = {
    "details": (
        *(name for name in NEWEST if name not in ("external_id", "reported_monthly_spend")),
        "groups",
        "group_reference",
    ),
    "contacts": CONTACT,
    "account_managers": ("account_manager",),
}
"""The columns of the matrix with their fields; the reference is who the customer is, and no detail (UP-21)."""


def source_systems() -> dict[str, tuple[str, ...]]:
    """The matrix: each system with the fields that it owns, which no import may change (UP-01…UP-05)."""
    return {
        line["source_system"]: tuple(name for block, names in BLOCKS.items() if line[block] == "no" for name in names)
        for line in wordlist("source_systems")
    }


class UpdateKeys(Typed):
    """What a source's rows may do to customers."""

    update: dict[str, Rule] = Field(default_factory=dict)
    ownership: str | None = None
    owned_by: dict[str, str] = Field(default_factory=dict)
    creates: bool = True
    updates: bool = True

    @field_validator("update")
    @classmethod
    def _rules_can_be_kept(cls, told: dict[str, Rule]) -> dict[str, Rule]:
        for name, rule in told.items():
            if name in SEVERAL and rule not in (USUAL, "never"):
                raise ValueError(f"a customer may have several {name}: write {name}: newest, or never")
            _has_a_rule(name, (DEFAULT, *SINGLE, *SEVERAL))
        return told

    @field_validator("ownership")
    @classmethod
    def _system_is_known(cls, told: str | None) -> str | None:
        if told is not None and told not in source_systems():
            raise ValueError(f"no such system; known are {', '.join(source_systems())}")
        return told

    @field_validator("owned_by")
    @classmethod
    def _owned_fields_can_be_left_out(cls, told: dict[str, str]) -> dict[str, str]:
        for name in told:
            _has_a_rule(name, (*SINGLE, *SEVERAL))
        return told

    @model_validator(mode="after")
    def _something_is_left_to_do(self) -> Self:
        if not (self.creates or self.updates):
            raise ValueError("creates: false and updates: false leave nothing that an import could do; take one out")
        return self

    def owners(self, source: str) -> dict[str, str]:
        """Who owns a field, so that the source of this name does not change it: its own matrix first, then the
        system's. A matrix may be shared: what the source itself owns it may change.
        """
        owned = dict.fromkeys(source_systems()[self.ownership] if self.ownership else (), self.ownership or "")
        own = {name for name, owner in self.owned_by.items() if owner == source}
        return {name: owner for name, owner in (owned | self.owned_by).items() if name not in own}

    def rules(self, source: str) -> dict[str, Rule]:
        """The fields that are not folded as usual, each with its rule: what another owns this source never sets."""
        usual = self.update.get(DEFAULT, USUAL)
        told: dict[str, Rule] = dict.fromkeys(SINGLE, usual)
        told |= dict.fromkeys(SEVERAL, "never" if usual == "never" else USUAL)
        told |= {name: rule for name, rule in self.update.items() if name != DEFAULT}
        told |= dict.fromkeys(self.owners(source), "never")
        return {name: rule for name, rule in told.items() if rule != USUAL}


def _has_a_rule(name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise ValueError(
            f"{name!r} has no rule: amounts, counts and dates of all sources add up, addresses say who it is, consent "
            f"has rules of its own; fields with one are {', '.join(known)}"
        )
