"""Writing reports: the pages of some imports, and the page that lists all.

Lives here: which pages are written, and where. Not here: what stands in them (`import_page.py`), when
(`assets/reports.py`): a report is made of what is known, so that it can be made again at any time.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.reports.import_facts import every_import, facts_of, newest_imports
from pipelines.reports.import_page import LOOKS, import_page
from pipelines.reports.making import making_of
from pipelines.reports.page import rendered, write_page
from pipelines.reports.paths import index_path, report_path

LISTED = 200
"""Imports that the index lists: with ten thousand it would take longer to write than an import takes."""


def write_reports(home: Home, import_ids: Sequence[str], now: datetime) -> list[str]:
    """Write the reports of these imports anew, as far as they came as files, and the index.

    Args:
        home: the folders; the reports say what the published tables say.
        import_ids: whose; others stay as they are.
        now: the instant that the pages name.

    Returns:
        The imports whose reports were written.

    Raises:
        WrongUse: nothing was published yet. WarehouseBusy: somebody has the tables open for writing.
    """
    found = facts_of(home, import_ids)
    for facts in found:
        write_page(report_path(home, facts.entry["import_id"]), import_page(home, facts, now))
    write_index(home, now)
    return [facts.entry["import_id"] for facts in found]


def wanted_reports(home: Home, import_ids: Sequence[str]) -> list[str]:
    """The imports that are named, of each the id; without any, all that came as files.

    Raises WrongUse for one that did not come as a file, or is not there.
    """
    known = every_import(home)
    unknown = [identity for identity in import_ids if identity not in known]
    if unknown:
        raise WrongUse(
            f"there is no import of a file {', '.join(unknown)}: `customers history --all` lists imports; what an "
            "account, an entry by hand or a clean-up did has no report"
        )
    return list(import_ids) or known


def write_index(home: Home, now: datetime) -> None:
    """Write the page that lists the newest imports, in the language that most of their senders are told things in."""
    newest = newest_imports(home, LISTED + 1)
    spoken = Counter(entry["language"] or "en" for entry in newest).most_common(1)
    making = making_of(home, spoken[0][0] if spoken else None, now)
    formats, words = making.formats, making.words
    imports = [
        {
            "when": formats.short_instant(entry["started_at"]),
            "name": entry["file_name"],
            "link": path.name if (path := report_path(home, entry["import_id"])).exists() else None,
            "look": LOOKS[entry["status"]],
            "status": words[entry["status"]],
            "source": entry["source"],
            "accepted": formats.number(entry["rows_accepted"]),
            "rejected": formats.number(entry["rows_rejected"]),
            "money": formats.money(entry["amount_accepted"], entry["currency"]),
            "import_id": entry["import_id"],
        }
        for entry in newest[:LISTED]
    ]
    page = rendered(
        "index.html.jinja",
        language=making.language,
        words=words,
        imports=imports,
        are_older=len(newest) > LISTED,
        made=formats.instant(now),
    )
    write_page(index_path(home), page)
