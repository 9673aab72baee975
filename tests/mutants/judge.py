"""Runs tests against mutants: only those tests that reach the changed function."""

import os
import re
import select
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

# A shell that starts a program as its child.
SHELL = ["sh", "-c", 'export MUTANTS_PIDS=$(stat -Lc %i /proc/self/ns/pid); "$@"; exit $?', "sh"]

# A mutant may kill any process and remove any set: so it sees only its own. A child of the
# first process looks like a daemon, for which semlock keeps no lock: so there are two shells.
# In a container, semlock keeps many sets: the copy takes this namespace for the first one.
# What runs in the background inherits ignored signals from its shell or from nohup.
ALONE = ["env", "--default-signal", "unshare", "--ipc", "--pid", "--fork", "--kill-child",
         "--mount-proc", *SHELL, *SHELL]

# Far longer than any one test takes, in seconds.
TIMEOUT = 60

# How often a test is tried that fails without a mutant.
TRIES = 3


def show(mutant):
    print(f"{mutant.outcome:8} {mutant.full_name}", flush=True)


def workers():
    return ThreadPoolExecutor(int(os.environ.get("JOBS", os.cpu_count())))


def run(root, executable, tests, **variables):
    """Runs these tests up to the first failure. Returns the status, None if they take too
    long, and those that did not pass: the one that failed, else those that have not ended."""
    command = [*ALONE, executable, "--exact", "--include-ignored", "-Zunstable-options",
               "--fail-fast", *tests]
    # libtest takes --fail-fast only from those who ask for what is unstable. The tests name
    # their files by their pid, which is the same in many pid namespaces.
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)
        changed = {"RUSTC_BOOTSTRAP": "1", "TMPDIR": directory} | variables
        with subprocess.Popen(command, cwd=root, env=os.environ | changed,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            said, ends = listen(process)
    ended = dict(re.findall(r"^test (\S+).* \.\.\. (ok|FAILED)$", said, re.MULTILINE))
    failed = [test for test in tests if ended.get(test) == "FAILED"]
    return process.returncode if ends else None, failed or [
        test for test in tests if test not in ended]


def listen(process):
    """What the tests say, a line for each, and whether they end: not if none has ended for
    too long."""
    said = b""
    while ends := select.select([process.stdout], [], [], TIMEOUT)[0]:
        part = os.read(process.stdout.fileno(), 1 << 16)
        if not part:
            break
        said += part
    if not ends:
        # Its namespace, and so all that it has started, ends with it.
        process.kill()
    return said.decode(errors="replace"), bool(ends)


class Tests:
    """The tests of some executables, and the functions that each reaches."""

    def __init__(self, root, executables, only, skip):
        self.root = root
        self.reached_by = {}
        self.failed = []
        self.all = [(executable, test) for executable in executables
                    for test in self.names(executable)
                    if any(part in test for part in only)
                    and not any(part in test for part in skip)]
        with workers() as pool:
            reached = pool.map(lambda pair: self.reach(*pair), self.all)
            for pair, functions in zip(self.all, reached):
                for function in functions:
                    self.reached_by.setdefault(function, []).append(pair)

    @staticmethod
    def names(executable):
        listed = subprocess.run([executable, "--list"], stdout=subprocess.PIPE, text=True, check=True)
        return re.findall("^(.*): test$", listed.stdout, re.MULTILINE)

    def reach(self, executable, test):
        """The functions that one test reaches, in all its processes; none if it fails, even if
        it is repeated."""
        with tempfile.NamedTemporaryFile("r") as reached:
            os.chmod(reached.name, 0o666)
            for _ in range(TRIES):
                status, _ = run(self.root, executable, [test], MUTANTS_REACHED=reached.name)
                if status == 0:
                    return {int(line) for line in reached}
                if status is None:
                    break
        self.failed.append(test)
        return set()

    def judge(self, mutant):
        """caught, missed or timeout: by the tests that reach it, unit tests first."""
        return self.judge_by(self.reached_by.get(mutant.function.number, []), mutant.number)

    def judge_alone(self):
        """The same for the only mutant of the program, by all tests."""
        return self.judge_by([pair for pair in self.all if pair[1] not in self.failed], 0)

    def judge_by(self, tests, number):
        for executable in dict.fromkeys(executable for executable, _ in tests):
            names = [name for other, name in tests if other == executable]
            outcome = self.judge_by_one(executable, names, number)
            if outcome != "missed":
                return outcome
        return "missed"

    def judge_by_one(self, executable, names, number):
        while names:
            status, suspects = run(self.root, executable, names, MUTANT=str(number))
            if status == 0:
                break
            suspects = suspects or names
            if self.fail_by_mutant(executable, suspects, number):
                return "timeout" if status is None else "caught"
            names = [name for name in names if name not in suspects]
        return "missed"

    def fail_by_mutant(self, executable, tests, number):
        """A test that fails by itself now and then says nothing about a mutant. So it must
        fail again with it, and pass without it, where the program does not always have it."""
        fail = run(self.root, executable, tests, MUTANT=str(number))[0] != 0
        return fail and (not number or run(self.root, executable, tests)[0] == 0)

    def judge_all(self, mutants):
        with workers() as pool:
            for mutant, outcome in zip(mutants, pool.map(self.judge, mutants)):
                mutant.outcome = outcome
                show(mutant)
