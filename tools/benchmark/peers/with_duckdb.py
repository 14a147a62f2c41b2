"""Workloads in DuckDB. Tables of numbers are made before the clock starts, checksums after it stops."""
import turns

ARGUMENTS = turns.parse()
import duckdb  # noqa: E402: only after the threads are known

DATABASE = duckdb.connect(config={"threads": ARGUMENTS.threads})
DATABASE.execute("SET preserve_insertion_order = true")

# SplitMix64; products are taken in 128 bits, since those in 64 are checked for overflow.
DATABASE.execute("""
    CREATE MACRO low(x) AS (x & 18446744073709551615::UHUGEINT)::UBIGINT;
    CREATE MACRO step1(z) AS low(xor(z, z >> 30)::UHUGEINT * 13787848793156543929::UHUGEINT);
    CREATE MACRO step2(z) AS low(xor(z, z >> 27)::UHUGEINT * 10723151780598845931::UHUGEINT);
    CREATE MACRO step3(z) AS xor(z, z >> 31);
    CREATE MACRO splitmix64(i) AS
        step3(step2(step1(low(i::UHUGEINT + 11400714819323198485::UHUGEINT))));
""")


def size(full):
    return full // ARGUMENTS.divisor


def query(text):
    return lambda: DATABASE.execute(text).fetchall()


def into_table(text):
    """Runs a query whose rows stay in the database."""
    return lambda: DATABASE.execute(f"CREATE OR REPLACE TEMP TABLE result AS {text}")


def mean_age(arguments):
    path = f"{arguments.files}/athletes-{size(20)}.csv"
    run = query(f"""SELECT Year, sum(Age), count(Age)
                    FROM read_csv('{path}', nullstr = 'NA', header = true)
                    WHERE Age IS NOT NULL GROUP BY Year""")
    return run, turns.mean_sum


def words(arguments):
    path = f"{arguments.files}/words-{size(500_000_000)}.txt"
    run = query(f"""SELECT word, count(*) FROM (
                      SELECT unnest(string_split(line, ' ')) AS word
                      FROM read_csv('{path}', columns = {{'line': 'VARCHAR'}}, header = false,
                                    delim = '\t', quote = '', escape = ''))
                    GROUP BY word""")
    return run, lambda rows: sum(turns.word_sum(word, count) for word, count in rows)


def numbers(_):
    run = query(f"SELECT sum(x * 3 + 1) FROM range({size(1_000_000_000)}) r(x) WHERE x % 2 = 0")
    return run, lambda rows: int(rows[0][0])


def make_pairs(name, pairs, key):
    DATABASE.execute(f"CREATE TABLE {name} AS SELECT {key} AS k, i AS v FROM range({pairs}) r(i)")


def sum_by_key(_):
    make_pairs("pairs", size(50_000_000), "(splitmix64(i) % 1000000)::BIGINT")
    check = "SELECT sum(splitmix64(xor(k::UBIGINT, splitmix64(s)))::HUGEINT) FROM result"
    run = into_table("SELECT k, sum(v)::UBIGINT AS s FROM pairs GROUP BY k")
    return run, lambda _: int(query(check)()[0][0])


def sort(_):
    signed = "(splitmix64(i)::HUGEINT - (splitmix64(i) >> 63)::HUGEINT * 18446744073709551616::HUGEINT)::BIGINT"
    make_pairs("pairs", size(20_000_000), signed)
    row = "low((k::HUGEINT + v + 18446744073709551616::HUGEINT)::UHUGEINT)"
    check = f"""SELECT sum(splitmix64(xor(before, splitmix64(row)))::HUGEINT) FROM (
                  SELECT row, lag(row) OVER (ORDER BY place) AS before
                  FROM (SELECT rowid AS place, {row} AS row FROM result))"""
    return into_table("SELECT * FROM pairs ORDER BY k"), lambda _: int(query(check)()[0][0])


def join(_):
    rows = size(10_000_000)
    make_pairs("lefts", rows, f"(splitmix64(xor(i::UBIGINT, {0x1111111111111111}::UBIGINT)) % 10000000)::BIGINT")
    make_pairs("rights", rows, f"(splitmix64(xor(i::UBIGINT, {0x2222222222222222}::UBIGINT)) % 10000000)::BIGINT")
    run = query("SELECT sum(k * lefts.v + rights.v) FROM lefts JOIN rights USING (k)")
    return run, lambda rows: int(rows[0][0])


def group(_):
    make_pairs("pairs", size(20_000_000), "(splitmix64(i) % 1000000)::BIGINT")

    def check(_):
        total = 0
        cursor = DATABASE.execute("SELECT k, vs FROM result")
        while rows := cursor.fetchmany(10_000):
            total += sum(turns.group_sum(key, values) for key, values in rows)
        return total

    return into_table("SELECT k, list(v ORDER BY v) AS vs FROM pairs GROUP BY k"), check


def cached_sum(_):
    DATABASE.execute(f"""CREATE TABLE numbers AS
        SELECT (splitmix64(i) >> 30)::BIGINT AS x FROM range({size(20_000_000)}) r(i)""")
    one = query("SELECT sum(x) FROM numbers")
    return lambda: sum(int(one()[0][0]) for _ in range(50)), lambda total: total


turns.measure(ARGUMENTS, {
    "W1-csv": mean_age, "W2": words, "W3-sum": numbers, "W4": sum_by_key, "W5": sort,
    "W6": join, "W12": group, "W13": cached_sum,
})
