"""What was said of consent to e-mails, statement by statement, with its evidence (MO-05, AMB-38).

Lives here: the affected customers' rows of `customer_consents`. Not here: what they come to (`customers/consent.py`).
"""

from pipelines.customers.batches import shares
from pipelines.customers.details import DETAILS
from pipelines.customers.relations.forget import forget_affected
from pipelines.warehouse.database import HALVES_OF_UUID, UUID_OF_HALVES, Connection, frame_as, number_of, rows_of

STATED = f"FROM {DETAILS} WHERE opt_in IS NOT NULL"


def write_consents(connection: Connection, writer: Connection) -> None:
    """Replace the affected customers' statements by those of their live rows; who is not in the table has none."""
    forget_affected(writer, "customer_consents")
    for share in shares(number_of(connection, f"SELECT count(*) {STATED}")):
        stated = rows_of(
            connection,
            f"SELECT {HALVES_OF_UUID}, opt_in, stated_at, consent_evidence AS evidence, source, import_id, row_number "
            f"FROM ({STATED}) {share}",
        )
        if stated.height:
            with frame_as(writer, "stated", stated):
                writer.execute(
                    "INSERT INTO snapshot.main.customer_consents BY NAME FROM ("
                    f"SELECT {UUID_OF_HALVES} AS customer_id, * EXCLUDE (id_high, id_low) FROM stated) "
                    "SEMI JOIN snapshot.main.customers USING (customer_id)"
                )
