#!/usr/bin/env python3
"""ops_slow.py: clients of HTTP and of the control socket that are silent, that
drip, that take nothing, that take all they can, or that are too many.

ops_slow.py HTTP_PORT SOCKET

Each must be cut within its time while others are answered.  Prints one "ok" a
check and ends with 1 when any fails.
"""
import http.client
import json
import multiprocessing
import socket
import sys
import threading
import time

PORT, PATH = int(sys.argv[1]), sys.argv[2]
FAILED = []


def check(holds, what, *more):
    print("ok:" if holds else "not ok:", what, *more, flush=True)
    if not holds:
        FAILED.append(what)


def connect_http():
    return socket.create_connection(("127.0.0.1", PORT), 100)


def connect_control():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(100)
    s.connect(PATH)
    return s


def seconds_until_end(s, drip=None):
    """Read until the other side closes; drip an octet a second meanwhile."""
    began = time.monotonic()
    s.settimeout(1 if drip else 100)
    at = 0
    try:
        while True:
            try:
                if not s.recv(65536):
                    break
            except TimeoutError:
                if drip is None:
                    break
                s.sendall(drip[at % len(drip):][:1])
                at += 1
    except OSError:
        pass
    return time.monotonic() - began


def within(what, low, high, s, drip=None):
    took = seconds_until_end(s, drip)
    s.close()
    check(low <= took <= high, f"{what}: cut after {took:.1f} s")


def http_silent():
    within("HTTP, silent", 25, 35, connect_http())


def http_drip():
    within("HTTP, a head that drips", 55, 66, connect_http(),
           b"GET /json HTTP/1.1\r\nX: " + b"y" * 100)


def http_drip_body():
    s = connect_http()
    s.sendall(b"POST /validity HTTP/1.1\r\nHost: x\r\n"
              b"Content-Length: 100000\r\n\r\n")
    within("HTTP, a body that drips", 55, 66, s, b" ")


def http_takes_nothing():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", PORT))
    for _ in range(40):
        s.sendall(b"GET /json HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(45)
    began = time.monotonic()
    s.settimeout(5)
    got = 0
    try:
        while piece := s.recv(65536):
            got += len(piece)
    except OSError:
        pass
    s.close()
    check(time.monotonic() - began < 4, "HTTP, takes nothing: cut", got)


def greedy(stop):
    """Answers of megabytes, one after the other."""
    routes = json.dumps({"routes": [{"asn": 1, "prefix": "192.0.2.0/24"}] *
                         10000})
    while not stop.is_set():
        c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        c.request("POST", "/validity", routes)
        c.getresponse().read()
        c.close()


def healthz_times():
    times = []
    for _ in range(40):
        began = time.monotonic()
        s = connect_http()
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
                  b"Connection: close\r\n\r\n")
        while s.recv(4096):
            pass
        s.close()
        times.append(time.monotonic() - began)
        time.sleep(0.02)
    return sorted(times)


def http_greedy():
    """Large answers share the loop with small ones."""
    stop = multiprocessing.Event()
    crowd = [multiprocessing.Process(target=greedy, args=(stop,))
             for _ in range(16)]
    for p in crowd:
        p.start()
    time.sleep(1)
    times = healthz_times()
    stop.set()
    for p in crowd:
        p.join()
    check(times[20] < 0.1, f"beside 16 who take all they can: "
          f"{times[20]:.4f} s, at most {times[-1]:.4f} s")


def control_silent():
    within("control, silent", 9, 13, connect_control())


def control_drip():
    within("control, a line that drips", 9, 13, connect_control(),
           b'{"command":')


def control_takes_nothing():
    s = connect_control()
    s.sendall(b'{"command":"vrps"}\n')
    time.sleep(14)
    got = b""
    try:
        while piece := s.recv(65536):
            got += piece
    except OSError:
        pass
    s.close()
    check(0 < len(got) and b'"end"' not in got,
          "control, takes nothing: cut, and it can tell", len(got))


def control_too_long():
    s = connect_control()
    got = b""
    try:
        s.sendall(b" " * 1000000)
        while piece := s.recv(65536):
            got += piece
    except OSError:
        pass
    s.close()
    check(got == b"" or b"too long" in got, "control, a line without end")


def control_crowd():
    """64 are served, the 65th waits for one of them to end."""
    held = [connect_control() for _ in range(64)]
    time.sleep(0.5)
    last = connect_control()
    last.sendall(b'{"command":"version"}\n')
    last.settimeout(0.5)
    try:
        waits = last.recv(1) is None
    except TimeoutError:
        waits = True
    check(waits, "control, the 65th waits")
    last.settimeout(5)
    held.append(last)
    held.pop(0).close()
    for s in held:
        if s is not last:
            s.sendall(b'{"command":"version"}\n')
        got = b""
        while piece := s.recv(65536):
            got += piece
        if not json.loads(got)["ok"]:
            check(False, "control, one of 64")
        s.close()
    check(True, "control, the 64 and the 65th")


def others(stop):
    """Someone who asks once a second all the while: never over a second."""
    worst = 0
    while not stop.is_set():
        began = time.monotonic()
        c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
        c.request("GET", "/healthz")
        if c.getresponse().read() != b"alive\n":
            check(False, "others are answered")
        c.close()
        worst = max(worst, time.monotonic() - began)
        time.sleep(1)
    check(worst < 1, f"others are answered within {worst:.3f} s")


def main():
    control_crowd()
    http_greedy()
    stop = threading.Event()
    watch = threading.Thread(target=others, args=(stop,))
    watch.start()
    threads = [threading.Thread(target=f) for f in (
        http_silent, http_drip, http_drip_body, http_takes_nothing,
        control_silent, control_drip, control_takes_nothing,
        control_too_long)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    stop.set()
    watch.join()
    sys.exit(bool(FAILED))


main()
