#!/usr/bin/env python3
"""r23_reset_flood.py: floods of Reset Queries, and a good router beside them.

r23_reset_flood.py PORT PID EXPECTED

Three floods, each from an address of its own, for some seconds (times
FLOOD_TIMES, 1):

    blind      1000 queries a second on one connection, nothing waited for; a
               new connection when that is closed
    patient    the next query as soon as the last set is there, for ever
    restless   a new connection for each query, 1000 a second

Of each it is told how many sets it was given, and what rtrd (process PID) took
of a core meanwhile.  A good router comes again and again, and must be served
within twice what it takes on an idle daemon, and a second.
"""
import os
import select
import socket
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rtr  # noqa: E402  (beside this file)

PORT, PID = int(sys.argv[1]), int(sys.argv[2])
with open(sys.argv[3]) as f:
    EXPECTED = f.read()
TIMES = float(os.environ.get("FLOOD_TIMES") or 1)
RATE = 1000         # queries a second
PACE = 5            # seconds for one more set
BURST = 64          # sets at first: as many as connections
FAILED = []


def check(holds, what, *more):
    print("ok:" if holds else "not ok:", what, *more, flush=True)
    if not holds:
        FAILED.append(what)


def reset(version):
    return struct.pack(">BBHI", version, 2, 0, 8)


def connect(source):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((source, 0))
    s.settimeout(10)
    s.connect(("127.0.0.1", PORT))
    s.setblocking(False)
    return s


class Reader:
    """Counts sets and Error Reports in what comes, PDU by PDU."""

    def __init__(self):
        self.rest = b""
        self.sets = self.errors = 0

    def take(self, octets):
        data = self.rest + octets
        at = 0
        while len(data) - at >= 8:
            kind, n = data[at + 1], struct.unpack_from(">I", data, at + 4)[0]
            if n < 8 or n > 65535:
                raise AssertionError(f"a PDU of {n} octets")
            if n > len(data) - at:
                break
            self.sets += kind == rtr.END
            self.errors += kind == rtr.ERROR
            at += n
        self.rest = data[at:]


class Flood(threading.Thread):
    def __init__(self, source, seconds):
        super().__init__(daemon=True)
        self.source, self.end = source, 0
        self.seconds = seconds * TIMES
        self.asked = self.sets = self.errors = self.closed = 0
        self.most_errors = 0    # of one connection
        self.times = []         # of sets
        self.error = None

    def run(self):
        self.end = time.monotonic() + self.seconds
        try:
            while time.monotonic() < self.end:
                self.connection()
        except Exception as error:  # noqa: BLE001  (told by the main thread)
            self.error = repr(error)

    def account(self, reader, before):
        if reader.sets > before:
            self.times += [time.monotonic()] * (reader.sets - before)

    def drain(self, s, reader, wait):
        """Read what is there within `wait`; False: it is closed."""
        if not select.select([s], [], [], wait)[0]:
            return True
        before = reader.sets
        try:
            octets = s.recv(1 << 20)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            octets = b""
        reader.take(octets)
        self.account(reader, before)
        return octets != b""

    def finish(self, s, reader):
        s.close()
        self.sets += reader.sets
        self.errors += reader.errors
        self.most_errors = max(self.most_errors, reader.errors)
        self.closed += 1


class Blind(Flood):
    def connection(self):
        s, reader = connect(self.source), Reader()
        began, said, open_ = time.monotonic(), 0, True
        while open_ and time.monotonic() < self.end:
            due = int((time.monotonic() - began) * RATE) - said
            try:
                for _ in range(max(due, 0)):
                    s.send(reset(1))
                    said += 1
            except BlockingIOError:
                pass
            except OSError:
                break
            open_ = self.drain(s, reader, 1 / RATE)
        self.asked += said
        self.finish(s, reader)


class Patient(Flood):
    def connection(self):
        s, reader = connect(self.source), Reader()
        while time.monotonic() < self.end:
            asked = reader.sets + 1
            s.send(reset(2))
            self.asked += 1
            while reader.sets < asked and time.monotonic() < self.end:
                if not self.drain(s, reader, 0.05):
                    check(False, "a patient one is closed")
                    time.sleep(0.2)
                    self.finish(s, reader)
                    return
        self.finish(s, reader)


class Restless(Flood):
    def connection(self):
        time.sleep(1 / RATE)
        try:
            s = connect(self.source)
        except OSError:
            return
        reader = Reader()
        try:
            s.send(reset(0))
            self.asked += 1
            self.drain(s, reader, 0)
        except OSError:
            pass
        self.finish(s, reader)


def cpu():
    with open(f"/proc/{PID}/stat") as f:
        fields = f.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Good(rtr.Router):
    """From an address that nobody else has."""

    count = 0

    def __init__(self):  # pylint: disable=super-init-not-called
        Good.count += 1
        self.socket = socket.create_connection(
            ("127.0.0.1", PORT), 60, (f"127.0.24.{Good.count % 250 + 1}", 0))
        self.version, self.table, self.keys = 2, set(), set()
        self.session = self.serial = None


def good():
    """A router that comes now: how long it takes, and the set is right."""
    began = time.monotonic()
    r = Good()
    r.query()
    r.take()
    r.socket.close()
    if r.lines() != EXPECTED:
        FAILED.append("a good router has another set")
    return time.monotonic() - began


def beside(what, floods):
    """Run floods; a good router comes once a second meanwhile."""
    idle = max(good() for _ in range(3))
    before, began = cpu(), time.monotonic()
    for flood in floods:
        flood.start()
    took = []
    while any(flood.is_alive() for flood in floods):
        took.append(good())
        time.sleep(0.3)
    share = (cpu() - before) / (time.monotonic() - began)
    for flood in floods:
        check(flood.error is None, f"{what}: the flood itself", flood.error)
        check(flood.most_errors <= 1, f"{what}: at most one Error Report a "
              "connection", flood.most_errors)
    check(share < 0.9, f"{what}: {share:.2f} of a core")
    check(max(took) < 2 * idle + 1, f"{what}: a good router, {len(took)} "
          f"times, at most {max(took):.2f} s (idle {idle:.2f} s)")
    return floods


def fair(flood, what):
    """What a source is given: a burst, and then one set each PACE seconds."""
    most = BURST + flood.seconds / PACE + 2
    check(1 <= flood.sets <= most, f"{what}: asked {flood.asked} times over "
          f"{flood.closed} connections, {flood.sets} sets (at most {most:.0f})")


def main():
    blind, = beside("blind", [Blind("127.0.23.1", 3)])
    fair(blind, "blind")
    check(blind.closed > 1, "blind: closed for more than four at once",
          blind.closed, blind.errors)
    patient, = beside("patient", [Patient("127.0.23.2", 8)])
    fair(patient, "patient")
    check(patient.errors == 0, "patient: no Error Report", patient.errors)
    # not by the time: on a machine that is busy the burst takes a while
    late = patient.times[BURST:]
    gaps = [b - a for a, b in zip(late, late[1:])]
    check(late and all(gap > PACE - 1 for gap in gaps), "patient: sets after "
          "the burst come one each five seconds",
          [round(t - patient.times[0], 1) for t in late])
    check(patient.end - patient.times[-1] < PACE + 1,
          "patient: and are not refused")
    restless, = beside("restless", [Restless("127.0.23.3", 3)])
    check(restless.asked > RATE / 10, "restless:", restless.asked, "queries")
    beside("all three", [Blind("127.0.23.4", 4), Patient("127.0.23.5", 4),
                         Restless("127.0.23.6", 4)])
    sys.exit(bool(FAILED))


main()
