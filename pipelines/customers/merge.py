"""The fold: live contributions in, customers out.

Lives here: how contributions of one customer become one row (`schemas/ledger.py` names each column's rule).
Not here: which contributions are live (the warehouse's view), priority.
"""

import polars as pl

from pipelines.customers.update_rules import with_rules
from pipelines.parsing.emails import parse_emails
from schemas.base import MONEY
from schemas.customers import FoldedCustomers
from schemas.ledger import EARLIEST, FIRST_SEEN, LATEST, NEWEST, SUMMED

GUESSED = "guessed_name"
ADDRESS = "address_key"

KEYED = "keyed_low"
"""Where customers are merged: the second half of the id that a row's own key gives."""

IDS = ("id_high", "id_low")
"""The customer id in two halves: numbers are quicker to group than text."""


def fold(
    contributions: pl.DataFrame,
    addresses_move: bool = False,
    details: pl.DataFrame | None = None,
    rules: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Fold contributions into customers: FoldedCustomers, one row per id.

    In: the columns of AcceptedRows but `payment_id` and `customer_key`, with the id's halves, `source`, `import_seq`,
    `first_seq` (of a state the import that began it, null where it makes nobody known) and `guessed_name`, in any
    order: "newest" and "first" are meant in the order (`import_seq`, `row_number`) (AMB-13, PIT-68). A guessed name is
    taken where nobody says one (AMB-20). Where `addresses_move`, the newest address counts, in its first spelling.
    `details`: what `details.py` folded, of the customers that have any. `rules`: `import_seq`, `field`, `rule`, where
    imports have rules of their own (`update_rules.py`). `keyed_low`, where customers are merged: whose row it was; the
    address is the survivor's own if it has one. Out: amounts and counts added, dates widened, newest non-blank
    text (AU-23…AU-26, AMB-06, AMB-07, AMB-12). A customer with one contribution is that contribution: most are, and
    they skip the grouping.
    """
    if KEYED in contributions.columns and "email" in contributions.columns:
        contributions = contributions.with_columns(own_address())
    own_rules: dict[str, pl.Expr] = {}
    if rules is not None and rules.height:
        contributions, own_rules = with_rules(contributions, rules)
    filled = [column.name for column in contributions if column.null_count() < contributions.height]
    # Half of the id is enough to tell customers apart here: a collision of 64 bits only takes the longer way.
    alone = contributions["id_low"].is_unique()
    # `name` before `guessed_name`: reversed, so that what somebody said goes first.
    guessed = {"name", GUESSED} & set(filled) if GUESSED in filled else set()
    folded = pl.concat(
        [
            _single(contributions.filter(alone), filled),
            _grouped(contributions.filter(~alone), filled, addresses_move, own_rules),
        ]
    )
    named = folded.with_columns(pl.coalesce(*sorted(guessed, reverse=True)).alias("name")) if guessed else folded
    # in polars 2 a join or a group keeps no order unless it is asked to, and a rebuild must give the same bytes
    whole = named if details is None else named.join(details, on=IDS, how="left", maintain_order="left")
    columns = {name: column.dtype.type for name, column in FoldedCustomers.to_schema().columns.items()}
    return whole.select(
        pl.col(name) if name in whole.columns else pl.lit(None, dtype).alias(name) for name, dtype in columns.items()
    )


def _single(contributions: pl.DataFrame, filled: list[str]) -> pl.DataFrame:
    return contributions.select(
        *IDS,
        *(name for name in (*FIRST_SEEN, *NEWEST, GUESSED, *SUMMED, *EARLIEST, *LATEST) if name in filled),
        pl.concat_list("source").alias("sources"),
        pl.coalesce("first_seq", "import_seq").cast(pl.Int64).alias("first_import"),
        pl.col("import_seq").cast(pl.Int64).alias("last_import"),
    )


def _grouped(
    contributions: pl.DataFrame, filled: list[str], addresses_move: bool, own_rules: dict[str, pl.Expr]
) -> pl.DataFrame:
    ties = [pl.col(KEYED) == pl.col("id_low"), pl.col(KEYED)] if KEYED in contributions.columns else []
    ordered = contributions.sort("import_seq", "row_number", *ties)  # an account has one row of each who was merged
    rules = _rules() | own_rules
    if addresses_move and "email" in filled:
        ordered = ordered.with_columns(_address_keys(ordered["email"]).alias(ADDRESS))
        rules["email"] = _newest_address()
    return ordered.group_by(IDS, maintain_order=True).agg(
        *(rule.alias(name) for name, rule in rules.items() if name in filled),
        _sources(contributions).alias("sources"),
        pl.coalesce(pl.col("first_seq").min(), pl.col("import_seq").min()).cast(pl.Int64).alias("first_import"),
        pl.col("import_seq").max().cast(pl.Int64).alias("last_import"),
    )


def own_address() -> pl.Expr:
    """The addresses of a merged customer that count: the survivor's own, or all where it has none."""
    own = pl.col(KEYED) == pl.col("id_low")
    has_own = (own & pl.col("email").is_not_null()).any().over(IDS)
    return pl.when(own | ~has_own).then(pl.col("email")).alias("email")


def _address_keys(emails: pl.Series) -> pl.Series:
    """What tells addresses apart, whatever their spelling (PIT-44…46)."""
    spelled = emails.drop_nulls().unique()
    return emails.replace_strict(spelled, parse_emails(spelled)[1], default=None, return_dtype=pl.String)


def _newest_address() -> pl.Expr:
    """The first spelling of the newest address: one that another key identifies may have another address now."""
    return pl.col("email").filter(pl.col(ADDRESS) == pl.col(ADDRESS).last(ignore_nulls=True)).first()


def _sources(contributions: pl.DataFrame) -> pl.Expr:
    """Each customer's sources in order; where there is but one in all, nothing has to be sorted."""
    return pl.col("source").head(1) if contributions["source"].n_unique() == 1 else pl.col("source").unique().sort()


def _rules() -> dict[str, pl.Expr]:
    """The rule of each column, in the order of the single ones; the sum of blanks alone is blank (PIT-27)."""
    return (
        {name: pl.col(name).first(ignore_nulls=True) for name in FIRST_SEEN}
        | {name: pl.col(name).last(ignore_nulls=True) for name in (*NEWEST, GUESSED)}
        | {name: pl.when(pl.col(name).count() > 0).then(_sum(name)) for name in SUMMED}
        | {name: pl.col(name).min() for name in EARLIEST}
        | {name: pl.col(name).max() for name in LATEST}
    )


def _sum(name: str) -> pl.Expr:
    return pl.col(name).sum().cast(pl.Int64 if name == "payment_count" else MONEY)
