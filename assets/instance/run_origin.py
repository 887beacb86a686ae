"""Runs of commands stand where the daemon's stand: on the timeline, under their jobs, with their buttons.

Lives here: the code location that such a run belongs to. Not here: starting it (`assets/cli/run_job.py`).
Dagster's pages group runs by the code location that they were launched of, and leave out a run that was launched of
none (1.13.27: the landing page was empty after twelve commands). `execute_in_process` launches of none.
"""

import json
from typing import Any

import dagster as dg

LOCATION = "customers"
"""As `workspace.yaml` names it."""
REPOSITORY = "__repository__"
"""What Dagster calls the one repository of a location that is made of definitions."""
LABEL = ".dagster/repository"
"""The tag by which a job's page finds its runs."""
REPOSITORY_TAG = {LABEL: f"{REPOSITORY}@{LOCATION}"}


def stand_under_job(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Let a run belong to our code location, as `dagster run migrate-repository` moves runs from one to another."""
    origin = {
        "__class__": "ExternalPipelineOrigin",
        "external_repository_origin": {
            "__class__": "ExternalRepositoryOrigin",
            "repository_location_origin": {
                "__class__": "RegisteredRepositoryLocationOrigin",
                "location_name": LOCATION,
            },
            "repository_name": REPOSITORY,
        },
        "pipeline_name": run.job_name,
    }
    known: Any = dg.deserialize_value(json.dumps(origin))  # its class is not public, its stored form is
    instance.run_storage.replace_job_origin(run, known)
