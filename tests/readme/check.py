#!/usr/bin/env python3
"""Builds the first program in README.md, runs it in the project's folder and compares its output.

usage: check.py README WORK_FOLDER COMPILER [ARGUMENTS FOR THE COMPILER AND THE LINKER...]
"""
import pathlib
import re
import subprocess
import sys

readme = pathlib.Path(sys.argv[1])
work = pathlib.Path(sys.argv[2])
compiler = sys.argv[3:]

text = readme.read_text(encoding="utf-8")
program, expected = re.search(r"```cpp\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL).groups()
lines = len(program.splitlines())
if lines >= 20:
    sys.exit(f"the first program in {readme} has {lines} lines: under 20 were promised")

work.mkdir(parents=True, exist_ok=True)
(work / "readme.cpp").write_text(program, encoding="utf-8")
inputs = [str(work / "readme.cpp") if argument == "SOURCE" else argument for argument in compiler]
subprocess.run([*inputs, "-o", str(work / "readme")], check=True)
run = subprocess.run([work / "readme"], cwd=readme.parent, capture_output=True, text=True)
if run.returncode != 0 or run.stdout != expected:
    sys.exit(f"ended with {run.returncode}; printed:\n{run.stdout}{run.stderr}\nbut the README says:\n{expected}")
