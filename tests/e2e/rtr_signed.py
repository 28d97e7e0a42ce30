#!/usr/bin/env python3
"""rtr_signed.py: the router of rtr.py on other sockets than plain TCP.

rtr_signed.py HOW KEY COMMAND ARGS...   COMMAND and ARGS as rtr.py has them
rtr_signed.py has HOW                   whether this kernel has it: exit 0 or 1

HOW  md5   TCP-MD5 (RFC 2385) with KEY
     ao    TCP-AO (RFC 5925), KEY is "SENDID RECVID ALGORITHM SECRET"
     unix  a Unix socket; KEY is its path, ADDR and PORT are not looked at
     pipe  stdin and stdout of a program; KEY is its command line
     tcp   none; KEY is not looked at

RTR_SOURCE is the address to connect from.  Exit code 5: no connection in 2 s.
"""
import os
import shlex
import socket
import struct
import subprocess
import sys

import rtr

MD5SIG, AO_ADD_KEY = 14, 38  # include/uapi/linux/tcp.h
ALGORITHMS = {"hmac-sha-1-96": b"hmac(sha1)",
              "aes-128-cmac-96": b"cmac(aes128)",
              "hmac-sha-256-96": b"hmac(sha256)"}


def sockaddr(addr):
    """struct sockaddr_storage, without a port."""
    if ":" in addr:
        text = struct.pack("=HHI", socket.AF_INET6, 0, 0) + \
            socket.inet_pton(socket.AF_INET6, addr)
    else:
        text = struct.pack("=HH", socket.AF_INET, 0) + socket.inet_aton(addr)
    return text.ljust(128, b"\0")


def sign_md5(s, addr, key):
    key = key.encode()
    s.setsockopt(socket.IPPROTO_TCP, MD5SIG, sockaddr(addr) + struct.pack(
        "=BBHi", 0, 0, len(key), 0) + key.ljust(80, b"\0"))


def sign_ao(s, addr, key):
    send, recv, name, secret = key.split(" ", 3)
    secret = secret.encode()
    s.setsockopt(socket.IPPROTO_TCP, AO_ADD_KEY, sockaddr(addr) +
                 ALGORITHMS[name].ljust(64, b"\0") + struct.pack(
                     "=iIHBBBBBB", 0, 0, 0, 128 if ":" in addr else 32,
                     int(send), int(recv), 0, 0, len(secret)) +
                 secret.ljust(80, b"\0"))


def reach(how, key, addr, port):
    """A socket that is connected."""
    if how == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.connect(key)
        return s
    if how == "pipe":
        s, other = socket.socketpair()
        subprocess.Popen(shlex.split(key), stdin=other, stdout=other)
        other.close()
        return s
    s = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET)
    if "RTR_SOURCE" in os.environ:
        s.bind((os.environ["RTR_SOURCE"], 0))
    if how == "md5":
        sign_md5(s, addr, key)
    elif how == "ao":
        sign_ao(s, addr, key)
    s.settimeout(2)
    try:
        s.connect((addr, int(port)))
    except (socket.timeout, TimeoutError):
        sys.exit(5)
    s.settimeout(60)
    return s


def has(how):
    s = socket.socket()
    try:
        if how == "md5":
            sign_md5(s, "127.0.0.1", "x")
        else:
            sign_ao(s, "127.0.0.1", "1 1 hmac-sha-1-96 x")
    except OSError as error:
        print(f"no {how}: {error}")
        sys.exit(1)


def main():
    how, key = sys.argv[1:3]
    if how == "has":
        return has(key)
    socket.create_connection = lambda to, timeout=None: reach(how, key, *to)
    sys.argv[1:3] = []
    return rtr.main()


if __name__ == "__main__":
    main()
