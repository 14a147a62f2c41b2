"""Workloads in Polars. Frames of numbers are made before the clock starts, checksums after it stops."""
import os

import turns

ARGUMENTS = turns.parse()
os.environ["POLARS_MAX_THREADS"] = str(ARGUMENTS.threads)
import polars as pl  # noqa: E402: only after the threads are known


def size(full):
    return full // ARGUMENTS.divisor


def number(value):
    return pl.lit(value, dtype=pl.UInt64)


def splitmix64(i):
    z = i + number(0x9E3779B97F4A7C15)
    z = (z ^ (z // number(1 << 30))) * number(0xBF58476D1CE4E5B9)
    z = (z ^ (z // number(1 << 27))) * number(0x94D049BB133111EB)
    return z ^ (z // number(1 << 31))


def mix(key, value):
    return splitmix64(key ^ splitmix64(value))


def rows(count):
    return pl.select(pl.int_range(0, count, dtype=pl.UInt64).alias("v"))


def pairs(count, key):
    return rows(count).select(key.alias("k"), pl.col("v"))


def total(frame, expression):
    return int(frame.select(expression.sum()).item())


def mean_age(arguments):
    path = f"{arguments.files}/athletes-{size(20)}.csv"
    lazy = (pl.scan_csv(path, null_values="NA", infer_schema_length=100_000)
            .filter(pl.col("Age").is_not_null())
            .group_by("Year").agg(pl.col("Age").sum().alias("sum"), pl.len().alias("count")))
    return lazy.collect, lambda frame: turns.mean_sum(frame.iter_rows())


def words(arguments):
    path = f"{arguments.files}/words-{size(500_000_000)}.txt"
    lazy = (pl.scan_csv(path, has_header=False, separator="\t", quote_char=None, new_columns=["line"])
            .select(pl.col("line").str.split(" ").explode().alias("word"))
            .group_by("word").len())
    run = lambda: lazy.collect(engine="streaming")
    return run, lambda frame: sum(turns.word_sum(word, n) for word, n in frame.iter_rows())


def numbers(_):
    count, piece = size(1_000_000_000), 10_000_000  # at once they would be 8 GB

    def run():
        sums = 0
        for begin in range(0, count, piece):
            x = pl.int_range(begin, min(begin + piece, count), dtype=pl.Int64, eager=True).to_frame("x")
            sums += x.lazy().filter(pl.col("x") % 2 == 0).select((pl.col("x") * 3 + 1).sum()).collect().item()
        return sums

    return run, lambda sums: sums


def sum_by_key(_):
    frame = pairs(size(50_000_000), splitmix64(pl.col("v")) % number(1_000_000))
    run = lambda: frame.lazy().group_by("k").agg(pl.col("v").sum()).collect()
    return run, lambda result: total(result, mix(pl.col("k"), pl.col("v")))


def sort(_):
    key = splitmix64(pl.col("v")).reinterpret(signed=True)
    frame = pairs(size(20_000_000), key)
    row = pl.col("k").reinterpret(signed=False) + pl.col("v")
    run = lambda: frame.sort("k")
    return run, lambda result: total(result.select(row.alias("row")), mix(pl.col("row").shift(1), pl.col("row")))


def join(_):
    count = size(10_000_000)
    key = lambda seed: splitmix64(pl.col("v") ^ number(seed)) % number(10_000_000)
    left = pairs(count, key(0x1111111111111111))
    right = pairs(count, key(0x2222222222222222))
    run = lambda: left.lazy().join(right.lazy(), on="k").select(
        (pl.col("k") * pl.col("v") + pl.col("v_right")).sum()).collect().item()
    return run, lambda sums: sums


def group(_):
    frame = pairs(size(20_000_000), splitmix64(pl.col("v")) % number(1_000_000))
    run = lambda: frame.lazy().group_by("k").agg(pl.col("v")).collect()
    return run, lambda result: sum(turns.group_sum(key, values) for key, values in result.iter_rows())


def cached_sum(_):
    values = rows(size(20_000_000)).select((splitmix64(pl.col("v")) // number(1 << 30)).cast(pl.Int64)).to_series()
    return lambda: sum(values.sum() for _ in range(50)), lambda sums: sums


turns.measure(ARGUMENTS, {
    "W1-csv": mean_age, "W2": words, "W3-sum": numbers, "W4": sum_by_key, "W5": sort,
    "W6": join, "W12": group, "W13": cached_sum,
})
