#!/usr/bin/env python3
"""corpus_objects.py: what `validator inspect` makes of every file there is.

corpus_objects.py BIN CORPUS WORK

Without a chain an object is invalid, or nothing speaks against it (unchecked).
A file of any kind, RPKI or not, is shown or said not to be of the RPKI.
"""
import base64
import collections
import fnmatch
import json
import os
import re
import subprocess
import sys

BIN, CORPUS, WORK = sys.argv[1:4]
LARGEST = 20_000_000  # octets of an object (limits.md)
BATCH = 400  # files a process
TYPES = {"roa": "roa", "mft": "manifest", "man": "manifest", "crl": "crl",
         "cer": "certificate", "asa": "aspa", "tak": "tak", "gbr": "gbr",
         "sig": "rsc", "spl": "spl", "ccr": "ccr"}
# Old profiles: parser input that must never crash, of whatever type.
OLD = ("objects/rpstir/*", "objects/rpki.net/*")
GOOD, BAD = "unchecked", "invalid"
# The first pattern that fits decides; what fits none may be either.
VERDICTS = [
    ("*/BAD-*", BAD),
    ("*/GOOD-*", GOOD),
    ("*/maxlen-overflow.roa", BAD),
    ("*/maxlen-underflow.roa", BAD),
    # a checklist over resources that its certificate does not have
    ("*/rsc/koen-mismatch.sig", BAD),
    ("*/rsc/koen*.sig", GOOD),
    ("*/rsc/rsc-deployment-test-3.sig", GOOD),
    # what was "good" before RFC 9589 has no signing-time
    ("*.tak", GOOD),
    ("*.spl", GOOD),
    ("objects/rpki-prover/*.gbr", GOOD),
    ("objects/ta-certs/*", GOOD),
    ("objects/roa.net-xtom/*.asa", GOOD),
    ("objects/roa.net-xtom/*", GOOD),
    ("objects/twnic-2026-03-16/*", GOOD),
    ("objects/bridge/*", GOOD),
    ("objects/krill-testbed-0.9.5/*", GOOD),
    # drafts of ASPA before version 1, and with a provider's family
    ("*/aspa/AS211321.asa", BAD),
    ("objects/apnic-aspa-demo/*.asa", BAD),
    # a prefix list under another type's name
    ("*/draft-ietf-sidrops-rpki-prefixlist-02*", BAD),
    # wrong by its times alone, and it is not known what time it is
    ("*/badCRLLastUpdateFuture.crl", GOOD),
    ("objects/*/bbn-psycho-cases/*/bad*", BAD),
]
# At least so many of a type must be there, or nothing was tested.
LEAST = {"roa": 4500, "manifest": 600, "crl": 600, "certificate": 200,
         "aspa": 10, "tak": 4, "gbr": 3, "rsc": 7, "spl": 1, "ccr": 4,
         "router-certificate": 1}
SPEAKS = re.compile(r"ERROR: .*Sanitizer|runtime error:|Assertion")
wrong = []
# CCRs in base64: what they stand for is looked at instead.
TEXTS = set()


def inspect(files):
    """JSON of each file that has any, and what is said of the others."""
    shown, said = {}, ""
    for at in range(0, len(files), BATCH):
        done = subprocess.run([BIN + "/validator", "inspect", "--json",
                               *files[at:at + BATCH]], capture_output=True,
                              text=True, errors="backslashreplace",
                              check=False, timeout=120)
        if done.returncode not in (0, 1) or SPEAKS.search(done.stderr):
            sys.exit(f"not ok: inspect: exit {done.returncode} within "
                     f"{files[at:at + BATCH]}: {done.stderr[-4000:]}")
        for line in done.stdout.splitlines():
            shown[json.loads(line)["file"]] = json.loads(line)
        said += done.stderr
    return shown, said


def collect():
    """Every file; CCRs also as what their text stands for."""
    files = []
    for top, _, names in os.walk(CORPUS):
        for name in names:
            path = os.path.join(top, name)
            if os.path.getsize(path) <= LARGEST:
                files.append(path)
            if name.endswith(".ccr"):
                with open(path, "rb") as f:
                    octets = f.read()
                if octets[0] == 0x30:
                    continue
                plain = f"{WORK}/{name}"
                with open(plain, "wb") as out:
                    out.write(base64.b64decode(octets + b"=="))
                files.append(plain)
                TEXTS.add(os.path.relpath(path, CORPUS))
    return sorted(files)


def wanted(name, path):
    if name.startswith("objects/rrdp-unpacked/"):
        with open(path, "rb") as f:
            # BER: a length that is told at the end
            return BAD if f.read(2)[1:] == b"\x80" else None
    for pattern, verdict in VERDICTS:
        if fnmatch.fnmatch(name, pattern):
            return verdict
    return GOOD if name.endswith(".ccr") else None


def main():
    files = collect()
    shown, said = inspect(files)
    counts = collections.Counter()
    judged = 0
    for path in files:
        name = os.path.relpath(path, CORPUS)
        if path not in shown:
            if path not in said:
                wrong.append(f"{name}: not a word of it")
            kind = name.rsplit(".", 1)[-1]
            if kind in TYPES and name not in TEXTS:
                wrong.append(f"{name}: not shown")
            continue
        it = shown[path]
        counts[it["type"]] += 1
        kind = TYPES.get(name.rsplit(".", 1)[-1])
        if kind and not it["type"].endswith(kind) and \
                not any(fnmatch.fnmatch(name, old) for old in OLD):
            wrong.append(f"{name}: type {it['type']}")
        if not re.fullmatch("[0-9a-f]{64}", it.get("hash", "")):
            wrong.append(f"{name}: no hash")
        if it["verdict"] not in ("valid", GOOD, BAD):
            wrong.append(f"{name}: verdict {it['verdict']}")
        if (it["verdict"] == BAD) != (it.get("reason", "none") != "none"):
            wrong.append(f"{name}: {it['verdict']}, {it.get('reason')}")
        want = wanted(name, path)
        if want is not None:
            judged += 1
            if it["verdict"] != want:
                wrong.append(f"{name}: {it['verdict']} "
                             f"({it.get('reason')}), not {want}")
    for kind, least in LEAST.items():
        if counts[kind] < least:
            wrong.append(f"{counts[kind]} of type {kind}")
    for text in wrong:
        print("not ok:", text)
    print(f"{len(files)} files, {sum(counts.values())} objects, "
          f"{judged} with a known verdict, {len(wrong)} wrong")
    sys.exit(bool(wrong))


main()
