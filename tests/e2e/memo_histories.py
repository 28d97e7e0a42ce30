#!/usr/bin/env python3
"""memo_histories.py: what is remembered must never show.

memo_histories.py BIN WORK SEED HISTORIES

A history is a small world that changes step by step, and a clock that goes on,
to a boundary, over it, or back.  At each step the lab signs what there is, the
store is filled with it, and it is validated twice from the same store and the
same engine.mdb: by `validator run`, which remembers, and in a copy of that
folder by `validator run --no-memo`.  Exit code and snapshot must be the same;
the next step goes on from the first, so that what is remembered wrongly stays.

A failing history is told by its seed: SEED=N HISTORIES=1 KEEP=1 has it alone.
"""
import concurrent.futures
import os
import random
import re
import shutil
import subprocess
import sys
import time

BIN, WORK = sys.argv[1:3]
SEED, HISTORIES = int(sys.argv[3]), int(sys.argv[4])
NOW = 1893456000  # 2030-01-01T00:00:00Z
HOUR, DAY = 3600, 86400
STEPS = 8
REMEMBERED = re.compile(r" points=(\d+) remembered=(\d+) ")
# bench-fill frees no memory.
FILL = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
SPEAKS = re.compile(r"ERROR: .*Sanitizer|runtime error:|Assertion")
# What a lab can do to an object: FILE=CHANGE, well signed.
BREAKS = {
    "roa": ["content.asID=int:-1", "signerInfo.signature=flip:9",
            "ee.tbs.validity.notAfter=utctime:2001-01-01T00:00:00Z",
            "ee.tbs.validity.notBefore=utctime:2030-01-02T00:00:00Z",
            "signedAttrs.signingTime=remove"],
    "cer": ["signature=flip:9", "tbs.validity.notAfter="
            "utctime:2030-01-01T12:00:00Z", "tbs.extensions.ski=remove",
            "tbs.validity.notBefore=utctime:2030-01-01T06:00:00Z",
            "tbs.extensions.aia.value.list.caIssuers.uri="
            "text:rsync://t.example/repo/other.cer"],
    "crl": ["signature=flip:9", "tbs.extensions.crlNumber=remove",
            "tbs.nextUpdate=time:2030-01-01T18:00:00Z",
            "tbs.issuer.rdn.cn.value=text:other"],
    "mft": ["signerInfo.signature=flip:9",
            "content.nextUpdate=time:2030-01-01T18:00:00Z",
            "content.thisUpdate=time:2030-01-01T09:00:00Z",
            "content.manifestNumber=int:1",
            "ee.tbs.validity.notAfter=utctime:2030-01-02T00:00:00Z"],
}
FAULTS = {"roa": ["missing", "hash", "revoked", "unlisted", "cut"],
          "cer": ["missing", "hash", "revoked", "unlisted"],
          "crl": ["missing", "hash", "unlisted"],
          "mft": ["missing", "cut", "grown", "revoked"]}


class Differs(Exception):
    pass


class World:
    """What is to be signed; each method that begins with `do_` is a change,
    and says whether it found anything to do."""

    def __init__(self, rng):
        self.rng = rng
        self.at = NOW
        self.serial = 0x5000
        self.notify = rng.random() < 0.5
        self.cas, self.roas, self.extras = {}, {}, {}
        self.broken = {}  # file -> line of the story
        self.revoked = []
        self.removed, self.replayed = [], []
        self.add_ca(None, "t")
        if rng.random() < 0.3:
            self.add_ca(None, "u")
        for _ in range(rng.randint(2, 4)):
            self.do_ca_add()
        for _ in range(rng.randint(2, 6)):
            self.do_roa_add()

    def next_serial(self):
        self.serial += 1
        return self.serial

    def add_ca(self, parent, name):
        n = len(self.cas) + 1
        self.cas[name] = {
            "name": name, "parent": parent, "number": 1, "this": NOW - DAY,
            "next": NOW + self.rng.choice([2 * HOUR, DAY] +
                                          [30 * DAY] * 3),
            "after": NOW + self.rng.choice([3 * HOUR, 2 * DAY] +
                                           [300 * DAY] * 3),
            "resources": "" if parent is None else self.rng.choice(
                ["inherit", "10.0.0.0/8 AS0-AS70000",
                 "10.0.0.0/9 2001:db8::/32 AS0-AS70000"]),
            "key": 100 + n, "serial": self.next_serial()}
        if parent is None:  # else nothing is left to look at
            self.cas[name].update(after=NOW + 300 * DAY, next=NOW + 200 * DAY)

    def touch(self, name):
        """A new manifest and CRL, as whoever changes something must make;
        now and then somebody forgets."""
        ca = self.cas.get(name)
        if ca is None or self.rng.random() < 0.07:
            return
        ca["number"] += 1
        # later than the last one, now and then later than it is
        ca["this"] = max(ca["this"] + 1, min(
            self.at + (5 if self.rng.random() < 0.04 else 0),
            ca["this"] + self.rng.choice([1, 60, 60, 600, 10 * DAY])))
        if self.rng.random() < 0.5 or ca["next"] <= self.at:
            ca["next"] = self.at + self.rng.choice(
                [60, HOUR, DAY, 30 * DAY] if ca["parent"] or
                self.rng.random() < 0.1 else [200 * DAY])

    def some_ca(self, root=True):
        names = [n for n, ca in self.cas.items() if root or ca["parent"]]
        return self.rng.choice(names) if names else None

    # --- changes

    def do_ca_add(self):
        if len(self.cas) >= 8:
            return False
        parent = self.some_ca()
        self.add_ca(parent, f"c{self.next_serial()}")
        self.touch(parent)
        return True

    def do_ca_remove(self):
        name = self.some_ca(root=False)
        if name is None or any(ca["parent"] == name
                               for ca in self.cas.values()):
            return False
        self.touch(self.cas[name]["parent"])
        del self.cas[name]
        for table in self.roas, self.extras:
            for key in [k for k, v in table.items() if v["ca"] == name]:
                del table[key]
        self.broken = {f: line for f, line in self.broken.items()
                       if self.owner(f) is not None}
        self.revoked = [(ca, s) for ca, s in self.revoked if ca != name]
        return True

    def do_ca_change(self):
        name = self.some_ca(root=False)
        if name is None:
            return False
        ca = self.cas[name]
        what = self.rng.randrange(3)
        if what == 0:
            ca["resources"] = self.rng.choice(
                ["inherit", "10.0.0.0/8 AS0-AS70000", "10.0.0.0/10",
                 "192.0.2.0/24"])
        elif what == 1:
            ca["after"] = self.at + self.rng.choice([-1, 0, 1, HOUR, DAY])
        ca["serial"] = self.next_serial()
        self.touch(ca["parent"])
        return True

    def do_rekey(self):
        name = self.some_ca(root=False)
        if name is None:
            return False
        ca = self.cas[name]
        self.revoked.append((ca["parent"], ca["serial"]))
        ca["key"] += 20
        ca["serial"] = self.next_serial()
        if self.rng.random() < 0.5:
            ca["number"] = 1
        self.touch(ca["parent"])
        self.touch(name)
        return True

    def do_same_key_elsewhere(self):
        """Two CAs with one key: each is its own path."""
        a, b = self.some_ca(root=False), self.some_ca(root=False)
        if a is None or a == b:
            return False
        self.cas[a]["key"] = self.cas[b]["key"]
        self.touch(self.cas[a]["parent"])
        self.touch(a)
        return True

    def do_roa_add(self):
        ca = self.some_ca()
        n = self.next_serial()
        self.roas[f"r{n}"] = {
            "ca": ca, "asn": n, "serial": n, "prefix": self.rng.choice(
                [f"10.{n % 250}.0.0/16-{self.rng.randint(16, 24)}",
                 f"10.{n % 100}.{n % 250}.0/24",
                 f"2001:db8:{n % 9000}::/48", "192.0.2.0/24",
                 "10.1.0.0/16"]),
            "after": NOW + self.rng.choice([HOUR, 5 * HOUR, DAY] +
                                           [200 * DAY] * 3)}
        self.touch(ca)
        return True

    def do_roa_remove(self):
        if not self.roas:
            return False
        name = self.rng.choice(sorted(self.roas))
        self.touch(self.roas.pop(name)["ca"])
        self.broken.pop(name + ".roa", None)
        return True

    def do_roa_alter(self):
        if not self.roas:
            return False
        roa = self.roas[self.rng.choice(sorted(self.roas))]
        if self.rng.random() < 0.5:
            roa["asn"] = self.rng.randrange(1, 60000)
        else:
            roa["after"] = self.at + self.rng.choice([-1, 0, 1, HOUR, DAY])
        if self.rng.random() < 0.7:
            roa["serial"] = self.next_serial()
        self.touch(roa["ca"])
        return True

    def do_revoke(self):
        """What stands there is in the CRL of its issuer; or was never."""
        ca = self.some_ca()
        serials = [r["serial"] for r in self.roas.values() if r["ca"] == ca]
        serials += [c["serial"] for c in self.cas.values()
                    if c["parent"] == ca] + [99]
        self.revoked.append((ca, self.rng.choice(serials)))
        self.touch(ca)
        return True

    def do_pardon(self):
        if not self.revoked:
            return False
        ca, _ = self.revoked.pop(self.rng.randrange(len(self.revoked)))
        self.touch(ca)
        return True

    def do_extra(self):
        ca = self.some_ca()
        n = self.next_serial()
        kind = self.rng.choice(["gbr", "aspa", "router", "file"])
        name = f"x{n}." + {"gbr": "gbr", "aspa": "asa", "router": "cer",
                           "file": "zzz"}[kind]
        more = {"aspa": f" asn={n % 4 + 100} list=\"{n} {n + 1}\"",
                "router": f" resources=AS{n}"}.get(kind, "")
        self.extras[name] = {
            "ca": ca, "line": f"extra ca={ca} type={kind} name={name} "
            f"serial={n}{more}" if kind != "file" else
            f"file ca={ca} name={name} text=" + "x" * 120}
        self.touch(ca)
        return True

    def do_extra_remove(self):
        if not self.extras:
            return False
        name = self.rng.choice(sorted(self.extras))
        self.touch(self.extras.pop(name)["ca"])
        return True

    def do_break(self):
        kind = self.rng.choice(["roa", "cer", "crl", "mft"])
        if kind == "roa":
            names = sorted(self.roas)
        else:
            names = [n for n, ca in self.cas.items() if ca["parent"] or
                     kind != "cer" and self.rng.random() < 0.2]
        if not names:
            return False
        name = f"{self.rng.choice(names)}.{kind}"
        if self.rng.random() < 0.5:
            self.broken[name] = f"fault object={name} kind=" + \
                self.rng.choice(FAULTS[kind])
        else:
            self.broken[name] = f"mutate object={name} " + \
                self.rng.choice(BREAKS[kind])
        if self.rng.random() < 0.6:
            self.touch(self.owner(name))
        return True

    def do_repair(self):
        if not self.broken:
            return False
        name = self.rng.choice(sorted(self.broken))
        del self.broken[name]
        if self.rng.random() < 0.6:
            self.touch(self.owner(name))
        return True

    def do_new_manifest(self):
        self.touch(self.some_ca())
        return True

    def do_delete_file(self):
        self.removed.append(self.rng.choice(
            [self.some_ca() + ".mft", self.some_ca() + ".crl"] +
            [n + ".roa" for n in self.roas]))
        return True

    def do_replay(self):
        """The manifest of before, alone or with all that stood beside it."""
        self.replayed.append((self.some_ca(), self.rng.random() < 0.5,
                              self.rng.randint(1, 3)))
        return True

    def do_anchor(self):
        """The trust anchor's certificate anew."""
        ca = self.cas["t"]
        ca["after"] = self.at + self.rng.choice([HOUR] + [200 * DAY] * 4)
        ca["serial"] = self.next_serial()
        return True

    def owner(self, file):
        """The CA that publishes this file, if it is still there."""
        name, kind = file.rsplit(".", 1)
        if kind == "roa":
            return self.roas[name]["ca"] if name in self.roas else None
        if name not in self.cas:
            return None
        return self.cas[name]["parent"] if kind == "cer" else name

    def move_clock(self):
        """On by a little or much, to the edges of what holds, or back."""
        edges = [v[k] for v in self.cas.values() for k in
                 ("after", "next", "this")]
        edges += [v["after"] for v in self.roas.values()]
        near = [e for e in edges if self.at - 600 <= e <= self.at + DAY]
        how = self.rng.random()
        if how < 0.25:
            pass
        elif how < 0.55 and near:
            self.at = self.rng.choice(near) + self.rng.choice([-1, 0, 1, 1])
        elif how < 0.85:
            self.at += self.rng.choice([1, 59, 600, HOUR, 5 * HOUR])
        elif how < 0.97:
            self.at -= self.rng.choice([1, 1, 60, 60, HOUR, 12 * HOUR])
        else:
            self.at += self.rng.choice([2 * DAY, 40 * DAY, -2 * DAY])

    def step(self):
        changes = sorted(n for n in dir(self) if n.startswith("do_"))
        done = []
        for _ in range(self.rng.choice([0, 1, 1, 1, 2, 4])):
            name = self.rng.choice(changes)
            if getattr(self, name)():
                done.append(name)
        self.move_clock()
        return done

    def story(self):
        lines, order = [], []
        for name, ca in self.cas.items():  # parents stand before children
            order.append(name)
            words = [f"{k}={ca[k]}" for k in
                     ("name", "number", "this", "next", "after", "key",
                      "serial")]
            if ca["parent"] is None:
                notify = f" notify=https://{name}.example/n.xml"
                lines.append("ta " + " ".join(words) +
                             (notify if self.notify else ""))
            else:
                lines.append(f"ca parent={ca['parent']} resources=\""
                             f"{ca['resources']}\" " + " ".join(words))
        lines += [f"roa name={name} ca={r['ca']} asn={r['asn']} "
                  f"prefix={r['prefix']} serial={r['serial']} "
                  f"after={r['after']}" for name, r in self.roas.items()]
        lines += [x["line"] for x in self.extras.values()]
        lines += [f"revoke ca={ca} serial={s}" for ca, s in self.revoked
                  if ca in self.cas]
        lines += self.broken.values()
        return "\n".join(lines) + "\n"


def run(command, codes=(0,), env=None):
    done = subprocess.run(command, capture_output=True, text=True,
                          errors="backslashreplace", timeout=60, check=False,
                          env=env)
    if done.returncode not in codes or SPEAKS.search(done.stderr):
        raise Differs(f"{' '.join(command)}: exit {done.returncode}: "
                      f"{done.stderr[-3000:]}")
    return done


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as f:
        return f.read()


class History:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.folder = f"{WORK}/history{seed}"
        self.tree, self.cache = self.folder + "/tree", self.folder + "/cache"
        self.past = []  # folders of points as they were
        self.points_seen = self.remembered = 0
        os.makedirs(self.folder)

    def sign(self, world):
        with open(self.folder + "/story", "w") as f:
            f.write(world.story())
        run([BIN + "/lab", "world", self.folder + "/story", "--out",
             self.tree, "--now", str(NOW), "--keys", BIN + "/lab.keys",
             "--threads", "1"])

    def points(self):
        """Folder of each point -> its files."""
        found = {}
        for top, _, files in os.walk(self.tree + "/repo"):
            found[os.path.basename(top)] = {
                os.path.join(top, name): read(os.path.join(top, name))
                for name in files}
        return found

    def spoil(self, world):
        """What a server does that the CA did not."""
        now = self.points()
        for ca, whole, back in world.replayed:
            old = self.past[-back].get(ca) if back <= len(self.past) else None
            for path, octets in (old or {}).items():
                if (whole or path.endswith(".mft")) and \
                        os.path.isdir(os.path.dirname(path)):
                    with open(path, "wb") as f:
                        f.write(octets)
        for name in world.removed:
            for files in now.values():
                for path in files:
                    if path.endswith("/" + name) and os.path.exists(path):
                        os.remove(path)
        self.past.append(now)
        world.replayed, world.removed = [], []

    def validate(self, cache, which, world, *args):
        out = f"{self.folder}/{which}.snap"
        if os.path.exists(out):
            os.remove(out)
        done = run([BIN + "/validator", "run", "--log-level", "info",
                    "--cache", cache, "--tal", self.tree, "--at",
                    str(world.at), "--output", "snapshot=" + out, "--threads",
                    str(self.rng.randint(1, 3)), *args], (0, 1, 3))
        points, remembered = REMEMBERED.search(done.stderr).groups()
        if which == "memo":
            self.points_seen += int(points)
            self.remembered += int(remembered)
        elif int(remembered):
            raise Differs(f"--no-memo: {remembered} remembered")
        return done.returncode, read(out)

    def play(self):
        world = World(self.rng)
        told = ["begin"]
        plain = self.folder + "/plain"
        for step in range(STEPS):
            if step:
                told.append(" ".join(world.step()) + f" at={world.at}")
            self.sign(world)
            self.spoil(world)
            run([BIN + "/bench-fill", self.tree, self.cache], env=FILL)
            shutil.rmtree(plain, ignore_errors=True)
            shutil.copytree(self.cache, plain)
            with_memory = self.validate(self.cache, "memo", world)
            without = self.validate(plain, "plain", world, "--no-memo")
            if with_memory != without:
                raise Differs(f"step {step}: exit {with_memory[0]} and "
                              f"{without[0]}, snapshots "
                              "differ; " + "; ".join(told))
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.folder)
        return self.points_seen, self.remembered


def one(seed):
    try:
        return seed, History(seed).play(), None
    except (Differs, subprocess.TimeoutExpired) as why:
        return seed, (0, 0), str(why)


def main():
    failed, counts, began = 0, [0, 0], time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for seed, count, why in pool.map(one,
                                         range(SEED, SEED + HISTORIES)):
            counts = [a + b for a, b in zip(counts, count)]
            if why:
                failed += 1
                print(f"not ok: seed {seed}: {why}", flush=True)
    took = time.monotonic() - began
    print(f"{HISTORIES} histories of {STEPS} steps, {failed} differ; "
          f"of {counts[0]} points {counts[1]} remembered; {took:.0f} s")
    if counts[1] * 5 < counts[0]:  # then next to nothing was tested
        print("not ok: hardly anything is remembered")
        failed += 1
    sys.exit(failed != 0)


main()
