"""Erasing a person: what will go, the transaction, the files, and the databases written anew.

Lives here: the steps in their order, and going on with an erasure that a crash stopped. Not here: any of the steps.

The facts go first, in one transaction with all its checks, which notes who is still to be taken out of files: from then
on whatever happens, the erasure is finished by asking again, and no table has the person any more. The note goes last,
with the pages of the old working database.
"""

import uuid
from datetime import datetime
from typing import NamedTuple

from pipelines.customers.affected import everybody_is_affected
from pipelines.customers.derive import derive
from pipelines.duplicates.merged_customers import settle
from pipelines.durable import written
from pipelines.erasure.erase_facts import STEPS, Erasing
from pipelines.erasure.erase_files import FilesErased, erase_files
from pipelines.erasure.subject import Subject, subject_of
from pipelines.errors import AlreadyDone, WrongUse
from pipelines.home import Home
from pipelines.ledger.transaction import current_as_of, ledger_transaction, next_anew, note_change, verified
from pipelines.lineage.known_now import customer_of
from pipelines.progress import Report, silent
from pipelines.warehouse.database import Connection, choose_views, rewrite, rows_of, transaction
from pipelines.warehouse.write_lock import writer_lock


class WillGo(NamedTuple):
    """What an erasure would take out: of whom, how many rows of which imports, and by how much they are known.

    `who`: the id that stands for them in a form, or the address of somebody who is no customer.
    """

    who: str
    row_count: int
    imports: tuple[str, ...]
    addresses: int
    phones: int
    stripe_records: int


class Erased(NamedTuple):
    """What an erasure did: its number, the accepted rows whose money stays in nobody's name, what became of files."""

    erasure_id: str
    row_count: int
    files_rewritten: int
    files_gone: tuple[str, ...]
    files_left: tuple[str, ...]


def named(by: str | None) -> str:
    """Who decides. Raises WrongUse where nobody is named."""
    if not by:
        raise WrongUse("an erasure is final and needs a name that stays with it: --by NAME")
    return by


def preview_erasure(home: Home, who: str) -> WillGo:
    """What erasing somebody would take out; nothing is written.

    `who`: an address, also of somebody who is no customer, or whatever else a customer is found by.
    Raises as `subject_of` and `find_customer`.
    """
    try:
        subject = _subject(home, who)
    except AlreadyDone:
        raise
    except WrongUse:
        subject = _subject(home, customer_of(home, who).customer_id)
    return WillGo(
        who=subject.customer_ids[0] if subject.customer_ids else who.strip(),
        row_count=subject.row_count,
        imports=tuple(own.import_id for own in subject.own_rows),
        addresses=len(subject.emails),
        phones=len(subject.phones),
        stripe_records=len(subject.stripe_ids),
    )


def _subject(home: Home, who: str) -> Subject:
    with ledger_transaction(home) as connection:
        current_as_of(connection)
        return subject_of(connection, who, uuid.UUID(int=0))


def erase(home: Home, who: str, by: str, now: datetime, drawn: uuid.UUID, report: Report = silent) -> Erased:
    """Take a person out of everything that is kept; what an earlier erasure left undone is finished first.

    Args:
        home: the folders.
        who: an e-mail address of theirs, or a customer id.
        by: who decides; the name stays.
        now: the instant of the decision.
        drawn: a random number, of which the erasure's id and the salt of a first one are made.
        report: told of each stage.

    Raises:
        WrongUse: nobody is known by that. AlreadyDone: they were erased. ChecksFailed: nothing was written.
    """
    finish_erasures(home, report)
    who = preview_erasure(home, who).who
    with ledger_transaction(home) as connection:
        subject = subject_of(connection, who, uuid.uuid5(drawn, "erasure"))
        home.erasing.parent.mkdir(parents=True, exist_ok=True)
        with written(home.erasing) as unfinished:
            unfinished.write_text("An erasure is not finished: run `customers erase`.\n", "utf-8")
        report("erasing facts")
        _erase_facts(connection, home, Erasing(connection, subject, by, now, drawn.hex))
    done = finish_erasures(home, report)
    return Erased(subject.erasure_id, subject.row_count, done.rewritten, tuple(done.gone), tuple(done.left))


def _erase_facts(connection: Connection, home: Home, erasing: Erasing) -> None:
    as_of = current_as_of(connection)
    with next_anew(connection, home) as writer, transaction(connection):
        note_change(connection, as_of)
        for step in STEPS:
            step(erasing)
        settle(connection)
        choose_views(connection)
        everybody_is_affected(connection)
        derive(connection, writer, as_of, False, "data")
        verified(connection)


def finish_erasures(home: Home, report: Report = silent) -> FilesErased:
    """Take whoever's facts are erased out of files too, and write the working database anew.

    Where nothing is unfinished, nothing is done.
    """
    done = FilesErased()
    if not unfinished(home):
        return done
    with ledger_transaction(home) as connection:
        subjects = _unfinished_subjects(connection)
        for subject in subjects:
            report("erasing files")
            found = erase_files(connection, home, subject)
            done = FilesErased(done.rewritten + found.rewritten, done.gone + found.gone, done.left + found.left)
    if subjects:
        report("writing the database anew")
        with writer_lock(home.working.with_suffix(".lock")):
            rewrite(home.working, without=("erasing",))
    home.erasing.unlink(missing_ok=True)
    return done


def unfinished(home: Home) -> bool:
    """Whether an erasure was begun that may not be finished."""
    return home.erasing.exists()


def _unfinished_subjects(connection: Connection) -> list[Subject]:
    told = rows_of(connection, "SELECT subject FROM ledger.erasing ORDER BY erasure_id")["subject"]
    return [Subject.model_validate_json(text) for text in told]
