#!/usr/bin/env python3
"""Compiles one source and checks that the compiler says what the source's first line promises.

usage: check.py SOURCE COMPILER [FLAGS...]

First line `// rule: TEXT`: must not compile, and a failed static_assert with TEXT in its message must
stand in the first five lines of the output; `// rule in N lines: TEXT` allows more where the rule is
checked inside a function of the user's, which the compiler names on its way there. First line
`// compiles`: must compile.
"""
import os
import re
import subprocess
import sys

LINES_A_USER_READS = 5

source, *compiler = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    promise = file.readline().strip()

command = [*compiler, "-fsyntax-only", "-w", source]
# Messages are compared, so the user's language must not translate them.
run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
output = run.stdout + run.stderr


def fail(reason):
    sys.exit(f"{source}: {reason}\ncompiler's output:\n" + "\n".join(output.splitlines()[:40]))


if promise == "// compiles":
    if run.returncode != 0:
        fail("must compile")
    sys.exit(0)

rule = re.fullmatch(r"// rule(?: in (\d+) lines)?: (.+)", promise)
if rule is None:
    sys.exit(f"{source}: the first line must be '// rule: TEXT' or '// compiles', but is: {promise}")
if run.returncode == 0:
    fail("must not compile")

# How many headers lie between the source and the message is no part of what is promised.
lines = [
    line
    for line in output.splitlines()
    if not re.match(r"In file included from |                 from ", line)
]
# The message alone is searched: names of files and quoted source could hold the text by chance.
read = int(rule.group(1) or LINES_A_USER_READS)
message = re.compile(r"error: static[ _]assert\w* failed(.*)")
said = [found.group(1) for line in lines[:read] if (found := message.search(line))]
if not any(rule.group(2) in text for text in said):
    fail(f"no static_assert in the first {read} lines says '{rule.group(2)}'")
