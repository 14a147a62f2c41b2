#!/usr/bin/env python3
"""Runs the recovery example on executor processes, of which it kills one, and on threads.

usage: recovery.py PROGRAM
Both must give the same centres, bit for bit; the first must say what was lost and computed again.
"""
import re
import subprocess
import sys

program = sys.argv[1]
few = ["--points", "300000"]


def run(*arguments):
    ended = subprocess.run([program, *few, *arguments], capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"{arguments}: ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended


killed = run("--kindred.master", "local-cluster[3,1,512]")
whole = run("--kindred.master", "local[2]")
for said in (
    r"iteration  6 .*process \d+ was killed",
    r"executor \d+ was lost: ended by signal 9",
    r"\d+ cached partitions? of map 'points' at recovery.cpp:\d+",
    r"computed again:",
    r"by tasks that ran for",
):
    if not re.search(said, killed.stderr):
        sys.exit(f"it does not say '{said}':\n{killed.stderr}")
if "nothing was lost" not in whole.stderr:
    sys.exit(f"on threads something was lost:\n{whole.stderr}")
if killed.stdout != whole.stdout or killed.stdout.count("\n") != 8:
    sys.exit(f"with a kill:\n{killed.stdout}on threads:\n{whole.stdout}")
