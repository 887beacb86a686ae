"""What was said of consent to e-mails, statement by statement, with its evidence (MO-05, AMB-38).

Lives here: the affected customers' rows of `customer_consents`. Not here: what they come to (`customers/consent.py`).
"""

from pipelines.customers.details import DETAILS
from pipelines.customers.relations.affected_rows import add_rows, forget_affected, read_in_shares
from pipelines.warehouse.database import HALVES_OF_UUID, Connection

STATED = f"FROM {DETAILS} WHERE opt_in IS NOT NULL"

STATEMENTS = f"""
    SELECT {HALVES_OF_UUID}, opt_in, stated_at, consent_evidence AS evidence, source, import_id, row_number
    FROM ({STATED}) {{share}}
"""


def write_consents(connection: Connection, writer: Connection) -> None:
    """Replace the affected customers' statements by those of their live rows; who is not in the table has none."""
    forget_affected(writer, "customer_consents")
    for stated in read_in_shares(connection, STATED, STATEMENTS):
        add_rows(writer, "customer_consents", stated)
