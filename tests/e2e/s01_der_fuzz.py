"""s01_der_fuzz.py: mutants of the lab's and of real objects, from a fixed seed.

Three kinds, so that some come far:

  whole     any octets or DER elements of an object changed after it was
            signed; its manifest lists it as it is
  signed    the lab changes one node of a ROA, certificate, manifest or CRL
            and signs what came of it: form and signature may hold
  inspect   all the first ones once more, before `validator inspect`

Expected: no crash, hang or sanitizer's report, the victim is complete, and a
ROA that stands beside the mutants is there: a bad object falls alone.
"""
import glob
import os
import random
import re
import shutil
import signal
import subprocess

from local_scene import (BIN, DEADLINE, NOW, SPEAKS, WORK, Scene, fail, number,
                         run)

BATCH = 2500  # mutants a run
CAS = 5  # attackers a run that list mutants
SIGNED = 200  # of these, how many the lab signs
SIZE = 65536  # of a real object, at most
EXTENSIONS = {"ta": "cer", "ca": "cer", "ee": "cer", "router": "cer",
              "aspa": "asa", "rsc": "sig"}
REAL = ("cer", "crl", "mft", "roa", "asa", "tak", "gbr", "sig", "spl", "ccr")
SUITES = ("openbsd-regress", "rpki-rs", "rpki-commons", "rpki-prover",
          "ta-certs", "rrdp-tools-py", "apnic-aspa-demo", "rpstir")
rng = random.Random(1)


def lab_types():
    usage = run([BIN + "/lab", "--help"], "lab").stdout
    return re.search(r"^TYPE: (.*)", usage, re.M).group(1).split()


def pool():
    """(extension, octets) of one good object of each type, and real ones."""
    found = []
    for kind in lab_types():
        path = f"{WORK}/{kind}"
        run([BIN + "/lab", "object", kind, "--out", path], "lab object")
        with open(path, "rb") as f:
            found += [(EXTENSIONS.get(kind, kind), f.read())] * 4
    corpus = os.environ.get("WAYMARK_CORPUS")
    if not corpus:
        print("SKIPPED: WAYMARK_CORPUS is not set: no real objects")
        return found
    real = 0
    for suite in SUITES:
        for path in sorted(glob.glob(f"{corpus}/objects/{suite}/**",
                                     recursive=True)):
            kind = path.rsplit(".", 1)[-1]
            if kind in REAL and os.path.isfile(path) and \
                    os.path.getsize(path) <= SIZE:
                with open(path, "rb") as f:
                    found.append((kind, f.read()))
                real += 1
    if real < 100:
        fail(f"S01: {real} real objects")
    return found


def elements(data, at, end, out, depth=0):
    """(start, where the content begins, end) of each DER element; what is no
    DER is passed over.  Strings that hold DER are gone into as well."""
    while at + 2 <= end and len(out) < 4000:
        tag, first, body = data[at], data[at + 1], at + 2
        size = first
        if first >= 0x80:
            n = first & 0x7f
            if n == 0 or n > 4 or body + n > end:
                return False
            size, body = int.from_bytes(data[body:body + n], "big"), body + n
        if body + size > end:
            return False
        out.append((at, body, body + size))
        inner = []
        skip = 1 if tag == 0x03 else 0
        if depth < 30 and (tag & 0x20 or tag in (0x03, 0x04)) and size > 1 \
                and elements(data, body + skip, body + size, inner,
                             depth + 1):
            out += inner
        at = body + size
    return at == end


LENGTHS = [b"\x80", b"\x84\xff\xff\xff\xff", b"\x84\x7f\xff\xff\xff", b"\xff",
           b"\x88" + b"\xff" * 8, b"\x81\x7f", b"\x82\x00\x05", b"\x00",
           b"\x85\x01\x00\x00\x00\x00", b"\x7f"]


def mutate_bytes(data):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 8, 64])):
        at = rng.randrange(len(data))
        how = rng.randrange(4)
        if how == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            data[at] = rng.choice([0, 1, 0x7f, 0x80, 0xff,
                                   rng.randrange(256)])
        elif how == 2 and len(data) > 1:
            del data[at:at + rng.choice([1, 1, 4, 40])]
        else:
            data[at:at] = rng.randbytes(rng.choice([1, 1, 4, 40]))
        if not data:
            data = bytearray(b"0")
    return data


def mutate_element(data, found, other):
    start, body, end = rng.choice(found)
    how = rng.randrange(9)
    head, content = data[start:body], data[body:end]
    if how == 0:  # another length, or the same in another way
        new = head[:1] + rng.choice(LENGTHS) + content
    elif how == 1:
        new = bytes([rng.choice([head[0] ^ 0x20, head[0] ^ 0x80, 2, 3, 4, 5,
                                 0x30, 0x31, 0xa0, 0xa3, 0x1f, 0xff,
                                 rng.randrange(256)])]) + head[1:] + content
    elif how == 2:
        new = b""
    elif how == 3:
        new = data[start:end] * rng.choice([2, 2, 3, 100])
    elif how == 4:  # what stands elsewhere, in its place
        s, _, e = rng.choice(found)
        new = data[s:e]
    elif how == 5:
        new = head[:1] + b"\x00"
    elif how == 6:
        new = other[rng.randrange(len(other)):][:rng.choice([1, 20, 400])]
    elif how == 7:  # deeper and deeper
        new = data[start:end]
        for _ in range(rng.choice([1, 3, 40])):
            new = b"\x30\x82" + len(new).to_bytes(2, "big") + new \
                if len(new) < 65536 else new
    else:
        fill = rng.choice([b"\x00", b"\xff", b"\x80", b"\x7f"])
        new = head + fill * len(content)
    return data[:start] + new + data[end:]


def fix(data, found, at, delta):
    """The lengths of what is around `at` put right after an element there
    grew by `delta`, where they have as many octets afterwards."""
    data = bytearray(data)
    for start, body, end in found:
        n = body - start - 2
        if start < at < end and body <= at:
            size = end - body + delta
            if n == 0 and 0 <= size < 0x80:
                data[start + 1] = size
            elif n > 0 and 0 <= size < 1 << (8 * n):
                data[start + 2:body] = size.to_bytes(n, "big")
    return bytes(data)


def mutant(objects):
    """The next one: its extension and octets."""
    kind, data = rng.choice(objects)
    other = rng.choice(objects)[1]
    how = rng.randrange(20)
    if how == 0:
        data = data[:rng.randrange(len(data))]
    elif how == 1:
        data = data + rng.randbytes(rng.choice([1, 2, 100]))
    elif how == 2:  # under another type's name
        kind = rng.choice(REAL)
    elif how < 8:
        data = mutate_bytes(data)
    else:
        for _ in range(rng.choice([1, 1, 1, 2, 5])):
            found = []
            elements(data, 0, len(data), found)
            if not found:
                break
            before = len(data)
            old = data
            data = mutate_element(data, found, other)
            at = next((i for i, (a, b) in enumerate(zip(old, data))
                       if a != b), 0)
            if rng.random() < 0.8:
                data = fix(data, found, at, len(data) - before)
    return kind, bytes(data)


def paths():
    """What the lab can change, by type."""
    found = {}
    for kind in "roa", "mft", "crl", "ca":
        shown = run([BIN + "/lab", "show", kind], "lab show").stdout
        found[kind] = [line.split()[0] for line in shown.splitlines()
                       if not line.startswith("contentType")]
    return found


OPERATIONS = ["remove", "dup", "dup:200", "hex:", "hex:00", "hex:ff",
              "hex:80000000000000000000", "flip:0", "flip:7", "flip:-1",
              "cut:1", "fill:5000", "tag:0x02", "tag:0x05", "tag:0x30",
              "tag:0xa0", "after:0500", "after:3000", "before:020100",
              "first:0500", "last:020101", "length:indefinite", "length:long",
              "length:0", "length:1", "length:4294967295", "raw:0500", "raw:"]


def signed_lines(known):
    """CAs with a ROA, of which one object is changed by the lab."""
    lines = []
    for i in range(SIGNED):
        lines += [f"ca name=m{i} parent=deep resources=10.202.{i % 250}.0/24",
                  f"roa ca=m{i} asn=1 name=m{i}r prefix=10.202.{i % 250}.0/24"]
        kind = rng.choice(["roa"] * 3 + ["mft", "crl", "ca"])
        name = {"roa": f"m{i}r.roa", "ca": f"m{i}.cer"}.get(
            kind, f"m{i}.{kind}")
        path = rng.choice(known[kind])
        lines.append(f"mutate object={name} {path}={rng.choice(OPERATIONS)}")
    return lines


def write_signed(scene, known, base):
    """The lab says which change cannot be made; that one is left out."""
    scene.story = base + signed_lines(known)
    for _ in range(SIGNED):
        with open(scene.folder + "/story", "w") as f:
            f.write("\n".join(scene.story) + "\n")
        done = subprocess.run(
            [BIN + "/lab", "world", scene.folder + "/story", "--out",
             scene.folder, "--now", NOW, "--keys", BIN + "/lab.keys"],
            capture_output=True, text=True, check=False, timeout=DEADLINE)
        if done.returncode == 0:
            return
        bad = re.search(r"/(m\d+r?\.(?:roa|mft|crl|cer)): ", done.stderr)
        if not bad:
            fail(f"lab world: {done.stderr}")
        scene.story = [line for line in scene.story
                       if f"mutate object={bad.group(1)} " not in line]
    fail("the lab can make no change")


def inspect(files):
    """Nothing but 0 and 1, nothing of a sanitizer."""
    done = subprocess.run([BIN + "/validator", "inspect", "--json", *files],
                          capture_output=True, text=True, check=False,
                          errors="backslashreplace", timeout=DEADLINE)
    if done.returncode in (0, 1) and not SPEAKS.search(done.stderr):
        return
    if len(files) > 1:  # which one is it?
        half = len(files) // 2
        inspect(files[:half])
        inspect(files[half:])
    kept = f"{WORK}/{os.path.basename(files[0])}"  # there with KEEP=1
    shutil.copy(files[0], kept)
    name = signal.Signals(-done.returncode).name if done.returncode < 0 \
        else f"exit {done.returncode}"
    fail(f"S01: inspect: {name} for {kept}: {done.stderr[-2000:]}")


def batch(number_, objects, known, much):
    scene = Scene([], name=f"b{number_}")
    base = list(scene.story)
    folder = scene.folder + "/mutants"
    os.mkdir(folder)
    files, points = [], 0
    kept = set()
    base.append('ca name=deep parent=alpha resources="10.202.0.0/16"')
    for ca in range(CAS):
        base += [f'ca name=a{ca} parent=alpha resources="10.{ca}.0.0/16"',
                 f"roa ca=a{ca} asn=1 prefix=10.{ca}.0.0/16"]
        kept.add(f"AS1,10.{ca}.0.0/16,16")
    for i in range(much):
        kind, data = mutant(objects)
        path = f"{folder}/x{i}.{kind}"
        with open(path, "wb") as f:
            f.write(data)
        files.append(path)
        # a second CRL fails a point, and no point has a second manifest: some
        # of those are a CA's own
        if kind in ("crl", "mft"):
            if points < 50:
                base += [f"ca name=p{i} parent=deep resources=inherit",
                         f"fault object=p{i}.{kind} kind=other from={path}"]
            points += 1
        else:
            base += [f"file ca=a{i % CAS} name=x{i}.{kind} text=x",
                     f"fault object=x{i}.{kind} kind=other from={path}"]
    write_signed(scene, known, base)
    what = f"S01 der-fuzz-replay, batch {number_}"
    seen = scene.once(what, "--threads", "2")
    if not kept <= seen.vrps:
        fail(f"{what}: fell with the mutants: {kept - seen.vrps}")
    for at in range(0, len(files), 500):
        inspect(files[at:at + 500])
    shutil.rmtree(scene.folder)


def main():
    wanted = number("MUTANTS", 5000)
    objects, known = pool(), paths()
    done = 0
    while done < wanted:
        much = min(BATCH, wanted - done)
        batch(done // BATCH, objects, known, much)
        done += much
    print(f"ok: S01 der-fuzz-replay: {done} mutants of {len(objects)} "
          "objects, 0 aborts")


main()
