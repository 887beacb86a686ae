"""Configuration: where things lie and what is known of each source, typed; an unknown key is an error.

Lives here: the folders of CUSTOMERS_HOME, the shape and the reading of `sources.yaml`. Not here: the
environment (`assets/resources.py` reads it and passes paths in).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipelines.errors import WrongUse
from schemas.profiles import PROFILES

DEFAULT_SOURCE = "default"
Locale = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Typed(BaseModel):
    """Base of all configuration: frozen, and a key that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileSource(Typed):
    """A source whose data come as files."""

    kind: Literal["file"] = "file"
    profile: str = "default"
    locale: Locale | None = None
    currency: Currency | None = None
    mapping: dict[str, str] = {}
    ignore: tuple[str, ...] = ()

    @field_validator("profile")
    @classmethod
    def _profile_exists(cls, profile: str) -> str:
        if profile not in PROFILES:
            raise ValueError(f"unknown profile {profile!r}; known profiles are {', '.join(PROFILES)}")
        return profile

    @property
    def language(self) -> Literal["en", "fr", "pl"]:
        """The language of messages to this source's senders."""
        spoken = (self.locale or "en")[:2]
        return "fr" if spoken == "fr" else "pl" if spoken == "pl" else "en"


class Sources(Typed):
    """`sources.yaml`: the base currency of the deployment and what is known of each source."""

    base_currency: Currency = "USD"
    sources: dict[str, FileSource] = {}

    def source(self, name: str) -> FileSource:
        """The declared source of that name; one that is not declared takes the profile `default`."""
        return self.sources.get(name, FileSource())


def read_sources(path: Path | None) -> Sources:
    """The sources declared in a YAML file; without a file, none.

    Raises WrongUse naming the key, the value and what is allowed.
    """
    if path is None:
        return Sources()
    try:
        declared = yaml.safe_load(path.read_text("utf-8")) or {}
        return Sources.model_validate(declared)
    except FileNotFoundError:
        raise WrongUse(f"{path} does not exist; create it or point CUSTOMERS_SOURCES elsewhere") from None
    except yaml.YAMLError as error:
        raise WrongUse(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        raise WrongUse(f"{path}: {_faults(error)}") from error


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']} (found {fault['input']!r})"
        for fault in error.errors()
    )


@dataclass(frozen=True)
class Home:
    """The folders of CUSTOMERS_HOME (contract page 2)."""

    root: Path

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
        """What was read, all text, a folder per import key."""
        return self.root / "staging"

    @property
    def working(self) -> Path:
        """The working database; only the pipeline opens it."""
        return self.root / "warehouse" / "working.duckdb"

    @property
    def published(self) -> Path:
        """The snapshot that analysts open."""
        return self.root / "customers.duckdb"

    @property
    def dagster(self) -> Path:
        """Dagster's own storage."""
        return self.root / "dagster"
