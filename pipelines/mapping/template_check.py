"""The first row of a template, which may not be affected (MO-14, SC-04, AMB-35).

Lives here: comparing a file's titles with its template's. Not here: making templates, meanings of titles.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

from pipelines.errors import FileRefused
from pipelines.mapping.fuzzy import difference


def check_template(titles: Sequence[str], expected: Sequence[str], language: str) -> None:
    """Nothing where a file's titles are the template's, each in its place; blanks around a title do not count.

    Raises FileRefused with TEMPLATE_MODIFIED, naming missing, added, renamed and moved titles (MO-14).
    """
    found, wanted = [title.strip() for title in titles], [title.strip() for title in expected]
    if found == wanted:
        return
    changes = (*difference(wanted, found), *_moved(wanted, found))
    raise FileRefused("TEMPLATE_MODIFIED", language, found=changes, expected=wanted)


def _moved(expected: list[str], found: list[str]) -> list[str]:
    """The titles that stand in another order than the template's, with their columns: `City 3 → 1`."""
    before = [title for title in expected if title in found]
    after = [title for title in found if title in expected]
    # autojunk takes what is frequent in 200 entries and more for noise.
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    kept = {title for block in blocks for title in before[block.a : block.a + block.size]}
    return [f"{title} {expected.index(title) + 1} → {found.index(title) + 1}" for title in before if title not in kept]
