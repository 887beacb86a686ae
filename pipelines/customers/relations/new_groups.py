"""New groups: those that an import named which no customer was in before (UP-24, MO-18).

Lives here: what groups there were, and the warning to the imports that made others. Not here: who is in which
(`groups.py`).

A group needs no permission to come, so that a typing error makes one: whoever sent the list is told of each.
"""

from collections.abc import Mapping

import polars as pl

from pipelines.warehouse.database import Connection, frame_as, number_of, rows_of
from pipelines.warehouse.import_rows import add_warnings
from schemas.sentences.note import Note

MOST_NAMED = 10

THERE = "SELECT group_id::VARCHAR AS group_id FROM (SELECT DISTINCT group_id FROM snapshot.main.group_members)"

MADE = """
    SELECT min(position) >> 32 AS import_seq, arg_min(name, position) AS name
    FROM snapshot.main.group_members WHERE group_id NOT IN (SELECT group_id::UUID FROM earlier_groups)
    GROUP BY group_id ORDER BY min(position)
"""
"""Of each group that was not there the import whose row names it first, and how it spells it."""


def earlier_groups(connection: Connection, writer: Connection, languages: Mapping[int, str]) -> pl.DataFrame | None:
    """The groups that the table has (`group_id`) before imports are folded; None where none of them names any.

    `languages`: of the imports, by their place. Asked of the writer: what the ledger's own transaction has seen of the
    snapshot before the fold is all that it sees after it (DuckDB 2.0).
    """
    listed = ", ".join(map(str, languages)) or "NULL"
    naming = f"FROM ledger.details WHERE import_seq IN ({listed}) AND groups IS NOT NULL LIMIT 1"
    return rows_of(writer, THERE) if number_of(connection, f"SELECT count(*) FROM ({naming})") else None


def tell_new_groups(connection: Connection, earlier: pl.DataFrame | None, languages: Mapping[int, str]) -> None:
    """Warn imports, each in the language of its sender, of the groups that they made.

    `earlier`: as `earlier_groups` gave it before the fold.
    """
    if earlier is None:
        return
    with frame_as(connection, "earlier_groups", earlier):
        made = rows_of(connection, MADE)
    for sequence, language in languages.items():
        names = made.filter(import_seq=sequence)["name"]
        if len(names):
            note = Note("NEW_GROUPS", found=len(names), value=names.head(MOST_NAMED).to_list())
            add_warnings(connection, [sequence], [note], language)
