"""powercut.py: what a disk may hold after the power went, from a record of all
that was done to a folder (tests/shim/faults.c writes it).

The model: fsync of a file keeps its octets, fsync of the folder keeps its names;
what was done since is on the disk or not, each call for itself, a write perhaps
in part.

    record = Record(path, folder)
    files = record.cut(at, rng)      # {name: octets} after `at` events
"""
import os


class File:
    """Octets, as a list of calls: (kept, at, octets); octets None: cut to
    that length."""

    def __init__(self):
        self.calls = []

    def synced(self):
        self.calls = [(True, at, octets) for _, at, octets in self.calls]

    def content(self, keep, tear):
        out = bytearray()
        for kept, at, octets in self.calls:
            if not kept and not keep():
                continue
            if octets is None:
                del out[at:]
                out.extend(bytes(at - len(out)))
                continue
            if not kept:
                octets = octets[:tear(len(octets))]
            out.extend(bytes(max(0, at - len(out))))
            out[at:at + len(octets)] = octets
        return bytes(out)


class Record:
    def __init__(self, path, folder):
        self.folder = folder
        with open(path, "rb") as f:
            self.events = list(self.parse(f.read()))

    @staticmethod
    def parse(text):
        at = 0
        while at < len(text):
            end = text.index(b"\n", at)
            word, *rest = text[at:end].decode().split(" ")
            at = end + 1
            if word == "W":
                inode, where, size = map(int, rest)
                yield word, inode, where, text[at:at + size]
                at += size + 1
            else:
                yield (word, *rest)

    def name(self, path):
        """Below the folder, or None."""
        folder, name = os.path.split(path)
        return name if folder == self.folder else None

    def play(self, at):
        """All that was done in the first `at` events: the calls on names, each
        [kept, name, file or None], with files as they were written to."""
        names, by_inode, now = [], {}, {}
        for word, *rest in self.events[:at]:
            if word == "C":
                name = self.name(rest[1])
                if name and now.get(name) is not by_inode.get(rest[0], 0):
                    by_inode[rest[0]] = now[name] = File()
                    names.append([False, name, now[name]])
            elif word == "T" and rest[0] in by_inode:
                by_inode[rest[0]].calls.append((False, int(rest[1]), None))
            elif word == "W" and str(rest[0]) in by_inode:
                by_inode[str(rest[0])].calls.append((False, *rest[1:]))
            elif word == "S" and rest[0] in by_inode:
                by_inode[rest[0]].synced()
            elif word == "D" and rest[0] == self.folder:
                names = [[True, *call[1:]] for call in names]
            elif word == "R":
                to, old = self.name(rest[1]), self.name(rest[2])
                if to and old in now:
                    now[to] = now.pop(old)
                    names.append([False, to, now[to], old])
            elif word == "U":
                name = self.name(rest[0])
                if now.pop(name, None):
                    names.append([False, name, None])
        return names

    def cut(self, at, rng, mode=None):
        """`mode`: "lost" is the least that the disk must hold, "all" is all
        that was done, "front" what was done first, "any" whatever."""
        mode = mode or rng.choice(("lost", "front", "any", "any"))
        left = [rng.randrange(12)]

        def keep():
            left[0] -= 1
            return {"lost": False, "all": True, "front": left[0] >= 0,
                    "any": rng.random() < 0.5}[mode]

        def tear(size):
            if mode != "any" or rng.random() < 0.7:
                return size
            return rng.randrange(size + 1)

        files = {}
        for kept, name, file, *old in self.play(at):
            if not kept and not keep():
                continue
            if old:
                files.pop(old[0], None)
            if file is None:
                files.pop(name, None)
            else:
                files[name] = file
        return {name: file.content(keep, tear)
                for name, file in files.items()}


def recorded(truths, seed, generations=6):
    """A life that is written down, ended by SIGKILL and begun again half way: a
    Life, its Record and a random source.  Marks in the record: N GENERATION
    from when it may be published, M SESSION SERIAL GENERATION from when a
    router had it."""
    one, truth, rng = truths.begun(seed=seed, start=False)
    one.record = one.work + "/record"

    def mark(*words):
        with open(one.record, "a") as f:
            f.write(" ".join(map(str, words)) + "\n")

    mark("N", 1)
    one.wish(1)
    one.begin()
    mark("M", *truth.look())
    for generation in range(2, generations + 1):
        mark("N", generation)
        one.wish(generation)
        if generation == generations // 2 + 1:
            one.kill()
            one.begin()
        else:
            one.run()
        mark("M", *truth.look())
    one.kill()
    record = Record(one.record, os.path.realpath(one.state))
    one.record = None
    return one, record, rng


def replay(one, record, truths, rng, at, mode=None):
    """A start on what may be there after the power went at event `at`; it must
    keep what routers had heard by then."""
    truth, newest = truths.Truth(one), 0
    for word, *rest in record.events[:at]:
        if word == "N":
            newest = int(rest[0])
        if word == "M":
            truth.last = truths.life.Answer(*map(int, rest))
            truth.sets[truth.last[:2]] = truth.last.generation
    for name in os.listdir(one.state):
        os.remove(f"{one.state}/{name}")
    files = record.cut(at, rng, mode)
    for name, content in files.items():
        with open(f"{one.state}/{name}", "wb") as f:
            f.write(content)
    what = f"power cut at event {at} of {len(record.events)} ({mode}), " + \
        ", ".join(f"{n} {len(c)}" for n, c in files.items())
    if not truths.restart(one):
        truths.life.fail(f"{what}: no start: {one.lines}")
    oldest = truth.last.generation or 1
    answer = truth.after(what, set(range(oldest, newest + 1)))
    if rng.random() < 0.1:
        one.wish(newest + 1)
        one.run()
        truth.after(what + ", and on", {newest + 1})
    one.kill()
    return answer
