"""synthetic: an RRDP repository of any size, whose objects are random octets.

Fetching does not look into objects, so nothing is signed.  The same seed gives
the same repository; files are written as streams, so size costs no memory but
a hash an object.

    WWW/PATH/notification.xml
    WWW/PATH/SESSION/SERIAL/snapshot.xml, delta.xml
"""
import base64
import hashlib
import os
import random

XMLNS = "http://www.ripe.net/rpki/rrdp"
SESSION = "5f2c1b1e-7a55-4c11-9d0b-6a1f3b1c0de5"


class Out:
    """A file with its hash and length."""

    def __init__(self, path, root, serial):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.file = open(path + ".aside", "wb", 1 << 20)
        self.path, self.root, self.octets = path, root, 0
        self.hash = hashlib.sha256()
        self.put(f'<{root} xmlns="{XMLNS}" version="1" '
                 f'session_id="{SESSION}" serial="{serial}">\n'.encode())

    def put(self, octets):
        self.file.write(octets)
        self.hash.update(octets)
        self.octets += len(octets)

    def close(self):
        self.put(f"</{self.root}>\n".encode())
        self.file.close()
        os.rename(self.path + ".aside", self.path)
        return self.hash.hexdigest()


class Repository:
    def __init__(self, www, uri, base, size, seed=1):
        self.www, self.uri, self.base, self.size = www, uri, base, size
        self.random = random.Random(seed)
        self.objects = []  # (name, hash) in order; a name never returns
        self.serial, self.deltas, self.named = 1, [], 0

    def octets(self):
        """An object: sizes spread around the one that was asked for."""
        n = self.random.randint(self.size // 2, self.size * 3 // 2)
        return self.random.randbytes(n)

    def name(self):
        self.named += 1
        return f"{self.base}/{self.named // 1000}/{self.named}.roa"

    def publish(self, out, name, replaces=None):
        octets = self.octets()
        hashed = f'" hash="{replaces}' if replaces else ""
        out.put(f'<publish uri="{name}{hashed}">'.encode() +
                base64.b64encode(octets) + b"</publish>\n")
        return name, hashlib.sha256(octets).hexdigest()

    def path(self, kind):
        return f"{SESSION}/{self.serial}/{kind}.xml"

    def snapshot(self, count=None, octets=None):
        """Serial 1, of so many objects, or of so many octets of XML."""
        out = Out(f"{self.www}/{self.path('snapshot')}", "snapshot", 1)
        while (out.octets < octets if octets else len(self.objects) < count):
            self.objects.append(self.publish(out, self.name()))
        self.snapshot_hash = out.close()
        self.notify()
        return f"{self.www}/{self.path('snapshot')}"

    def delta(self, changes):
        """The next serial: of so many changes a tenth withdraws objects, a
        tenth publishes new ones, the rest replaces some; all at random."""
        self.serial += 1
        out = Out(f"{self.www}/{self.path('delta')}", "delta", self.serial)
        picked = self.random.sample(range(len(self.objects)),
                                    changes - changes // 10)
        gone = set(picked[:changes // 10])
        for i in picked:
            name, old = self.objects[i]
            if i in gone:
                out.put(f'<withdraw uri="{name}" hash="{old}"/>\n'.encode())
            else:
                self.objects[i] = self.publish(out, name, old)
        self.objects = [o for i, o in enumerate(self.objects) if i not in gone]
        for _ in range(changes // 10):
            self.objects.append(self.publish(out, self.name()))
        self.deltas.append((self.serial, self.path("delta"), out.close()))
        self.notify()
        return out.octets

    def notify(self):
        """The snapshot stays that of serial 1 in its place: a client that
        follows deltas does not ask for it, one that does would find out."""
        out = Out(f"{self.www}/notification.xml", "notification", self.serial)
        out.put(f'<snapshot uri="{self.uri}/{SESSION}/1/snapshot.xml" '
                f'hash="{self.snapshot_hash}"/>\n'.encode())
        for serial, path, hashed in self.deltas:
            out.put(f'<delta serial="{serial}" uri="{self.uri}/{path}" '
                    f'hash="{hashed}"/>\n'.encode())
        out.close()
        # a second later than the last one, for ETags
        later = 1_000_000_000 + self.serial
        os.utime(f"{self.www}/notification.xml", (later, later))
