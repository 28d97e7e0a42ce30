#!/usr/bin/env python3
"""rtrd_take_over.py PORT FILE: routers that come and go, all the time.

Connects again and again until FILE is there; each connection asks for the whole
set, or says with its session and serial what it has.  Prints how many tries
there were, how many were refused at connect, answered with a delta, with the
whole set, with no data yet, or cut in the middle; and the sessions seen.
"""
import collections
import os
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rtr  # noqa: E402

port, stop = int(sys.argv[1]), sys.argv[2]
count = collections.Counter()
sessions = set()


def visit(known):
    """One connection; the session and serial to come back with."""
    count["tries"] += 1
    try:
        router = rtr.Router("127.0.0.1", port)
    except ConnectionRefusedError:
        count["refused"] += 1
        return known
    except ConnectionResetError:
        # accepted, and ended by a stop before we looked
        count["cut"] += 1
        return known
    try:
        if known is not None:
            router.session, router.serial = known
        router.query()
        router.take()
        count["delta" if known is not None and router.serial is not None and
              not router.table else "whole"] += 1
        sessions.add(router.session)
        return router.session, router.serial
    except rtr.NoData:
        count["nodata"] += 1
    except (rtr.Closed, ConnectionResetError, BrokenPipeError):
        count["cut"] += 1
    except KeyError:
        count["wrong"] += 1
    finally:
        router.socket.close()
    return known


def run():
    known = None
    while not os.path.exists(stop):
        known = visit(known)
        time.sleep(0.003)


def main():
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(" ".join(f"{key}={count[key]}" for key in (
        "tries", "refused", "whole", "delta", "nodata", "cut", "wrong")),
        "sessions=" + ",".join(str(s) for s in sorted(sessions)), flush=True)


main()
