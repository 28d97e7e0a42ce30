#!/usr/bin/env python3
"""ops_shutdown.py PORT PID CONTROL WAY CODE: what routers are told at the end.

WAY is "shutdown" (rtrctl) or "signal" (SIGTERM); CODE what version 2 hears.
"""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rtr  # noqa: E402

port = int(sys.argv[1])


def connect():
    s = socket.socket()
    s.settimeout(20)
    s.connect(("127.0.0.1", port))
    return s


def rest(s):
    """All PDUs to the end, as (version, type, code)."""
    got, pdus = b"", []
    try:
        while piece := s.recv(1 << 20):
            got += piece
    except ConnectionResetError:
        return None
    while got:
        version, kind, code, n = struct.unpack(">BBHI", got[:8])
        assert len(got) >= n, "a PDU is cut"
        pdus.append((version, kind, code))
        got = got[n:]
    return pdus


def synced(version):
    r = rtr.Router("127.0.0.1", port, version)
    r.query()
    r.take()
    return r.socket


def end(way, pid, control):
    if way == "signal":
        os.kill(pid, signal.SIGTERM)
        return
    out = subprocess.run(
        [os.environ["WAYMARK_BIN"] + "/rtrctl", "--socket", control,
         "--json", "shutdown"], check=True, capture_output=True, text=True)
    assert json.loads(out.stdout) == {"shutdown": True, "routers": 7}, \
        out.stdout


def main():
    pid, control, way, code = int(sys.argv[2]), sys.argv[3], sys.argv[4], \
        int(sys.argv[5])
    idle = [(v, synced(v)) for v in (0, 1, 2, 2)]
    silent, fragment, asks = connect(), connect(), connect()
    fragment.sendall(b"\2\2\0")
    asks.sendall(struct.pack(">BBHI", 2, rtr.RESET, 0, 8))
    time.sleep(0.3)
    end(way, pid, control)
    for version, s in idle:
        told = rest(s)
        assert told == ([] if version < 2 else [(2, rtr.ERROR, code)]), \
            (version, told)
    told = rest(asks)
    assert told[-2][1] == rtr.END and told[-1] == (2, rtr.ERROR, code), told
    assert not rest(silent)
    assert not rest(fragment)
    print(f"ok: {way}: version 2 hears Error {code}, the others the end",
          flush=True)


main()
