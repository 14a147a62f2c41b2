"""Checks that two processes, with other addresses, simulate the same: agree.py SIMULATE"""
import re
import subprocess
import sys


def digest():
    ran = subprocess.run([sys.argv[1], "--seeds", "1", "2000"], capture_output=True, text=True)
    found = re.search(r"digest (\w+)$", ran.stdout)
    if ran.returncode != 0 or not found:
        sys.exit(ran.stdout + ran.stderr)
    return found[1]


first, second = digest(), digest()
if first != second:
    sys.exit(f"the same seeds gave {first}, then {second}")
