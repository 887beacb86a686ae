"""Whatever is found while an import is committed is told in the language of its sender, as what is found in its
cells.
"""

import pytest

from pipelines.configuration.settings import Sources
from pipelines.home import Home
from schemas.codes import codes
from tests.support.flow import import_text

SOURCES = Sources.model_validate(
    {"sources": {name: {"locale": name} for name in ("fr", "pl")} | {"de": {"locale": "de"}}}
)


def opening(code: str, language: str) -> str:
    """A sentence of a code in a language, from its last detail on."""
    return codes()[code].messages[language].rsplit("}", 1)[1]


@pytest.mark.matrix(2)
@pytest.mark.parametrize(("source", "language"), [("fr", "fr"), ("pl", "pl"), ("de", "en")])
def test_what_is_found_while_committing_is_told_in_the_senders_language(home: Home, source: str, language: str) -> None:
    titles = "email,name,external id,opt in\n"
    first = import_text(home, f"{titles}ana@example.com,Ana,7,perhaps\n", source, "a.csv", sources=SOURCES)
    second = import_text(home, f"{titles}ana@example.com,Ana,8,\n", source, "b.csv", sources=SOURCES)
    again = import_text(home, f"{titles}ana@example.com,Ana,8,\n", source, "b.csv", sources=SOURCES)
    (consent,) = [told for told in first.warnings if "OPT_IN_VALUE" in told]
    assert consent.endswith(opening("OPT_IN_VALUE", language))
    (several,) = [told for told in second.warnings if told.startswith("SEVERAL_EXTERNAL_IDS")]
    assert several.endswith(opening("SEVERAL_EXTERNAL_IDS", language))
    assert [reason.message.endswith(opening("ALREADY_IMPORTED", language)) for reason in again.reasons] == [True]
