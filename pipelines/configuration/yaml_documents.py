"""Declarations as people write them: YAML in which no key stands twice, names that are plain folders, likely meanings.

Lives here: reading YAML strictly, what a name may be, the nearest known key. Not here: which keys there are
(`settings.py`).
"""

import re
from collections.abc import Hashable, Iterable
from copy import deepcopy
from functools import lru_cache
from unicodedata import category

import yaml

LONGEST_NAME = 100
SEPARATORS = re.compile(r"[/\\:]")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
LIKENESS = 70
"""Percent from which on one key may be meant by another."""


class StrictLoader(yaml.SafeLoader):
    """Plain YAML in which a key that stands twice is an error: YAML itself lets the last one win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        """A mapping whose keys stand once; those that a merge (`<<`) brings may be said again."""
        seen: dict[Hashable, int] = {}
        for key, _ in node.value:
            # Its keys are defaults, which may be said again.
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            name, line = self.construct_object(key, deep=True), key.start_mark.line + 1
            if name in seen:
                told = f"the key {name!r} stands twice, in lines {seen[name]} and {line}; keep one"
                raise yaml.constructor.ConstructorError(None, None, told, key.start_mark)
            seen[name] = line
        return super().construct_mapping(node, deep)


def read_yaml(text: str) -> object:
    """What a YAML text declares. Raises yaml.YAMLError, for a key that stands twice too."""
    # Kept between questions, so nobody may change the kept one.
    return deepcopy(_declared(text))


@lru_cache(maxsize=4)  # an import asks six times what the file declares; a parse takes 5 ms and more
def _declared(text: str) -> object:
    return yaml.load(text, StrictLoader)  # noqa: S506  # a SafeLoader


def why_no_folder(name: str) -> str | None:
    """Why a name is none that a plain folder can have on every system; None where it is one."""
    if name != name.strip() or not name:
        return "it is blank, or begins or ends with a space"
    if name.startswith((".", "~")) or name.endswith("."):
        return "it begins with a dot or ~, or ends with a dot"
    if SEPARATORS.search(name):
        return "it holds a slash, a backslash or a colon"
    if any(category(sign).startswith("C") for sign in name):
        return "it holds a character that nobody sees"
    if RESERVED.fullmatch(name):
        return "Windows reserves it"
    return "it is too long" if len(name.encode()) > LONGEST_NAME else None


def likely(key: str, known: Iterable[str]) -> str | None:
    """The known key that was probably meant."""
    from rapidfuzz import process  # asked of a fault only, and 12 ms of every start

    found = process.extractOne(key, list(known), score_cutoff=LIKENESS)
    return None if found is None else str(found[0])


def meant(key: str, known: Iterable[str]) -> str:
    """The end of a sentence about a name that there is not: the one that was probably meant, if any."""
    near = likely(key, known)
    return f"; did you mean {near}?" if near else ""
