"""Workloads in Spark's DataFrames from Python. Rows are made, and checksums taken, while the clock runs,
as in Kindred."""
import turns

ARGUMENTS = turns.parse()
from pyspark.sql import SparkSession  # noqa: E402: only after the arguments are known to be right

SPARK = (SparkSession.builder.master(f"local[{ARGUMENTS.threads}]").appName("benchmark")
         .config("spark.driver.memory", "8g").config("spark.ui.enabled", "false")
         .config("spark.ui.showConsoleProgress", "false")
         .config("spark.sql.ansi.enabled", "false")  # products wrap around, as they do elsewhere
         .config("spark.sql.shuffle.partitions", str(8 * ARGUMENTS.threads)).getOrCreate())
SPARK.sparkContext.setLogLevel("ERROR")


def size(full):
    return full // ARGUMENTS.divisor


def signed(value):
    return value - (1 << 64) if value >> 63 else value


def xor_shift(z, bits):
    return f"(({z}) ^ shiftrightunsigned({z}, {bits}))"


def mixed(name, argument):
    """The columns that lead from `argument` to its splitmix64 `name`, each out of the one before."""
    return [(f"{name}1", f"({argument}) + ({signed(0x9E3779B97F4A7C15)})"),
            (f"{name}2", f"{xor_shift(name + '1', 30)} * ({signed(0xBF58476D1CE4E5B9)})"),
            (f"{name}3", f"{xor_shift(name + '2', 27)} * ({signed(0x94D049BB133111EB)})"),
            (name, xor_shift(f"{name}3", 31))]


def with_columns(frame, columns):
    for name, expression in columns:
        frame = frame.selectExpr("*", f"{expression} AS {name}")
    return frame


def modulo(name, divisor):
    """Of a number without a sign, by an even one."""
    return f"(shiftrightunsigned({name}, 1) % {divisor // 2} * 2 + ({name} & 1))"


def pairs(count, keys, argument="v"):
    frame = with_columns(SPARK.range(count).withColumnRenamed("id", "v"), mixed("h", argument))
    return frame.selectExpr(f"{modulo('h', keys)} AS k", "v")


def total(frame, expression):
    return frame.selectExpr(f"sum({expression})").first()[0] or 0


def total_mix(frame, key, value):
    frame = with_columns(frame, mixed("m", value) + mixed("r", f"({key}) ^ m"))
    return total(frame, "r")


def mean_age(arguments):
    path = f"{arguments.files}/athletes-{size(20)}.csv"
    frame = SPARK.read.csv(path, header=True, nullValue="NA", escape='"',
                           schema="ID INT, Name STRING, Sex STRING, Age INT, Height STRING, "
                                  "Weight STRING, Team STRING, NOC STRING, Games STRING, Year INT, "
                                  "Season STRING, City STRING, Sport STRING, Event STRING, Medal STRING")
    means = frame.where("Age IS NOT NULL").groupBy("Year").agg({"Age": "sum", "Year": "count"})
    # A frame of its own each time: of one and the same, Spark would keep what it has shuffled.
    return lambda: means.select("Year", "sum(Age)", "count(Year)").collect(), turns.mean_sum


def words(arguments):
    path = f"{arguments.files}/words-{size(500_000_000)}.txt"
    counts = (SPARK.read.text(path).selectExpr("explode(split(value, ' ', -1)) AS word")
              .groupBy("word").count())
    return (lambda: counts.select("word", "count").collect(),
            lambda rows: sum(turns.word_sum(word, count) for word, count in rows))


def numbers(_):
    frame = SPARK.range(size(1_000_000_000)).where("id % 2 = 0")
    return lambda: total(frame, "id * 3 + 1"), lambda sums: sums


def sum_by_key(_):
    sums = pairs(size(50_000_000), 1_000_000).groupBy("k").agg({"v": "sum"}).withColumnRenamed("sum(v)", "s")
    return lambda: total_mix(sums, "k", "s"), lambda sums: sums


def join(_):
    count = size(10_000_000)
    left = pairs(count, 10_000_000, f"v ^ {0x1111111111111111}")
    right = pairs(count, 10_000_000, f"v ^ {0x2222222222222222}").withColumnRenamed("v", "w")
    return lambda: total(left.join(right, "k"), "k * v + w"), lambda sums: sums


def group(_):
    groups = pairs(size(20_000_000), 1_000_000).groupBy("k").agg({"v": "collect_list"})
    sums = groups.selectExpr(
        "k", "aggregate(sort_array(`collect_list(v)`), 0L, (sum, v) -> sum * 31 + v) AS s")
    return lambda: total_mix(sums, "k", "s"), lambda sums: sums


def cached_sum(_):
    frame = with_columns(SPARK.range(size(20_000_000)), mixed("h", "id"))
    cached = frame.selectExpr("shiftrightunsigned(h, 30) AS x").cache()
    cached.count()
    return lambda: sum(total(cached, "x") for _ in range(50)), lambda sums: sums


turns.measure(ARGUMENTS, {
    "W1-csv": mean_age, "W2": words, "W3-sum": numbers, "W4": sum_by_key, "W6": join,
    "W12": group, "W13": cached_sum,
})
