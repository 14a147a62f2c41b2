"""Checks that the simulation finds a deliberate bug.

    check.py PATCH SOURCE_DIR COMPILER [FLAGS...] LINK [LIBRARIES...]

Applies the patch to a copy of the scheduler's sources that it names, compiles these alone, and links
them in place of the right ones to the simulation. Fails unless some schedule is broken by them, and
if the patch does not apply any longer.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SEEDS = "5000"


def fail(text):
    sys.exit(text)


def main(patch, source_dir, command):
    split = command.index("LINK")
    compiler, libraries = command[:split], command[split + 1:]
    sources = re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), re.MULTILINE)
    # A changed header would ask for all that includes it to be compiled.
    if not sources or any(not re.fullmatch(r"scheduler/\w+\.cpp", name) for name in sources):
        fail(f"{patch.name} must change .cpp files of scheduler/, nothing else")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "scheduler").mkdir()
        for name in sources:
            shutil.copy(source_dir / name, folder / name)
        applied = subprocess.run(["patch", "-p1", "--fuzz=0", "-i", str(patch)], cwd=folder,
                                 capture_output=True, text=True)
        if applied.returncode != 0:
            fail(f"{patch.name} no longer applies; make it anew:\n{applied.stdout}{applied.stderr}")
        objects = []
        for name in sources:
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
