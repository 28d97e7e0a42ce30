"""local_scene.py: a victim beside attackers in a tree on disk, for scenarios
that need no network; scenario.sh is the one for those that do.

    scene = Scene(["ca name=evil ...", "roa ca=evil ..."])
    scene.write()                  # the lab signs; scene.folder has it
    seen = scene.once("S08")       # validator once --local, and the verdict
    seen.vrps, seen.refused        # {"AS1,10.0.0.0/8,8"}, {file: {reason}}

The trust anchor is alpha with all resources; the victim is a CA below it with
1000 VRPs of AS 7 in 10.128.0.0/16, which the attackers leave alone.  A verdict
is that of scenarios.md: the exit code is 0 or 3, no sanitizer spoke, memory and
time are within bounds, and the victim's VRPs are complete.

WAYMARK_BIN is the folder of the programs, WORK one that may be filled.
"""
import csv
import os
import re
import subprocess
import sys
import time

BIN, WORK = os.environ["WAYMARK_BIN"], os.environ["WORK"]
HERE = os.path.dirname(os.path.abspath(__file__))
NOW = "2030-01-01T00:00:00Z"
DEADLINE = 120
MEMORY = 1 << 20  # KiB
REFUSED = re.compile(r" refused uri=(\S+) type=\S+ reason=(\S+)")
SPEAKS = re.compile(r"ERROR: .*Sanitizer|runtime error:|Assertion")


def fail(text):
    print("not ok:", text)
    sys.exit(1)


def number(name, default):
    """How much of a scenario to run: the variable, or what CI has time for."""
    return int(os.environ.get(name) or default)


with open(BIN + "/validator", "rb") as program:
    SANITIZED = b"__asan_init" in program.read()


def victim_story():
    lines = ['ca name=victim parent=alpha resources="10.128.0.0/16"']
    for roa in range(10):
        prefixes = " ".join(f"10.128.{roa * 20 + i // 5}.{i % 5}/32"
                            for i in range(100))
        lines.append(f'roa ca=victim asn=7 prefix="{prefixes}"')
    return lines


VICTIM = {f"AS7,10.128.{roa * 20 + i // 5}.{i % 5}/32,32"
          for roa in range(10) for i in range(100)}


def run(command, what, codes=(0,), **more):
    """Its result; the end of the test for another exit code."""
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              errors="backslashreplace", timeout=DEADLINE,
                              check=False, **more)
    except subprocess.TimeoutExpired:
        fail(f"{what}: not within {DEADLINE} s")
    if SPEAKS.search(done.stderr):
        fail(f"{what}: a sanitizer speaks: {done.stderr[-4000:]}")
    if done.returncode not in codes:
        fail(f"{what}: exit {done.returncode}: {done.stderr[-2000:]}")
    return done


class Seen:
    """What came of a run: VRPs as in a csv, with when they end; refusals."""

    def __init__(self, path, log):
        self.vrps, self.ends, self.refused = set(), {}, {}
        if os.path.exists(path):
            with open(path) as f:
                for row in list(csv.reader(f))[1:]:
                    vrp = ",".join(row[:3])
                    self.vrps.add(vrp)
                    self.ends[vrp] = int(row[4])
        for uri, reason in REFUSED.findall(log):
            name = uri.rsplit("/", 1)[1]
            self.refused.setdefault(name, set()).add(reason)
        self.log = log


class Scene:
    def __init__(self, lines, name="world", before=(), after=()):
        """`before` and `after` stand around the victim in the story."""
        self.folder = f"{WORK}/{name}"
        self.story = ["ta name=alpha", *before, *victim_story(), *lines,
                      *after]
        self.ms = 0
        os.makedirs(self.folder, exist_ok=True)

    def write(self, *args):
        with open(self.folder + "/story", "w") as f:
            f.write("\n".join(self.story) + "\n")
        run([BIN + "/lab", "world", self.folder + "/story", "--out",
             self.folder, "--now", NOW, "--keys", BIN + "/lab.keys", *args],
            "lab world")

    def once(self, what, *args, at=NOW):
        out, log = self.folder + "/out.csv", self.folder + "/once.log"
        if os.path.exists(out):
            os.remove(out)
        began = time.monotonic()
        took = run([sys.executable, HERE + "/watched.py", str(DEADLINE), log,
                    BIN + "/validator", "once", "--local",
                    self.folder + "/repo", "--tal", self.folder, "--at", at,
                    "--output", "csv=" + out, *args], what).stdout
        self.ms = int((time.monotonic() - began) * 1000)
        took = dict(pair.split("=") for pair in took.split())
        with open(log + ".err", errors="backslashreplace") as f:
            seen = Seen(out, f.read())
        if SPEAKS.search(seen.log):
            fail(f"{what}: a sanitizer speaks: {seen.log[-4000:]}")
        if took["code"] not in ("0", "3"):
            fail(f"{what}: exit {took['code']}: {seen.log[-2000:]}")
        if int(took["hwm"]) > MEMORY + 400000 * SANITIZED:
            fail(f"{what}: {took['hwm']} KiB of memory")
        mine = {vrp for vrp in seen.vrps if ",10.128." in vrp}
        if mine != VICTIM:
            fail(f"{what}: the victim has {len(mine & VICTIM)} of 1000 VRPs "
                 f"and {len(mine - VICTIM)} others")
        return seen
