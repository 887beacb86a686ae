"""Values of a customer that no row says: what follows from others, and from which imports it came first and last."""

from pipelines.customers.affected import AFFECTED

WHO = f"(FROM snapshot.main.customers SEMI JOIN {AFFECTED} USING (customer_id)) AS known"

OF_FIRST = ("origin", "first_import_id", "created_at")
OF_LATEST = ("last_import_id", "updated_at")
WITHOUT = ("net_spent",)


def _computed(name: str, imported: str) -> str:
    """The query for one computed column; `imported`: the column with the import that it follows from, or NULL."""
    return (
        f"SELECT customer_id, '{name}' AS field, {name}::VARCHAR AS value, {imported} AS import_id FROM {WHO} "
        f"WHERE {name} IS NOT NULL"
    )


COMPUTED = " UNION ALL ".join(
    [
        *(_computed(name, "first_import_id") for name in OF_FIRST),
        *(_computed(name, "last_import_id") for name in OF_LATEST),
        *(_computed(name, "NULL") for name in WITHOUT),
        f"SELECT customer_id, 'sources', unnest(sources), NULL FROM {WHO}",
    ]
)
"""`customer_id`, `field`, `value`, `import_id`: all of them stand in the table."""
