#!/usr/bin/env python3
"""hostile_http.py: garbage for the HTTP port and the control socket.

hostile_http.py HTTP_PORT RTR_PORT SOCKET PID EXPECTED

EXPECTED holds the set.  After each kind of garbage a router is given it whole,
/healthz answers, and `version` on the control socket too.  Prints one "ok" a
check, and ends with 1 when any failed.
"""
import http.client
import json
import os
import random
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rtr  # noqa: E402  (beside this file)

HTTP, RTR, PATH, PID = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], \
    int(sys.argv[4])
with open(sys.argv[5]) as f:
    EXPECTED = f.read()
FAILED = []


def check(holds, what, *more):
    print("ok:" if holds else "not ok:", what, *more, flush=True)
    if not holds:
        FAILED.append(what)


def tcp():
    return socket.create_connection(("127.0.0.1", HTTP), 10)


def unix():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(PATH)
    return s


def talk(s, octets, seconds=5):
    """Send; all that comes back until the end."""
    got = b""
    s.settimeout(seconds)
    try:
        s.sendall(octets)
        s.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    try:
        while piece := s.recv(65536):
            got += piece
    except TimeoutError:
        got += b"<open>"
    except OSError:
        pass
    s.close()
    return got


def alive(what):
    try:
        r = rtr.Router("127.0.0.1", RTR)
        r.query()
        r.take()
        r.socket.close()
        same = r.lines() == EXPECTED
        http_ok = b"alive\n" in talk(tcp(), b"GET /healthz HTTP/1.1\r\n"
                                     b"Host: x\r\nConnection: close\r\n\r\n")
        said = json.loads(talk(unix(), b'{"command":"version"}\n'))
    except Exception as error:  # noqa: BLE001  (any of them is a failure)
        check(False, f"{what}: all are served", repr(error))
        return
    check(same and http_ok and said["ok"], f"{what}: all are served")


def post(body, kind=b"application/json"):
    return talk(tcp(), b"POST /validity HTTP/1.1\r\nHost: x\r\nContent-Type: "
                + kind + b"\r\nConnection: close\r\nContent-Length: " +
                str(len(body)).encode() + b"\r\n\r\n" + body)


def bodies():
    route = b'{"asn":"AS1","prefix":"192.0.2.0/24"}'
    bad = (
        b"", b"{", b"}", b"null", b"[]", b"1", b'"x"', b"\0", b"\0" * 1000,
        b'{"routes":', b'{"routes":1}', b'{"routes":[1]}', b'{"routes":[[]]}',
        b'{"routes":{}}', b'{"routes":[{}]}', b"{\"routes\":[" + route + b",]}",
        b'{"routes":[' + route + b']} x', b'{"routes":[' + route + b']}\0',
        b'{"routes":[{"asn":1e3,"prefix":"::/0"}]}',
        b'{"routes":[{"asn":-1,"prefix":"::/0"}]}',
        b'{"routes":[{"asn":4294967296,"prefix":"::/0"}]}',
        b'{"routes":[{"asn":18446744073709551617,"prefix":"::/0"}]}',
        b'{"routes":[{"asn":1' + b"0" * 400 + b',"prefix":"::/0"}]}',
        b'{"routes":[{"asn":true,"prefix":"::/0"}]}',
        b'{"routes":[{"asn":1,"prefix":7}]}',
        b'{"routes":[{"asn":1,"prefix":null}]}',
        b'{"routes":[{"asn":1,"prefix":"::/129"}]}',
        b'{"routes":[{"asn":1,"prefix":"192.0.2.0/33"}]}',
        b'{"routes":[{"asn":1,"prefix":"192.0.2.0/-1"}]}',
        b'{"routes":[{"asn":1,"prefix":"192.0.2.0/24 "}]}',
        b'{"routes":[{"asn":1,"prefix":"192.0.2.0/24\\u0000x"}]}',
        b'{"routes":[{"asn":1,"prefix":"::ffff:192.0.2.0/0120"}]}',
        b'{"routes":[{"asn":1,"prefix":"fe80::%lo/64"}]}',
        b'{"routes":[{"asn":"AS","prefix":"::/0"}]}',
        b'{"routes":[{"asn":"AS1 ","prefix":"::/0"}]}',
        b'{"routes":[{"asn":"AS+1","prefix":"::/0"}]}',
        b'{"routes":[{"asn":"0x1","prefix":"::/0"}]}',
        b'{"routes":["\xff\xfe"]}', b'{"routes":["\\ud800"]}',
        b'{"routes":[NaN]}', b"\xef\xbb\xbf" + b'{"routes":[]}',
        b"[" * 500000, b'{"routes":' + b"[" * 400000,
        b'{"a":' * 150000 + b"1" + b"}" * 150000,
        b"[" * 400000 + b"]" * 400000,
        b'{"routes":[' + b",".join([route] * 10001) + b"]}",
        b'{"routes":[{"asn":1,"prefix":"' + b"1" * 900000 + b'"}]}',
        b'{"routes":[], "routes":[' + route + b"]}",
        os.urandom(100000))
    wrong = []
    for body in bad:
        got = post(body)
        if not got.startswith(b"HTTP/1.1 4") or b"<open>" in got:
            wrong.append((body[:60], got[:40]))
            continue
        try:
            json.loads(got.split(b"\r\n\r\n", 1)[1])
        except ValueError:
            wrong.append((body[:60], "no JSON in the answer"))
    check(not wrong, f"{len(bad)} bad bodies are 4xx, with a reason", wrong)
    alive("bad bodies")


def heads():
    wrong = []
    for octets in (
            b"GET /" + b"A" * 1000000 + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: " + b"x" * 1000000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200000 + b"\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            b"POST /validity HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999"
            b"999999999999999\r\n\r\n",
            b"POST /validity HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
            b"Content-Length: 5\r\n\r\n{}   ",
            b"POST /validity HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked"
            b"\r\n\r\nffffffffffffffff\r\n",
            b"POST /validity HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked"
            b"\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 100,
            b"GET /validity?" + b"&".join([b"asn=1"] * 100000) +
            b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
            b"\1\2\0" * 100000, b"GET /json\0 HTTP/9.9\r\n\r\n"):
        got = talk(tcp(), octets)
        if b"<open>" in got or (got and not got.startswith(b"HTTP/1.1 4")
                                and not got.startswith(b"HTTP/1.1 5")
                                and not got.startswith(b"HTTP/1.0 4")):
            wrong.append((octets[:50], got[:60]))
    check(not wrong, "bad heads are refused", wrong)
    alive("bad heads")


def cut_downloads():
    """/json in the middle of its way, cut by us in three ways."""
    for number in range(150):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(("127.0.0.1", HTTP))
        s.settimeout(5)
        s.sendall((b"GET /json HTTP/1.1\r\nHost: x\r\n\r\n",
                   b"GET /csv HTTP/1.1\r\nHost: x\r\n\r\n",
                   b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")[number % 3]
                  * (1 + number % 4))
        s.recv(1 + number * 20)
        if number % 2:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0"
                         b"\0\0\0\0")
        s.close()
    alive("downloads that are cut")
    c = http.client.HTTPConnection("127.0.0.1", HTTP, timeout=20)
    c.request("GET", "/json")
    whole = json.loads(c.getresponse().read())
    check(len(whole["roas"]) == EXPECTED.count("\n"), "and then a whole one")


def control():
    wrong = []
    silent = []
    for octets in (
            b"", b"\n", b"\0\n", b"x\n", b"{\n", b"{}\n", b"[]\n", b"null\n",
            b'{"command":1}\n', b'{"command":null}\n', b'{"command":""}\n',
            b'{"command":"nonsense"}\n', b'{"command":"status"',
            b'{"command":"status\\u0000x"}\n', b'{"command":"status"}}\n',
            b'{"command":"status","command":"version"}\n',
            b'{"command":["status"]}\n', b'{"command":{"a":1}}\n',
            b'{"command":"validity"}\n', b'{"command":"vrps","prefix":7}\n',
            b'{"command":"vrps","prefix":"x"}\n',
            b'{"command":"vrps","asn":-1}\n',
            b'{"command":"validity","prefix":"::/0","asn":99999999999}\n',
            b'{"command":"validity","prefix":"::/0\\u0000","asn":1}\n',
            b'{"command":"\xff\xfe"}\n', b'{"command":"\xc3\x28"}\n',
            b"[" * 5000 + b"\n", b'{"a":' * 3000 + b"\n", b"[" * 1000000,
            b" " * 1000000 + b"\n", b'{"command":"' + b"x" * 60000 + b'"}\n',
            os.urandom(5000) + b"\n", b"GET / HTTP/1.1\r\n\r\n",
            b'{"command":"\\u001b[2J\\n"}\n'):
        got = talk(unix(), octets)
        if b"<open>" in got:
            silent.append(octets[:40])
            continue
        if not got:
            continue
        try:
            said = json.loads(got.splitlines()[-1])
        except ValueError:
            wrong.append((octets[:40], got[:60]))
            continue
        if said.get("ok") is not False or not said.get("error"):
            wrong.append((octets[:40], got[:80]))
    check(not wrong, "bad lines on the control socket: an error each", wrong)
    check(not silent, "and none is left waiting", silent)
    alive("bad lines")
    got = talk(unix(), b'{"command":"version"}\n' * 5000)
    check(b"<open>" not in got, "5,000 commands in one piece", len(got))
    for number in range(200):
        s = unix()
        s.sendall(b'{"command":"vrps"}\n'[:number % 20])
        if number % 20 == 19:
            s.recv(10)
        s.close()
    alive("connections that end in the middle")


def random_octets():
    rng = random.Random(9)
    seeds = [b"GET /json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
             b"GET /api/v1/validity/AS1/192.0.2.0/24 HTTP/1.1\r\nHost: x\r\n"
             b"Connection: close\r\n\r\n",
             b"POST /validity HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n"
             b"Connection: close\r\n\r\n"
             b'{"routes":[{"asn":"AS1","prefix":"192.0.2.0/24"}]}' +
             b" " * 10,
             b'{"command":"validity","prefix":"192.0.2.0/24","asn":1}\n']
    opened = 0
    for number in range(150):
        octets = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(octets))
            way = rng.randrange(3)
            if way == 0:
                octets[at] = rng.randrange(256)
            elif way == 1:
                del octets[at:at + rng.randrange(5)]
                octets = octets or bytearray(b"x")
            else:
                octets[at:at] = rng.choice((b"\0", b"\r\n", b"%", b"\xff" * 9,
                                            b"[" * 50, b"9" * 30))
        opened += b"<open>" in talk(unix() if number % 2 else tcp(),
                                    bytes(octets), 3)
    check(opened < 3, "150 requests with flaws; left open", opened)
    alive("requests with flaws")


def crowds():
    """As many connections as one can hold, silent, on both doors."""
    held = []
    for door in (tcp, unix):
        for _ in range(150):
            try:
                held.append(door())
            except OSError:
                pass
    try:
        r = rtr.Router("127.0.0.1", RTR)
        r.query()
        r.take()
        check(r.lines() == EXPECTED, "a router beside the crowd")
        r.socket.close()
    except Exception as error:  # noqa: BLE001
        check(False, "a router beside the crowd", repr(error))
    for s in held:
        s.close()
    time.sleep(0.5)
    alive("crowds")


def main():
    alive("at first")
    cut_downloads()
    time.sleep(1)
    before = len(os.listdir(f"/proc/{PID}/fd"))
    watch = []

    def router_all_along():
        for _ in range(40):
            try:
                r = rtr.Router("127.0.0.1", RTR)
                r.query()
                r.take()
                if r.lines() != EXPECTED:
                    watch.append("another set")
                r.socket.close()
            except Exception as error:  # noqa: BLE001
                watch.append(repr(error))
            time.sleep(0.3)

    thread = threading.Thread(target=router_all_along)
    thread.start()
    for attack in (bodies, heads, cut_downloads, control, random_octets,
                   crowds):
        attack()
    thread.join()
    check(not watch, "a router all along", watch)
    time.sleep(1)
    after = len(os.listdir(f"/proc/{PID}/fd"))
    check(after <= before, "descriptors", before, after)
    sys.exit(bool(FAILED))


main()
