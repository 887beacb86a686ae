"""What the keys of events mean: a closed list, by name, and what a deployment calls otherwise.

Lives here: keys into a mapping. Not here: titles of lists, which are read with judgement (`map_columns.py`): a program
writes these keys, and a program can be held to their names.
"""

from collections.abc import Mapping, Sequence

from pipelines.configuration.yaml_documents import meant
from pipelines.errors import FileRefused, WrongUse
from pipelines.models.column_mapping import ColumnMapping, MappedColumn
from pipelines.reading.events.json_lines import title_of_key
from schemas.fields import BY_NAME, fields_of
from schemas.profiles import Profile, missing_columns


def map_event_keys(
    keys: Sequence[str], profile: Profile, own: Mapping[str, str], ignored: Sequence[str], language: str = "en"
) -> ColumnMapping:
    """The field of every key: the profile's own, or another one that the caller or the source gives it.

    Args:
        keys: as the events have them.
        profile: its template names the keys.
        own: further keys with their fields, as the source or the caller say.
        ignored: keys to leave out without a word.
        language: of messages to the sender.

    Returns:
        The mapping; a key that nobody knows is in `unmapped`.

    Raises:
        WrongUse: a field that events do not have. FileRefused: TOO_MANY_COLUMNS_FOR_FIELD for two keys of one field,
        MISSING_REQUIRED_COLUMN where no event has a key that all need.
    """
    allowed = [field.name for field in fields_of(profile.grain)]
    if unknown := [field for field in own.values() if field not in allowed]:
        near = meant(unknown[0], allowed)
        raise WrongUse(f"there is no field {unknown[0]!r} here{near}; fields are {', '.join(sorted(allowed))}")
    named = {column.title: column.field for column in profile.template} | dict(profile.aliases) | dict(own)
    known = {_spelt(key): field for key, field in named.items()}
    left_out = {_spelt(key) for key in ignored}
    found = {key: known[key] for key in keys if key in known.keys() - left_out}
    for field in found.values():
        if len(sharing := [key for key, meaning in found.items() if meaning == field]) > 1:
            raise FileRefused("TOO_MANY_COLUMNS_FOR_FIELD", language, found=", ".join(sharing), expected=field)
    if missing := missing_columns(profile, found.values()):
        raise FileRefused(
            "MISSING_REQUIRED_COLUMN", language, found=", ".join(keys), expected=", ".join(missing), header="–"
        )
    ordered = sorted(found, key=lambda key: list(BY_NAME).index(found[key]))
    return ColumnMapping(
        columns=tuple(MappedColumn(key, found[key], 1, 1.0, "exact") for key in ordered),
        ignored=tuple(key for key in keys if key in left_out),
        unmapped=tuple(key for key in keys if key not in found and key not in left_out),
    )


def _spelt(key: str) -> str:
    """A key that somebody names as it is read; those of objects within an object by their path: `utm.source`."""
    return ".".join(map(title_of_key, key.split(".")))
