#!/usr/bin/env python3
"""Runs an example with arguments that cannot be: it must say how it is used, and end with 2.

usage: check_usage.py PROGRAM
"""
import pathlib
import subprocess
import sys

program = sys.argv[1]
name = pathlib.Path(program).name
wrong = {"word_count": [[], ["--help"], [__file__, "many"], [__file__, "0"], [__file__, "3", "4"]],
         "pi": [["--help"], ["many"], ["0"], ["3", "4"]],
         "transitive_closure": [["--help"], ["many"], ["0"], ["3", "4"]]}
for arguments in wrong[name]:
    run = subprocess.run([program, *arguments], capture_output=True, text=True)
    if run.returncode != 2 or not run.stderr.startswith("usage: " + name) or run.stdout:
        sys.exit(f"{name} {arguments}\nended with {run.returncode}; printed:\n{run.stdout}{run.stderr}")
