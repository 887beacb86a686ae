"""Reading `sources.yaml`: the declared sources, or what is wrong with them.

Lives here: the file, its faults in words, leaving out a source that cannot be used. Not here: what a declaration may
say (`settings.py`), YAML itself (`yaml_documents.py`).
"""

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipelines.configuration.look_ups import FOLDER, OnUnknownValues
from pipelines.configuration.notifications import WAYS, MailServer, Recipient, Secret
from pipelines.configuration.own_profile import OwnProfile
from pipelines.configuration.retention import Retention
from pipelines.configuration.segments import Conditions
from pipelines.configuration.settings import FileSource, Sources, StripeSource
from pipelines.configuration.typed import FileLimits, Typed
from pipelines.configuration.yaml_documents import likely, read_yaml
from pipelines.errors import WrongUse

PASSWORD = re.compile(r"//[^/\s'\"]*@")


def read_sources(path: Path | None) -> Sources:
    """The sources declared in a YAML file; without a file, none.

    Raises WrongUse naming the key, the value and what is allowed.
    """
    if path is None:
        return Sources()
    try:
        declared = read_yaml(path.read_text("utf-8")) or {}
        return Sources.model_validate(declared, context={FOLDER: path.parent})
    except FileNotFoundError:
        raise WrongUse(f"{path} does not exist; create it or point CUSTOMERS_SOURCES elsewhere") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path} is not YAML that can be read: {error}") from error
    except ValidationError as error:
        raise WrongUse(f"{path}: {faults_of(error)}") from error


def usable_sources(path: Path | None) -> Sources:
    """The declared sources that can be used: one whose declaration is wrong costs itself, and stands in `unusable`.

    Raises WrongUse for any other fault, as `read_sources`.
    """
    try:
        return read_sources(path)
    except WrongUse as wrong:
        error = wrong.__cause__
        if path is None or not isinstance(error, ValidationError):
            raise
        # A wrong source costs itself; the others go on being imported.
        faults = _faults_by_source(path, error)
        if not faults:
            raise
    declared: dict[str, Any] = read_yaml(path.read_text("utf-8"))  # type: ignore[assignment]  # else no source has a fault
    kept = {name: source for name, source in declared["sources"].items() if name not in faults}
    return Sources.model_validate({**declared, "sources": kept}, context={FOLDER: path.parent}).lacking(faults)


def _faults_by_source(path: Path, error: ValidationError) -> dict[str, str]:
    """What is wrong with each source; nothing where anything else is wrong too."""
    places = [tuple(fault["loc"]) for fault in error.errors()]
    if not all(len(place) > 1 and place[0] == "sources" for place in places):
        return {}
    names = dict.fromkeys(str(place[1]) for place in places)
    return {name: f"{path}: {faults_of(error, name)}" for name in names}


def faults_of(error: ValidationError, source: str | None = None) -> str:
    """What is wrong with a configuration, or with one source of it: each key with its fault, the value found, and what
    was probably meant.
    """
    return "; ".join(
        f"{_place(fault['loc']) or 'file'}: {fault['msg']} (found {_shown_at(fault)}){_meant(fault)}"
        for fault in error.errors()
        if source is None or fault["loc"][1:2] == (source,)
    )


def _shown_at(fault: ErrorDetails) -> str:
    """What was found; not where a secret may have been written."""
    return "a value that is not shown" if fault["loc"][:1] in HIDDEN else _shown(fault["input"])


HIDDEN = (("notifications",), ("mail_server",))


def _shown(value: object) -> str:
    """A value as it was found, without a password that stands in an address."""
    return PASSWORD.sub("//…@", repr(value))


def _meant(fault: ErrorDetails) -> str:
    """For a key that does not exist, the one of that place which it resembles."""
    if fault["type"] != "extra_forbidden":
        return ""
    *above, key = map(str, fault["loc"])
    known = likely(key, _model_at(above).model_fields)
    return f"; did you mean {known}?" if known else f"; known are {', '.join(_model_at(above).model_fields)}"


def _model_at(keys: list[str]) -> type[Typed]:
    """The declaration that the keys lead to, as pydantic spells them: a source with its kind."""
    if keys[-1:] == ["limits"]:
        return FileLimits
    if keys[-1:] == ["on_unknown"]:
        return OnUnknownValues
    if keys[-1:] == ["password"] or (keys[:1] == ["notifications"] and keys[2:3] and keys[2] in WAYS):
        return Secret
    if keys[:1] == ["notifications"]:
        return Recipient
    if keys[:1] == ["mail_server"]:
        return MailServer
    if keys[:1] == ["profiles"]:
        return OwnProfile
    if keys[:1] == ["retention"]:
        return Retention
    if keys[:1] == ["segments"]:
        return Conditions
    if keys[:1] == ["sources"]:
        return StripeSource if keys[2:3] == ["stripe"] else FileSource
    return Sources


def _place(keys: tuple[int | str, ...]) -> str:
    """The keys that lead to a value, as the file has them: a source's kind is none of them."""
    kind = keys[2:3] if keys[:1] == ("sources",) else ()
    return ".".join(map(str, keys[:2] + keys[3:] if kind in (("file",), ("stripe",)) else keys))
