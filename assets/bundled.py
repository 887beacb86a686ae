"""`make run`: the bundled samples through the real jobs. A second run finds them imported already."""

import getpass

from assets import showing
from assets.resources import Progress
from assets.running import Told, import_files, stage_count
from assets.surroundings import PROJECT, environment, home_of, prepare_home
from pipelines.files.filing import Outcome
from pipelines.settings import Home


def import_samples(home: Home, progress: Progress) -> list[Outcome]:
    """Import `samples/<source>/*`, source by source; returns what became of each file."""
    folders = sorted(folder for folder in (PROJECT / "samples").iterdir() if folder.is_dir())
    outcomes: list[Outcome] = []
    for folder in folders:
        files = sorted(folder.iterdir())
        config: dict[str, object] = {"files": [{"path": str(file), "source": folder.name} for file in files]}
        config |= {"imported_by": getpass.getuser()}
        outcomes += import_files(home, files, folder.name, config, progress).outcomes
    return outcomes


def main() -> None:
    """Import the samples and show what became of them."""
    home = home_of(environment())
    prepare_home(home)
    samples = [path for path in (PROJECT / "samples").rglob("*") if path.is_file()]
    with showing.working(stage_count(home, samples), quiet=False) as report:
        outcomes = import_samples(home, Told(report))
    showing.imports(outcomes, 0.0, as_json=False)


if __name__ == "__main__":
    main()
