#!/usr/bin/env python3
"""Runs an example and compares what it prints with a file.

usage: check.py EXPECTED PROGRAM [ARGUMENTS...]
"""
import pathlib
import subprocess
import sys

expected_file, *command = sys.argv[1:]
run = subprocess.run(command, capture_output=True, text=True)
expected = pathlib.Path(expected_file).read_text(encoding="utf-8")
if run.returncode != 0 or run.stdout != expected:
    sys.exit(f"{' '.join(command)}\nended with {run.returncode}; printed:\n{run.stdout}{run.stderr}\nexpected:\n{expected}")
