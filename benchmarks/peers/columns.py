"""A report from columns alone, by the two engines that people take for such tables.

Both read the same Parquet file of one row a declaration: when it was declared, and how many seconds
later it was closed. Count, mean and median per quarter of declaration, from a day to another.
"""

import sqlite3
import sys

SECONDS = """SELECT declared, strftime('%s', cleared) - strftime('%s', declared) AS seconds
             FROM declarations WHERE cleared IS NOT NULL"""
BY_QUARTER = """
SELECT substr(declared, 1, 4) || 'Q' || ((CAST(substr(declared, 6, 2) AS INTEGER) + 2) // 3),
       count(*), avg(seconds), median(seconds)
FROM read_parquet(?) WHERE declared >= ? AND declared < ? GROUP BY 1 ORDER BY 1
"""


def fill(bare: str, file: str) -> None:
    """Writes the Parquet file from the tables of bare sqlite3."""
    import polars

    rows = sqlite3.connect(bare).execute(SECONDS).fetchall()
    schema = {"declared": polars.String, "seconds": polars.Int64}
    polars.DataFrame(rows, schema=schema, orient="row").write_parquet(file)


def with_duckdb(file: str, first: str, end: str) -> None:
    """Prints the figures."""
    import duckdb

    for row in duckdb.execute(BY_QUARTER, [file, first, end]).fetchall():
        print(row)


def with_polars(file: str, first: str, end: str) -> None:
    """Prints the figures."""
    import polars
    from polars import col

    month = col("declared").str.slice(5, 2).cast(polars.Int64)
    quarter = col("declared").str.slice(0, 4) + "Q" + ((month + 2) // 3).cast(polars.String)
    found = (
        polars.scan_parquet(file)
        .filter(col("declared").is_between(polars.lit(first), polars.lit(end), closed="left"))
        .group_by(quarter.alias("quarter"))
        .agg(
            polars.len(),
            col("seconds").mean().alias("mean"),
            col("seconds").median().alias("median"),
        )
        .sort("quarter")
    )
    for row in found.collect().iter_rows():
        print(row)


if __name__ == "__main__":
    action, file, *rest = sys.argv[1:]
    first, end = rest if action != "fill" and rest else ("", "9999")
    if action == "fill":
        fill(rest[0], file)
    elif action == "duckdb":
        with_duckdb(file, *(rest or ("", "9999")))
    else:
        with_polars(file, *(rest or ("", "9999")))
