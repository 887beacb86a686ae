"""Several columns for one field: which of them counts, or why the file cannot be taken.

Lives here: choosing among columns whose titles mean the same field. Not here: what a title means
(`pipelines/titles/known_titles.py`), whether values look like a field (`value_evidence.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from pipelines.errors import FileRefused
from pipelines.language.spelling import key
from pipelines.mapping.value_evidence import looks_like
from pipelines.models.column_mapping import SeveralColumns
from pipelines.models.parsed_column import cleaned
from pipelines.parsing.countries import country_code
from pipelines.parsing.words.payment_statuses import PAID, parse_statuses, yes_or_no
from pipelines.titles.known_titles import Meaning
from schemas.fields import BY_NAME
from schemas.profiles import Profile

DECIDING = frozenset({"amount", "average", "count", "date", "email", "currency", "payment_status", "direction", "flag"})
"""Kinds of fields where the wrong one of two columns changes money, a customer or a consent."""


@dataclass(frozen=True)
class Sharing:
    """The columns of a file that may share fields: what each title means, and the values below it.

    `rows`: a text column a title, None where only titles are known. `samples`: values that are not blank.
    """

    found: Mapping[str, Meaning]
    titles: Sequence[str]
    samples: Mapping[str, pl.Series | None]
    rows: pl.DataFrame | None
    profile: Profile
    language: str

    def of_field(self, field: str) -> tuple[list[str], SeveralColumns | None]:
        """The titles that a field gets, by rank, and a note of those that were left out as no different.

        Raises:
            FileRefused: TOO_MANY_COLUMNS_FOR_FIELD where nothing decides between them.
        """
        sharing = [title for title in self.titles if title in self.found and self.found[title].field == field]
        filled = [title for title in sharing if not self._is_blank(title)]
        if BY_NAME[field].limit == 1:
            return self._one(field, filled or sharing[:1])
        keys = [key(title) for title in sharing]
        # Columns without any value give way before the file is refused.
        kept = sharing if len(sharing) <= BY_NAME[field].limit else filled
        if len(kept) > BY_NAME[field].limit or len(set(keys)) < len(keys):
            raise self._too_many(field, sharing)
        rank = {title: (title not in filled, self.found[title].number, -self.found[title].strength) for title in kept}
        return sorted(kept, key=rank.__getitem__), None

    def _one(self, field: str, sharing: Sequence[str]) -> tuple[list[str], SeveralColumns | None]:
        """The one column whose title is the strongest; else the one whose values fit, or of columns that say the same
        or harm nobody the first.
        """
        most = max((self.found[title].strength for title in sharing), default=0)
        strongest = [title for title in sharing if self.found[title].strength == most]
        if len(strongest) < 2:
            return strongest, None
        # A person gave the field to both: no evidence may decide against one of them.
        if any(self.found[title].how in ("explicit", "saved") for title in strongest):
            raise self._too_many(field, strongest)
        fitting = [title for title in strongest if self._fits(field, title)]
        if len(fitting) == 1:
            return fitting, SeveralColumns(field, tuple(strongest), fitting[0])
        if field == "payment_status" and (told := self._status_beside_flags(fitting)):
            return [told], SeveralColumns(field, tuple(strongest), told)
        if self._decides(field) and not self._agree(field, fitting or strongest):
            raise self._too_many(field, strongest)
        chosen = max(fitting or strongest, key=self._filled_count)
        return [chosen], SeveralColumns(field, tuple(strongest), chosen)

    def _status_beside_flags(self, titles: Sequence[str]) -> str | None:
        """The one status in words beside columns of yes and no (`Captured`, `Paid`), unless a no stands where it says
        that the payment was paid.
        """
        if self.rows is None:
            return None
        text = {title: cleaned(self.rows[title]) for title in titles}
        flags = {
            title: said for title in titles if (said := yes_or_no(text[title])).null_count() == text[title].null_count()
        }
        others = [title for title in titles if title not in flags]
        if len(others) != 1:
            return None
        paid = parse_statuses(text[others[0]]).values == PAID
        against = any(bool((paid & ~said).fill_null(False).any()) for said in flags.values())
        return None if against else others[0]

    def _decides(self, field: str) -> bool:
        # The first field of the key says who the customer is; the further ones are asked only where it is blank.
        return BY_NAME[field].kind in DECIDING or field in self.profile.key[:1]

    def _agree(self, field: str, titles: Sequence[str]) -> bool:
        """Whether columns say the same in every row in which both say anything."""
        if self.rows is None:
            return False
        told = [self._plain(field, self.rows[title]) for title in titles]
        return all(bool((one == other).fill_null(True).all()) for one, other in pairwise(told))

    def _plain(self, field: str, text: pl.Series) -> pl.Series:
        bare = text.str.strip_chars().str.to_lowercase()
        filled = pl.select(pl.when(bare != "").then(bare)).to_series()
        # `France` in one column and `FR` in the other say the same.
        return filled.map_elements(country_code, pl.String) if BY_NAME[field].kind == "country" else filled

    def _fits(self, field: str, title: str) -> bool:
        values = self.samples[title]
        return values is not None and looks_like(field, values)

    def _is_blank(self, title: str) -> bool:
        values = self.samples[title]
        return values is not None and values.is_empty()

    def _filled_count(self, title: str) -> int:
        values = self.samples[title]
        return 0 if values is None else len(values)

    def _too_many(self, field: str, sharing: Sequence[str]) -> FileRefused:
        limit = BY_NAME[field].limit
        expected = field if limit == 1 else f"{field} (≤ {limit})"
        return FileRefused("TOO_MANY_COLUMNS_FOR_FIELD", self.language, found=list(sharing), expected=expected)
