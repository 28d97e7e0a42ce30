#!/usr/bin/python3
"""rsync_raw.py [--connect HOW]: speaks the rsync daemon's protocol, badly.

Listens on a free port of 127.0.0.1 and prints it.  Without HOW a client is
greeted, and the module that it asks for says what happens:

stall       OK, and nothing more
drip        an octet a second, of a message that keeps the client waiting
motd        lines without end in the place of the answer
error       a refusal that would like to write on a terminal
close       closes in the middle of the file list
garbage     OK, and random octets
up, deep, absolute, slash, nul, dots
            a file list with a name that leads out of the folder
link, device, fifo, folder
            a file list with such a thing of a good name, and a file in it
grows       a file of 100 octets that goes on and on
huge        a file of 2^62 octets
many        a file list without end
vanish      an empty list, and an error of input and output (exit code 23)

--connect stall | garbage | drip: what comes in the place of a greeting.

The protocol is version 27: numbers are little-endian and of 4 octets, what the
server sends after the seed comes in frames of [length 3][7] octets.
"""
import argparse
import os
import socket
import stat
import struct
import sys
import threading
import time

SAME_NAME, LONG_NAME = 1 << 5, 1 << 6
NAMES = {"up": b"../evil.roa", "deep": b"a/../../../evil.roa",
         "absolute": b"/tmp/waymark-evil.roa", "slash": b"a//evil.roa",
         "nul": b"a\0b.roa", "dots": b".."}
MODES = {"link": stat.S_IFLNK, "device": stat.S_IFCHR, "fifo": stat.S_IFIFO,
         "folder": stat.S_IFDIR}
FILE = stat.S_IFREG | 0o644


def number(n):
    return struct.pack("<i", n)


def long_number(n):
    if n <= 0x7fffffff:
        return number(n)
    return number(-1) + struct.pack("<q", n)


def frame(octets):
    out = b""
    for i in range(0, len(octets), 0xffff):
        part = octets[i:i + 0xffff]
        out += struct.pack("<I", 7 << 24 | len(part)) + part
    return out


def entry(name, size=100, mode=FILE):
    return bytes([LONG_NAME]) + number(len(name)) + name + \
        long_number(size) + number(1000) + number(mode)


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb")

    def send(self, octets):
        self.sock.sendall(octets)

    def number(self):
        return struct.unpack("<i", self.file.read(4))[0]

    def greet(self):
        self.send(b"@RSYNCD: 27\n")
        self.file.readline()
        return self.file.readline().strip().decode()

    def begin(self):
        """OK, the arguments, the seed, and the client's filters."""
        self.send(b"@RSYNCD: OK\n")
        while self.file.readline().strip():
            pass
        self.send(number(12345))
        while True:
            n = self.number()
            if n == 0:
                return
            self.file.read(n)

    def list(self, *entries):
        self.send(frame(b"".join(entries) + b"\0" + number(0)))

    def rest(self):
        while self.file.read(1):
            pass


def grows(client):
    client.list(entry(b".", 4096, stat.S_IFDIR | 0o755), entry(b"a.roa"))
    while client.number() != 1:
        pass
    head = client.file.read(16)
    client.send(frame(number(1) + head))
    chunk = frame(number(32768) + bytes(32768))
    while True:
        client.send(chunk)


def many(client):
    n = 0
    while True:
        client.send(frame(b"".join(entry(b"%0200d.roa" % i, 0)
                                   for i in range(n, n + 1000))))
        n += 1000


def serve(client, module):
    root = entry(b".", 4096, stat.S_IFDIR | 0o755)
    if module == "motd":
        while True:
            client.send(b"be welcome\n" * 1000)
    if module == "error":
        client.send(b"@ERROR: \x1b[2J\x07 no \xff such thing\n")
        return
    client.begin()
    if module == "stall":
        time.sleep(3600)
    elif module == "drip":
        for octet in frame(entry(b"a" * 10000)):
            client.send(bytes([octet]))
            time.sleep(1)
    elif module == "close":
        client.send(frame(entry(b"a.roa"))[:-3])
    elif module == "garbage":
        client.send(os.urandom(100000))
    elif module in NAMES:
        client.list(root, entry(NAMES[module]))
        client.rest()
    elif module in MODES:
        client.list(root, entry(b"odd.roa", 4, MODES[module] | 0o777),
                    entry(b"odd.roa/evil.roa"))
        client.rest()
    elif module == "grows":
        grows(client)
    elif module == "huge":
        client.list(root, entry(b"a.roa", 1 << 62))
        client.rest()
    elif module == "many":
        many(client)
    elif module == "vanish":
        client.send(frame(root + b"\0" + number(1)))
        client.rest()


def session(sock, how):
    try:
        if how == "stall":
            time.sleep(3600)
        if how == "garbage":
            sock.sendall(os.urandom(10000))
            return
        if how == "drip":
            for octet in b"@RSYNCD: 27" + b" " * 3600:
                sock.sendall(bytes([octet]))
                time.sleep(1)
        client = Client(sock)
        serve(client, client.greet())
    except (OSError, struct.error):
        pass
    finally:
        sock.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--connect", choices=("stall", "garbage", "drip"))
    how = parser.parse_args().connect
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=session, args=(sock, how), daemon=True).start()


sys.exit(main())
