"""A ledger that kept a blank consent as a no learns from its originals which of the two it was."""

import shutil

import pytest

from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.warehouse.database import working
from tests.support.flow import import_text, table

LIST = (
    "email;name;opt-in\nana@example.com;Ana;1\n\nbob@example.com;Bob;0\n"
    "cam@example.com;Łucja;\ndee@example.com;Dee;oui\n"
)
KEPT_A_BLANK_AS_A_NO = """
    DELETE FROM ledger.steps; UPDATE ledger.shape SET digest = 'of yesterday';
    INSERT INTO ledger.details BY NAME SELECT import_seq, row_number FROM ledger.contributions
        ANTI JOIN ledger.details USING (import_seq, row_number);
    UPDATE ledger.details SET opt_in = coalesce(opt_in, FALSE);
"""


@pytest.fixture
def older(home: Home) -> Home:
    """A home whose ledger was made when a blank was a no."""
    import_text(home, LIST)
    with working(home.working) as connection:
        connection.execute(KEPT_A_BLANK_AS_A_NO)
    return home


def consents(home: Home) -> dict[str, bool | None]:
    return dict(table(home).select("name", "opt_in").iter_rows())


@pytest.mark.slow
@pytest.mark.matrix(1)
@pytest.mark.rule("AMB-37")
@pytest.mark.parametrize("opened_by", [recompute.rebuild, recompute.publish])
def test_the_archived_original_says_who_said_no(older: Home, opened_by: object) -> None:
    opened_by(older)  # type: ignore[operator]  # a function, parametrised
    assert consents(older) == {"Ana": True, "Bob": False, "Łucja": None, "Dee": None}
    assert not [told for told in table(older, "import_history")["warnings"][0] if "CONSENTS_UNKNOWN" in told]
    import_text(older, "email,name,opt-in\nbob@example.com,Bob,1\ncam@example.com,Łucja,1\n", name="b.csv")
    assert consents(older) == {"Ana": True, "Bob": False, "Łucja": True, "Dee": None}


@pytest.mark.slow
@pytest.mark.rule("AMB-37")
def test_without_the_original_nothing_is_known_but_a_yes_and_that_is_told_once(older: Home) -> None:
    shutil.rmtree(older.archive)
    recompute.publish(older)
    recompute.rebuild(older)
    assert consents(older) == {"Ana": True, "Bob": None, "Łucja": None, "Dee": None}
    told = [told for told in table(older, "import_history")["warnings"][0] if "CONSENTS_UNKNOWN" in told]
    assert len(told) == 1
    assert "3 are unknown" in told[0]
