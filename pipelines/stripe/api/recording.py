"""Recording: an account kept in a folder, answered as Stripe answers.

Lives here: lists over files of objects, one JSON object a line, newest first (`charges.jsonl`, `refunds.jsonl`,
`customers.jsonl`). Not here: what asks (`pipelines/stripe/extract/run.py`): it cannot tell a recording from the real
thing.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipelines.errors import CursorGone, ObjectGone, WrongUse
from pipelines.stripe.api.protocol import STREAMS, Query, Stream


class Recorded(NamedTuple):
    """One object: its id, when it was made, what Stripe said; of a deleted one a stub that no list shows."""

    id: str
    created: int | None
    said: str


@dataclass(frozen=True)
class Recording:
    """An account that was recorded (`protocol.Account`)."""

    lists: dict[Stream, tuple[Recorded, ...]]

    def page(self, query: Query) -> bytes:
        """A page of a list. Raises CursorGone."""
        asked = [one for one in self.lists[query.stream] if _within(one, query)]
        after = asked[_index_after(asked, query.cursor) :]
        said = ",".join(one.said for one in after[: query.limit])
        more = "true" if len(after) > query.limit else "false"
        return f'{{"object":"list","url":"/v1/{query.stream}","has_more":{more},"data":[{said}]}}'.encode()

    def one(self, stream: Stream, identity: str) -> bytes:
        """One object. Raises ObjectGone."""
        found = next((one.said for one in self.lists[stream] if one.id == identity), None)
        if found is None:
            raise ObjectGone(f"the recording has no {identity} among its {stream}")
        return found.encode()


def open_recording(folder: Path) -> Recording:
    """The recording in a folder. Raises WrongUse where a file is missing or a line is no object."""
    return Recording({stream: tuple(_read(folder / f"{stream}.jsonl")) for stream in STREAMS})


def _read(path: Path) -> list[Recorded]:
    try:
        lines = path.read_text("utf-8").splitlines()
        return [
            Recorded(told["id"], None if told.get("deleted") else told["created"], line)
            for line in lines
            for told in [json.loads(line)]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongUse(f"{path} is no recorded list, one Stripe object a line: {error!r}") from error


def _within(one: Recorded, query: Query) -> bool:
    # The stub of a deleted customer is in no list, and is found by its id alone.
    if one.created is None:
        return False
    return (query.gte is None or one.created >= query.gte) and (query.lt is None or one.created < query.lt)


def _index_after(asked: list[Recorded], cursor: str | None) -> int:
    if cursor is None:
        return 0
    place = next((at for at, one in enumerate(asked, 1) if one.id == cursor), None)
    if place is None:
        raise CursorGone(f"the recording has no {cursor}")
    return place
