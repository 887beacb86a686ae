"""What somebody is to be told, as a record: a code and its parameters. It becomes a sentence where it is written down.

Lives here: the record. Not here: the sentences (`schemas/messages.csv`), when one is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schemas.codes import message


@dataclass(frozen=True, init=False)
class Note:
    """A code of `schemas/messages.csv` with what its sentence needs: counts as numbers, titles, values, rows, phrases.

    A phrase is a note too: one that stands in a gap of another one.
    """

    code: str
    # A dict has no hash; two notes of one code that differ in parameters only collide, and still compare unequal.
    parameters: Mapping[str, object] = field(hash=False)

    def __init__(self, code: str, **parameters: object) -> None:
        # The class is frozen, and its parameters are taken by name: the generated `__init__` would take one mapping.
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "parameters", parameters)

    def about(self, **parameters: object) -> "Note":
        """The same with more parameters, such as the title of the column that it is about."""
        return Note(self.code, **{**self.parameters, **parameters})

    def with_texts(self, change: Callable[[str], str]) -> "Note":
        """The same with each of its texts changed."""
        return Note(self.code, **{name: _changed(value, change) for name, value in self.parameters.items()})

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text among its parameters."""
        return tuple(text for value in self.parameters.values() for text in _texts(value))

    def sentence(self, language: str) -> str:
        """What it says, in a language."""
        return message(self.code, language, **self.parameters)

    def line(self, language: str) -> str:
        """The code and what it says, as the lists of warnings have it."""
        return f"{self.code}: {self.sentence(language)}"


def _texts(value: object) -> tuple[str, ...]:
    match value:
        case str():
            return (value,)
        case Note():
            return value.texts
        case list() | tuple():
            return tuple(text for one in value for text in _texts(one))
    return ()


def _changed(value: object, change: Callable[[str], str]) -> object:
    match value:
        case str():
            return change(value)
        case Note():
            return value.with_texts(change)
        case list() | tuple():
            return [_changed(one, change) for one in value]
    return value
