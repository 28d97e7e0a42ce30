"""s08_overclaim.py: one world, in which each CA has one child or ROA that has
more than it may, and beside it a child and a ROA that do not.

RFC 6487 7.2: a certificate's resources are encompassed by its issuer's; RFC
3779 2.3 and 3.3: `inherit` is what the issuer has, so along a chain of such the
nearest that names any.  RFC 9582 5: a ROA's prefixes are in its EE certificate.
"""
from local_scene import Scene, fail

HAS = "10.{x}.0.0/16 2001:db8:{x}::/48 AS{x}000-AS{x}099"
# Name -> resources of a child of a CA that has HAS.
CHILDREN = {
    "v4-all": "0.0.0.0/0",
    "v4-wider": "10.{w}.0.0/15",
    "v4-beside": "10.{y}.0.0/16",
    "v4-one-below": "10.{w}.255.255-10.{x}.0.1",
    "v4-one-above": "10.{x}.255.255-10.{y}.0.0",
    "v4-second": "10.{x}.0.0/24 10.{y}.1.0/24",
    "v4-first": "10.{w}.1.0/24 10.{x}.0.0/24",
    "v6-all": "::/0",
    "v6-wider": "2001:db8:{w}::/47",
    "v6-beside": "2001:db8:{y}::/48",
    "v6-one-above": "2001:db8:{x}::1-2001:db8:{y}::",
    "as-all": "0-4294967295",
    "as-one-below": "AS{w}999",
    "as-one-above": "AS{x}100",
    "as-across": "AS{x}099-AS{x}100",
    "as-second": "AS{x}001 AS{y}001",
    "as-zero": "AS0",
    "all-but-v4": "10.{x}.0.0/16 2001:db8:{y}::/48",
    "all-but-as": "10.{x}.0.0/16 2001:db8:{x}::/48 AS{y}000",
}
# Those that may: the other side of each bound.
WITHIN = {
    "same": HAS,
    "v4-edges": "10.{x}.0.0-10.{x}.0.0 10.{x}.255.255-10.{x}.255.255",
    "v6-edge": "2001:db8:{x}:ffff:ffff:ffff:ffff:ffff/128",
    "as-edges": "AS{x}000 AS{x}099",
    "inherit": "inherit",
}
# A ROA's prefix, of a CA that has HAS; then resources of its EE certificate.
ROAS = {
    "roa-wider": ("10.{w}.0.0/15", None),
    "roa-beside": ("10.{y}.0.0/24", None),
    "roa-second": ("10.{x}.1.0/24 10.{y}.1.0/24", None),
    "roa-v6": ("2001:db8:{y}::/48", None),
    "roa-zero": ("0.0.0.0/0", None),
    "ee-wider": ("10.{x}.0.0/24", "10.{w}.0.0/15"),
    "ee-more": ("10.{x}.0.0/24", "10.{x}.0.0/24 2001:db8:{y}::/48"),
    "roa-more-than-ee": ("10.{x}.0.0/23", "10.{x}.0.0/24"),
    "roa-other-than-ee": ("10.{x}.1.0/24", "10.{x}.0.0/24"),
}
story, lost, kept = [], set(), set()


def place(x):
    return {"w": x - 1, "x": x, "y": x + 1}


def roa(ca, name, prefix, wanted):
    story.append(f'roa ca={ca} asn=1 name={name} prefix="{prefix}"')
    for one in prefix.split():
        if wanted:
            kept.add(f"AS1,{one},{one.split('/')[1]}")


def parent(x, name):
    """A CA with a child and a ROA that do not ask for too much."""
    p = place(x)
    story.append(f'ca name={name} parent=alpha resources="{HAS}"'
                 .format(**p))
    story.append(f'ca name={name}-kid parent={name} '
                 f'resources="10.{x}.64.0/24"')
    roa(name, name + "-sibling", f"10.{x}.65.0/24", True)
    roa(name + "-kid", name + "-nephew", f"10.{x}.64.0/24", True)
    return p


x = 11
for name, resources in CHILDREN.items():
    p = parent(x, name)
    story.append(f'ca name={name}-bad parent={name} '
                 f'resources="{resources}"'.format(**p))
    roa(name + "-bad", name + "-below", f"10.{x}.0.0/24", False)
    lost.add(name + "-bad.cer")
    x += 2
for name, resources in WITHIN.items():
    p = parent(x, "in-" + name)
    story.append(f'ca name={name}-good parent=in-{name} '
                 f'resources="{resources}"'.format(**p))
    x += 2
for name, (prefix, resources) in ROAS.items():
    p = parent(x, name)
    roa(name, name + "-bad", prefix.format(**p), False)
    if resources:
        story[-1] += f' resources="{resources}"'.format(**p)
    lost.add(name + "-bad.roa")
    x += 2
# Chains of inherit: three deep, the last one has more than the first; or names
# what the first has.  And a CA that inherits, with ROAs outside and inside.
for name, resources, good in (
        ("chain-v4", "10.{y}.0.0/16", False),
        ("chain-v6", "2001:db8:{y}::/48", False),
        ("chain-as", "AS{x}100", False),
        ("chain-good", "10.{x}.3.0/24", True)):
    p = parent(x, name)
    story.append(f"ca name={name}1 parent={name} resources=inherit")
    story.append(f"ca name={name}2 parent={name}1 resources=inherit")
    story.append(f'ca name={name}3 parent={name}2 resources="{resources}"'
                 .format(**p))
    roa(name + "2", name + "-outside", f"10.{x + 1}.9.0/24", False)
    roa(name + "2", name + "-inside", f"10.{x}.9.0/24", True)
    roa(name + "3", name + "-last", f"10.{x}.3.0/24", good)
    lost.add(name + "-outside.roa")
    if not good:
        lost.add(name + "3.cer")
    x += 2
# Of two families one is inherited, of which the issuer has nothing.
story += ['ca name=bare parent=alpha resources="10.10.0.0/16"',
          'ca name=bare1 parent=bare resources="inherit-ipv4 '
          '2001:db8:10::/48"', "roa ca=bare asn=1 name=bare-sibling "
          'prefix="10.10.5.0/24"']
lost.add("bare1.cer")
kept.add("AS1,10.10.5.0/24,24")

assert x < 128, x
scene = Scene([], before=story)
scene.write()
for threads in "1", "2":
    seen = scene.once("S08 overclaim", "--threads", threads)
    if set(seen.refused) != lost:
        fail(f"S08: refused besides: {set(seen.refused) - lost}; not "
             f"refused: {lost - set(seen.refused)}")
    others = {name: why for name, why in seen.refused.items()
              if not any("resource" in r or "overclaim" in r or "roa" in r
                         for r in why)}
    if others:
        fail(f"S08: refused for something else: {others}")
    mine = {vrp for vrp in seen.vrps if vrp.startswith("AS1,")}
    if mine != kept:
        fail(f"S08: VRPs that should not be: {mine - kept}; lost: "
             f"{kept - mine}")
print(f"ok: S08 overclaim: {len(lost)} refused, {len(kept)} kept")
