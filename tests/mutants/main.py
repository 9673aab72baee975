"""Tests the tests: make mutants. See tests/mutants/run."""

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import build
import judge
import merge
import report

HERE = Path(__file__).parent

# The least share of caught mutants, in per cent.
ENOUGH = 92

# Unit tests that are left out for the files in the list: they wait for real time to pass, or
# draw random files for seconds, and what they test is in other files.
SKIP = ["sysv::timed_wait::", "garbage_does_not_cause_a_panic"]


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path, help="a copy of the program that may be changed")
    parser.add_argument("--sample", type=int, help="so many mutants of the other files")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--tests", nargs="+", default=[""],
                        help="only tests whose names contain one of these")
    parser.add_argument("--only", nargs="+", default=[""],
                        help="only mutants whose names contain one of these")
    parser.add_argument("--others", action="store_true", help="mutants of the other files")
    chosen = parser.parse_args()
    chosen.others |= bool(chosen.sample)
    return chosen


def words(name):
    """The lines of a file that are no comments."""
    lines = (HERE / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def listed(root, others):
    """The mutants of the files in the list, or of all others."""
    which = [word for glob in words("files") for word in ("-e" if others else "-f", glob)]
    which += [word for glob in words("excluded") for word in ("-e", glob)]
    done = subprocess.run(["cargo", "mutants", "--list", "--json", *which], cwd=root, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return json.loads(done.stdout)


def judge_all(chosen, root, mutants, functions):
    """Judges the mutants: most in one program, the others each in its own."""
    program = merge.Program(root, mutants, functions)
    which = ["--lib", "--test", "suite"] if chosen.others else ["--lib"]
    executables = build.test_programs(program, root, which)
    skip = [] if chosen.others else SKIP
    tests = judge.Tests(root, executables, chosen.tests, skip)
    print(f"{len(tests.all) - len(tests.failed)} tests", flush=True)
    for test in tests.failed:
        print(f"left out, as it fails without a mutant: {test}", flush=True)
    for one in mutants:
        if one.outcome:
            judge.show(one)
    merged = [one for one in mutants if one.function and one.function.can_merge]
    tests.judge_all([one for one in merged if not one.outcome])
    for one in mutants:
        if not one.outcome:
            program.write_only(one)
            compiled, _ = build.compile_tests(root, which)
            one.outcome = tests.judge_alone() if compiled else "unviable"
            judge.show(one)


def main():
    chosen, began = options(), time.monotonic()
    found = [one for one in listed(chosen.root, chosen.others)
             if any(part in one["name"] for part in chosen.only)]
    if chosen.sample:
        print(f"to repeat this: SAMPLE={chosen.sample} SEED={chosen.seed}")
        found = random.Random(chosen.seed).sample(found, chosen.sample)
    mutants, functions = merge.read(found)
    judge_all(chosen, chosen.root, mutants, functions)
    print(report.table(mutants))
    print(f"{time.monotonic() - began:.0f} seconds")
    wrong = report.differences(mutants, HERE / "survivors")
    share = report.share_caught(report.Counter(one.outcome for one in mutants))
    if share < ENOUGH:
        wrong.append(f"{share:.1f} % caught, of at least {ENOUGH}")
    sys.exit("\n".join(wrong) or 0)


main()
