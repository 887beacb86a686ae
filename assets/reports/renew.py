"""Reports of imports, written by the runs that change what they say.

Lives here: that a report which cannot be written fails no import: what it tells of is in the tables, the run's log says
what went wrong, and it can be written again at any time. Not here: what stands in it (`pipelines/reports/`), the job
that writes one again (`assets/customer_reports.py`).
"""

from collections.abc import Sequence
from datetime import datetime

import dagster as dg

from pipelines.home import Home
from pipelines.reports.import_facts import related_imports
from pipelines.reports.write_reports import write_reports

NAMED = 5


def renew_reports(log: dg.DagsterLogManager, home: Home, import_ids: Sequence[str], now: datetime) -> None:
    """Write the reports of these imports, and of others that tell of them, as the tables are now."""
    if not import_ids:
        return
    try:
        write_reports(home, [*dict.fromkeys((*import_ids, *related_imports(home, import_ids)))], now)
    except Exception as error:  # whatever it is, the import stands
        named = " ".join(import_ids[:NAMED])
        log.warning(f"reports were not written: {error!r}. `customers report {named}` writes them", exc_info=True)
