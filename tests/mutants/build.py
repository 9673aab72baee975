"""Compiles the merged program, and finds out which mutants do not compile."""

import json
import subprocess
import sys


def compile_tests(root, which):
    """What cargo says about the tests, as JSON, and how it ended."""
    done = subprocess.run(["cargo", "test", "--no-run", "--locked", "--message-format", "json", *which],
                          cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    return [json.loads(line) for line in done.stdout.splitlines()], done


def test_programs(program, root, which):
    """The executables of the tests, with every mutant that compiles. rustc checks types first
    and borrows later, so this takes a few rounds."""
    while True:
        program.write()
        said, done = compile_tests(root, which)
        if done.returncode == 0:
            return [one["executable"] for one in said
                    if one["reason"] == "compiler-artifact" and one["profile"]["test"]
                    and one["executable"]]
        leave_out_faulty(program, said, done)


def leave_out_faulty(program, said, done):
    """Marks the mutants that errors are in as unviable."""
    errors = [one["message"] for one in said
              if one["reason"] == "compiler-message" and one["message"]["level"] == "error"]
    spans = [span for error in errors for span in error["spans"] if span["is_primary"]]
    faulty = [program.at(span["file_name"], span["line_start"]) for span in spans]
    if not any(faulty):
        sys.exit("\n".join(error["rendered"] for error in errors) or done.stderr)
    for mutant in filter(None, faulty):
        mutant.outcome = "unviable"
