"""Merges the mutants that cargo-mutants lists into one program.

A function with mutants becomes a `match` on the number of the active mutant, with an arm
for each changed body and one for the body as it is. So one compilation is enough for all.
"""

import re
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path


@dataclass
class Mutant:
    """One mutant, as `cargo mutants --list --json` describes it."""

    number: int
    file: str
    full_name: str  # with its line
    change: str  # without
    start: tuple
    end: tuple
    replacement: str
    function: "Function" = None
    lines: tuple = (0, 0)  # where its body is in the merged file
    outcome: str = ""


@dataclass
class Function:
    """An outermost function and its mutants."""

    number: int
    file: str
    start: tuple
    end: tuple
    name: str
    returns: str
    mutants: list = field(default_factory=list)
    can_merge: bool = True

    @property
    def iterator(self):
        """What it returns if that is `impl Iterator` or the like. Each changed body has a
        type of its own, so all are boxed."""
        found = re.fullmatch(r"-> impl (\w*Iterator<.*>)", self.returns)
        return found and found[1]

    def arm(self, body):
        if self.iterator:
            return f"{{Box::new({{{body}\n}}) as Box<dyn {self.iterator} + '_>}}"
        return f"{{{body}\n}}"


def position(place):
    return place["line"], place["column"]


def read(listed):
    """The mutants in the list, and their functions."""
    mutants, functions = [], {}
    for number, one in enumerate(listed, 1):
        file, span = one["file"], one["span"]
        change = one["name"].split(": ", 1)[1]
        mutant = Mutant(number, file, one["name"], change, position(span["start"]),
                        position(span["end"]), one["replacement"])
        mutants.append(mutant)
        if one["function"]:
            here = one["function"]
            start, end = position(here["span"]["start"]), position(here["span"]["end"])
            function = functions.setdefault((file, start, end), Function(
                len(functions), file, start, end,
                here["function_name"].split("::")[-1], here["return_type"]))
            mutant.function = function
            function.mutants.append(mutant)
    number_repeated(mutants)
    return mutants, outermost(list(functions.values()))


def number_repeated(mutants):
    """Tells changes apart that are alike in one function: `... [2]` is the second."""
    seen = {}
    for mutant in sorted(mutants, key=lambda mutant: (mutant.file, mutant.start)):
        key = (mutant.file, mutant.change)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            mutant.change += f" [{seen[key]}]"


def outermost(functions):
    """Gives the mutants of a nested function to the function around it."""
    kept = []
    for function in sorted(functions, key=lambda one: (one.file, one.start)):
        last = kept[-1] if kept else None
        if last and last.file == function.file and function.end <= last.end:
            for mutant in function.mutants:
                mutant.function = last
            last.mutants += function.mutants
        else:
            kept.append(function)
    return kept


class Source:
    """A file, and where its lines begin."""

    def __init__(self, path):
        self.path = path
        self.text = path.read_text()
        self.begins = [0, *accumulate(len(line) for line in self.text.splitlines(True))]

    def offset(self, place):
        line, column = place
        return self.begins[line - 1] + column - 1

    def body(self, function):
        """Where the body of a function begins and ends, without its braces. None if the
        function cannot be merged: const, or of a type that depends on the body."""
        start, end = self.offset(function.start), self.offset(function.end)
        name = re.search(rf"\bfn\s+{function.name}\b", self.text[start:end])
        if not name or "impl " in function.returns and not function.iterator:
            return None
        if re.search(r"\bconst\s+(unsafe\s+)?$", self.text[start : start + name.start()]):
            return None
        return self.first_brace(start + name.end()) + 1, end - 1

    def first_brace(self, start):
        """The first brace that is not in the parentheses of a parameter."""
        depth = 0
        for found in re.compile("[(){]").finditer(self.text, start):
            if found[0] == "{" and depth == 0:
                return found.start()
            depth += {"(": 1, ")": -1, "{": 0}[found[0]]
        raise ValueError(f"{self.path} has no body at {start}")

    def changed(self, body, mutant):
        """The body with one mutation."""
        start, end = self.offset(mutant.start), self.offset(mutant.end)
        return self.text[body[0] : start] + f" {mutant.replacement} " + self.text[end : body[1]]

    def merged(self, functions):
        """The text with every mutant that compiles, as far as is known."""
        pieces, done, line = [], 0, 1

        def add(piece):
            nonlocal line
            pieces.append(piece)
            line += piece.count("\n")

        for function in functions:
            body = self.body(function) if function.can_merge else None
            function.can_merge = body is not None
            if not function.can_merge:
                continue
            add(self.text[done : body[0]])
            add(f" match crate::mutation::active({function.number}) {{\n")
            for mutant in function.mutants:
                if mutant.outcome != "unviable":
                    first = line
                    add(f"{mutant.number} => {function.arm(self.changed(body, mutant))}\n")
                    mutant.lines = (first, line - 1)
            add(f"_ => {function.arm(self.text[body[0] : body[1]])}}} ")
            done = body[1]
        add(self.text[done:])
        return "".join(pieces)


class Program:
    """The copy of the program that the mutants are merged into."""

    def __init__(self, root, mutants, functions):
        self.functions = functions
        files = sorted({mutant.file for mutant in mutants})
        self.sources = {file: Source(root / file) for file in files}
        library = root / "src/lib.rs"
        library.write_text(library.read_text() + "\nmod mutation;\n")
        (root / "src/mutation.rs").write_text((Path(__file__).parent / "switch.rs").read_text())

    def write(self):
        for file, source in self.sources.items():
            merged = source.merged([one for one in self.functions if one.file == file])
            source.path.write_text(merged)

    def restore(self):
        for source in self.sources.values():
            source.path.write_text(source.text)

    def write_only(self, mutant):
        """Writes the program with one mutant and nothing else."""
        self.restore()
        source = self.sources[mutant.file]
        source.path.write_text(source.changed((0, len(source.text)), mutant))

    def at(self, file, line):
        """The mutant whose body is at this line of the merged file."""
        for function in self.functions:
            if function.file == file and function.can_merge:
                for mutant in function.mutants:
                    if mutant.outcome != "unviable" and mutant.lines[0] <= line <= mutant.lines[1]:
                        return mutant
        return None
