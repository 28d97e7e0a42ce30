"""s09_unsigned.py: objects of which one bit was turned after they were signed,
thousands a run.

Were they only published so, the manifest's hash would keep each from being
looked at.  So the manifest lists them as they are: what is left to refuse them
is the object's own form and signatures.  Of every bit of every object, that is
enough: what has a turned bit is refused, not used in another way.  Turned are

  ROAs              a CA with hundreds of them; of each ROA one bit
  certificates      many CAs, one ROA each; of each CA's certificate one bit
  CRLs, manifests   of each CA one bit, and its point gives nothing
  all of these      as published, in files that manifests list otherwise
"""
import os
import random
import shutil

from local_scene import BIN, NOW, VICTIM, WORK, Scene, fail, number, run

CAS, ROAS = 8, 500  # CAs of the many ROAs, and how many each has
SMALL = 150  # CAs of one ROA
rng = random.Random(9)
flips = 0


def name_of(ca, roa):
    return f"c{ca}-{roa}.roa"


def vrp_of(ca, roa):
    return f"AS{ca + 100},10.{ca}.{roa // 250}.{roa % 250}/32,32"


def turned(data):
    """The same with one bit turned; bits near the ends more often."""
    data = bytearray(data)
    where = rng.randrange(len(data))
    if rng.random() < 0.2:
        where = rng.choice([rng.randrange(40), -1 - rng.randrange(260)])
    data[where] ^= 1 << rng.randrange(8)
    return bytes(data)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def judge(what, seen, golden, lost):
    """Only what is golden, and nothing of what was turned."""
    if seen.vrps - golden - VICTIM:
        fail(f"S09: {what}: not of the golden set: "
             f"{sorted(seen.vrps - golden - VICTIM)[:5]}")
    wanted = (golden - lost) | VICTIM
    if seen.vrps != wanted:
        fail(f"S09: {what}: used though a bit was turned: "
             f"{sorted(seen.vrps - wanted)[:5]}; lost besides: "
             f"{sorted(wanted - seen.vrps)[:5]}")


def many_roas():
    """The golden world, and the octets of its ROAs."""
    lines = []
    for ca in range(CAS):
        lines.append(f'ca name=c{ca} parent=alpha resources="10.{ca}.0.0/16"')
        for roa in range(ROAS):
            vrp = vrp_of(ca, roa)
            lines.append(f"roa ca=c{ca} asn={ca + 100} "
                         f"name={name_of(ca, roa)[:-4]} "
                         f"prefix={vrp.split(',')[1]}")
    scene = Scene(lines, name="roas")
    scene.write()
    golden = {vrp_of(ca, roa) for ca in range(CAS) for roa in range(ROAS)}
    judge("golden", scene.once("S09, golden"), golden, set())
    repo = scene.folder + "/repo/alpha.example/repo"
    octets = {(ca, roa): read(f"{repo}/c{ca}/{name_of(ca, roa)}")
              for ca in range(CAS) for roa in range(ROAS)}
    return golden, octets


def turn_roas(golden, octets, much):
    """One bit in each of so many ROAs; the first of each CA is left alone."""
    global flips
    bits = f"{WORK}/bits"
    shutil.rmtree(bits, ignore_errors=True)
    os.mkdir(bits)
    lines, lost = [], set()
    for ca in range(CAS):
        lines.append(f'ca name=c{ca} parent=alpha resources="10.{ca}.0.0/16"')
        for roa in range(ROAS):
            name, data = name_of(ca, roa), octets[ca, roa]
            if roa > 0 and len(lost) < much:
                data = turned(data)
                lost.add(vrp_of(ca, roa))
            write(f"{bits}/{name}", data)
            lines += [f"file ca=c{ca} name={name} text=x",
                      f"fault object={name} kind=other from={bits}/{name}"]
    scene = Scene(lines, name="turned")
    scene.write()
    judge("ROAs", scene.once("S09, ROAs"), golden, lost)
    flips += len(lost)


def small_lines():
    lines = []
    for ca in range(SMALL):
        lines += [f"ca name=s{ca} parent=alpha resources=10.200.{ca}.0/24",
                  f"roa ca=s{ca} asn=9 prefix=10.200.{ca}.0/24"]
    return lines


def small_world():
    scene = Scene(small_lines(), name="small")
    scene.write()
    golden = {f"AS9,10.200.{ca}.0/24,24" for ca in range(SMALL)}
    judge("golden", scene.once("S09, golden"), golden, set())
    return scene, golden


def turn_points(small, golden, kind):
    """Of most CAs this file, listed as it is; the others stay."""
    global flips
    repo = small.folder + "/repo/alpha.example/repo"
    lines, lost = small_lines(), set()
    for ca in range(SMALL):
        if ca % 10 == 0:
            continue
        path = f"{WORK}/s{ca}.{kind}"
        folder = "alpha" if kind == "cer" else f"s{ca}"
        write(path, turned(read(f"{repo}/{folder}/s{ca}.{kind}")))
        lines.append(f"fault object=s{ca}.{kind} kind=other from={path}")
        lost.add(f"AS9,10.200.{ca}.0/24,24")
    scene = Scene(lines, name=kind)
    scene.write()
    judge(kind, scene.once("S09, " + kind), golden, lost)
    flips += len(lost)


def turn_published(small, golden):
    """One file of each CA, whatever its manifest says."""
    global flips
    tree = WORK + "/published"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(small.folder, tree)
    lost = set()
    for ca in range(1, SMALL):
        kind = rng.choice(["mft", "crl", "roa"])
        path = f"{tree}/repo/alpha.example/repo/s{ca}/s{ca}" + \
            ("-1.roa" if kind == "roa" else "." + kind)
        write(path, turned(read(path)))
        lost.add(f"AS9,10.200.{ca}.0/24,24")
    scene = Scene([], name="published")
    judge("as published", scene.once("S09, as published"), golden, lost)
    flips += len(lost)


def turn_anchor(small):
    """The trust anchor's certificate: nothing at all is left."""
    global flips
    tree = WORK + "/anchor"
    shutil.copytree(small.folder, tree)
    path = tree + "/repo/alpha.example/repo/alpha.cer"
    good = read(path)
    for _ in range(20):
        write(path, turned(good))
        done = run([BIN + "/validator", "once", "--local", tree + "/repo",
                    "--tal", tree, "--at", NOW, "--output",
                    f"csv={tree}/csv"], "S09, trust anchor", (1,))
        if os.path.exists(tree + "/csv"):
            fail("S09: VRPs of a turned trust anchor: " + done.stderr)
        flips += 1


def main():
    wanted = number("FLIPS", 20000)
    small, small_golden = small_world()
    turn_anchor(small)
    golden, octets = many_roas()
    turn = 0
    while flips < wanted:
        if turn % 40 == 0:
            for kind in "cer", "crl", "mft":
                turn_points(small, small_golden, kind)
            turn_published(small, small_golden)
        turn_roas(golden, octets, wanted - flips)
        turn += 1
    print(f"ok: S09 unsigned-never-out: {flips} bits turned, none got "
          f"anything out")


main()
