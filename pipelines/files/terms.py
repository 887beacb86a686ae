"""On what terms a file is judged.

Lives here: the record that carries a source's settings to every parser. Not here: where they come from
(`pipelines/settings.py`, the caller's options).
"""

from dataclasses import dataclass
from datetime import date

from pipelines.settings import FileSource
from schemas.currencies import decimals_of
from schemas.profiles import Profile


@dataclass(frozen=True)
class Terms:
    """The source, its profile, the base currency of the deployment, the day it is."""

    source_name: str
    source: FileSource
    profile: Profile
    base_currency: str
    as_of: date

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
