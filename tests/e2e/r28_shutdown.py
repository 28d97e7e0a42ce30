#!/usr/bin/env python3
"""r28_shutdown.py PORT PID CLIENTS CONTROL: a stop with so many routers of all kinds.

Prints how long the process took to end; what versions 0 to 2 were told.
"""
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rtr  # noqa: E402

port, pid, clients = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
control = sys.argv[4]
LIMIT_S, RESTART = 5, 12


def connect(window=None):
    s = socket.socket()
    if window is not None:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    s.settimeout(30)
    s.connect(("127.0.0.1", port))
    return s


def synced(version):
    """Has the whole set, and waits."""
    s, got = connect(), b""
    s.sendall(struct.pack(">BBHI", version, rtr.RESET, 0, 8))
    size = 12 if version == 0 else 24
    while got[-size:][:2] != bytes([version, rtr.END]):
        piece = s.recv(1 << 20)
        assert piece, "no set"
        got = got[-size:] + piece
    return s


def zero_window():
    """Asks for more than the kernel holds, and reads nothing."""
    s = connect(4096)
    s.sendall(struct.pack(">BBHI", 1, rtr.RESET, 0, 8) * 4)
    return s


def fragment():
    s = connect()
    s.sendall(b"\1\2\0")
    return s


def last_words(s):
    """Octets until the end; None where it is a reset."""
    got = b""
    try:
        while True:
            piece = s.recv(65536)
            if not piece:
                return got
            got += piece
    except ConnectionResetError:
        return None


def states():
    """How many sessions there are in each state."""
    text, count = b"", {}
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(control)
        s.sendall(b'{"command":"sessions"}\n')
        while piece := s.recv(1 << 20):
            text += piece
    for line in text.splitlines():
        state = json.loads(line).get("state")
        count[state] = count.get(state, 0) + 1
    return count


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kinds = [lambda: synced(0), lambda: synced(1), lambda: synced(2),
             zero_window, connect, fragment]
    held = [(i % len(kinds), kinds[i % len(kinds)]())
            for i in range(clients)]
    time.sleep(0.5)     # the windows are full by now
    count = states()
    print(count, flush=True)
    assert count["sending"] >= clients // len(kinds), "they do not block"
    assert count["idle"] >= clients // len(kinds) * 3
    assert count["first"] >= clients // len(kinds)
    watch = os.pidfd_open(pid)
    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    ended = select.select([watch], [], [], LIMIT_S + 10)[0]
    took = time.monotonic() - began
    assert ended, f"it runs still, {took:.1f} s after SIGTERM"
    assert took <= LIMIT_S, f"it took {took:.1f} s"
    print(f"ended in {took:.2f} s", flush=True)
    words = {0: set(), 1: set(), 2: set()}
    for kind, thing in held:
        if kind in words:
            words[kind].add(last_words(thing))
        else:
            last_words(thing)
    assert words[0] == {b""}, words[0]
    assert words[1] == {b""}, words[1]
    assert len(words[2]) == 1, words[2]
    told = words[2].pop()
    assert told and struct.unpack(">BBH", told[:4]) == \
        (2, rtr.ERROR, RESTART), told
    print("versions 0 and 1: the end; version 2: Error 12, the end")


main()
