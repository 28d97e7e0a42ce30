#!/usr/bin/env python3
"""rtr.py: a router for tests, as small as RFC 8210 allows, and strict: what is
out of order, out of bounds, said twice or not zero where it must be ends it.

rtr.py table ADDR PORT [VERSION]   ask for all, print AS,PREFIX,MAXLEN lines
rtr.py keys ADDR PORT [VERSION]    the same for router keys: AS SKI SPKI
rtr.py aspas ADDR PORT             the same for ASPAs: AS:AS,AS...
rtr.py hold ADDR PORT FILE         stay, follow every Notify; FILE holds the
                                   table after each End of Data, FILE.keys the
                                   router keys, FILE.events one line an event
rtr.py session ADDR PORT         the session id of version 1
rtr.py send ADDR PORT HEX          send octets, print each PDU that comes back,
                                   and "closed" or "open" after 3 s

Exit code 3: no data available, 4: the connection was closed.
"""
import base64
import ipaddress
import os
import socket
import struct
import sys

NOTIFY, SERIAL, RESET, RESPONSE, IPV4, IPV6, END, CACHE_RESET, KEY, ERROR, \
    ASPA = 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11
# Least and most octets of what a cache sends, behind the header.
BODIES = {NOTIFY: (4, 4), RESPONSE: (0, 0), IPV4: (12, 12), IPV6: (24, 24),
          END: (4, 16), CACHE_RESET: (0, 0), KEY: (25, 65527),
          ERROR: (8, 8 + 64 + 256), ASPA: (4, 65527)}
# The first version that knows a type; others are of version 0.
SINCE = {KEY: 1, ASPA: 2}


class Closed(Exception):
    pass


class NoData(Exception):
    pass


class Router:
    spoke = None    # version of the last PDU
    last = None     # (type and half, order) of the last payload
    aspas = None    # customer -> providers

    def __init__(self, addr, port, version=1):
        self.socket = socket.create_connection((addr, int(port)), 60)
        self.version, self.table, self.keys = version, set(), set()
        self.session = self.serial = None

    def read(self, n):
        got = b""
        while len(got) < n:
            piece = self.socket.recv(n - len(got))
            if not piece:
                raise Closed
            got += piece
        return got

    def pdu(self):
        head = self.read(8)
        self.spoke, kind, field, length = struct.unpack(">BBHI", head)
        return kind, field, self.read(length - 8)

    def query(self):
        if self.serial is None:
            self.socket.sendall(struct.pack(
                ">BBHI", self.version, RESET, 0, 8))
        else:
            self.socket.sendall(struct.pack(
                ">BBHII", self.version, SERIAL, self.session, 12,
                self.serial))

    def prefix(self, kind, body):
        flags, length, most = body[0], body[1], body[2]
        size = 4 if kind == IPV4 else 16
        addr = ipaddress.ip_address(body[4:4 + size])
        asn = struct.unpack(">I", body[4 + size:8 + size])[0]
        row = f"AS{asn},{addr}/{length},{most}"
        assert flags < 2 and body[3] == 0, "reserved bits: " + row
        assert length <= most <= 8 * size, "lengths: " + row
        assert int(addr) % 2 ** (8 * size - length) == 0, "host bits: " + row
        self.follows(kind, flags, (int(addr), most, length, asn))
        if flags == 1:
            assert row not in self.table, "announced twice: " + row
            self.table.add(row)
        else:
            self.table.remove(row)

    def key(self, flags, body):
        """RFC 8210 section 5.10; the flags stand in the header."""
        asn = struct.unpack(">I", body[20:24])[0]
        spki = base64.b64encode(body[24:]).decode()
        row = f"AS{asn} {body[:20].hex().upper()} {spki}"
        assert flags < 2, "reserved bits: " + row
        self.follows(KEY, flags, (body[:20], len(body), body[24:], asn))
        if flags == 1:
            assert row not in self.keys, "announced twice: " + row
            self.keys.add(row)
        else:
            self.keys.remove(row)

    def aspa(self, flags, body):
        """8210bis section 5.12; an announcement replaces what was held."""
        customer, *providers = struct.unpack(f">{len(body) // 4}I", body)
        assert flags < 2, f"reserved bits: ASPA of AS{customer}"
        self.follows(ASPA, flags, customer)
        if flags == 0:
            assert not providers, f"withdrawn with providers: AS{customer}"
            del self.aspas[customer]
            return
        assert providers and providers == sorted(set(providers)) and \
            (0 not in providers or len(providers) == 1), \
            f"providers of AS{customer}: {providers}"
        assert self.aspas.get(customer) != providers, \
            f"replaced by the same: AS{customer}"
        self.aspas[customer] = providers

    def follows(self, kind, flags, order):
        """The order of 8210bis section 11.2, and nothing twice."""
        half = (kind, 1 - flags)
        if self.last is not None:
            assert self.last[0] <= half, f"{half} behind {self.last}"
            if self.last[0] == half:
                down = flags == 1 and kind in (IPV4, IPV6)
                assert order < self.last[1] if down else \
                    order > self.last[1], f"{order} behind {self.last}"
        self.last = half, order

    def inside(self, kind, field, body):
        """What may stand in an answer, between its ends."""
        assert kind in (IPV4, IPV6, KEY, ASPA), f"type {kind} in an answer"
        if kind in (IPV4, IPV6):
            assert field == 0, "reserved bits in a header"
            self.prefix(kind, body)
            return
        assert field % 256 == 0, "reserved bits in a header"
        if kind == KEY:
            self.key(field >> 8, body)
        else:
            self.aspa(field >> 8, body)

    def begin(self):
        self.last = None
        if self.aspas is None:
            self.aspas = {}
        if self.serial is None:
            self.table.clear()
            self.keys.clear()
            self.aspas.clear()

    def checked(self):
        """The next PDU, of our version and of a length that is its type's."""
        kind, field, body = self.pdu()
        assert self.spoke in (None, self.version) or kind == ERROR, \
            f"type {kind} of version {self.spoke}"
        least, most = BODIES[kind]
        assert least <= len(body) <= most and \
            self.version >= SINCE.get(kind, 0) and \
            (kind != ASPA or len(body) % 4 == 0) and \
            (kind != END or len(body) == (16 if self.version else 4)), \
            f"type {kind} of {len(body)} octets"
        return kind, field, body

    def take(self):
        """One answer, to its End of Data."""
        begun = None
        while True:
            kind, field, body = self.checked()
            if kind == END:
                assert begun == field, f"End of Data of {field} in {begun}"
                self.session = field
                self.serial = struct.unpack(">I", body[:4])[0]
                return
            if begun is not None:
                self.inside(kind, field, body)
            elif kind == RESPONSE:
                assert self.serial is None or self.session in (None, field), \
                    f"another session: {field}, not {self.session}"
                begun = field
                self.begin()
            elif kind == CACHE_RESET:
                self.serial = None
                self.query()
            elif kind == ERROR and field == 2:
                raise NoData
            elif kind == ERROR and field in (12, 13):
                raise Closed
            else:
                assert kind == NOTIFY, f"type {kind}, {field}"

    def lines(self):
        return "".join(row + "\n" for row in sorted(self.table))


def table(addr, port, version="1"):
    r = Router(addr, port, int(version))
    r.query()
    r.take()
    sys.stdout.write(r.lines())


def keys(addr, port, version="1"):
    r = Router(addr, port, int(version))
    r.query()
    r.take()
    sys.stdout.write("".join(row + "\n" for row in sorted(r.keys)))


def aspas(addr, port):
    r = Router(addr, port, 2)
    r.query()
    r.take()
    sys.stdout.write("".join(
        f"AS{customer}:" + ",".join(f"AS{p}" for p in providers) + "\n"
        for customer, providers in sorted(r.aspas.items())))


def session(addr, port):
    r = Router(addr, port)
    r.query()
    r.take()
    print(r.session)


def hold(addr, port, path):
    r = Router(addr, port)
    r.socket.settimeout(None)
    with open(path + ".events", "a", buffering=1) as events:
        r.query()
        while True:
            try:
                r.take()
            except NoData:
                events.write("no-data\n")
                r.pdu()
                r.query()
                continue
            with open(path + ".new", "w") as out:
                out.write(r.lines())
            os.rename(path + ".new", path)
            with open(path + ".keys", "w") as out:
                out.write("".join(row + "\n" for row in sorted(r.keys)))
            events.write(f"serial={r.serial} session={r.session} "
                         f"held={len(r.table)}\n")
            kind = None
            while kind != NOTIFY:
                kind, _, _ = r.pdu()
            r.query()


def send(addr, port, text):
    r = Router(addr, port)
    r.socket.settimeout(3)
    r.socket.sendall(bytes.fromhex(text))
    try:
        while True:
            kind, field, body = r.pdu()
            print(f"pdu type={kind} field={field} length={len(body) + 8}")
    except (Closed, ConnectionError):
        print("closed")
    except socket.timeout:
        print("open")


def main():
    try:
        {"table": table, "keys": keys, "aspas": aspas, "session": session,
         "hold": hold, "send": send}[sys.argv[1]](*sys.argv[2:])
    except NoData:
        sys.exit(3)
    except (Closed, ConnectionError):
        sys.exit(4)


if __name__ == "__main__":
    main()
