#!/usr/bin/env python3
"""s25_state_bitflip.py: rtrd on damaged state folders, beside repositories that
answer.

s25_state_bitflip.py WORK CA

WORK holds world/ and expected, as net.sh makes them.  FLIPS, CUTS: how many.
Each is done to all that is in the folder or, every other time, to the store and
the engine alone; some harm one file, some several.  Prints one "ok" a check and
ends with 1 when any fails.
"""
import collections
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import damage  # noqa: E402  (beside this file)
import life  # noqa: E402
import truth as truths  # noqa: E402

WORK, CA = sys.argv[1:3]
FLIPS = life.number("FLIPS", 16)
CUTS = life.number("CUTS", 6)
HEALS = 6  # every so many-th goes on until all was fetched again
# what routers are given hangs on these alone
TOLD = "snapshot", "history", "sessions"
RUN_ENDS = " run done ", " run failed ", " run waiting "


class Expected:
    """The one set that is published: generation 1; all others are wrong."""

    def __init__(self, path):
        with open(path) as f:
            self.set = set(f.read().split())

    def of(self, _):
        return self.set

    def generation(self, table):
        if table != self.set:
            life.fail(f"a part: {len(table)} rows, {len(self.set)} are "
                      f"published, {len(table - self.set)} never were")
        return 1


class Real(life.Life):
    """rtrd with the real validator, which fetches."""

    def __init__(self):
        super().__init__()
        self.rows = Expected(WORK + "/expected")

    def wish(self, *_, **__):
        """What is validated is what the servers have."""

    def command(self, *args):
        return [life.BIN + "/rtrd", "--tal", WORK + "/world", "--tls-ca", CA,
                "--state-dir", self.state,
                "--control-socket", self.work + "/rtrd.sock",
                "--http-listen", f"127.0.0.1:{self.http}",
                "--rtr-listen", f"127.0.0.1:{self.port}",
                "--rtr-notify-interval", "0", "--run-gap", "1",
                "--refresh", "1", *args]

    def serves(self, seconds):
        """Until the whole set is served; each answer before is it or none."""
        end_at = life.time.monotonic() + seconds
        while self.ask() == life.NOTHING:
            if life.time.monotonic() > end_at:
                return False
            life.time.sleep(0.05)
        return True

    def is_whole(self):
        """Whether all that is published is in the store, by itself."""
        out = self.work + "/stored.csv"
        done = life.subprocess.run(
            [life.BIN + "/validator", "run", "--quiet", "--tal",
             WORK + "/world", "--cache", self.state, "--output",
             "csv=" + out], stderr=life.subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            return False
        with open(out) as f:
            return sum(1 for _ in f) == len(self.rows.set) + 1

    def heals(self, what):
        end_at = life.time.monotonic() + 60
        while not (self.serves(60) and self.is_whole()):
            if life.time.monotonic() > end_at:
                life.fail(f"{what}: not whole again: {self.lines[-8:]}")
            life.time.sleep(0.1)


def harmed(files, harm, rng):
    """One to four times, in all files or in the validator's."""
    names = [n for n in files if n not in TOLD] if rng.randrange(2) else files
    part, what = {n: files[n] for n in names}, []
    for _ in range(rng.choice((1, 1, 2, 4))):
        part, which = harm({n: c for n, c in part.items() if c}, rng)
        what.append(which)
    return {**files, **part}, f"{harm.__name__}: " + "; ".join(what)


def once(one, files, before, now, heal):
    """One damaged folder; what was served at first."""
    content, what = now
    damage.put(one, content)
    first = damage.look(one, before, what)
    if first != "same" and all(content[n] == files[n] for n in TOLD):
        life.fail(f"{what}: {first} is served, and rtrd's own files are sound")
    one.must_say(*RUN_ENDS)
    after = damage.served(one, before, what + ", after a run")
    if first != "none" and after != first:
        life.fail(f"{what}: {first}, then {after}")
    if heal:
        one.heals(what)
    if not one.alive():
        life.fail(f"{what}: rtrd ended: {one.lines[-8:]}")
    one.kill()
    return first


def main():
    one, rng = Real(), truths.random.Random(25)
    one.start()
    one.must_say(" run start")
    one.heals("the first set")
    before = one.ask()
    one.kill()
    files = damage.kept(one)
    life.check(all(n in files for n in (*TOLD, "objects.mdb", "engine.mdb")),
               "the files", {n: len(c) for n, c in files.items()})
    for harm, count in ((damage.flip, FLIPS), (damage.cut, CUTS)):
        seen = collections.Counter()
        for n in range(count):
            now = harmed(files, harm, rng)
            seen[once(one, files, before, now, n % HEALS == 0)] += 1
        life.check(seen["same"] > 0, f"S25 state-bitflip: {count} times "
                   f"{harm.__name__}", dict(seen))
    one.no_sanitizer()
    life.end()


main()
