"""damage.py: harm to the files of a state folder, and what a start then serves.

    files = damage.kept(one)                 # a Life that has ended
    harmed, what = damage.flip(files, rng)   # or cut, or several
    damage.put(one, harmed)
    damage.look(one, before, what)           # "same", "other session", "none"
"""
import os

import life
import truth as truths


def kept(one):
    """What is in the state folder, without the locks."""
    found = {}
    for name in sorted(os.listdir(one.state)):
        path = f"{one.state}/{name}"
        if name.endswith("lock") or not os.path.isfile(path):
            continue
        with open(path, "rb") as f:
            content = f.read()
        if content:
            found[name] = content
    return found


def put(one, files):
    """These files, and no others."""
    for name in os.listdir(one.state):
        if name not in files and os.path.isfile(f"{one.state}/{name}"):
            os.remove(f"{one.state}/{name}")
    for name, content in files.items():
        with open(f"{one.state}/{name}", "wb") as f:
            f.write(content)


def look(one, before, what):
    """What a start on this serves: "same" in all, "other session", or
    "none"; the end of the test for anything else.  rtrd goes on."""
    if not truths.restart(one, "hangs"):
        life.fail(f"{what}: no start: {one.lines}")
    return served(one, before, what)


def served(one, before, what):
    answer = one.ask()
    again = one.ask(before)
    if again != answer:
        life.fail(f"{what}: a router from before gets {again}, another "
                  f"{answer}")
    if answer == life.NOTHING:
        return "none"
    if answer.generation != before.generation:
        life.fail(f"{what}: generation {answer.generation} is served")
    if answer.session != before.session:
        return "other session"
    if answer.serial != before.serial:
        life.fail(f"{what}: serial {answer.serial}, not {before.serial}")
    return "same"


def flip(files, rng):
    """One octet somewhere: small files are as likely as large ones."""
    name = rng.choice(sorted(files))
    content = bytearray(files[name])
    at = rng.choice((rng.randrange(len(content)),
                     rng.randrange(min(len(content), 200)),
                     len(content) - 1 - rng.randrange(min(len(content), 64))))
    content[at] ^= 1 << rng.randrange(8)
    return {**files, name: bytes(content)}, f"{name}, octet {at} of " + \
        str(len(content))


def cut(files, rng):
    name = rng.choice(sorted(files))
    size = rng.randrange(len(files[name]))
    return {**files, name: files[name][:size]}, \
        f"{name}, {size} of {len(files[name])} octets"
