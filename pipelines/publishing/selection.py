"""Selecting customers: by status, priority, group, segment and source.

Lives here: the conditions, and what to say of a value that selects nobody because it is none. Not here: writing files
(`exports.py`), who is in a segment (`views/customer_segments.sql`).
"""

import unicodedata
from dataclasses import asdict, dataclass
from difflib import get_close_matches

from pipelines.errors import WrongUse
from pipelines.warehouse.database import Connection, rows_of
from schemas.customers import PRIORITIES, STATUSES

MOST_NAMED = 20

CONDITIONS = {
    "status": "SELECT customer_id::VARCHAR FROM customers WHERE status = $status",
    "priority": "SELECT customer_id::VARCHAR FROM computed_priorities WHERE priority = $priority",
    "group": "SELECT customer_id::VARCHAR FROM customer_groups WHERE lower(nfc_normalize(name)) = $group",
    "segment": "SELECT customer_id::VARCHAR FROM customer_segments WHERE segment = $segment",
    "source": "SELECT customer_id::VARCHAR FROM customers WHERE list_contains(sources, $source)",
}
NAMES = {
    "group": "SELECT name FROM groups ORDER BY name",
    "segment": "SELECT DISTINCT segment AS name FROM segments ORDER BY name",
    "source": "SELECT DISTINCT unnest(sources) AS name FROM customers ORDER BY name",
}
OF_CUSTOMERS = (
    "SELECT table_name AS name FROM information_schema.columns WHERE column_name = 'customer_id' ORDER BY ALL"
)


@dataclass(frozen=True)
class Selection:
    """Which customers: those who meet each condition that is given."""

    status: str | None = None
    priority: str | None = None
    group: str | None = None
    segment: str | None = None
    source: str | None = None

    @property
    def given(self) -> dict[str, str]:
        """The conditions that are given, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


EVERYBODY = Selection()


def selecting(connection: Connection, table: str, selection: Selection) -> tuple[str, dict[str, object]]:
    """The condition on a table's rows that leaves those of the selected customers, and its values.

    Raises WrongUse for a table without customers, and for a value that is none, with what is allowed.
    """
    if not selection.given:
        return "TRUE", {}
    able = rows_of(connection, OF_CUSTOMERS)["name"].to_list()
    if table not in able:
        asked = " and ".join(f"--{name}" for name in selection.given)
        raise WrongUse(
            f"rows of {table} belong to no customer, so that {asked} selects none; {', '.join(able)} have one"
        )
    values: dict[str, object] = {name: _known(connection, name, value) for name, value in selection.given.items()}
    return " AND ".join(f"customer_id::VARCHAR IN ({CONDITIONS[name]})" for name in values), values


def _known(connection: Connection, name: str, value: str) -> str:
    """A value as the tables have it, whatever its case. Raises WrongUse."""
    fixed = {"status": STATUSES, "priority": PRIORITIES}
    allowed = list(fixed[name]) if name in fixed else rows_of(connection, NAMES[name])["name"].to_list()
    by_key = {_key(each): each for each in allowed}
    if _key(value) in by_key:
        return _key(value) if name == "group" else by_key[_key(value)]
    near = get_close_matches(_key(value), list(by_key), 1)
    meant = f"; did you mean --{name} {by_key[near[0]]!r}?" if near else ""
    some = ", ".join(allowed[:MOST_NAMED]) + (", …" if len(allowed) > MOST_NAMED else "")
    raise WrongUse(f"there is no {name} {value!r}{meant}" + (f"; there are {some}" if some else "; there is none yet"))


def _key(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip()).lower()
