"""What somebody typed of a person into the form of a run: a street or a town names nobody, and is theirs all the same.

Lives here: whose form it is, and the form without its values. Not here: where forms lie (`sqlite_files.py`), texts that
name a person (`traces.py`).
"""

import json
from collections.abc import Callable, Mapping

from pipelines.erasure.subject import Subject
from pipelines.erasure.traces import ERASED, Traces
from schemas.ways_in.manual_entry import STATABLE

VALUES, CUSTOMER = "values", "customer"


def cleared(subject: Subject, traces: Traces) -> Callable[[str], str]:
    """How a text is without a person: without what is typed of them, if it is the form of an entry about them by hand,
    and without whatever names them.
    """

    def clear(text: str) -> str:
        theirs = traces.are_in(text) or any(run_id in text for run_id in subject.run_ids)
        if f'"{VALUES}"' in text and (theirs or any(each in text for each in subject.references)):
            text = _without_values(text, subject, theirs)
        return traces.taken_out(text) if traces.are_in(text) else text

    return clear


def _without_values(text: str, subject: Subject, theirs: bool) -> str:
    try:
        told = json.loads(text)
    except ValueError:
        return text
    emptied = _emptied(told, subject, theirs)
    return text if emptied == told else json.dumps(emptied)


def _emptied(told: object, subject: Subject, theirs: bool) -> object:
    """What JSON holds, with every form of theirs emptied; a form names whom it is about, or the run is theirs."""
    if isinstance(told, list):
        return [_emptied(each, subject, theirs) for each in told]
    if not isinstance(told, dict):
        return told
    form = told.get(VALUES)
    if isinstance(form, Mapping) and form and form.keys() <= STATABLE.keys():
        about = str(told.get(CUSTOMER) or form.get("external_id") or "")
        if theirs or about.strip() in subject.references:
            told = told | {VALUES: dict.fromkeys(form, ERASED)} | ({CUSTOMER: ERASED} if CUSTOMER in told else {})
    return {name: _emptied(value, subject, theirs) for name, value in told.items()}
