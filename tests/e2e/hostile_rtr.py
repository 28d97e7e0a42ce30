#!/usr/bin/env python3
"""hostile_rtr.py: what a router must not do, done to rtrd over TCP.

hostile_rtr.py PORT PID EXPECTED LOG

EXPECTED holds the set, LOG is where rtrd writes.  While each attack goes on, a
router that behaves is given the whole set.  At the end rtrd (process PID) must
hold no more descriptors and hardly more memory than before.  Prints one "ok" a
check, and ends with 1 when any failed.
"""
import concurrent.futures
import os
import random
import re
import select
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rtr  # noqa: E402  (beside this file)

PORT, PID, LOG = int(sys.argv[1]), int(sys.argv[2]), sys.argv[4]
with open(sys.argv[3]) as f:
    EXPECTED = f.read()
FAILED = []
TYPES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 127, 255)
RESET = struct.pack(">BBHI", 1, 2, 0, 8)
VERSIONS = (0, 1, 2)


def reset(version):
    return bytes([version]) + RESET[1:]


def check(holds, what, *more):
    print("ok:" if holds else "not ok:", what, *more, flush=True)
    if not holds:
        FAILED.append(what)


def good(what):
    """A router that comes now gets exactly the set, in order and in bounds."""
    began = time.monotonic()
    try:
        r = rtr.Router("127.0.0.1", PORT, 2)
        r.query()
        r.take()
        r.socket.close()
        same = r.lines() == EXPECTED
    except Exception as error:  # noqa: BLE001  (any of them is a failure)
        check(False, f"{what}: a good router", repr(error))
        return
    took = time.monotonic() - began
    check(same and took < 5, f"{what}: a good router, {took:.2f} s")


def connect(source="127.0.0.1", small=False):
    s = socket.socket()
    if small:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    s.bind((source, 0))
    s.settimeout(10)
    s.connect(("127.0.0.1", PORT))
    return s


def pdus(octets):
    """Cut into PDUs; what does not end is left out."""
    found = []
    while len(octets) >= 8:
        length = struct.unpack(">I", octets[4:8])[0]
        if length < 8 or length > len(octets):
            break
        found.append(octets[:length])
        octets = octets[length:]
    return found, octets


def hear(s, quiet=0.3):
    """All that comes until silence or the end; whether it ended."""
    got = b""
    s.settimeout(quiet)
    try:
        while piece := s.recv(65536):
            got += piece
        return got, True
    except TimeoutError:
        return got, False
    except ConnectionError:
        return got, True


def say(octets, quiet=0.3, source="127.0.0.1"):
    s = connect(source)
    try:
        s.sendall(octets)
    except ConnectionError:
        pass
    answer = hear(s, quiet)
    s.close()
    return answer


def whole_set(s, seconds=10):
    """All up to an End of Data; b"" when none comes."""
    got, until = b"", time.monotonic() + seconds
    s.settimeout(5)
    try:
        while time.monotonic() < until:
            piece = s.recv(65536)
            if not piece:
                return b""
            got += piece
            for size in (12, 24):
                if got[-size:-size + 2] in (bytes([v, 7]) for v in VERSIONS) \
                        and not pdus(got)[1] and pdus(got)[0][-1][1] == 7:
                    return got
    except OSError:
        pass
    return b""


def sane(octets, got, ended, kind_of="?"):
    """What must hold of every answer; "" or what does not."""
    found, rest = pdus(got)
    errors = [p for p in found if p[1] == 10]
    if rest:
        return "half a PDU"
    if len(errors) > 1:
        return "several Error Reports"
    if errors:
        p = errors[0]
        inner = struct.unpack(">I", p[8:12])[0]
        text = struct.unpack(">I", p[12 + inner:16 + inner])[0]
        if inner > 64 or text > 256 or 16 + inner + text != len(p):
            return "an Error Report out of bounds"
        if p[12:12 + inner] != octets[:inner]:
            return "encloses what was not said"
        p[16 + inner:].decode()
        code = struct.unpack(">H", p[2:4])[0]
        if found[-1] is not p:
            return "speaks after an Error Report"
        if not ended and code != 2:
            return f"stays open after error {code}"
        if octets[1:2] == b"\x0a":
            return "answers an Error Report"
    return ""


def every_pdu():
    """Each type x length x version, first in a connection."""
    cases = []
    for version in (0, 1, 2, 3, 255):
        for kind in TYPES:
            for length in (0, 1, 7, 8, 9, 11, 12, 13, 16, 20, 24, 32, 123,
                           65535, 65600, 65601, 0x7fffffff, 0xffffffff):
                body = b"\xa5" * min(max(length - 8, 0), 200)
                cases.append(struct.pack(">BBHI", version, kind, 0x1234,
                                         length) + body)
    bad = []

    def one(numbered):
        number, octets = numbered
        whole = len(octets) == max(struct.unpack(">I", octets[4:8])[0], 8)
        got, ended = say(octets, 0.15, f"127.0.1.{number % 100 + 1}")
        why = sane(octets, got, ended)
        found, _ = pdus(got)
        kinds = {p[1] for p in found}
        if not why and octets[1] == 2 and octets[0] < 3 and \
                octets[4:8] == b"\0\0\0\x08":
            why = "" if kinds >= {3, 7} else "no set for a Reset Query"
        elif not why and octets[0] > 2:
            code = [struct.unpack(">BxH", p[:4]) for p in found
                    if p[1] == 10]
            if whole and octets[1] != 10 and code != [(2, 4)]:
                why = f"version {octets[0]}: {code}"
        elif not why and whole and kinds & {4, 6, 9, 11}:
            why = "gives the set"
        return (octets[:12].hex(), why) if why else None

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        bad = [b for b in pool.map(one, enumerate(cases)) if b]
    check(not bad, f"{len(cases)} PDUs of every type, length and version",
          bad[:8])
    good("after every PDU")


def second_pdu():
    """The same behind a good Reset Query: the version is settled then."""
    bad = []
    cases = [(first, struct.pack(">BBHI", v, k, 0, n) + b"\0" * min(n - 8, 200))
             for first in VERSIONS for v in (0, 1, 2, 3) for k in TYPES
             for n in (8, 12, 20, 70000)]

    def one(numbered):
        number, (first, octets) = numbered
        s = connect(f"127.0.2.{number % 200 + 1}")
        s.sendall(reset(first))
        got = whole_set(s)
        if not got:
            return first, octets[:8].hex(), "no whole set first"
        try:
            s.sendall(octets)
        except ConnectionError:
            pass
        got, ended = hear(s, 0.2)
        s.close()
        why = sane(octets, got, ended)
        codes = [struct.unpack(">BxH", p[:4]) for p in pdus(got)[0]
                 if p[1] == 10]
        if not why and octets[0] != first and octets[1] != 10 and codes not in (
                [(first, 4 if first == 0 else 8)], [(first, 0)]):
            why = f"another version: {codes}"
        return (first, octets[:8].hex(), why) if why else None

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        bad = [b for b in pool.map(one, enumerate(cases)) if b]
    check(not bad, f"{len(cases)} PDUs behind a good query", bad[:8])
    good("after second PDUs")


def error_reports():
    """Of every code and shape, first and second, in every version: never is
    one answered by another."""
    bad = []
    forms = [struct.pack(">BBHI", 1, 10, code, 16) + b"\0" * 8
             for code in (0, 1, 2, 3, 7, 8, 9, 10, 11, 13, 14, 65535)]
    inner = [0, 1, 8, 64, 0xffff, 0x7fffffff, 0xffffffff, 0xfffffff0]
    forms += [struct.pack(">BBHII", 1, 10, 3, 20 + 8, n) + b"\0" * 16
              for n in inner]
    forms += [struct.pack(">BBHII", 1, 10, 3, 28, 0) +
              struct.pack(">I", n) + b"text" * 3 for n in inner]
    forms += [struct.pack(">BBHII", 1, 10, 3, 16 + 12, 0) +
              struct.pack(">I", 12) + t for t in
              (b"\x1b[2J\r\n\0bad\n", b"\xff\xfe\xfd\xc0\xaf\xed\xa0\x80zzzz",
               b"\nrun done se", "\u202e\u2028\u0085\u009b1m".encode()[:12])]
    forms += [struct.pack(">BBHII", 1, 10, 3, 65600, 0) +
              struct.pack(">I", 65584) + b"A\n\x1b" * 21861 + b"."]
    forms += [struct.pack(">BBHI", 1, 10, 3, n) + b"\0" * max(0, n - 8)
              for n in (8, 9, 12, 15)]
    cases = [(bytes([version]) + octets[1:], first) for octets in forms
             for version in VERSIONS for first in (b"", reset(version))]

    def one(numbered):
        number, (octets, first) = numbered
        got, ended = say(first + octets, 0.4,
                         f"127.0.3.{number % 200 + 1}")
        if any(p[1] == 10 for p in pdus(got)[0]):
            return octets[:16].hex(), "is answered with an error"
        if not ended and octets[2:4] != b"\0\x02":  # not fatal
            return octets[:16].hex(), "stays open"
        return None

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        bad = [b for b in pool.map(one, enumerate(cases)) if b]
    check(not bad, f"{len(cases)} Error Reports, first and second", bad[:8])
    good("after Error Reports")


def fragments():
    s = connect("127.0.4.1")
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in RESET:
        s.sendall(bytes([octet]))
        time.sleep(0.01)
    got, ended = hear(s, 0.5)
    whole, _ = say(RESET, 0.5, "127.0.4.2")
    check(got == whole and not ended, "octet by octet, the same answer")
    s.close()
    for count in (2, 3, 4):
        got, ended = say(RESET * count, 0.6, f"127.0.4.{count + 2}")
        check(got == whole * count, f"{count} queries in one segment",
              len(got), len(whole), ended)
    got, ended = say(RESET * 2000, 1, "127.0.4.9")
    found, rest = pdus(got)
    sets = sum(p[1] == 7 for p in found)
    errors = sum(p[1] == 10 for p in found)
    check(ended and sets <= 5 and errors <= 1, "2,000 queries in one segment",
          sets, errors, ended)
    s = connect("127.0.4.10")
    s.sendall(RESET)
    s.shutdown(socket.SHUT_WR)
    got, ended = hear(s, 2)
    check(got == whole and ended, "half closed behind a query: answered, "
          "then closed", len(got), ended)
    s.close()
    s = connect("127.0.4.11")
    s.shutdown(socket.SHUT_WR)
    got, ended = hear(s, 2)
    check(got == b"" and ended, "half closed at once")
    s.close()
    good("after fragments")


def resets():
    """Connections that are torn down in the middle of everything."""
    linger = struct.pack("ii", 1, 0)
    for number in range(300):
        s = connect(f"127.0.5.{number % 100 + 1}", small=True)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        s.sendall((RESET * 3)[:number % 25])
        if number % 25 >= 8 and number % 3 == 0:
            s.recv(100)
        s.close()
    good("after 300 resets")


def zero_windows():
    """Who asks and never reads."""
    held = []
    for number in range(100):
        s = connect(f"127.0.6.{number + 1}", small=True)
        s.sendall(RESET * 4)
        held.append(s)
    good("beside 100 who do not read")
    for s in held:
        s.close()


def floods():
    """Senders of all they can, for three seconds, in four ways."""
    stop = time.monotonic() + 3
    kinds = [RESET, os.urandom(65536), b"\0" * 65536,
             struct.pack(">BBHII", 1, 10, 3, 0xffffffff, 0) + b"\n" * 65000]
    count = [0]

    def flood(number):
        while time.monotonic() < stop:
            try:
                s = connect(f"127.0.7.{number + 1}")
                s.settimeout(1)
                for _ in range(50):
                    s.sendall(kinds[number % 4] * 4)
                    if select.select([s], [], [], 0)[0]:
                        if not s.recv(65536):
                            break
                count[0] += 1
                s.close()
            except OSError:
                pass

    crowd = [threading.Thread(target=flood, args=(n,)) for n in range(8)]
    for t in crowd:
        t.start()
    good("beside floods")
    good("beside floods")
    for t in crowd:
        t.join()
    check(count[0] > 0, "floods came")
    good("after floods")


def caps():
    """200 at once: 64 from one address, the others cut at once."""
    held = []
    for _ in range(200):
        try:
            held.append(connect("127.0.8.1"))
        except ConnectionError:
            pass
    time.sleep(0.5)
    alive = []
    for s in held:
        s.settimeout(0.02)
        try:
            if s.recv(1) == b"":
                continue
        except TimeoutError:
            alive.append(s)
        except ConnectionError:
            pass
    check(len(alive) == 64, "64 of 200 from one address stay", len(alive))
    good("beside 64 from one address")
    for s in alive:
        s.sendall(RESET)
    answers = sum(bool(whole_set(s)) for s in alive)
    check(answers == len(alive), "each of them is served", answers)
    for s in held:
        s.close()
    held = [connect(f"127.0.9.{n + 1}") for n in range(200)]
    for s in held:
        s.sendall(RESET)
    answers = sum(bool(whole_set(s)) for s in held)
    for s in held:
        s.close()
    check(answers == 200, "200 from 200 addresses at once", answers)


def serials():
    """Serial Queries about what is not."""
    r = rtr.Router("127.0.0.1", PORT)
    r.query()
    r.take()
    now, session = r.serial, r.session
    r.socket.close()
    wrong = []
    for serial, sid, kinds in (
            (now, session, [3, 7]),
            (now ^ 0x80000000, session, [8]),
            ((now + 1) & 0xffffffff, session, [8]),
            ((now - 1) & 0xffffffff, session, [8]),
            (0, session, [8]), (0xffffffff, session, [8]),
            (now, session ^ 1, [8]), (now, session ^ 0x8000, [8])):
        octets = struct.pack(">BBHII", 1, 1, sid, 12, serial)
        got, ended = say(octets, 0.3, "127.0.10.1")
        if [p[1] for p in pdus(got)[0]] != kinds or ended:
            wrong.append((octets.hex(), got[:16].hex(), ended))
    check(not wrong, "serials and sessions that are not ours", wrong)
    octets = struct.pack(">BBHII", 1, 1, session ^ 1, 12, now)
    got, ended = say(RESET + octets, 0.5, "127.0.10.2")
    last = pdus(got)[0][-1]
    check(ended and last[1] == 10 and last[2:4] == b"\0\0",
          "a wrong session in an established one", last[:4].hex(), ended)


def churn():
    for number in range(2000):
        s = connect(f"127.0.11.{number % 200 + 1}")
        if number % 4 == 1:
            s.sendall(RESET)
        if number % 4 == 2:
            s.sendall(b"\x01\x02\0")
        s.close()
    good("after 2,000 connections")


def random_octets():
    rng = random.Random(5)
    cases = [bytes(rng.choice((0, 1, 1, 2, 8, 10, 12, 255,
                               rng.randrange(256)))
                   for _ in range(rng.randint(1, 80))) for _ in range(400)]

    def one(numbered):
        number, octets = numbered
        got, _ = say(octets, 0.05, f"127.0.13.{number % 200 + 1}")
        errors = sum(p[1] == 10 for p in pdus(got)[0])
        return octets.hex() if errors > 1 else None

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        bad = [b for b in pool.map(one, enumerate(cases)) if b]
    check(not bad, "400 times random octets", bad[:3])
    good("after random octets")


def figures():
    with open(f"/proc/{PID}/status") as f:
        rss = int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))
    return rss, len(os.listdir(f"/proc/{PID}/fd"))


def main():
    good("at first")
    serials()
    rounds = (every_pdu, second_pdu, error_reports, fragments, resets,
              zero_windows, floods, caps, random_octets, churn)
    for attack in (zero_windows, churn):
        attack()
    time.sleep(1)
    before = figures()
    for attack in rounds:
        attack()
    good("at last")
    time.sleep(1)
    after = figures()
    check(after[1] <= before[1], "descriptors", before[1], after[1])
    room = 65536 if os.environ.get("SANITIZED") else 8192
    check(after[0] - before[0] < room, "memory, KiB", before[0], after[0])
    with open(LOG, "rb") as f:
        log = f.read()
    found = re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", log)
    check(not found, "no control character in the log",
          found and log[max(0, found.start() - 80):found.end() + 20])
    check(all(re.match(rb"\d{4}-\d\d-\d\dT\S+ \w+ ", line)
              for line in log.splitlines()), "each log line is a log line",
          [line for line in log.splitlines()
           if not re.match(rb"\d{4}-\d\d-\d\dT\S+ \w+ ", line)][:3])
    check(len(log) < 20e6, "a log of bounded size", len(log))
    sys.exit(bool(FAILED))


main()
