"""The ground of all configuration: frozen models that refuse unknown keys, and the types that several of them use.

Lives here: shapes. Not here: sources (`settings.py`), own profiles (`own_profile.py`).
"""

from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
)

from schemas.profiles import (
    EVERY_FORMAT,
    Format,
    Profile,
)

Ratio = Annotated[float, Field(ge=0, le=1)]


Count = Annotated[int, Field(ge=1)]


Names = tuple[str, ...]
PhoneLibrary = Literal["rphonenumbers", "phonenumbers"]


class Typed(BaseModel):
    """Base of all configuration: frozen, and a key that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileLimits(Typed):
    """How large a file may be: bytes, for every format or by format, rows of data, signs of a cell, bytes unpacked."""

    max_bytes: dict[Format, Count] = Field(default_factory=dict)
    max_rows: Count | None = None
    max_cell: Count | None = None
    max_expanded: Count | None = None

    @field_validator("max_bytes", mode="before")
    @classmethod
    def _every_format(cls, told: object) -> object:
        return dict.fromkeys(EVERY_FORMAT, told) if isinstance(told, int) else told

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
