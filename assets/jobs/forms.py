"""The forms of jobs: what a person fills in before a run, typed.

Lives here: fields, defaults and their descriptions. Not here: what a job does (the modules beside).
"""

from enum import Enum

import dagster as dg
from pydantic import Field

from assets.files import ImportConfig
from pipelines.customers.low_spend import DEFAULT_BELOW


class PreviewConfig(ImportConfig):
    """The files to look at, and what to say about them; the same form as an import's."""


class UndoConfig(dg.Config):
    """Which import or clean-up to undo, and who says so; or only what that would do."""

    import_id: str = Field(description="As in import_history, for example crm-678ae2851fbb")
    by: str = Field(description="Your name; it stays in the history")
    preview: bool = Field(default=False, description="true: only show what the undo would do; nothing is written")


class Settlement(Enum):
    """The three ways to settle a held import."""

    add = "add"
    replace = "replace"
    skip_identical = "skip_identical"


class DecideConfig(dg.Config):
    """Which held import, what to do with it, and who says so."""

    import_id: str = Field(description="As in import_history, for example crm-678ae2851fbb")
    choice: Settlement = Field(description="add: new payments; skip_identical: only new rows; replace the earlier one")
    by: str = Field(description="Your name; it stays in the history")


class AccessChoice(Enum):
    """What can become of a request for access."""

    approved = "approved"
    refused = "refused"


class AccessConfig(dg.Config):
    """Whose request for access, what becomes of it, and who says so."""

    customer: str = Field(description="The customer's e-mail address, or customer_id as in the table customers")
    choice: AccessChoice = Field(description="approved or refused")
    by: str = Field(description="Your name; it stays with the decision")

    @classmethod
    def asking(cls, choice: AccessChoice) -> "AccessConfig":
        """The form to be filled in for one choice."""
        return cls(customer="<e-mail address or customer_id>", choice=choice, by="<your name>")


class PrioritiseConfig(dg.Config):
    """The day to count months to (YYYY-MM-DD); today where none is given."""

    as_of: str | None = None


class TakeOutConfig(dg.Config):
    """Which Stripe source, and who says so."""

    source: str = Field(description="As in sources.yaml")
    by: str = Field(description="Your name; it stays in the history")


class CleanupConfig(dg.Config):
    """The threshold; and, to remove whom the preview lists, the preview's mark and who says so."""

    below: str = Field(default=str(DEFAULT_BELOW), description="Money in all, in the base currency; exactly it stays")
    confirm: str | None = Field(default=None, description="Mark of the preview that you looked at; without it: preview")
    by: str | None = Field(default=None, description="Your name; it stays with the decision")
