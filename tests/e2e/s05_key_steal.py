"""s05_key_steal.py: certificates of others for the victim's key and its SIA,
before it and behind it, by each order of names, of threads, and of what the
walk finds first.

A CA is its certification path, never its key or its URI: what the thief may or
may not do decides nothing about the victim, and the VRPs that the victim has
by its own path end when that path does, however short another one is.
"""
import random

from local_scene import VICTIM, Scene, fail, number

KEY = 900  # the victim's
REPO = "rsync://alpha.example/repo/victim/"
# What a thief's certificate is besides the victim's key: more on its line.
KINDS = {
    "as-the-victim": "resources=inherit",
    "little": 'resources="{own}"',
    "all-it-can": 'resources="0.0.0.0/0 ::/0"',
    "short": 'resources=inherit after=2030-01-01T00:00:00Z',
    "short-little": 'resources="{own}" after=2030-01-01T00:00:00Z',
    "expired": 'resources="{own}" after=2029-12-31T23:59:59Z',
    "future": 'resources="{own}" before=2030-01-01T00:00:01Z',
    "revoked": 'resources="{own}"',
    "broken": 'resources="{own}"',
}


def thief(rng, number, parent):
    """Lines of one, below `parent`; half of them with the victim's name."""
    kind = rng.choice(sorted(KINDS))
    # the order of names is that in which a manifest is gone through
    name = f"{rng.choice('abcuvwxyz')}{rng.randrange(10 ** 6)}-{number}"
    lines = [f"ca name={name} parent={parent} key={KEY} folder={name} " +
             KINDS[kind].format(own=f"10.{number}.0.0/16")]
    changes = [f"caRepository.uri=text:{REPO}",
               f"rpkiManifest.uri=text:{REPO}victim.mft"]
    if rng.random() < 0.5:
        changes.append("tbs.subject.rdn.cn.value=text:victim")
    lines += [f"mutate object={name}.cer harmless=yes {change}"
              for change in changes]
    if kind == "revoked":
        lines.append(f"fault object={name}.cer kind=revoked")
    elif kind == "broken":
        lines.append(f"mutate object={name}.cer signature=flip:7")
    return lines


def story(rng):
    """What stands before the victim, and what behind."""
    sides = [], []
    # thieves that hang on the victim's own parent, on others below it, with
    # a chain in between, and on another trust anchor
    parents = []
    for i in range(rng.randint(1, 3)):
        side, up = rng.choice(sides), "alpha"
        for depth in range(rng.randint(0, 2)):
            name = f"{rng.choice('adwz')}p{i}-{depth}"
            side.append(f'ca name={name} parent={up} '
                        f'resources="10.0.0.0/8 2001:db8::/32"')
            up = name
        parents.append((side, up))
    if rng.random() < 0.5:
        side = rng.choice(sides)
        side.append(f"ta name={rng.choice(['aa', 'zz'])} host=z.example")
        parents.append((side, side[-1].split("=")[1].split()[0]))
    for i in range(rng.randint(1, 5)):
        side, parent = rng.choice(parents)
        side += thief(rng, i + 1, parent)
    return sides


orders = number("ORDERS", 100)
for seed in range(orders):
    rng = random.Random(seed)
    before, after = story(rng)
    scene = Scene([], name=f"w{seed}", before=before, after=after)
    scene.story = [line + f" key={KEY} folder=victim"
                   if line.startswith("ca name=victim ") else line
                   for line in scene.story]
    scene.write()
    what = f"S05 key-steal-race, order {seed}"
    seen = scene.once(what, "--threads", str(rng.randint(1, 6)))
    if seen.vrps != VICTIM:
        fail(f"{what}: {sorted(seen.vrps - VICTIM)[:3]} besides")
    ends = {end for vrp, end in seen.ends.items()}
    if len(ends) != 1 or ends == {1893456000}:
        fail(f"{what}: the victim's VRPs end with another's path: {ends}")
print(f"ok: S05 key-steal-race: the victim in {orders} of {orders} orders")
