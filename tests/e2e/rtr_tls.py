#!/usr/bin/env python3
"""rtr_tls.py: a router over TLS for tests (RFC 8210 section 9.2).

rtr_tls.py table ADDR PORT      ask for all, print AS,PREFIX,MAXLEN lines
rtr_tls.py hold ADDR PORT FILE  as in rtr.py, and print the server's serial
rtr_tls.py facts ADDR PORT      print version, cipher, group of resumption
rtr_tls.py stall ADDR PORT N    N connections, each from an address of its
                                own, that say half of a hello and wait; prints
                                how many are still open after 3 s, then stays
rtr_tls.py ways ADDR PORT       odd ways to speak that must work all the same
rtr_tls.py plain ADDR PORT      RTR without TLS; prints what comes back

Options: --ca FILE --cert NAME (NAME.pem, NAME.key) --name HOST --tls 1.2|1.3
--from ADDR.  Exit code 5: the TLS handshake failed, or the connection ended
before anything was heard.
"""
import argparse
import contextlib
import socket
import ssl
import struct
import sys
import time

import rtr

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
RESET_QUERY = struct.pack(">BBHI", 1, rtr.RESET, 0, 8)


def context(options):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.load_verify_locations(options.ca)
    if options.cert:
        c.load_cert_chain(options.cert + ".pem", options.cert + ".key")
    if options.tls:
        c.minimum_version = c.maximum_version = VERSIONS[options.tls]
    return c


class Router(rtr.Router):
    """As without TLS, but for the socket."""

    def __init__(self, options):  # pylint: disable=super-init-not-called
        plain = socket.create_connection(
            (options.addr, options.port), 60,
            (options.source, 0) if options.source else None)
        self.socket = context(options).wrap_socket(
            plain, server_hostname=options.name)
        self.version, self.table, self.keys = 1, set(), set()
        self.session = self.serial = None


def table(options):
    r = Router(options)
    r.query()
    r.take()
    sys.stdout.write(r.lines())


def hold(options):
    r = Router(options)
    r.socket.settimeout(None)
    print(r.socket.getpeercert()["serialNumber"], flush=True)
    with open(options.rest[0] + ".events", "a", buffering=1) as events:
        r.query()
        while True:
            r.take()
            events.write(f"serial={r.serial} held={len(r.table)}\n")
            kind = None
            while kind != rtr.NOTIFY:
                kind, _, _ = r.pdu()
            r.query()


def facts(options):
    r = Router(options)
    r.query()
    r.take()
    s = r.socket
    ticket = s.session is not None and s.session.has_ticket
    print(f"version={s.version()} cipher={s.cipher()[0]} "
          f"compression={s.compression()} ticket={ticket}")


def connect_from(options, source):
    return socket.create_connection(
        (options.addr, options.port), 10, (source, 0))


def is_open(s):
    s.setblocking(False)
    try:
        return s.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def stall(options):
    n = int(options.rest[0])
    held = []
    for i in range(n):
        s = connect_from(options, f"127.0.{1 + i // 200}.{1 + i % 200}")
        # A record of 512 octets, of which the first come.
        s.sendall(bytes([22, 3, 1, 2, 0, 1, 0, 1, 252]))
        held.append(s)
    time.sleep(3)
    print(f"open={sum(map(is_open, held))}", flush=True)
    time.sleep(10)
    print(f"open={sum(map(is_open, held))}", flush=True)


class Memory:
    """TLS between two buffers, so that the test cuts the octets."""

    def __init__(self, options):
        self.plain = socket.create_connection(
            (options.addr, options.port), 60)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context(options).wrap_bio(
            self.incoming, self.outgoing, server_hostname=options.name)

    def flush(self, size=0):
        data = self.outgoing.read()
        for i in range(0, len(data), size or len(data) or 1):
            self.plain.sendall(data[i:i + (size or len(data))])
            if size:
                time.sleep(0.0005)

    def until(self, call, size=0):
        """Do it, sending in pieces of so many octets."""
        while True:
            try:
                done = call()
                self.flush(size)
                return done
            except ssl.SSLWantReadError:
                self.flush(size)
                data = self.plain.recv(65536)
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()

    def read_all(self, size=0):
        """An answer, to its End of Data; its octets."""
        got = b""
        while True:
            got += self.until(lambda: self.tls.read(65536), size)
            at, last = 0, None
            while at + 8 <= len(got):
                length = struct.unpack(">I", got[at + 4:at + 8])[0]
                last, at = got[at + 1], at + length
            if at == len(got) and last == rtr.END:
                return got


def way_pieces(options):
    """Each octet a segment of its own, and each octet a record."""
    m = Memory(options)
    m.until(m.tls.do_handshake, 1)
    for octet in RESET_QUERY:
        m.tls.write(bytes([octet]))
    m.flush(1)
    return m.read_all()


def way_records(options):
    """Four queries in one record: all are answered, one after the other."""
    m = Memory(options)
    m.until(m.tls.do_handshake)
    m.tls.write(RESET_QUERY * 2)
    m.flush()
    first = m.read_all()
    while len(first) % 2 or first[:len(first) // 2] != first[len(first) // 2:]:
        first += m.read_all()
    return first[:len(first) // 2]


def way_half_closed(options):
    """close_notify right behind the query: it is answered still."""
    m = Memory(options)
    m.until(m.tls.do_handshake)
    m.tls.write(RESET_QUERY)
    with contextlib.suppress(ssl.SSLError):
        m.tls.unwrap()
    m.flush()
    got = b""
    while True:
        data = m.plain.recv(65536)
        if not data:
            break
        m.incoming.write(data)
    # After our close_notify Python's object reads no more: count instead.
    got = m.incoming.pending
    assert got > 1000, f"only {got} octets after close_notify"
    return None


def way_with_the_handshake(options):
    """The query comes with the end of the handshake in one segment."""
    m = Memory(options)
    with contextlib.suppress(ssl.SSLWantReadError):
        m.tls.do_handshake()
    m.flush()
    while True:
        m.incoming.write(m.plain.recv(65536))
        try:
            m.tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            m.flush()
    m.tls.write(RESET_QUERY)
    m.flush()
    return m.read_all()


def ways(options):
    want = None
    for way in (way_with_the_handshake, way_pieces, way_records,
                way_half_closed):
        got = way(options)
        want = want or got
        assert got is None or got == want, f"{way.__name__}: other octets"
        print("ok: " + way.__doc__)


def plain(options):
    s = socket.create_connection((options.addr, options.port), 10)
    s.sendall(RESET_QUERY)
    try:
        print(s.recv(100).hex() or "closed")
    except ConnectionResetError:
        print("closed")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("command")
    p.add_argument("addr")
    p.add_argument("port", type=int)
    p.add_argument("rest", nargs="*")
    p.add_argument("--ca")
    p.add_argument("--cert")
    p.add_argument("--name", default="cache.example")
    p.add_argument("--tls")
    p.add_argument("--from", dest="source")
    options = p.parse_intermixed_args()
    try:
        {"table": table, "hold": hold, "facts": facts, "stall": stall,
         "ways": ways, "plain": plain}[options.command](options)
    except rtr.NoData:
        sys.exit(3)
    except (rtr.Closed, ssl.SSLError, ConnectionError) as e:
        print(f"refused: {e!r}", file=sys.stderr)
        sys.exit(5)


if __name__ == "__main__":
    main()
