"""The databases as we open them."""

from pipelines.settings import Home
from pipelines.warehouse import published, second_writer, value_of, working
from tests.flow import import_text

BAR = "SELECT current_setting('enable_progress_bar')"


def test_no_bar_of_the_database_comes_between_a_script_and_its_document(home: Home) -> None:
    import_text(home, "email,name\nana@example.com,Ana\n")
    with working(home.working) as connection, second_writer(connection) as writer:
        assert [value_of(each, BAR) for each in (connection, writer)] == [False, False]
    with published(home.published) as connection:
        assert value_of(connection, BAR) is False
