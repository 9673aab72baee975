"""Runs tests against mutants: only those tests that reach the changed function."""

import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

# A mutant may kill any process and remove any set: so it sees only its own.
ALONE = ["unshare", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]

# Far longer than any one test takes, even if several are run.
TIMEOUT = 60


def workers():
    return ThreadPoolExecutor(int(os.environ.get("JOBS", os.cpu_count())))


def run(root, executable, tests, **variables):
    """The status of these tests; None if they take too long. The first failure ends them."""
    command = [*ALONE, executable, "--exact", "--include-ignored", "-Zunstable-options",
               "--fail-fast", *tests]
    # libtest takes --fail-fast only from those who ask for what is unstable. The tests name
    # their files by their pid, which is the same in many pid namespaces.
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)
        changed = {"RUSTC_BOOTSTRAP": "1", "TMPDIR": directory} | variables
        return wait(subprocess.Popen(
            command, cwd=root, env=os.environ | changed, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), TIMEOUT + len(tests))


def wait(process, seconds):
    """The status of a process. Its namespace, and so all that it started, ends with it."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


class Tests:
    """The tests of some executables, and the functions that each reaches."""

    def __init__(self, root, executables, skip):
        self.root = root
        self.reached_by = {}
        self.failed = []
        self.number = 0
        tests = [(executable, test) for executable in executables
                 for test in self.names(executable) if not any(part in test for part in skip)]
        with workers() as pool:
            for pair, functions in zip(tests, pool.map(lambda pair: self.reach(*pair), tests)):
                self.number += 1
                for function in functions:
                    self.reached_by.setdefault(function, []).append(pair)

    @staticmethod
    def names(executable):
        listed = subprocess.run([executable, "--list"], stdout=subprocess.PIPE, text=True, check=True)
        return [line[: -len(": test")] for line in listed.stdout.splitlines() if line.endswith(": test")]

    def reach(self, executable, test):
        """The functions that one test reaches, in all its processes."""
        with tempfile.NamedTemporaryFile("r") as reached:
            os.chmod(reached.name, 0o666)
            if run(self.root, executable, [test], MUTANTS_REACHED=reached.name) != 0:
                self.failed.append(test)
            return {int(line) for line in reached}

    def judge(self, mutant):
        """caught, missed or timeout."""
        tests = self.reached_by.get(mutant.function.number, [])
        for executable in dict.fromkeys(executable for executable, _ in tests):
            names = [name for other, name in tests if other == executable]
            status = run(self.root, executable, names, MUTANT=str(mutant.number))
            if status != 0:
                return "timeout" if status is None else "caught"
        return "missed"

    def judge_all(self, mutants):
        with workers() as pool:
            for mutant, outcome in zip(mutants, pool.map(self.judge, mutants)):
                mutant.outcome = outcome
                print(f"{outcome:8} {mutant.full_name}", flush=True)
