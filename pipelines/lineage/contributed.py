"""Values that live rows and accounts say of a customer's own line, and which of them the fold takes.

Lives here: finding the winners by asking the fold itself. Not here: the fold (`pipelines/customers/merge.py`), what
rows say beside that line (`detailed.py`).

No rule is told twice: every value is replaced by the place of its row, the fold is made over these, and what it
answers is the place that won. Only sums, days and addresses, which a fold compares or adds, are folded as they are.
"""

import polars as pl

from pipelines.customers.addresses import addresses_move
from pipelines.customers.affected import AFFECTED
from pipelines.customers.merge import GUESSED, IDS, KEYED, fold, own_address
from pipelines.customers.payments_once import MONEY_AND_DAYS, superseded
from pipelines.customers.update_rules import counted_by_hand, rules_by_hand, rules_in_force
from pipelines.warehouse.database import HALVES_OF_UUID, Connection, rows_of
from schemas.base import MONEY
from schemas.ledger import EARLIEST, FIRST_SEEN, LATEST, NEWEST, SUMMED

PLACE, AGAIN, OWN = "place", "again", "own_address"
MARKED = "marked_"
"""How a column begins that holds the place of a row where the row has a value."""

ORIGIN = (*IDS, "import_seq", "source", "row_number")
"""What says where a value comes from; `row_number` is null where an account says it."""

RULES = (
    dict.fromkeys(FIRST_SEEN, "first_seen")
    | dict.fromkeys(NEWEST, "newest")
    | dict.fromkeys(SUMMED, "sum")
    | dict.fromkeys(EARLIEST, "earliest")
    | dict.fromkeys(LATEST, "latest")
    | {GUESSED: "guessed"}
)
"""The rule of each column where its import has none of its own."""

DECIDABLE = (*FIRST_SEEN, *NEWEST)
COUNTS = "counts_"
"""How a column begins that says of a field whether a row's value may count beside what people decided by hand."""

COLUMNS = ", ".join(RULES)
SAID = f"""
    SELECT {HALVES_OF_UUID}, import_seq::BIGINT AS import_seq, first_seq, source, row_number,
        (keyed_id::UHUGEINT & 18446744073709551615::UHUGEINT)::UBIGINT AS {KEYED},
        position IS NULL AS of_account, standing IS NOT NULL AS {AGAIN}, {COLUMNS} {{by_hand}}
    FROM (FROM ledger.live {{batch}}) LEFT JOIN ({{superseded}}) AS again USING (position)
    ORDER BY import_seq, row_number, keyed_id = customer_id, {KEYED}
"""


def contributed_values(connection: Connection, share: str) -> pl.DataFrame:
    """One row per value that a live row or account says of the own line of an affected customer.

    Args:
        connection: one that sees the ledger and the tables, see `known_now`; the customers are those of AFFECTED.
        share: the batch of customers, see `batches.shares`.

    Returns:
        The columns of ORIGIN, `field`, `value` (text), `rule`, `wins`.
    """
    batch = f"SEMI JOIN (FROM {AFFECTED} {share}) AS batch USING (customer_id)"
    decided = rules_by_hand(connection, DECIDABLE)
    by_hand = {*decided["field"]}
    counts = "".join(f", {counted_by_hand(name)} AS {COUNTS}{name}" for name in sorted(by_hand))
    query = SAID.format(batch=batch, superseded=superseded(batch), by_hand=counts)
    said = rows_of(connection, query).with_row_index(PLACE)
    if said.is_empty():
        return pl.DataFrame()
    rules = rules_in_force(connection, NEWEST)
    counted = said.with_columns(pl.when(COUNTS + name).then(name).alias(name) for name in sorted(by_hand))
    winners = _winners(connection, counted, rules)
    said = said.with_columns(counted.select(own_address().alias(OWN)).to_series())
    known = said.join(winners, on=IDS, how="left").join(_addresses(connection, share), on=IDS, how="left")
    known = known.with_columns(pl.when(~pl.col("of_account")).then("row_number").alias("row_number"))
    told = pl.concat([rules, decided])
    return pl.concat([_values(known, name, told) for name in RULES]).sort(*IDS, "import_seq", "row_number")


def _winners(connection: Connection, said: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """What the fold answers over places: by customer, `marked_FIELD` for each field."""
    counted = [pl.when(~pl.col(AGAIN)).then(name).alias(name) for name in MONEY_AND_DAYS]
    places = [_placed(name) for name in (*NEWEST, GUESSED)]
    folded = fold(said.with_columns(*counted, *places), addresses_move(connection), None, rules)
    return folded.select(*IDS, pl.col([*NEWEST, *FIRST_SEEN, *EARLIEST, *LATEST]).name.prefix(MARKED))


def _placed(name: str) -> pl.Expr:
    """The place of a row that has a value, in the column's own type."""
    # In the column's own type, for the fold takes nothing else.
    dtype = MONEY if name == "reported_monthly_spend" else pl.String
    return pl.when(pl.col(name).is_not_null()).then(pl.col(PLACE).cast(dtype)).alias(name)


def _addresses(connection: Connection, share: str) -> pl.DataFrame:
    """The address that each customer has in the table: it may be left to another one who has it (AMB-42)."""
    theirs = f"FROM snapshot.main.customers SEMI JOIN (FROM {AFFECTED} {share}) AS batch USING (customer_id)"
    return rows_of(connection, f"SELECT {HALVES_OF_UUID}, email AS kept_address {theirs}")


def _values(known: pl.DataFrame, name: str, rules: pl.DataFrame) -> pl.DataFrame:
    """The values of one column, with the rule and whether each stands in the table."""
    told = known.filter(pl.col(name).is_not_null())
    return told.select(
        *ORIGIN,
        pl.lit("name" if name == GUESSED else name).alias("field"),
        pl.col(name).cast(pl.String).alias("value"),
        _rule(name, rules).alias("rule"),
        _wins(name).fill_null(False).alias("wins"),
    )


def _wins(name: str) -> pl.Expr:
    if name in SUMMED:
        # Every value that is added stands, but for payments that another row tells of.
        return ~pl.col(AGAIN)
    marked = pl.col(MARKED + ("name" if name == GUESSED else name))
    if name in NEWEST:
        return marked.cast(pl.Int64) == pl.col(PLACE)
    if name == GUESSED:
        return (marked.cast(pl.Int64) == pl.col(PLACE)) & pl.col("name").is_null()
    same = (pl.col(name) == marked) & ~pl.col(AGAIN)
    if name in FIRST_SEEN:
        same = (pl.col(OWN) == marked) & pl.col("kept_address").is_not_null()
    return same & (pl.col(PLACE) == pl.col(PLACE).filter(same).min().over(*IDS))


def _rule(name: str, rules: pl.DataFrame) -> pl.Expr:
    usual = pl.lit(RULES[name])
    own = rules.filter(pl.col("field") == name)
    if own.height:
        usual = pl.col("import_seq").replace_strict(
            own["import_seq"], own["rule"], default=RULES[name], return_dtype=pl.String
        )
    if name in FIRST_SEEN:
        return pl.when(pl.col("kept_address").is_null()).then(pl.lit("owner")).otherwise(usual)
    if name in MONEY_AND_DAYS:
        return pl.when(pl.col(AGAIN)).then(pl.lit("once")).otherwise(usual)
    return usual
