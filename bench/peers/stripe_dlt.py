"""Peer: dlt's REST API source loads an account into DuckDB.

Run as `python bench/peers/stripe_dlt.py URL OUT.duckdb`. Here: the declaration, with the lists side by side as dlt does
them and nested objects kept as JSON, which spares dlt a table for each; then the sums over what it loaded.
"""

import json
import os
import sys
import tempfile
import time

# Before dlt is imported: it reads its settings then. Reporting home would be timed as work.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import duckdb
from dlt.sources.rest_api import rest_api_source

KEY = "rk_test_peer1NobodyPaysForThis"
LISTS = ("charges", "refunds", "customers")


def main(url: str, database: str) -> None:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as working:
        pipeline = dlt.pipeline(
            "bench", destination=dlt.destinations.duckdb(database), dataset_name="stripe", pipelines_dir=working
        )
        source = rest_api_source(declared(url), max_table_nesting=0)
        pipeline.run(source, loader_file_format="parquet").raise_on_failed_jobs()
    seconds = round(time.perf_counter() - started, 3)
    print(json.dumps({"seconds": seconds} | found(database)))


def declared(url: str) -> dict[str, object]:
    paginator = {
        "type": "cursor",
        "cursor_path": "data[-1].id",
        "cursor_param": "starting_after",
        "has_more_path": "has_more",
    }
    endpoint = {"params": {"limit": 100}, "data_selector": "data"}
    client = {"base_url": f"{url}/v1/", "auth": {"type": "bearer", "token": KEY}, "paginator": paginator}
    resources = [{"name": name, "endpoint": endpoint | {"path": name}, "parallelized": True} for name in LISTS]
    return {"client": client, "resources": resources}


def found(database: str) -> dict[str, int]:
    with duckdb.connect(database, read_only=True) as connection:
        objects = sum(connection.execute(f"SELECT count(*) FROM stripe.{name}").fetchall()[0][0] for name in LISTS)
        settled = "SELECT sum(amount) FROM stripe.charges WHERE status = 'succeeded' AND captured"
        ((paid,),) = connection.execute(settled).fetchall()
        ((refunded,),) = connection.execute("SELECT sum(amount) FROM stripe.refunds").fetchall()
    return {"objects": int(objects), "paid": int(paid), "refunded": int(refunded)}


if __name__ == "__main__":
    main(*sys.argv[1:3])
