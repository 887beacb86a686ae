"""How a CSV is written for those who read it: people of a locale, or a source that is to read it back.

Lives here: delimiter, decimal mark and encoding. Not here: writing (`exports.py`), what locales have
(`pipelines/language/languages.py`).
"""

from dataclasses import dataclass

from pipelines.configuration.settings import FileSource, Sources
from pipelines.configuration.yaml_documents import likely
from pipelines.errors import WrongUse
from pipelines.language.languages import uses_comma


@dataclass(frozen=True)
class Written:
    """How a CSV is written: what parts its cells, its decimal mark, its encoding."""

    delimiter: str = ","
    comma: bool = False
    encoding: str = "utf-8"


def written_for(locale: str | None, delimiter: str | None = None, encoding: str | None = None) -> Written:
    """How a CSV is written that people, or a source, of a locale read: `1234,50` between semicolons in French.

    Days are written as 2026-03-01 everywhere: each locale reads that, and none as another day. Raises WrongUse for a
    locale that nobody knows.
    """
    comma = uses_comma(locale)
    if locale and comma is None:
        raise WrongUse(f"there is no locale {locale!r}; it is a language, perhaps with a country: fr, en-GB, de-CH")
    return Written(delimiter or (";" if comma else ","), bool(comma), encoding or "utf-8")


def written_as(sources: Sources, name: str, locale: str | None = None) -> Written:
    """How a CSV is written that a declared source reads back; `locale` in place of the source's own.

    Raises WrongUse for a source that is not declared, or is an account.
    """
    declared = sources.sources.get(name)
    if declared is None:
        near = likely(name, sources.sources)
        meant = f"; did you mean {near}?" if near else f"; declared are {', '.join(sources.sources) or 'none'}"
        raise WrongUse(f"there is no source {name!r} in sources.yaml{meant}")
    if not isinstance(declared, FileSource):
        raise WrongUse(f"{name} is an account and reads no files; name a locale with --locale")
    return written_for(locale or declared.locale, declared.delimiter, declared.encoding)
