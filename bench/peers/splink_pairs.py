"""Splink's pairs of customers who may be one: trained without labels, as its own tutorial for persons does it.

Args: a Parquet file of customers, and the one to write: customer_a, customer_b, weight of every pair that was compared.
"""

import sys

import duckdb
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

given, target = sys.argv[1:]
COMPARISONS = {
    "first_name": cl.NameComparison("first_name"),
    "last_name": cl.NameComparison("last_name"),
    "email": cl.EmailComparison("email"),
    "phone": cl.ExactMatch("phone"),
    "company": cl.JaroWinklerAtThresholds("company", [0.9, 0.8]).configure(term_frequency_adjustments=True),
    "address": cl.LevenshteinAtThresholds("address", 2),
    "postal_code": cl.ExactMatch("postal_code"),
    "city": cl.ExactMatch("city").configure(term_frequency_adjustments=True),
}
BLOCKS = (("first_name", "last_name"), ("email",), ("phone",), ("last_name", "city"), ("last_name", "postal_code"))

database = DuckDBAPI(duckdb.connect())
rows = duckdb.read_parquet(given).to_arrow_table()
there = [name for name in COMPARISONS if name in rows.column_names]
blocks = [block_on(*names) for names in BLOCKS if set(names) <= set(there)]
settings = SettingsCreator(
    link_type="dedupe_only",
    unique_id_column_name="customer_id",
    comparisons=[COMPARISONS[name] for name in there],
    blocking_rules_to_generate_predictions=blocks,
)
linker = Linker(database.register(rows), settings, log_level=None)
linker.training.estimate_probability_two_random_records_match(
    [block_on("email"), block_on("first_name", "last_name", "city")], recall=0.7
)
linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=7)
linker.training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "last_name"))
linker.training.estimate_parameters_using_expectation_maximisation(block_on("email"))
pairs = linker.inference.predict(threshold_match_probability=0.01).as_duckdbpyrelation()
pairs.project("customer_id_l AS customer_a, customer_id_r AS customer_b, match_weight AS weight").write_parquet(target)
