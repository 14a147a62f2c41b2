"""Checks that the simulation finds a deliberate bug.

    check.py PATCH SOURCE_DIR COMPILER [FLAGS...] LINK [LIBRARIES...]

Applies the patch to a copy of the scheduler's sources that it names, compiles these alone, and links
them in place of the right ones to the simulation. Fails unless some schedule is broken by them, and
if the patch does not apply any longer.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

SEEDS = "5000"


def fail(text):
    sys.exit(text)


def hunks(patch):
    """File, old text and new text of each hunk."""
    name, old, new = None, None, None
    for line in patch.read_text().splitlines()[1:]:
        if line.startswith("--- "):
            continue
        if line.startswith(("+++ b/", "@@")):
            if old:
                yield name, "".join(old), "".join(new)
            old, new = [], []
            if line.startswith("+++"):
                name = line.removeprefix("+++ b/")
            continue
        if not line.startswith("+"):
            old.append(line[1:] + "\n")
        if not line.startswith("-"):
            new.append(line[1:] + "\n")
    if old:
        yield name, "".join(old), "".join(new)


def changed_sources(patch, source_dir):
    texts = {}
    for name, old, new in hunks(patch):
        # A changed header would ask for all that includes it to be compiled.
        if not re.fullmatch(r"scheduler/\w+\.cpp", name):
            fail(f"{patch.name} must change .cpp files of scheduler/, nothing else")
        text = texts.get(name) or (source_dir / name).read_text()
        # Wherever it is now: only what the hunk shows has to be as it was.
        if text.count(old) != 1:
            fail(f"{patch.name} no longer applies to {name}; make it anew. It looked for:\n{old}")
        texts[name] = text.replace(old, new)
    if not texts:
        fail(f"{patch.name} changes nothing")
    return texts


def main(patch, source_dir, command):
    split = command.index("LINK")
    compiler, libraries = command[:split], command[split + 1:]
    sources = changed_sources(patch, source_dir)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "scheduler").mkdir()
        objects = []
        for name, text in sources.items():
            (folder / name).write_text(text)
            objects.append(str(folder / name) + ".o")
            subprocess.run([*compiler, "-c", str(folder / name), "-o", objects[-1]], check=True)
        program = str(folder / "simulate")
        subprocess.run([compiler[0], *objects, *libraries, "-o", program], check=True)
        try:
            ran = subprocess.run([program, "--seeds", "1", SEEDS], capture_output=True, text=True,
                                 timeout=120)
        except subprocess.TimeoutExpired:
            fail(f"the simulation hangs with {patch.name}, instead of saying what is wrong")
    print(patch.read_text().splitlines()[0])
    print(ran.stdout + ran.stderr)
    if ran.returncode == 0:
        fail(f"{SEEDS} schedules passed with {patch.name}: the simulation has gone blind")
    if not re.search(r"^seed \d+: ", ran.stderr, re.MULTILINE):
        fail(f"with {patch.name} the simulation ended without naming a seed")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:])
