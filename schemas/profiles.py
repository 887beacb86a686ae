"""Profiles: what one kind of file must hold, as data.

Lives here: required and recommended fields, grain, key ladder. Not here: how a file is read or judged.
"""

from dataclasses import dataclass, replace
from typing import Literal

from schemas.fields import Grain

KeyRung = Literal["email", "external_id"]


@dataclass(frozen=True)
class Profile:
    """The rules of one kind of file.

    `required` fields must have a column; `recommended` ones are named in a warning when absent.
    `key` is the ladder that identifies a row's customer: the first rung with a value wins (AMB-42).
    """

    name: str
    description: str
    grain: Grain
    required: tuple[str, ...]
    recommended: tuple[str, ...] = ()
    key: tuple[KeyRung, ...] = ("email",)
    max_bytes: int = 1_000_000_000


_ASKUSERS = Profile(
    name="askusers",
    description="Customer list of AskUsers: one row per customer, e-mail and name required (AU-04…AU-11)",
    grain="customer",
    required=("email", "name"),
    recommended=("total_spent",),
)

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        replace(_ASKUSERS, name="default", description="As askusers, without its limits"),
        _ASKUSERS,
        Profile(
            name="payments",
            description="Payment list: one row per payment; e-mail, amount and date required",
            grain="payment",
            required=("email", "amount", "payment_date"),
        ),
    )
}
