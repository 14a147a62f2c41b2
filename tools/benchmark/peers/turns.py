"""What the programs of all peers have in common: their arguments, and the lines they print."""
import argparse
import struct
import time

MASK = (1 << 64) - 1


def splitmix64(i):
    z = (i + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def mix(key, value):
    return splitmix64(key ^ splitmix64(value))


def word_sum(word, count):
    digest = 0xCBF29CE484222325
    for byte in word.encode():
        digest = ((digest ^ byte) * 0x100000001B3) & MASK
    return mix(digest, count)


def group_sum(key, values):
    total = 0
    for value in values:
        total = (total * 31 + value) & MASK
    return mix(key, total)


def mean_sum(rows):
    """Of rows of a year, the sum of its ages and their number."""
    bits = lambda mean: struct.unpack("<Q", struct.pack("<d", mean))[0]
    return sum(mix(int(year), bits(total / count)) for year, total, count in rows)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("workload")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--divisor", type=int, default=1, help="of the sizes")
    parser.add_argument("--files", default=".", help="the folder of the large input files")
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args()


def measure(arguments, workloads):
    """Prints what `workloads` makes of the workload that is asked for.

    `workloads[name](arguments)` sets up and returns `run` and `check`: run() is what is timed, and
    check(what run gave) is the checksum. The first run gives the checksum and does not count.
    """
    if arguments.workload not in workloads:
        print("skipped not expressed")
        return
    run, check = workloads[arguments.workload](arguments)
    print(f"checksum {check(run()) & MASK}", flush=True)
    for _ in range(arguments.runs):
        begin = time.perf_counter()
        result = run()
        seconds = time.perf_counter() - begin
        del result
        print(f"seconds {seconds:.6f}", flush=True)
