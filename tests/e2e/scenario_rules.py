"""scenario_rules.py: what `rules` of scenario.sh has at hand.

`rules` maps a path to a rule of tests/lab/servers/https.py; note(I) and snap(I)
are the paths of attacker I's notification and of a snapshot beside it, and
notice() and snapshot() make such files.
"""
import gzip  # noqa: F401
import hashlib
import json  # noqa: F401
import os

WORK, HTTPS, RSYNC = (os.environ[k] for k in ("work", "https", "rsync"))
EVIL, STRANGER = f"https://127.0.0.3:{HTTPS}", f"https://127.0.0.4:{HTTPS}"
NAMESPACE = 'xmlns="http://www.ripe.net/rpki/rrdp"'
SESSION = "9df4b597-af9e-4dca-bdda-719cce2c4e28"
ZERO = "0" * 64
ATTACKERS = int(os.environ["attackers"])
rules = {}


def note(i):
    return f"/a{i}/notification.xml"


def snap(i):
    return f"/a{i}/bad.xml"


def notice(i, serial=9, uri=None, more="", session=SESSION, digest=ZERO):
    """A notification of attacker I's that leads to snap(I), unless to `uri`."""
    return (f'<notification {NAMESPACE} version="1" session_id="{session}" '
            f'serial="{serial}"><snapshot uri="{uri or EVIL + snap(i)}" '
            f'hash="{digest}"/>{more}</notification>')


def snapshot(inner="", more=""):
    """A snapshot that notice() fits, but for its hash."""
    return (f'<snapshot {NAMESPACE} version="1" session_id="{SESSION}" '
            f'serial="9"{more}>{inner}</snapshot>')


def lead(i, rule):
    """The notification leads to a snapshot with this rule; its hash is right
    when all octets are in the rule."""
    octets = bytes.fromhex(rule["hex"]) if "hex" in rule else \
        rule["body"].encode() if "body" in rule else None
    digest = ZERO if octets is None else hashlib.sha256(octets).hexdigest()
    rules[note(i)] = {"body": notice(i, digest=digest)}
    rules[snap(i)] = rule
