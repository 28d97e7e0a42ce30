#!/usr/bin/env python3
"""rtrd_activation.py WORK RTRD ARGS...: rtrd under a service manager.

WORK holds world/, expected and validator (a fake one, see rtrd.sh).
"""
import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import manager  # noqa: E402
import rtr  # noqa: E402

work, argv = sys.argv[1], sys.argv[2:]
control = os.path.join(work, "rtrd.sock")
conf = os.path.join(work, "rtrd.conf")
expected = set(open(os.path.join(work, "expected")).read().split())


def free():
    return int(subprocess.run(
        ["bash", "-c", f". {os.path.dirname(__file__)}/../lib.sh; free_port"],
        capture_output=True, text=True, check=True).stdout)


def listening(port):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port))
    s.listen(64)
    return s


def configure(ports, http):
    with open(conf, "w") as f:
        listen = ", ".join(f'"127.0.0.1:{p}"' for p in ports)
        f.write(f"rtr {{\n\tlisten = {{ {listen} }}\n"
                "\tnotify-interval = 0\n}\n"
                f'http {{\n\tlisten = {{ "127.0.0.1:{http}" }}\n}}\n')


def answer(router, seconds=20):
    """A table, for one that has asked already."""
    end = time.monotonic() + seconds
    while True:
        try:
            router.take()
            return
        except rtr.NoData:
            assert time.monotonic() < end, "no data"
            time.sleep(0.05)
            router.query()


def serves(port, what):
    router = rtr.Router("127.0.0.1", port)
    router.query()
    answer(router)
    assert router.table == expected, what
    print("ok:", what, flush=True)


def log_text():
    return open(os.path.join(work, "rtrd.log")).read()


def ask_control():
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(control)
        s.sendall(b'{"command":"version"}\n')
        return s.recv(4096)


def get(port):
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        return s.recv(64)


def environment_of(pid):
    return open(f"/proc/{pid}/environ").read().split("\0")


class Knocker(threading.Thread):
    """Connects all the time; counts who was refused."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.tries, self.refused, self.on = port, 0, 0, True
        self.start()

    def run(self):
        held = []
        while self.on:
            try:
                held.append(socket.create_connection(
                    ("127.0.0.1", self.port), 10))
            except ConnectionRefusedError:
                self.refused += 1
            self.tries += 1
            if len(held) > 20:
                held.pop(0).close()
            time.sleep(0.005)

    def end(self):
        self.on = False
        self.join()
        assert self.tries > 20, self.tries
        assert self.refused == 0, f"{self.refused} of {self.tries} refused"
        return self.tries


def activation(m):
    """All three kinds of sockets, by address; one that nobody asks for."""
    port, http, other = free(), free(), free()
    configure([port], http)
    local = socket.socket(socket.AF_UNIX)
    local.bind(control)
    local.listen(8)
    given = [("anything", listening(http)), ("rtrd.socket", listening(port)),
             ("x", local), ("other", listening(other))]
    # before there is anybody to accept
    early = rtr.Router("127.0.0.1", port)
    early.query()
    m.start(argv, given)
    m.wait("READY=1")
    answer(early)
    assert early.table == expected
    serves(port, "routers come by a socket of the manager")
    assert get(http).startswith(b"HTTP/1."), "http"
    assert b'"ok":true' in ask_control(), "control"
    text = log_text()
    assert f"addr=127.0.0.1:{port} proto=rtr" in text, text
    assert f"127.0.0.1:{other} came along and is not asked for" in text, text
    assert not m.store, "a socket that was lent is kept: " + str(m.store)
    m.wait("STATUS=serial 1, ")
    m.signal(signal.SIGHUP)
    m.wait("RELOADING=1")
    m.wait("MONOTONIC_USEC=")
    m.wait("READY=1", count=2)
    serves(port, "and after a reload")
    assert m.stop() == 0
    assert "STOPPING=1" in m.told
    assert os.path.exists(control), "a file that was lent is removed"
    # our own descriptors still listen: nobody shut them
    with socket.create_connection(("127.0.0.1", port), 5):
        pass
    for _, s in given:
        s.close()
    os.unlink(control)
    print("ok: what was lent goes on listening when rtrd ends")


def children(m):
    """What the manager says is for rtrd, not for what it starts."""
    with open(os.path.join(work, "mode"), "w") as f:
        f.write("hangs\n")
    port, http = free(), free()
    configure([port], http)
    s = listening(port)
    m.start(argv, [("rtr", s)], watchdog_s=30)
    m.wait("READY=1")
    end = time.monotonic() + 20
    while not open(os.path.join(work, "children")).read().strip():
        assert time.monotonic() < end, "no child"
        time.sleep(0.05)
    pid = open(os.path.join(work, "children")).read().split()[0]
    said = [x for x in environment_of(pid) if x.startswith(
        ("NOTIFY_", "LISTEN_", "WATCHDOG_"))]
    assert not said, said
    with open(os.path.join(work, "mode"), "w") as f:
        f.write("good\n")
    assert m.stop() == 0
    s.close()
    m.forget()
    print("ok: children hear nothing of the manager")


def kept(m):
    """Killed and started again, or stopped and started again: nobody who
    connects is refused."""
    port, http = free(), free()
    configure([port], http)
    m.start(argv)
    m.wait("READY=1")
    m.wait("FDSTORE=1", count=2)
    serves(port, "a start of its own")
    assert sorted(n for n, _ in m.store) == sorted(
        [f"waymark.rtr.127.0.0.1_{port}", f"waymark.http.127.0.0.1_{http}"])
    knocker = Knocker(port)
    before = log_text().count("is not asked for")
    for how in (m.kill, m.stop, m.kill):
        how()
        time.sleep(0.2)
        late = rtr.Router("127.0.0.1", port)
        late.query()
        m.start(argv)
        m.wait("READY=1")
        answer(late)
        assert late.table == expected
        assert get(http).startswith(b"HTTP/1."), "http"
        assert len(m.store) == 2, m.store
    print(f"ok: killed, stopped, killed: {knocker.end()} connections, "
          "0 refused")
    assert log_text().count("is not asked for") == before
    relisten(m, port, http)
    assert m.stop() == 0
    m.forget()


def relisten(m, port, http):
    """A listener more is kept, one less is given back and refuses."""
    second = free()
    configure([port, second], http)
    m.signal(signal.SIGHUP)
    m.wait(f"FDNAME=waymark.rtr.127.0.0.1_{second}")
    serves(second, "a listener more")
    configure([second], http)
    m.signal(signal.SIGHUP)
    m.wait("FDSTOREREMOVE=1")
    assert m.dropped == [f"waymark.rtr.127.0.0.1_{port}"], m.dropped
    m.wait("READY=1", count=3)
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        raise AssertionError("a listener that is not wanted any more answers")
    except ConnectionRefusedError:
        pass
    serves(second, "and the other one goes on")
    # it can be had again at once
    configure([port, second], http)
    m.signal(signal.SIGHUP)
    m.wait("READY=1", count=4)
    serves(port, "a listener that comes back")


def signs(m):
    """Signs of life while the loop turns; none when it does not."""
    port, http = free(), free()
    configure([port], http)
    m.start(argv, watchdog_s=1)
    m.wait("READY=1")
    m.wait("WATCHDOG=1", count=4)
    m.told.clear()
    began = time.monotonic()
    m.wait("WATCHDOG=1", count=6)
    took = time.monotonic() - began
    assert took < 6, f"6 signs of life in {took:.1f} s, one a second is wanted"
    m.signal(signal.SIGSTOP)
    time.sleep(0.3)
    m.listen(0)
    m.told.clear()
    m.listen(1.5)
    assert "WATCHDOG=1" not in m.told
    m.signal(signal.SIGCONT)
    m.wait("WATCHDOG=1")
    assert m.stop() == 0
    m.forget()
    print("ok: signs of life as often as is wanted")


def failure(m):
    """What could not start says so to nobody."""
    port, http = free(), free()
    taken = listening(port)
    configure([port], http)
    m.start(argv)
    assert os.waitstatus_to_exitcode(m.join()) == 1
    assert not any(x.startswith("READY") for x in m.told), m.told
    taken.close()
    print("ok: not ready when a port is taken")


def main():
    m = manager.Manager(work)
    atexit.register(lambda: m.is_there() and m.pid and m.kill())
    for scene in (activation, children, kept, signs, failure):
        open(os.path.join(work, "children"), "w").close()
        scene(m)


main()
