"""What a rule of conservation is, and what of it a transaction has to be checked for.

Lives here: the records alone. Not here: the rules (`rules.py`), trying them (`verify.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.warehouse.database import Connection


@dataclass(frozen=True)
class Scope:
    """What a transaction has to be checked for: whether it affects `few` customers, who stand for all then where a rule
    is local, and what stands in place of each mark of the queries. `thorough`: whether each rule's own query is asked.
    """

    few: bool
    parts: dict[str, str]
    thorough: bool = False

    def filled_in(self, query: str) -> str:
        """A query with the parts for this transaction in place of its marks."""
        for mark, part in self.parts.items():
            query = query.replace(mark, part)
        return query


@dataclass(frozen=True)
class Rule:
    """A rule of conservation: the table it guards, what it promises, and the query for what breaks it.

    `among_few`: the query where few customers are affected, if there is a quicker one for that. `where`: the query for
    whether there is anything that it is about. `agrees`: a quicker way to be sure that nothing breaks it, which names
    nobody: where it is not sure, the query is asked.
    """

    name: str
    table: str
    promise: str
    offenders: str
    among_few: str | None = None
    where: str | None = None
    agrees: Callable[[Connection, Scope], bool] | None = None
