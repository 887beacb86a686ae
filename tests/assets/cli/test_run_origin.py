"""Runs of commands stand under their jobs: Dagster's pages leave out a run that belongs to no code location."""

import dagster as dg
import pytest
import yaml

from assets.cli.run_job import run_job
from assets.instance.environment import PROJECT
from assets.instance.run_origin import LABEL, LOCATION, REPOSITORY_TAG
from pipelines.home import Home
from tests.support.flow import import_text


@pytest.mark.usefixtures("at_home")
def test_a_run_of_a_command_belongs_to_the_location_of_the_workspace(home: Home) -> None:
    (location,) = yaml.safe_load((PROJECT / "workspace.yaml").read_text("utf-8"))["load_from"]
    assert location["python_module"]["location_name"] == LOCATION
    import_text(home, "email,name\nann@example.com,Ann\n")
    ran = run_job(home, "prioritise_customers", {"prioritise_everyone": {}})
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs(dg.RunsFilter(job_name="prioritise_customers", tags=REPOSITORY_TAG))
    assert (run.run_id, run.tags[LABEL]) == (ran.run_id, REPOSITORY_TAG[LABEL])
    assert run.remote_job_origin
    assert run.remote_job_origin.repository_origin.get_label() == REPOSITORY_TAG[LABEL]
    assert run.is_success
