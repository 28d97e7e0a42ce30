#!/usr/bin/env python3
"""inetd.py PORT CONFIGS ADDRESS...: rsync daemons on many loopback addresses.

Listens on PORT of each ADDRESS, and starts for each connection

    rsync --daemon --config=CONFIGS/ADDRESS.conf

with the connection as its stdin, as inetd would: one process waits for all
hosts of a test, and a configuration that changes holds from the next
connection on.  Prints "listening" when it does.  At SIGTERM it ends the
daemons that it started.
"""
import os
import selectors
import signal
import socket
import subprocess
import sys


def stop(*_):
    sys.exit(0)


def main():
    port, configs, addresses = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    selector, children = selectors.DefaultSelector(), []
    signal.signal(signal.SIGTERM, stop)
    for address in addresses:
        s = socket.create_server((address, port), backlog=64)
        selector.register(s, selectors.EVENT_READ, address)
    print("listening", flush=True)
    try:
        while True:
            for key, _ in selector.select(1):
                connection, _ = key.fileobj.accept()
                config = os.path.join(configs, key.data + ".conf")
                with connection:
                    children.append(subprocess.Popen(
                        ["rsync", "--daemon", "--config=" + config],
                        stdin=connection, stdout=connection,
                        stderr=subprocess.DEVNULL))
            children = [c for c in children if c.poll() is None]
    finally:
        for child in children:
            child.terminate()


if __name__ == "__main__":
    main()
