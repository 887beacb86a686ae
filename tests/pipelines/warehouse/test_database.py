"""The databases as we open them."""

from pathlib import Path

from pipelines.home import Home
from pipelines.warehouse.database import number_of, published, second_writer, value_of, working
from tests.support.flow import import_text

BAR = "SELECT current_setting('enable_progress_bar')"


def test_no_bar_of_the_database_comes_between_a_script_and_its_document(home: Home) -> None:
    import_text(home, "email,name\nana@example.com,Ana\n")
    with working(home.working) as connection, second_writer(connection) as writer:
        assert [value_of(each, BAR) for each in (connection, writer)] == [False, False]
    with published(home.published) as connection:
        assert value_of(connection, BAR) is False


def test_a_ledger_of_another_shape_gets_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "working.duckdb"
    with working(path) as connection:
        connection.execute("DROP VIEW ledger.import_history; UPDATE ledger.shape SET digest = 'of yesterday'")
    with working(path) as connection:
        assert number_of(connection, "SELECT count(*) FROM ledger.import_history") == 0
        assert number_of(connection, "SELECT count(*) FROM ledger.shape WHERE digest <> 'of yesterday'") == 1
