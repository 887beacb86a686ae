"""Real commands that are killed: `customers …` as a process, ended by a signal after a share of its work, asked again.

Lives here: the actions and the homes they begin in, one killed command with the next one after it, and what can be
compared of two homes whose clocks differ. Not here: which points are tried (`end_to_end/test_killed_commands.py`),
deaths at every single write (`killed_writes.py`).

The share is one of the processor's time, so that a busy machine ends a command at the same place as an idle one.
"""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from assets.instance.environment import PROJECT
from pipelines.home import Home
from pipelines.warehouse.database import published, rows_of, working
from tests.crash.killed_writes import AGAIN, BACKUP, ERASED, FEBRUARY, HELD, JANUARY, PAID, PAID_AGAIN, SENDERS
from tests.support.byte_search import found_in
from tests.support.homes import copy_home, once

SOURCES = f"""
base_currency: USD
sources:
  till: {{profile: payments}}
  billing: {{kind: stripe, recorded: {PROJECT / "samples" / "billing"}}}
"""
LISTED = "fa5406758be9"
"""The mark of whom a clean-up would remove of that history."""

WAIT_SECONDS = "30"
"""Nobody waits longer than this for what the dead left."""
HANGS_SECONDS = 900
TICKS = os.sysconf("SC_CLK_TCK")
CLOCKS = ("work_seconds", "warnings", "started_at", "finished_at", "undone_at", "decided_at", "run_id")
DIFFERS = (*CLOCKS, "reject_file", "report", "path", "erasure", "files_rewritten")
"""What two right answers differ in; a warning tells of an earlier attempt, one more run that an erasure finds."""

SALTED = {
    "erased_keys": ("erasure_id", "digest"),
    "erasures": ("erasure_id",),
    "erased_rows": ("customer_id",),
    "live_erased": ("customer_id", "keyed_id"),
}
"""What hangs on the salt that an erasure draws, by table; the salt itself is a table of its own."""

FINISHED = {"finished": True}
"""What an erasure answers whose facts an earlier attempt had taken out."""

DATED_IDS = re.compile(
    r"""(?:billing|cleanup|manual|merge|separate)-[0-9a-f]{12}|(?<="sha256":")[0-9a-f]{64}(?=","format":"(?:stripe|cleanup|manual|merge|separate)")"""
    r"""|(?<=upper_bound\\": \\")[^\\]+"""
)
"""A sync is named after when its account was read, a clean-up, a merge or a separation after when it was done."""

State = dict[str, str]


class Answer(NamedTuple):
    """What a command said: its exit code, its document, all that it printed, and the processor's time it took."""

    code: int
    document: Any
    said: str
    seconds: float


class Scene(NamedTuple):
    """The words of a command, what comes before it, and the texts of which no byte may be left after it."""

    words: tuple[str, ...]
    prepare: Callable[[Home], None]
    erased: tuple[str, ...] = ()


def environment(home: Home) -> dict[str, str]:
    """Of a command over a home of its own."""
    told = {"CUSTOMERS_HOME": str(home.root), "CUSTOMERS_SOURCES": str(home.root / "sources.yaml")}
    return os.environ | told | {"CUSTOMERS_WAIT_SECONDS": WAIT_SECONDS, "PYTHONPATH": str(PROJECT)}


def started(home: Home, words: Sequence[str]) -> subprocess.Popen[str]:
    """A real command, in a process of its own."""
    command = [sys.executable, "-m", "assets.cli", *(word.format(home=home.root) for word in words), "--json"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment(home), cwd=home.root, stdout=pipe, stderr=pipe, text=True)


def asked(home: Home, *words: str) -> Answer:
    """A command that nobody disturbs."""
    before = os.times()
    process = started(home, words)
    out, err = process.communicate(timeout=HANGS_SECONDS)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Answer(process.returncode, document_of(out), out + err, spent)


def document_of(text: str) -> Any:
    """The JSON document that a command printed, without clocks; None where there is none."""
    try:
        return without_clocks(json.loads(text))
    except ValueError:
        return None


def without_clocks(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_clocks(each) for name, each in value.items() if name not in DIFFERS}
    if isinstance(value, list):
        return [without_clocks(each) for each in value]
    return DATED_IDS.sub("an id", value) if isinstance(value, str) else value


class Death(NamedTuple):
    """How a command is ended: after which share of its work, by which signal, and whether that comes twice."""

    share: float
    by: signal.Signals
    twice: bool = False


def killed_after(home: Home, words: Sequence[str], seconds: float, death: Death) -> Answer | None:
    """A command that gets a signal after so many seconds of the processor's time; None where it had ended before."""
    process = started(home, words)
    while process.poll() is None:
        if spent_by(process.pid) >= seconds:
            process.send_signal(death.by)
            if death.twice:
                time.sleep(0.02)
                process.send_signal(death.by)
            out, err = process.communicate(timeout=HANGS_SECONDS)
            return Answer(process.returncode, document_of(out), out + err, seconds)
        time.sleep(0.005)
    process.communicate()
    return None


def spent_by(process: int) -> float:
    """The processor's time of a process so far."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def tables(home: Home) -> State:
    """Every published table and the ledger's own, without clocks, ids of runs and what only numbers the changes."""
    with working(home.working) as connection:
        ledger = _tables(connection, "ledger")
    if not home.published.exists():
        return ledger
    with published(home.published) as connection:
        return ledger | _tables(connection, "main")


def _tables(connection: Any, schema: str) -> State:
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY ALL"
    names = [name for name in rows_of(connection, query, [schema])["table_name"] if name != "erasure_salt"]
    rows = {name: rows_of(connection, f"FROM {schema}.{name}").drop(SALTED.get(name, ())) for name in names}
    return {f"{schema}.{name}": _shown(found) for name, found in rows.items()}


def _shown(rows: pl.DataFrame) -> str:
    clocks = [name for name, kind in rows.schema.items() if isinstance(kind, pl.Datetime)]
    lines = rows.drop("run_id", "extract_id", *clocks, strict=False).write_ndjson().splitlines()
    return "\n".join(sorted(DATED_IDS.sub("an id", line) for line in lines))


def _write(home: Home, name: str, text: str) -> None:
    path = home.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def empty(home: Home) -> None:
    """A home in which nothing was done, and two files that wait."""
    _write(home, "sources.yaml", SOURCES)
    _write(home, "inbox/shop/february.csv", FEBRUARY)
    _write(home, "inbox/till/till.csv", PAID_AGAIN)


@once
def with_history(home: Home) -> None:
    """A list, payments, an account, and those two files."""
    _write(home, "sources.yaml", SOURCES)
    _write(home, "drops/january.csv", JANUARY)
    _write(home, "drops/paid.csv", PAID)
    _write(home, "drops/february.csv", FEBRUARY)
    assert asked(home, "import", "{home}/drops/january.csv", "--source", "shop").code == 1
    assert asked(home, "import", "{home}/drops/paid.csv", "--source", "till").code == 0
    empty(home)


@once
def with_held(home: Home) -> None:
    """The same, and an import that waits for a decision."""
    with_history(home)
    _write(home, "drops/again.csv", AGAIN)
    assert asked(home, "import", "{home}/drops/again.csv", "--source", "shop").code == 1


@once
def with_account(home: Home) -> None:
    """The same history, and what the account holds."""
    with_history(home)
    assert asked(home, "stripe", "sync", "billing").code == 0


@once
def with_decided(home: Home) -> None:
    """The same, decided."""
    with_held(home)
    assert asked(home, "decide", HELD, "add", "--by", "Zoé").code == 1


@once
def with_merged(home: Home) -> None:
    """The same history, and two who are one."""
    with_history(home)
    assert asked(home, "merge", "c1@x.fr", "c3@x.fr", "--by", "Zoé").code == 0


@once
def with_backup(home: Home) -> None:
    """The same, and in the home a backup of the time before that decision."""
    with_held(home)
    aside = home.root.with_name(f"{home.root.name}-backup")
    assert asked(home, "backup", str(aside)).code == 0
    shutil.move(aside, home.root / BACKUP)
    assert asked(home, "decide", HELD, "add", "--by", "Zoé").code == 1


SCENES = {
    "first import": Scene(("import",), empty),
    "import": Scene(("import",), with_history),
    "import a file": Scene(("import", "{home}/drops/february.csv", "--source", "crm"), with_history),
    "decide": Scene(("decide", HELD, "replace", "--by", "Zoé"), with_held),
    "undo": Scene(("undo", HELD, "--by", "Zoé"), with_decided),
    "restore": Scene(("restore", f"{{home}}/{BACKUP}", "--replace"), with_backup),
    "publish": Scene(("publish",), with_decided),
    "sync": Scene(("stripe", "sync", "billing"), with_history),
    "forget": Scene(("stripe", "forget", "billing", "--with-data", "--by", "Zoé"), with_account),
    "edit": Scene(("edit", "c3@x.fr", "city=Nice", "phone=", "opt_in=1", "--by", "Zoé"), with_history),
    "erase": Scene(("erase", ERASED[0], "--by", "Zoé", "--yes"), with_held, ERASED),
    "merge": Scene(("merge", "c1@x.fr", "c3@x.fr", "--by", "Zoé"), with_history),
    "separate": Scene(("separate", "c3@x.fr", "--by", "Zoé"), with_merged),
    "clean up": Scene(("cleanup", "--below", "50", "--confirm", LISTED, "--by", "Zoé"), with_history),
    "prioritise": Scene(("prioritise", "--as-of", "2027-05-31"), with_history),
    "rebuild": Scene(("rebuild",), with_decided),
}


NUMBERED_AGAIN = {"prioritise": "ledger.changes"}
"""What a command notes each time that it is asked: the same priorities once more are a numbered change too."""


BEFORE_PYTHON = ("init_import_site", "Could not import runpy module")
"""What CPython says of a signal while it starts itself; nothing of ours can answer yet."""


class Expected(NamedTuple):
    """A scene's home before its command, and what comes of it undisturbed."""

    base: Path
    answer: Answer
    tables: State


def prepared(root: Path, name: str) -> Expected:
    """A scene, played once."""
    base = Home(root / name.replace(" ", "_"))
    base.root.mkdir(parents=True)
    SCENES[name].prepare(base)
    place = Home(copied(base.root, "undisturbed"))
    answer = asked(place, *SCENES[name].words)
    assert answer.document is not None, answer.said
    return Expected(base.root, answer, tables(place))


def copied(base: Path, name: str) -> Path:
    """A copy of a home; the snapshot is the same file, for it is known by its inode, and nobody writes into it."""
    place = base.with_name(f"{base.name}_{name}")
    copy_home(base, place)
    return place


def faults(expected: Expected, name: str, death: Death) -> list[str] | None:
    """What is not as it must be after a command was ended and asked again; None where the signal came too late."""
    place = Home(copied(expected.base, f"{death.share:.3f}_{death.by.name}"))
    words = SCENES[name].words
    ended = killed_after(place, words, death.share * expected.answer.seconds, death)
    if ended is None:
        shutil.rmtree(place.root)
        return None
    told = ended.document is not None
    again = asked(place, *words)
    found = [each for each in differences(expected, again, told, tables(place)) if each != NUMBERED_AGAIN.get(name)]
    found += [] if death.by is signal.SIGKILL else wrong_ends(expected, ended, death)
    found += unfinished_runs(place) + found_in(place.root, SCENES[name].erased, SENDERS)[0]
    shutil.rmtree(place.root)
    return found


def wrong_ends(expected: Expected, ended: Answer, death: Death) -> list[str]:
    """Another exit code than 2, the one of the answer that was told, or, where no command had begun, the signal's."""
    if any(told in ended.said for told in BEFORE_PYTHON):
        return []
    allowed = {2} | ({expected.answer.code} if ended.document is not None else set() if ended.said else {-death.by})
    return [] if ended.code in allowed and "Traceback" not in ended.said else [f"ended with {ended.code}: {ended.said}"]


def differences(expected: Expected, again: Answer, told: bool, state: State) -> list[str]:
    """What differs; `told`: the first answer was heard, so that the second may say that it is so already."""
    names = sorted(
        name for name in state.keys() | expected.tables.keys() if state.get(name) != expected.tables.get(name)
    )
    if told:
        return names
    code = [] if again.code == expected.answer.code else [f"exit code {again.code}: {again.said}"]
    answer = [] if _same(again, expected.answer) else [f"{again.document} instead of {expected.answer.document}"]
    return [*names, *code, *answer]


def _same(one: Answer, other: Answer) -> bool:
    """Lists of imports in any order: what an earlier attempt had finished is told first, of an erasure nothing else."""
    if one.document == FINISHED:
        return "rows_without_a_name" in other.document
    ordered = [sorted(map(str, (each.document or {}).get("imports", []))) for each in (one, other)]
    return ordered[0] == ordered[1] if ordered[1] else one.document == other.document


def unfinished_runs(home: Home) -> list[str]:
    """The runs that Dagster still takes for unfinished, once two commands are through."""
    with closing(sqlite3.connect(home.dagster / "history" / "runs.db")) as connection:
        query = "SELECT run_id, status FROM runs WHERE status IN ('NOT_STARTED', 'STARTING', 'STARTED', 'CANCELING')"
        return [f"run {run} is {status}" for run, status in connection.execute(query)]
