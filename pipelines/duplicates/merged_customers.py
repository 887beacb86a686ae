"""Who is one with whom: what all decisions about it come to.

Lives here: the order in which decisions count, the tables of the ledger that say what they came to. Not here: deciding
(`pipelines/ledger/decisions/merge_customers.py`), what follows for rows (`pipelines/warehouse/owned_views.py`).

Decisions are facts in the order in which they were made, and those that somebody undid do not count. All others are
replayed whenever one comes or goes: a merge joins two customers as they are then, a separation takes back the merge of
the same two. So an undo in any order gives what the decisions give that are left. Of customers who are one already, a
further merge changes nothing; circles cannot come about.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import polars as pl

from pipelines.warehouse.database import Connection, choose_views, frame_as, rows_of

MergeChoice = Literal["merged", "separate"]
Pair = tuple[str, str]
"""Who stays and who is part of them, by their ids."""

DECIDED = """
    SELECT import_seq, choice, survivor_id::VARCHAR AS survivor_id, other_id::VARCHAR AS other_id,
        import_id IN (FROM ledger.undone) AS undone
    FROM ledger.merges JOIN ledger.imports USING (import_seq) ORDER BY import_seq, survivor_id, other_id
"""


@dataclass(frozen=True)
class Decision:
    """What was decided of two customers, by their ids: who stays if they are one."""

    import_seq: int
    choice: MergeChoice
    survivor_id: str
    other_id: str
    undone: bool

    @property
    def pair(self) -> frozenset[str]:
        """The two, whoever stays."""
        return frozenset(self.ends)

    @property
    def ends(self) -> Pair:
        """The two, who stays first."""
        return self.survivor_id, self.other_id


class Families:
    """Disjoint sets of customers, each with the one who stands for all."""

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._above: dict[str, str] = {}
        for decision in decisions:
            self.join(decision)

    def join(self, decision: Decision) -> None:
        """Let the survivor's customer stand for the other one too."""
        survivor, other = self.head(decision.survivor_id), self.head(decision.other_id)
        if survivor != other:
            self._above[other] = survivor

    def head(self, customer_id: str) -> str:
        """Who stands for a customer; whoever was never joined, for itself."""
        while customer_id in self._above:
            customer_id = self._above[customer_id]
        return customer_id


def all_decisions(connection: Connection) -> list[Decision]:
    """Every decision that the ledger has, in order, undone ones too."""
    return [Decision(**row) for row in rows_of(connection, DECIDED).iter_rows(named=True)]


def standing(decisions: Iterable[Decision]) -> dict[frozenset[str], Decision]:
    """By pair the decision that counts of it, in the order in which those were made."""
    latest: dict[frozenset[str], Decision] = {}
    for decision in decisions:
        if not decision.undone:
            # Out and in again: the order of decisions is the order in which they were made last.
            latest.pop(decision.pair, None)
            latest[decision.pair] = decision
    return latest


def merges_among(decisions: Iterable[Decision]) -> list[Decision]:
    """The merges that stand."""
    return [each for each in standing(decisions).values() if each.choice == "merged"]


def kept_apart(decisions: Iterable[Decision]) -> Iterator[tuple[str, str]]:
    """The pairs of today's customers that are decided to be two."""
    decisions = list(decisions)
    families = Families(merges_among(decisions))
    for each in standing(decisions).values():
        ends = families.head(each.survivor_id), families.head(each.other_id)
        if each.choice == "separate" and ends[0] != ends[1]:
            yield ends


def merges_between(decisions: Iterable[Decision], one: str, other: str) -> list[Pair]:
    """The merges to take back until two customers are two, joined by a chain of them maybe; none of two who are."""
    return _taken_out(merges_among(decisions), one, other)


def merges_of(decisions: Iterable[Decision], one: str) -> list[Pair]:
    """The merges to take back so that a customer leaves whom it is part of, or everybody leaves who is part of it.

    Its own ones, and where undone decisions left it joined by merges of others too, those. None of a customer who is
    one with nobody.
    """
    merges = merges_among(decisions)
    families = Families(merges)
    head = families.head(one)
    own = [each for each in merges if one == (each.survivor_id if head == one else each.other_id)]
    left, taken = [each for each in merges if each not in own], [each.ends for each in own]
    family = sorted({each for merge in merges for each in merge.pair if families.head(each) == head} - {one})
    for other in family if head == one else [head]:
        taken += _taken_out(left, one, other)
    return taken


def _taken_out(merges: list[Decision], one: str, other: str) -> list[Pair]:
    """Take out of these merges those that make two one."""
    taken: list[Pair] = []
    while merge := _joining(merges, one, other):
        merges.remove(merge)
        taken.append(merge.ends)
    return taken


def _joining(merges: Iterable[Decision], one: str, other: str) -> Decision | None:
    """The merge by which two customers became one; None for two that are not."""
    families = Families()
    for merge in merges:
        families.join(merge)
        if families.head(one) == families.head(other):
            return merge
    return None


def settle(connection: Connection) -> None:
    """Write what the decisions come to, in the open transaction that added one or undid one."""
    decisions = all_decisions(connection)
    # A ledger without merges pays nothing.
    if not decisions:
        return
    # `ever`: whoever was one with somebody once is folded again together with them, undone decisions included.
    now, ever = Families(merges_among(decisions)), Families(decisions)
    everybody = sorted({each for decision in decisions for each in decision.pair})
    settled = pl.DataFrame(
        [(each, now.head(each), ever.head(each)) for each in everybody],
        schema=dict.fromkeys(("customer_id", "survivor_id", "family_id"), pl.String),
        orient="row",
    )
    with frame_as(connection, "settled", settled):
        connection.execute("DELETE FROM ledger.merged_customers")
        connection.execute("INSERT INTO ledger.merged_customers FROM settled")
        connection.execute("DELETE FROM ledger.pair_decisions")
        connection.execute(
            "INSERT INTO ledger.pair_decisions SELECT survivor_id, customer_id, 'merged' FROM settled "
            "WHERE survivor_id <> customer_id"
        )
    apart = pl.DataFrame([*{*kept_apart(decisions)}], schema={"a": pl.String, "b": pl.String}, orient="row")
    with frame_as(connection, "apart", apart):
        connection.execute("INSERT INTO ledger.pair_decisions SELECT a, b, 'separate' FROM apart")
    choose_views(connection)
