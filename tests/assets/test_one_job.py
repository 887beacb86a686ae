"""What a command runs is the job that the daemon runs, though nothing else was made."""

import subprocess
import sys

import dagster as dg
import pytest

from assets.definitions import build_definitions
from assets.instance.environment import PROJECT
from assets.instance.resources import Clock, Progress, Workspace
from assets.jobs.listed.all_jobs import MODULES
from assets.jobs.listed.one_job import definitions_of_job
from pipelines.home import Home

TABLES = "sources: {a: {account_managers: m.csv, invoice_references: i.csv}}"
KEPT_OUT = ("assets.jobs.erasure", "pipelines.backup", "pipelines.lineage", "phonenumbers", "stripe", "fastexcel")


@pytest.mark.parametrize("sources", ["sources: {}", TABLES])
def test_a_job_is_the_same_by_itself_as_among_all(home: Home, sources: str) -> None:
    (home.root / "sources.yaml").write_text(sources, "utf-8")
    workspace = Workspace(home=str(home.root), sources_file=str(home.root / "sources.yaml"))
    everything = build_definitions(workspace, Clock(), Progress())
    for name in MODULES:
        alone = definitions_of_job(name, workspace, Clock(), Progress())
        assert _shown(alone, name) == _shown(everything, name), name


def _shown(definitions: dg.Definitions, job: str) -> object:
    """All that Dagster keeps of a job with its run."""
    return definitions.resolve_job_def(job).get_job_snapshot()


@pytest.mark.slow
def test_an_import_imports_nothing_that_only_other_jobs_need() -> None:
    script = (
        "import sys\nfrom assets.cli import run_job\nfrom assets.jobs.listed.one_job import definitions_of_job\n"
        "from assets.instance.resources import Clock, Progress, Workspace\n"
        "made = definitions_of_job('import_files', Workspace(home='/nowhere'), Clock(), Progress())\n"
        "made.resolve_job_def('import_files')\n"
        "print(*sys.modules, sep='\\n')"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert [name for name in ended.stdout.split() if name.startswith(KEPT_OUT)] == []
