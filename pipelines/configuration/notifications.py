"""Notifications: who is told of what, and how they are reached.

Lives here: the keys of `sources.yaml` for it. Not here: what is told and sent (`pipelines/notifications/`). A secret
stands in the environment or in a file of its own, never here: `sources.yaml` is committed.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from pipelines.configuration.typed import Typed
from schemas.codes import Language

Kind = Literal["done", "rejects", "held", "refused", "failed", "checks", "sync_failed", "sync_late"]
UNASKED: tuple[Kind, ...] = ("rejects", "held", "refused", "failed", "checks", "sync_failed", "sync_late")
"""What somebody is told of who does not say: all that somebody may have to look at."""
WAYS = ("mail", "slack", "webhook", "apprise")
Address = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")]


class Secret(Typed):
    """Where a secret stands: the name of an environment variable, or the path of a file."""

    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    file: Annotated[str, Field(pattern=r"^[^:]+$")] | None = None  # an address is no path

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("write {env: NAME} or {file: PATH}, where the secret stands, not the secret")
        return self


class MailServer(Typed):
    """The server that takes mail: by default with STARTTLS, without which no password is sent."""

    server: Annotated[str, Field(pattern=r"^[^\s/@:]+$")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Address
    user: str | None = None
    password: Secret | None = None

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        if self.security == "none" and self.password is not None:
            raise ValueError("security: none would send the password as it is; write starttls or tls")
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        return self


class Recipient(Typed):
    """Somebody who is told, in one way: mail addresses, a webhook of Slack's, one of any kind, or what apprise knows.

    `events`: of what; the shorter `on` would be a truth in YAML. `sources`: of which alone. `language`: by default that
    of the source.
    """

    mail: tuple[Address, ...] = ()
    slack: Secret | None = None
    webhook: Secret | None = None
    apprise: Secret | None = None
    events: tuple[Kind, ...] = UNASKED
    sources: tuple[str, ...] = ()
    language: Language | None = None

    @field_validator("mail", "events", "sources", mode="before")
    @classmethod
    def _one_or_several(cls, told: object) -> object:
        return (told,) if isinstance(told, str) else told

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len([way for way in WAYS if getattr(self, way)]) != 1:
            raise ValueError(f"write exactly one of {', '.join(WAYS)}; for another way a recipient of its own")
        return self
