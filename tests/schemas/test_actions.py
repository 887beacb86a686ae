"""What can be done has two names, a command and a job: both are there."""

import pytest

from assets.cli.main import COMMANDS
from assets.jobs.listed.all_jobs import all_jobs
from schemas.ways_in.actions import actions, both_ways, command_of

ELSEWHERE = {"stripe_sync", "import_history"}
"""Jobs that stand beside their assets, and the asset that lists imports."""


@pytest.mark.parametrize("action", actions())
def test_an_action_is_a_command_and_a_job_that_are_there(action: str) -> None:
    found = actions()[action]
    assert found.command.split()[1] in COMMANDS
    assert found.job in {job.name for job in all_jobs()} | ELSEWHERE


def test_a_sentence_names_both_ways_with_what_is_known_filled_in() -> None:
    assert both_ways("undo", import_id="crm-1") == (
        "`customers undo crm-1 --by NAME`, or the job undo_import in the UI"
    )
    assert command_of("stripe_sync", source="billing") == "customers stripe sync billing"
