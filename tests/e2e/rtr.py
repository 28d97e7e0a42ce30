#!/usr/bin/env python3
"""rtr.py: a router for tests, as small as RFC 8210 allows.

rtr.py table ADDR PORT [VERSION]   ask for all, print AS,PREFIX,MAXLEN lines
rtr.py keys ADDR PORT [VERSION]    the same for router keys: AS SKI SPKI
rtr.py hold ADDR PORT FILE         stay, follow every Notify; FILE holds the
                                   table after each End of Data, FILE.keys the
                                   router keys, FILE.events one line an event
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

NOTIFY, SERIAL, RESET, RESPONSE, IPV4, IPV6, END, CACHE_RESET, KEY, ERROR = \
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10


class Closed(Exception):
    pass


class NoData(Exception):
    pass


class Router:
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
        version, kind, field, length = struct.unpack(">BBHI", head)
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
        if flags == 1:
            assert row not in self.keys, "announced twice: " + row
            self.keys.add(row)
        else:
            self.keys.remove(row)

    def take(self):
        """One answer, to its End of Data."""
        while True:
            kind, field, body = self.pdu()
            if kind == RESPONSE:
                if self.serial is None:
                    self.table.clear()
                    self.keys.clear()
            elif kind in (IPV4, IPV6):
                self.prefix(kind, body)
            elif kind == KEY:
                self.key(field >> 8, body)
            elif kind == END:
                self.session = field
                self.serial = struct.unpack(">I", body[:4])[0]
                return
            elif kind == CACHE_RESET:
                self.serial = None
                self.query()
            elif kind == ERROR and field == 2:
                raise NoData
            elif kind == ERROR:
                raise AssertionError(f"error {field}")

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
        {"table": table, "keys": keys, "hold": hold,
         "send": send}[sys.argv[1]](*sys.argv[2:])
    except NoData:
        sys.exit(3)
    except (Closed, ConnectionError):
        sys.exit(4)


if __name__ == "__main__":
    main()
