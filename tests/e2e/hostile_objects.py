#!/usr/bin/env python3
"""hostile_objects.py: worlds of trouble, each judged by what the RFCs say.

hostile_objects.py BIN WORK CASES [PATTERN]

CASES holds a block a case (its head says how they are written).  For each one
the lab signs the world, the validator walks it, and the set of ROAs that
survive, the refusals with their reasons and the exit code must be the ones
that are written there.  Then `validator inspect` judges every ROA of the tree,
and must say the same.  Prints one "ok" or "not ok" a case.
"""
import concurrent.futures
import csv
import json
import os
import re
import shlex
import subprocess
import sys

BIN, WORK, CASES = sys.argv[1:4]
PATTERN = re.compile(sys.argv[4] if len(sys.argv) > 4 else "")
NOW = "2030-01-01T00:00:00Z"
LINES = ("ta", "ca", "roa", "extra", "file", "revoke", "mutate", "fault",
         "world")


class Case:
    def __init__(self, title, base, place):
        self.title, self.place = title, place
        self.story = list(base)
        self.at, self.args, self.shell = NOW, [], []
        self.keep, self.vrps, self.refuse = None, None, set()
        self.exit, self.says, self.notes = 0, [], []
        self.inspect = True

    def take(self, line):
        """One line of a block."""
        word, _, rest = line.partition(" ")
        if word in LINES:
            self.story.append(line)
        elif word == "bare":
            self.story = []
        elif word == "with":
            self.change(*rest.split(" ", 1))
        elif word == "without":
            self.story = [s for s in self.story
                          if f" name={rest} " not in s + " "]
        elif word == "at":
            self.at = rest
        elif word == "args":
            self.args += shlex.split(rest)
        elif word == "sh":
            self.shell.append(rest)
        elif word == "keep":
            self.keep = rest.split()
        elif word == "vrp":
            self.vrps = (self.vrps or []) + [rest]
        elif word == "refuse":
            self.refuse.add(tuple(rest.split()))
        elif word == "fails":
            name, _, reason = rest.partition(" ")
            self.refuse.add((name + ".mft", reason or "*"))
            self.exit = 3
        elif word == "exit":
            self.exit = int(rest)
        elif word == "says":
            self.says.append(rest)
        elif word == "no-inspect":
            self.inspect = False
        else:
            raise SystemExit(f"{self.place}: what is \"{word}\"?")

    def change(self, name, pairs):
        """Replace fields of the line that made `name`."""
        for i, line in enumerate(self.story):
            if f" name={name} " in line + " ":
                for pair in re.findall(r'\w+=(?:"[^"]*"|\S*)', pairs):
                    key = pair.split("=")[0]
                    line = re.sub(rf' {key}=("[^"]*"|\S*)', "", line)
                    line += " " + pair
                self.story[i] = line
                return
        raise SystemExit(f"{self.place}: nothing is named {name}")


def read_cases(path):
    cases, base, current = [], [], None
    with open(path) as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            if line.startswith("== "):
                current = Case(line[3:], base, f"{path}:{number}")
                cases.append(current)
            elif current is None:
                base.append(line)
            else:
                current.take(line)
    return cases


def names(story):
    """AS number to ROA, from the story."""
    found = {}
    for line in story:
        if line.startswith("roa "):
            asn = re.search(r"\basn=(\d+)", line).group(1)
            found["AS" + asn] = re.search(r"\bname=(\S+)", line).group(1)
    return found


def run(command, cwd, timeout=60):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True,
                          errors="backslashreplace", timeout=timeout,
                          check=False)


def make(case, folder):
    os.mkdir(folder)
    with open(folder + "/story", "w") as f:
        f.write("\n".join(case.story) + "\n")
    done = run([BIN + "/lab", "world", "story", "--out", ".", "--now", NOW,
                "--keys", BIN + "/lab.keys", "--threads", "1"], folder)
    if done.returncode != 0:
        return "lab: " + done.stderr
    for line in case.shell:
        done = subprocess.run(["bash", "-ec", line], cwd=folder, check=False,
                              capture_output=True, text=True,
                              env=dict(os.environ, bin=BIN))
        if done.returncode != 0:
            return f"sh: {line}: {done.stderr}"
    return None


REFUSED = re.compile(r"uri=(\S+) type=(\S+) reason=(\S+)")


def judge(case, folder):
    """What is wrong, as a list of texts."""
    wrong = []
    options = ["--local", "repo", "--at", case.at, "--threads", "1"]
    if "--tal" not in case.args:
        options += ["--tal", "."]
    command = [BIN + "/validator", "once", *options,
               "--log-level", "warn", "--output", "csv=out.csv", *case.args]
    done = run(command, folder)
    if done.returncode != case.exit:
        wrong.append(f"exit {done.returncode}, not {case.exit}")
    rows = []
    if os.path.exists(folder + "/out.csv"):
        with open(folder + "/out.csv") as f:
            rows = list(csv.reader(f))[1:]
    asns = names(case.story)
    got = {asns.get(row[0], row[0]) for row in rows}
    if case.keep is not None and got != set(case.keep):
        wrong.append(f"kept {' '.join(sorted(got))}")
    triples = {",".join(row[:3]) for row in rows}
    if case.vrps is not None and triples != set(case.vrps):
        wrong.append(f"VRPs {' '.join(sorted(triples))}")
    refused = {(os.path.basename(uri), reason)
               for uri, _, reason in REFUSED.findall(done.stderr)}
    want = {pair if len(pair) == 2 else (pair[0], "*") for pair in
            case.refuse}
    for pair in refused:
        if pair not in want and (pair[0], "*") not in want:
            wrong.append("refused " + " ".join(pair))
    for name, reason in want:
        if not any(n == name and reason in ("*", r) for n, r in refused):
            wrong.append(f"not refused: {name} {reason}")
    for text in case.says:
        if text not in done.stderr + done.stdout:
            wrong.append("does not say: " + text)
    if re.search("ERROR: |runtime error|Assertion", done.stderr):
        wrong.append("a sanitizer speaks: " + done.stderr[:2000])
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", done.stderr):
        wrong.append("control characters in the log")
    if case.inspect:
        wrong += inspect(folder, options, case, got, refused)
    return wrong


def inspect(folder, options, case, kept, refused):
    """The verdicts of `validator inspect` against those of the run."""
    roas = []
    for top, _, files in os.walk(folder + "/repo"):
        roas += [os.path.join(top, f) for f in files if f.endswith(".roa")
                 and os.path.isfile(os.path.join(top, f))]
    if not roas:
        return []
    done = run([BIN + "/validator", "inspect", "--json", *options,
                *case.args, *sorted(roas)], folder)
    wrong = []
    if re.search("ERROR: |runtime error|Assertion", done.stderr):
        wrong.append("inspect: a sanitizer speaks: " + done.stderr[:2000])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if len(lines) != len(roas):
        wrong.append(f"inspect: {len(lines)} lines of {len(roas)}")
    for line in lines:
        name = os.path.basename(line.get("file") or line.get("uri"))
        held = name[:-4] in kept
        if (line["verdict"] == "valid" and
                "point_reason" not in line) != held:
            wrong.append(f"inspect: {name} {line['verdict']} "
                         f"{line.get('reason')} {line.get('point_reason')}, "
                         f"but it was {'kept' if held else 'not kept'}")
        reasons = {r for n, r in refused if n == name}
        if reasons and not held and line.get("reason") not in reasons:
            wrong.append(f"inspect: {name} {line.get('reason')}, "
                         f"the run: {reasons}")
    return wrong


def try_case(numbered):
    number, case = numbered
    folder = f"{WORK}/{number}"
    try:
        bad = make(case, folder)
        wrong = [bad] if bad else judge(case, folder)
    except subprocess.TimeoutExpired as late:
        wrong = [f"hangs: {late.cmd}"]
    return case, wrong


def main():
    cases = [c for c in read_cases(CASES) if PATTERN.search(c.title)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for case, wrong in pool.map(try_case, enumerate(cases)):
            failed += bool(wrong)
            if wrong:
                print(f"not ok: {case.title} ({case.place})")
                for text in wrong:
                    print("    " + text)
            else:
                print("ok:", case.title)
    print(f"{len(cases) - failed} of {len(cases)} cases")
    sys.exit(failed != 0)


main()
