"""The stories of `docs/stories.md`, played as they stand there: what is dropped, and what the tables then say."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest

from pipelines.configuration.settings import Sources
from pipelines.configuration.sources_file import read_sources
from pipelines.home import Home
from pipelines.models.staged_file import Outcome
from pipelines.publishing.queries import read
from tests.pipelines.stripe.states import START, Account, charge, customer, sync
from tests.support.by_hand import edit
from tests.support.flow import import_file, undo
from tests.support.workbooks import xlsx

PAGE = Path(__file__).parents[2] / "docs" / "stories.md"
BLOCK = re.compile(r"^```(\w+) ?(.*)\n((?s:.*?))^```$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: what it does, to what, with which text."""

    verb: str
    told: str
    text: str


def stories() -> dict[str, list[Block]]:
    """The blocks of each story, by its heading."""
    _, *parts = re.split(r"(?m)^## ", PAGE.read_text("utf-8"))
    return {part.partition("\n")[0]: [Block(*found) for found in BLOCK.findall(part)] for part in parts}


class Play:
    """One story on its stage: a home of its own, the sources that it declares, the files that it dropped."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.place = home.root / "desk"
        self.place.mkdir(parents=True)
        self.sources = Sources()
        self.imports: dict[str, str] = {}
        self.seen: list[str] = []

    def yaml(self, _: str, text: str) -> None:
        self._file("sources.yaml", text)

    def table(self, name: str, text: str) -> None:
        self._file(name, text)

    def csv(self, told: str, text: str) -> None:
        name, source = told.split(" for ")
        self._imported(self._file(name, text), source)

    ndjson = csv

    def xlsx(self, told: str, text: str) -> None:
        name, source = told.split(" for ")
        rows = [[int(cell) if cell in ("0", "1") else cell for cell in row.split(";")] for row in text.splitlines()]
        (self.place / name).write_bytes(xlsx(rows))
        self._imported(self.place / name, source)

    def again(self, told: str, text: str) -> None:
        name, source = told.split(" for ")
        outcome = self._imported(self.place / name, source)
        assert f"{outcome.status}: {', '.join(reason.code for reason in outcome.reasons)}" == text.strip()

    def mended(self, told: str, text: str) -> None:
        name, source = told.split(" for ")
        wrong, right = text.strip().split(" → ")
        book = openpyxl.load_workbook(self.home.rejects / f"{self.imports[name]}.xlsx")
        cells = [cell for row in book.active.iter_rows() for cell in row if cell.value == wrong]
        assert len(cells) == 1
        cells[0].value = right
        book.save(self.place / "mended.xlsx")
        self._imported(self.place / "mended.xlsx", source)

    def stripe(self, _: str, text: str) -> None:
        rows = [line.split(",") for line in text.splitlines()]
        people = {email: customer(str(number), email, name) for number, (email, name, _, _) in enumerate(rows)}
        charges = [
            charge(str(number), round(float(amount) * 100), people[email]["id"], _day(paid))
            for number, (email, _, amount, paid) in enumerate(rows)
        ]
        sync(self.home, Account(charges, customers=list(people.values())))

    def edit(self, told: str, text: str) -> None:
        who, by = told.split(" by ")
        done = edit(self.home, who, **dict(line.split("=", 1) for line in text.splitlines()))
        entry = read(self.home.published, "SELECT import_id, imported_by FROM import_history")
        assert (done.import_id, by) in entry.rows()

    def undo(self, name: str, _: str) -> None:
        undo(self.home, self.imports[name])

    def sql(self, _: str, text: str) -> None:
        self.seen = [" | ".join(map(_shown, row)) for row in read(self.home.published, text).iter_rows()]

    def result(self, _: str, text: str) -> None:
        assert self.seen == text.splitlines()

    def _file(self, name: str, text: str) -> Path:
        (self.place / name).write_text(text, "utf-8")
        return self.place / name

    def _imported(self, path: Path, source: str) -> Outcome:
        declared = self.place / "sources.yaml"
        sources = read_sources(declared) if declared.exists() else self.sources
        outcome = import_file(self.home, path, source, sources=sources)
        self.imports.setdefault(path.name, outcome.import_id)
        return outcome


def _day(paid: str) -> int:
    return (date.fromisoformat(paid) - START.date()).days


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return "–" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.matrix(1)
@pytest.mark.parametrize("story", stories())
def test_a_story_ends_as_its_page_says(story: str, tmp_path: Path) -> None:
    play = Play(Home(tmp_path / "data"))
    for verb, told, text in stories()[story]:
        step: Callable[[str, str], None] = getattr(play, verb)
        step(told, text)


def test_there_are_ten_stories_and_each_asks_the_tables() -> None:
    verbs: Iterator[list[str]] = ([block.verb for block in blocks] for blocks in stories().values())
    assert [each.count("sql") > 0 and each.count("sql") == each.count("result") for each in verbs] == [True] * 10
