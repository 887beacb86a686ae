"""Retention: how many days each kind of what is kept beside the ledger is kept.

Lives here: the keys of `sources.yaml` for it. Not here: what is past its period (`pipelines/retention/`).
"""

from typing import Annotated, Self

from pydantic import BeforeValidator, model_validator

from pipelines.configuration.typed import Typed

FOR_EVER = "forever"
MOST_DAYS = 36_500


def _days(told: object) -> object:
    """A number of days, None for ever."""
    if told == FOR_EVER:
        return None
    # YAML reads `yes` as true, which Python counts as 1.
    if isinstance(told, bool) or not isinstance(told, int) or not 1 <= told <= MOST_DAYS:
        raise ValueError(f"write a whole number of days between 1 and {MOST_DAYS}, such as 365, or {FOR_EVER}")
    return told


Period = Annotated[int | None, BeforeValidator(_days)]
"""A number of days; None for ever."""


class Retention(Typed):
    """The period of each kind. Facts of the ledger are none of them: those go by an undo or an erasure alone.

    `archive`: originals. `staging`: what was read of imports that are settled. `rejects`: reject files of which every
    row came back, or whose import counts no more; `open_rejects`: those that a sender may still mend. `reports`: those
    of imports, and pages and lists that somebody asked for. `logs`: what went wrong unforeseen. `runs`: what Dagster
    recorded of ended runs. `rejected_rows`: what senders wrote in rejected rows, kept no shorter than
    `rejects`, which hold the same.
    """

    archive: Period = None
    staging: Period = None
    rejects: Period = None
    open_rejects: Period = None
    reports: Period = None
    logs: Period = None
    rejected_rows: Period = None
    runs: Period = 90

    @model_validator(mode="after")
    def _no_file_is_kept_longer(self) -> Self:
        rows, files = self.rejected_rows, self.rejects
        if rows is not None and (files is None or files > rows):
            raise ValueError(
                f"rejected_rows is {rows} days, but reject files, which hold the same text, are kept "
                f"{FOR_EVER if files is None else f'{files} days'}: write a period of at most {rows} days for rejects"
            )
        return self

    def days(self, kind: str) -> int | None:
        """How many days a kind is kept; None for ever."""
        found: int | None = getattr(self, kind)
        return found
