"""Compiles the merged program, and finds out which mutants do not compile."""

import json
import subprocess
import sys


def compile_tests(root, which):
    """The executables of the tests, unit tests first, and what cargo says if they do not
    compile."""
    done = subprocess.run(["cargo", "test", "--no-run", "--locked", "--message-format", "json", *which],
                          cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0:
        return [], (said, done.stderr)
    built = [one for one in said if one["reason"] == "compiler-artifact"]
    tests = [one for one in built if one["profile"]["test"] and one["executable"]]
    tests.sort(key=lambda one: "test" in one["target"]["kind"])
    return [one["executable"] for one in tests], None


def test_programs(program, root, which):
    """The executables of the tests, with every mutant that compiles. rustc checks types first
    and borrows later, so this takes a few rounds."""
    while True:
        program.write()
        executables, failure = compile_tests(root, which)
        if executables:
            return executables
        leave_out_faulty(program, *failure)


def leave_out_faulty(program, said, stderr):
    """Marks the mutants that errors are in as unviable."""
    errors = [one["message"] for one in said
              if one["reason"] == "compiler-message" and one["message"]["level"] == "error"]
    spans = [span for error in errors for span in error["spans"] if span["is_primary"]]
    faulty = [program.at(span["file_name"], span["line_start"]) for span in spans]
    if not any(faulty):
        sys.exit("\n".join(error["rendered"] for error in errors) or stderr)
    for mutant in filter(None, faulty):
        mutant.outcome = "unviable"
