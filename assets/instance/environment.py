"""What the process finds around it: the environment, the project's folder, CUSTOMERS_HOME.

Lives here: reading the environment, once and in one place, without Dagster. Not here: the resources made of it.
"""

import os
import shlex
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipelines.durable import written
from pipelines.errors import SecretError, WrongUse
from pipelines.home import Home
from pipelines.notifications.not_told import NotTold

if TYPE_CHECKING:  # what is declared is long to import, and `--help` and questions do without
    from pipelines.configuration.notifications import Secret

PROJECT = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    """The environment of this process; the only place that reads it."""
    return dict(os.environ)


def home_of(variables: Mapping[str, str]) -> Home:
    """The folders that CUSTOMERS_HOME names; by default `data/` in the project."""
    # Absolute, for `make dev` changes the folder of its process. An empty variable counts as none.
    return Home(Path(variables.get("CUSTOMERS_HOME") or PROJECT / "data").absolute())


def sources_of(variables: Mapping[str, str]) -> Path | None:
    """The file that CUSTOMERS_SOURCES names; by default the project's `sources.yaml`, if there is one."""
    default = PROJECT / "sources.yaml"
    declared = variables.get("CUSTOMERS_SOURCES")
    return Path(declared) if declared else default if default.exists() else None


def wait_of(variables: Mapping[str, str]) -> float:
    """How many seconds a writer waits for another one: CUSTOMERS_WAIT_SECONDS, by default ten minutes.

    Raises WrongUse for what is no number of seconds.
    """
    told = variables.get("CUSTOMERS_WAIT_SECONDS") or "600"
    # `float` would take "nan" and "inf", with which a wait never ends.
    if not told.isdecimal():
        raise WrongUse(f"CUSTOMERS_WAIT_SECONDS is {told!r}; it is a whole number of seconds, such as 600")
    return float(told)


def master_keys_of(variables: Mapping[str, str]) -> str | None:
    """The text of the master keys: CUSTOMERS_MASTER_KEYS, else the file that CUSTOMERS_MASTER_KEY_FILE names, if any.

    Raises SecretError for a file that is not there, or that others than its owner may read.
    """
    told, named = variables.get("CUSTOMERS_MASTER_KEYS"), variables.get("CUSTOMERS_MASTER_KEY_FILE")
    if told or not named:
        return told or None
    try:
        with Path(named).open(encoding="utf-8") as file:
            # Of the open file: between a look at the name and its opening another file could be put there.
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SecretError(f"{named} may be read by others; take that away with: chmod 600 {named}")
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(
            f"the file of CUSTOMERS_MASTER_KEY_FILE cannot be read: {named} ({type(error).__name__})"
            # The reason may quote what stands in the file; the class of the error says enough.
        ) from None


def notifier_of(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The command that CUSTOMERS_NOTIFY names, by its words; none where nobody wants to be told of imports."""
    return tuple(shlex.split(variables.get("CUSTOMERS_NOTIFY") or ""))


def secret_of(variables: Mapping[str, str], declared: "Secret") -> str:
    """A secret of a notification, from where `sources.yaml` says it stands. Raises NotTold where it is not there."""
    if declared.env is not None:
        if not variables.get(declared.env):
            raise NotTold(f"the environment variable {declared.env} is not set")
        return variables[declared.env]
    try:
        return Path(str(declared.file)).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotTold(f"{declared.file} cannot be read ({type(error).__name__})") from None


def proxies_of(variables: Mapping[str, str], address: str) -> dict[str, str]:
    """The proxies for an address by scheme: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, unless NO_PROXY names it."""
    # Imported here: e-mail and sockets come with it, half of what `customers --help` would take.
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed leaves it out

    # curl and others take both spellings, so people set either.
    told = {name.lower(): value for name, value in variables.items() if value}
    host = urlsplit(address).hostname or ""
    if proxy_bypass_environment(host, {"no": told.get("no_proxy", "")}):
        return {}
    return {scheme: told[f"{scheme}_proxy"] for scheme in ("http", "https", "all") if f"{scheme}_proxy" in told}


def certificates_of(variables: Mapping[str, str]) -> str | None:
    """The file of CA certificates for a network with its own, as other Python programs are told it."""
    return variables.get("REQUESTS_CA_BUNDLE") or variables.get("SSL_CERT_FILE") or None


def prepare_home(home: Home) -> None:
    """Make the folders that people look for first, and Dagster's own with the project's `dagster.yaml`."""
    for folder in (home.inbox, home.dagster):
        folder.mkdir(parents=True, exist_ok=True)
    wanted, there = (PROJECT / "dagster.yaml").read_bytes(), home.dagster / "dagster.yaml"
    # Dagster reads its settings from its own folder alone, so an edit of the project's file reaches it here.
    if not there.exists() or there.read_bytes() != wanted:
        with written(there, f"{os.getpid()}") as unfinished:  # a daemon may read it, another command write it
            unfinished.write_bytes(wanted)
