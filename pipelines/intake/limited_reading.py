"""Reading the bytes of a file as far as its profile allows: its size, its format, its encoding.

Lives here: the order of the file gate and the reader. Not here: the limits (`pipelines/validation/file_limits.py`), the
readers (`pipelines/reading/read_file.py`).
"""

from contextlib import suppress
from dataclasses import dataclass

from pipelines.configuration.settings import FileSource
from pipelines.errors import FileRefused
from pipelines.frames_on_disk import IN_MEMORY, FramesOnDisk
from pipelines.language.languages import languages_of_country, languages_of_currency
from pipelines.models.sheet import Limits, ReadingOptions, Sheet
from pipelines.reading.containers.formats import format_of
from pipelines.reading.read_file import read_file
from pipelines.titles.reject_columns import names_origins, says_its_encoding
from pipelines.validation import file_limits
from schemas.profiles import Profile


@dataclass(frozen=True)
class Beside:
    """What a file is read by that is not in its bytes.

    `base_currency`: as the source's own currency and country, it hints at the language of its lists. `earlier`: the
    encodings of the source's earlier files. `disk`: where its rows may lie.
    """

    base_currency: str | None = None
    earlier: tuple[str, ...] = ()
    disk: FramesOnDisk = IN_MEMORY


def read_allowed(
    data: bytes,
    source: FileSource,
    profile: Profile,
    beside: Beside | None = None,
) -> Sheet:
    """The sheet of a file whose size, format and encoding its profile allows; an encoding that is told is taken.

    A reject file of ours is taken in both of its formats, whatever lists the profile takes: we wrote it to be sent
    again. Raises FileRefused.
    """
    size, language = len(data), source.language
    # The cheapest checks first: nothing is unpacked or parsed of what is too large anyway.
    file_limits.check_bytes(size, profile, language)
    kind = format_of(data, language)
    file_limits.check_expanded(data, kind, profile, language)
    if kind not in profile.formats:
        return _reject_file(data, kind, source, profile)
    file_limits.check_format(kind, size, profile, language)
    known = beside or Beside()
    told = _reading_options(data, source, known.base_currency).model_copy(update={"earlier": known.earlier})
    limits = Limits(profile.max_rows, profile.single_sheet, profile.header_first, known.disk)
    sheet = read_file(data, language, told, limits)
    file_limits.check_cells(sheet, profile, language)
    # What somebody declared is believed; only what was guessed is held to UTF-8.
    if told.encoding is None:
        file_limits.check_encoding(sheet, profile, language)
    return sheet


def _reject_file(data: bytes, kind: str, source: FileSource, profile: Profile) -> Sheet:
    """The sheet of a reject file in a format that its profile takes no lists in; any other file is refused for it."""
    # Whatever is wrong with it as a reject file, the sender is told that lists do not come in this format.
    with suppress(FileRefused):
        sheet = read_file(data, source.language, _reading_options(data, source), Limits(profile.max_rows))
        file_limits.check_cells(sheet, profile, source.language)
        if names_origins(sheet.titles):
            return sheet
    raise file_limits.wrong_format(kind, profile, source.language)


def _reading_options(data: bytes, source: FileSource, base_currency: str | None = None) -> ReadingOptions:
    currency, country = source.currency or base_currency, source.default_country
    return ReadingOptions(
        # Our own reject file is UTF-8, whatever encoding was declared for the source's lists.
        encoding=None if says_its_encoding(data) else source.encoding,
        delimiter=source.delimiter,
        header_row=source.header_row,
        sheet=source.sheet,
        spoken=source.locale[:2] if source.locale else None,
        hints=(
            *(languages_of_country(country) if country else ()),
            *(languages_of_currency(currency) if currency else ()),
        ),
    )
