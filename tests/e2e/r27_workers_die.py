#!/usr/bin/env python3
"""r27_workers_die.py PORT ROUTERS EXPECTED: routers that stay.

Prints "ready" when all hold the set.  Reads words from stdin:

    alive FILE   every session must answer, on the connection it always had;
                 and hold exactly what the file says
    end

and answers "ok" to each, or ends with an error.
"""
import os
import select
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rtr  # noqa: E402

port, count = int(sys.argv[1]), int(sys.argv[2])


def settle(router):
    """Read over what was told meanwhile."""
    while select.select([router.socket], [], [], 0)[0]:
        kind, _, _ = router.pdu()
        assert kind == rtr.NOTIFY, f"PDU {kind} while nothing was asked"


def alive(routers, path):
    want = set(open(path).read().split())
    for i, router in enumerate(routers):
        settle(router)
        router.query()
        router.take()
        assert router.table == want, f"router {i} holds another set"


def main():
    routers = []
    for i in range(count):
        routers.append(rtr.Router("127.0.0.1", port, i % 3))
        routers[-1].query()
        routers[-1].take()
    names = [r.socket.getsockname() for r in routers]
    print("ready", flush=True)
    for line in sys.stdin:
        word = line.split()
        if word[0] == "end":
            break
        alive(routers, word[1])
        assert [r.socket.getsockname() for r in routers] == names
        print("ok", flush=True)


main()
