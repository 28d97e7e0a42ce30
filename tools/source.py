"""What the gates know of the tree: its files, folders, functions, comments.

The code is laid out by clang-format, so a function definition is a line that
begins with its name and a parenthesis, and ends at the next line that is "}".
"""
import os
import re
import subprocess
import sys

TREE = ("include/waymark", "core", "validator", "rtrd", "rtrctl", "tests")
PRODUCT = ("include/waymark", "core", "validator", "rtrd", "rtrctl")


def root():
    """The folder to check: the first argument, or the tree of this script."""
    if len(sys.argv) > 1:
        return os.path.abspath(sys.argv[1])
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def files(top, folders=TREE, endings=(".c", ".h")):
    """Paths below `folders`, relative to `top`, in order."""
    found = []
    for folder in folders:
        for where, _, names in os.walk(os.path.join(top, folder)):
            for name in names:
                if name.endswith(endings):
                    path = os.path.join(where, name)
                    found.append(os.path.relpath(path, top))
    return sorted(found)


def read(top, path):
    with open(os.path.join(top, path), encoding="utf-8") as f:
        return f.read()


def blank_comments(text, strings=True):
    """The text with comments (and string contents) turned to spaces, so that
    lines and columns stay where they are."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''

    def blank(match):
        s = match.group(0)
        if s[0] in "\"'":
            if not strings:
                return s
            return s[0] + re.sub(r"[^\n]", " ", s[1:-1]) + s[-1]
        return re.sub(r"[^\n]", " ", s)

    return re.sub(pattern, blank, text, flags=re.S)


def line_comments(text):
    """For every line, whether a // comment begins in it."""
    plain = re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"',
                   lambda m: re.sub(r"[^\n]", " ", m.group(0)), text,
                   flags=re.S)
    return ["//" in line for line in plain.split("\n")]


def functions(text):
    """(name, first line, last line, head, body lines) of every definition."""
    lines = blank_comments(text).split("\n")
    i = 0
    while i < len(lines):
        name = re.match(r"([a-z_A-Z]\w*)\(", lines[i])
        if not name:
            i += 1
            continue
        j = i
        while j < len(lines) and lines[j] != "{" and ";" not in lines[j]:
            j += 1
        if j >= len(lines) or lines[j] != "{":
            i = j + 1
            continue
        k = j
        while k < len(lines) and lines[k] != "}":
            k += 1
        yield (name.group(1), i + 1, k + 1, " ".join(lines[i:j]),
               lines[j + 1:k])
        i = k + 1


def parameters(head):
    """How many parameters a definition's head has."""
    inside = head[head.index("(") + 1:head.rindex(")")].strip()
    if inside in ("", "void"):
        return 0
    depth, count = 0, 1
    for c in inside:
        if c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        elif c == "," and depth == 0:
            count += 1
    return count


def folder(path):
    """The floor folder of a path: validator/object/der.c is
    validator/object's, validator/main.c is validator's."""
    return os.path.dirname(path)


def cycle(graph):
    """One cycle of a graph {node: set of nodes} as a list, or None."""
    state, trail = {}, []

    def visit(node):
        state[node] = 1
        trail.append(node)
        for to in sorted(graph.get(node, ())):
            if state.get(to) == 1:
                return trail[trail.index(to):] + [to]
            if to not in state:
                found = visit(to)
                if found:
                    return found
        trail.pop()
        state[node] = 2
        return None

    for node in sorted(graph):
        if node not in state:
            found = visit(node)
            if found:
                return found
    return None


def run(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def verdict(gate, faults, looked_at):
    """Print the faults and end with 0 or 1."""
    for fault in faults:
        print(f"{gate}: {fault}")
    print(f"{gate}: {looked_at}, {len(faults)} faults")
    sys.exit(1 if faults else 0)
