"""Compiles the examples in the `///` comments of rdd/, and sees that each public op has one.

check.py RDD_FOLDER SCRATCH_FOLDER COMPILER [ARGUMENTS...]
"""
import pathlib
import re
import subprocess
import sys

# Of types that are no part of what a program writes, or no C++.
NOT_COMPILED = {"config.hpp", "csv_record.hpp", "text_source.hpp", "partition_rows.hpp", "split.hpp"}
MARK = "///"
EXAMPLE = "///     "


def comments(lines):
    """Each block of `///` lines, with the line number it starts at and the first line of code behind it."""
    block, start = [], 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text.startswith(MARK):
            if not block:
                start = number
            block.append(text)
        elif block:
            yield start, block, line
            block = []


def example_of(block):
    """The block's example: from its first indented line to its end."""
    code = []
    for text in block:
        if text.startswith(EXAMPLE) or code:
            code.append(text[len(MARK):].strip())
    return code


def examples(path, problems):
    lines = path.read_text().splitlines()
    public = False
    for number, line in enumerate(lines, 1):
        if re.match(r"class \w+(Ops|Actions)<Rdd<T, P>> \{", line):
            public = True
    member = False
    found = []
    starts = {start: (block, code) for start, block, code in comments(lines)}
    for number, line in enumerate(lines, 1):
        if public and re.match(r"class \w+(Ops|Actions)<Rdd<T, P>> \{", line):
            member = True
        if line == " private:":
            member = False
        if number not in starts:
            continue
        block, _ = starts[number]
        code = example_of(block)
        if code:
            found.append((number, code))
        elif member and not block[0].startswith("/// The same"):
            problems.append(f"{path.name}:{number}: this op has no example: {block[0]}")
    return found


def main():
    folder, scratch, compiler = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    scratch.mkdir(parents=True, exist_ok=True)
    problems = []
    source = ['#include "tests/doc_examples/prelude.hpp"']
    count = 0
    for path in sorted(folder.glob("*.hpp")):
        for number, code in examples(path, problems):
            if path.name in NOT_COMPILED:
                continue
            count += 1
            last = code[-1].split("  //")[0].rstrip()
            end = "" if last.endswith((";", "}")) and not last.endswith("})") else ";"
            # An expression is shown without what would be done with it.
            source += [f"auto example_{count}() {{", f'#line {number} "{path.name}"', *code, end, "}"]
    if count < 50:
        problems.append(f"only {count} examples were found: has their form changed?")
    program = scratch / "examples.cpp"
    program.write_text("\n".join(source) + "\n")
    compiled = subprocess.run([*compiler, "-w", "-fsyntax-only", str(program)], capture_output=True, text=True)
    if compiled.returncode != 0:
        errors = [line for line in compiled.stderr.splitlines() if "error:" in line or "required from here" in line]
        problems.append("examples do not compile:\n" + "\n".join(errors[:40]))
    if problems:
        raise SystemExit("\n".join(problems))
    print(f"{count} examples compile")


main()
