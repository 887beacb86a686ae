"""The mapping that somebody approved for a source: kept in a file, found again for the next one.

Lives here: the record, writing and reading it. Not here: what it decides (`map_columns.py`).
"""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from pipelines.configuration.typed import Typed
from pipelines.durable import written
from pipelines.errors import WrongUse
from pipelines.models.column_mapping import ColumnMapping


class SavedMapping(Typed):
    """The titles of the file that was approved, what they mean, and which of them are ignored.

    A title that is neither in `fields` nor ignored was left out, and stays left out.
    """

    titles: tuple[str, ...]
    fields: dict[str, str]
    ignored: tuple[str, ...] = ()


def save(folder: Path, source: str, mapping: ColumnMapping, titles: Sequence[str]) -> SavedMapping:
    """Keep a mapping for a source; a reader sees the whole of it or nothing."""
    fields = {column.title: column.field for column in mapping.columns}
    saved = SavedMapping(titles=tuple(titles), fields=fields, ignored=mapping.ignored)
    path = _path(folder, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written(path) as unfinished:
        unfinished.write_text(saved.model_dump_json(indent=1), "utf-8")
    return saved


def load(folder: Path, source: str) -> SavedMapping | None:
    """The mapping kept for a source, if there is one; WrongUse where its file is not one."""
    path = _path(folder, source)
    if not path.exists():
        return None
    try:
        return SavedMapping.model_validate_json(path.read_text("utf-8"))
    except ValidationError as error:
        raise WrongUse(f"{path} is not a saved mapping; save the mapping of {source!r} again") from error


def _path(folder: Path, source: str) -> Path:
    """The file of a source, within the folder whatever the source is called."""
    # A source's name comes from users: `../x` must lead nowhere.
    if not source or Path(source).name != source:
        raise WrongUse(f"{source!r} cannot name a source: a name holds no folders")
    return folder / f"{source}.json"
