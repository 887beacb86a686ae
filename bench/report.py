"""What was measured, written down and shown: `python bench/report.py` writes `docs/performance.md` of it.

Here: the record of a question's runs, a table with a bar for each contender and how many times its CPU ours takes, on
which machine, with which versions. Not here: the measuring (`measure.py`). Nothing is judged: a target is told beside
the figure, in the docs.
"""

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median
from typing import Any

from measure import BEFORE_PYTHON, ROOT, Cost

RECORDS = ROOT / "bench-results"
PAGE = ROOT / "docs" / "performance.md"
LIBRARIES = ("polars", "duckdb", "dagster", "pandera", "fastexcel")
BAR = 24
"""Signs of the longest bar."""


def main() -> None:
    PAGE.write_text("\n".join(page()) + "\n", "utf-8")


def record(question: str, costs: Mapping[str, Sequence[Cost]], ours: str, **facts: Any) -> None:
    """Write down what a question's contenders cost, and show it.

    `ours`: the contender that is told as a multiple of each other; `facts`: what else was found, as text.
    """
    runs = {name: [cost._asdict() for cost in each] for name, each in costs.items()}
    told = {"question": question, "ours": ours, "runs": runs, "facts": facts}
    RECORDS.mkdir(parents=True, exist_ok=True)
    name = "".join(sign if sign.isalnum() else "-" for sign in question.lower())
    (RECORDS / f"{name}.json").write_text(json.dumps(told, indent=1), "utf-8")
    print(f"\n{question}\n", *table(told), sep="\n", flush=True)


def page() -> Iterator[str]:
    yield "# Performance"
    yield ""
    yield "What `make bench` measured, each contender as a process of its own, taking turns. CPU is user and system"
    yield "time; peak is the most memory that a process held. Figures are medians, in brackets the least and the most."
    yield "Written by `bench/report.py`; what is compared with what stands in [bench](../bench/README.md)."
    yield ""
    yield f"{machine()}. {builds()}"
    for told in records():
        yield ""
        yield f"## {told['question']}"
        yield ""
        yield from table(told)


def records() -> list[Any]:
    """Every question's record, the oldest first."""
    files = sorted(RECORDS.glob("*.json"), key=lambda file: file.stat().st_mtime)
    return [json.loads(file.read_text("utf-8")) for file in files]


def table(told: Mapping[str, Any]) -> Iterator[str]:
    runs = told["runs"]
    ours = median(run["cpu"] for run in runs[told["ours"]])
    longest = max(median(run["cpu"] for run in each) for each in runs.values())
    yield "| contender | CPU s | ours / it | | wall s | peak MB |"
    yield "| --- | ---: | ---: | --- | ---: | ---: |"
    for name, each in runs.items():
        cpu = median(run["cpu"] for run in each)
        bar = "█" * max(1, round(BAR * cpu / longest))
        yield (
            f"| {name} | {spread(each, 'cpu', '.2f')} | {ours / cpu:.2f} | {bar} | {spread(each, 'wall', '.2f')} "
            f"| {spread(each, 'peak', ',.0f')} |"
        )
    yield ""
    turns = max(map(len, runs.values()))
    yield f"{turns} run{'s' * (turns > 1)} each. {' '.join(told['facts'].values())}".strip()


def spread(runs: Sequence[Mapping[str, float]], figure: str, shown: str) -> str:
    """The median of a figure, with the least and the most where there are several runs."""
    each = [run[figure] for run in runs if run[figure] is not None]
    if not each:
        return ""
    middle, least, most = (format(value, shown) for value in (median(each), min(each), max(each)))
    return middle if len(each) == 1 else f"{middle} ({least}–{most})"


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    python = platform.python_version()
    return f"{datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores, {memory:.0f} GB, Python {python}, {libraries}"


def builds() -> str:
    """Which commits are compared."""
    stamps = [path.name for path in (BEFORE_PYTHON.parent.parent / "of").glob("*")]
    now = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return f"Commit {now.stdout.strip()}" + (f", before: {stamps[0][:7]}." if stamps else ".")


if __name__ == "__main__":
    main()
