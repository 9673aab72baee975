"""Compares the mutants that no test noticed with those that are explained."""

from collections import Counter
from pathlib import Path

OUTCOMES = ["caught", "timeout", "missed", "unviable"]


def explained(path):
    """The list: `FILE: CHANGE: REASON` in each line."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {tuple(line.split(": ", 2)[:2]) for line in lines}


def differences(mutants, path):
    """What is wrong: survivors without an explanation, and explanations without a survivor."""
    known = explained(path)
    survivors = {(one.file, one.change) for one in mutants if one.outcome == "missed"}
    others = {(one.file, one.change) for one in mutants} - survivors
    found = [f"missed, and not explained: {file}: {change}"
             for file, change in sorted(survivors - known)]
    return found + [f"explained, but caught: {file}: {change}"
                    for file, change in sorted(known & others)]


def table(mutants):
    """How many mutants of each folder had each outcome."""
    folders = {}
    for one in mutants:
        folders.setdefault(str(Path(one.file).parent), Counter())[one.outcome] += 1
    total = sum(folders.values(), Counter())
    rows = [("", "mutants", *OUTCOMES, "caught %")]
    for folder, counts in [*sorted(folders.items()), ("all", total)]:
        numbers = [counts[outcome] for outcome in OUTCOMES]
        rows.append((folder, counts.total(), *numbers, f"{share_caught(counts):.1f}"))
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows)]
    return "\n".join(
        "  ".join(str(cell).ljust(width) if index == 0 else str(cell).rjust(width)
                  for index, (cell, width) in enumerate(zip(row, widths)))
        for row in rows)


def share_caught(counts):
    """The percentage of the mutants that compile. One that takes forever was noticed, too."""
    caught = counts["caught"] + counts["timeout"]
    return 100 * caught / max(1, caught + counts["missed"])
