"""Runs tests/terminal/program.cpp as a person would: on a terminal and on a pipe, with Ctrl-C.

check.py PROGRAM CASE
"""
import itertools
import os
import pty
import signal
import re
import select
import subprocess
import sys
import termios

PROGRAM = sys.argv[1]
MASTERS = ["local[2]", "local-cluster[2,1,256]"]


class Run:
    """The program with its standard error on a terminal of its own, or on a pipe."""

    def __init__(self, *args, terminal, spoil=None):
        environment = dict(os.environ, TERM="xterm")
        environment.pop("KINDRED_CONF", None)
        self.stderr, theirs = pty.openpty() if terminal else os.pipe()
        if spoil:
            spoil(theirs)
        # A session of its own: Ctrl-C is sent to the whole group, executors too, as a terminal does.
        self.process = subprocess.Popen([PROGRAM, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=theirs, env=environment, start_new_session=True)
        os.close(theirs)
        self.output = ""
        self.errors = ""

    def wait_for_line(self, text):
        for line in self.process.stdout:
            self.output += line.decode()
            # What an executor prints has its number before it.
            if line.decode().split("] ")[-1] == text + "\n":
                return
        raise SystemExit(f"the program ended without printing '{text}'; it said:\n{self.read_errors()}")

    def wait_for_error(self, text):
        while text not in self.errors:
            if not self.read_some():
                raise SystemExit(f"'{text}' is missing in:\n{self.errors}")

    def read_some(self):
        try:
            some = os.read(self.stderr, 65536).decode()
        except OSError:  # how a terminal ends
            some = ""
        self.errors += some
        return some

    def read_errors(self):
        while self.read_some():
            pass
        return self.errors

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self):
        """What it printed to standard output, and its status."""
        self.read_errors()
        self.output += self.process.stdout.read().decode()
        return self.output, self.process.wait()


def check(right, what, run):
    if not right:
        raise SystemExit(f"{what}; standard error:\n{run.errors}\nstatus {run.process.returncode}")


def progress():
    for master in MASTERS:
        run = Run("endless", "--kindred.master=" + master, terminal=True)
        run.wait_for_error("stage 0 sum")  # the op that the stage ends with
        run.wait_for_error("0/4")
        run.interrupt()
        _, status = run.end()
        check(status == -signal.SIGINT, "not ended by SIGINT", run)
        # Wiped before anything else is said.
        check(wiped_before("interrupted", run), "the line is still there", run)


def wiped_before(text, run):
    return re.search(r"\x1b\[1A\r\x1b\[J\[[^\x1b]*" + text, run.errors)


def log_line():
    run = Run("logs beside another context", terminal=True)
    run.wait_for_error("stage 0 sum")
    run.process.stdin.write(b"\n")
    run.process.stdin.close()
    run.wait_for_error("said meanwhile")
    check(wiped_before("said meanwhile", run), "the line was not wiped", run)
    run.interrupt()
    run.end()


def fill(terminal):
    """Until it takes no more: nobody reads it."""
    again = os.open(os.ttyname(terminal), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    # The system moves what it has from one buffer to the next for a while.
    while select.select([], [again], [], 0.5)[1]:
        try:
            os.write(again, b"x" * 100)
        except BlockingIOError:
            pass
    os.close(again)


def stop(terminal):
    termios.tcflow(terminal, termios.TCOOFF)  # what Ctrl-S does


def stopped():
    for what, master in itertools.product(["takes long", "warns and takes long"], MASTERS):
        for spoil in (fill, stop):
            run = Run(what, "--kindred.master=" + master, terminal=True, spoil=spoil)
            try:
                output, _ = run.process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(run.process.pid, signal.SIGKILL)
                raise SystemExit(f"'{what}' hangs with {master} and {spoil.__name__}")
            check(output == b"sum 28\n" and run.process.returncode == 0, f"it printed {output}", run)


def no_progress():
    for args, terminal in ((["--quiet"], True), (["--kindred.quiet=true"], True), ([], False)):
        run = Run("endless", *args, terminal=terminal)
        run.wait_for_line("a task runs")
        run.interrupt()
        run.end()
        check("stage" not in run.errors and "\x1b" not in run.errors, f"progress with {args}", run)


def ctrl_c():
    for master in MASTERS:
        run = Run("endless", "--kindred.master=" + master, terminal=False)
        run.wait_for_line("a task runs")
        run.interrupt()
        output, status = run.end()
        # By the signal itself: a shell makes 130 of it, and ends a loop around the program.
        check(status == -signal.SIGINT, "not ended by SIGINT", run)
        check("begun" in output, "what it had printed is lost", run)
        check("kindred: job 0 was cancelled: interrupted (Ctrl-C)" in run.errors, "no word of it", run)
        check("terminate" not in run.errors, "ended by terminate", run)


def caught():
    for master in MASTERS:
        run = Run("goes on", "--kindred.master=" + master, terminal=False)
        run.wait_for_line("a task runs")
        run.interrupt()
        run.wait_for_line("caught: job 0 was cancelled: interrupted (Ctrl-C)")
        run.wait_for_line("sum 45")
        run.wait_for_line("a task runs")
        run.interrupt()
        check(run.end()[1] == -signal.SIGINT, "the second job was not interrupted", run)


def uncaught():
    run = Run("throws", terminal=False)
    output, status = run.end()
    check(status == 1, "status is not 1", run)
    lines = run.errors.splitlines()
    check(lines[0] == "kindred: job 0 failed: thirty is too much [std::runtime_error]", "first line", run)
    check(lines[1].startswith("  in map 'picky' at program.cpp:"), "second line", run)
    check(lines[2] == "  stage 0, partition 3, executor 0; failed 1 time", "third line", run)
    check(len(lines) == 3, "more was said", run)
    run = Run("throws in a thread", terminal=False)
    output, status = run.end()
    check(status == 1, "status is not 1", run)
    check(sorted(output.split()) == ["printed", "streamed"], f"of its output came '{output}'", run)
    check(run.errors.startswith("kindred: first at program.cpp:"), "no readable error", run)
    check("terminate" not in run.errors, "a terminate message", run)


def bad_flags():
    for flag, said in (("--kindred.master=yarn", "yarn"), ("--kindred.colour=red", "there is no option"),
                       ("--kindred.quiet=maybe", "neither true nor false")):
        run = Run("", flag, terminal=False)
        check(run.end()[1] == 1, "status is not 1", run)
        check(said in run.errors and "terminate" not in run.errors, "no readable error", run)


{"progress": progress, "log line": log_line, "stopped": stopped, "no progress": no_progress, "ctrl-c": ctrl_c, "caught": caught, "uncaught": uncaught,
 "bad flags": bad_flags}[sys.argv[2]]()
