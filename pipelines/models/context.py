"""On what terms a file is validated.

Lives here: the record that carries a source's settings to every parser. Not here: where they come from
(`pipelines/configuration/settings.py`, the caller's options).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from pipelines.configuration.settings import FileSource
from pipelines.configuration.typed import PhoneLibrary
from pipelines.models.parsed_column import NO_EVIDENCE
from pipelines.models.reference_table import ReferenceTables, no_tables
from schemas.currencies import decimals_of
from schemas.profiles import Profile


@dataclass(frozen=True)
class Terms:
    """The source, its profile, the base currency of the deployment, the day it is.

    `seen`: of rows that came back mended, how the columns that they come from are written, by the column's name.
    `tables`: what is known of managers, plans, groups and invoiced clients.
    """

    source_name: str
    source: FileSource
    profile: Profile
    base_currency: str
    as_of: date
    phone_library: PhoneLibrary = "rphonenumbers"
    seen: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    tables: ReferenceTables = field(default_factory=no_tables)

    def seen_of(self, name: str) -> frozenset[str]:
        """How a column is written, as rows prove that are not in the file."""
        return self.seen.get(name, NO_EVIDENCE)

    @property
    def currency(self) -> str:
        """The currency of amounts that name none."""
        return self.source.currency or self.base_currency

    @property
    def decimals(self) -> int:
        """Decimals that an amount may have."""
        return decimals_of(self.base_currency)

    @property
    def language(self) -> str:
        """The language of messages to the sender."""
        return self.source.language
