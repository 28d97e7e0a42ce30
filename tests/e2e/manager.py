"""manager.py: a service manager for tests, as small as its documented protocol
allows (sd_listen_fds(3), sd_notify(3)).

    m = Manager(folder)
    m.start(argv, sockets=[("rtr", socket)], watchdog_s=2)
    m.wait("READY=1")                # until it was told
    m.kill(); m.start(argv)          # with the sockets that were stored
"""
import os
import select
import signal
import socket
import time


class Manager:
    def __init__(self, folder):
        self.folder = folder
        self.path = os.path.join(folder, "notify")
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ear.bind(self.path)
        self.store = []     # (name, descriptor), as they came
        self.told = []      # every KEY=VALUE of this life
        self.dropped = []   # names of FDSTOREREMOVE
        self.pid = None
        self.status = None

    def start(self, argv, sockets=(), watchdog_s=None, log="rtrd", env=()):
        """Start it with these sockets and all that are stored."""
        self.listen(0)
        self.told = []
        self.status = None
        given = [(n, s.fileno()) for n, s in sockets] + self.store
        self.pid = os.fork()
        if self.pid != 0:
            return
        try:
            self.life(argv, given, watchdog_s, log, env)
        finally:
            os._exit(127)

    def life(self, argv, given, watchdog_s, log, env):
        """The child: descriptors from 3 on, and what the environment says."""
        out = os.open(os.path.join(self.folder, log + ".log"),
                      os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(out, 1)
        os.dup2(out, 2)
        # out of the way first: a number may be one that is still needed
        high = [os.dup2(fd, 500 + i) for i, (_, fd) in enumerate(given)]
        os.closerange(3, 500)
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i)
        os.closerange(3 + len(given), 600)
        environ = dict(os.environ, NOTIFY_SOCKET=self.path)
        if given:
            environ["LISTEN_PID"] = str(os.getpid())
            environ["LISTEN_FDS"] = str(len(given))
            environ["LISTEN_FDNAMES"] = ":".join(n for n, _ in given)
        if watchdog_s is not None:
            environ["WATCHDOG_PID"] = str(os.getpid())
            environ["WATCHDOG_USEC"] = str(int(watchdog_s * 1000000))
        environ.update(env)
        os.execve(argv[0], argv, environ)

    def hear(self, data, fds):
        lines = data.decode().splitlines()
        self.told += lines
        name = next((x[7:] for x in lines if x.startswith("FDNAME=")), None)
        if "FDSTORE=1" in lines:
            assert len(fds) == 1 and name and ":" not in name, lines
            assert len(name) <= 255, name
            self.store.append((name, fds[0]))
        elif "FDSTOREREMOVE=1" in lines:
            for _, fd in [x for x in self.store if x[0] == name]:
                os.close(fd)
            self.store = [x for x in self.store if x[0] != name]
            self.dropped.append(name)

    def listen(self, seconds):
        """Hear what is told in this time, at least what is there already."""
        end = time.monotonic() + seconds
        while True:
            left = max(0, end - time.monotonic())
            if not select.select([self.ear], [], [], left)[0]:
                return
            data, fds, _, _ = socket.recv_fds(self.ear, 65536, 8)
            self.hear(data, fds)

    def wait(self, what, seconds=20, count=1):
        """Until a line was told so often in this life."""
        end = time.monotonic() + seconds
        while sum(x.startswith(what) for x in self.told) < count:
            assert time.monotonic() < end, f"not told: {what}: {self.told}"
            assert self.is_there() or what == "STOPPING=1", \
                f"it has ended: {self.status}"
            self.listen(0.05)

    def is_there(self):
        if self.status is None and self.pid is not None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                self.status = status
        return self.status is None

    def forget(self):
        """Close all that is stored, as after a stop for good."""
        for _, fd in self.store:
            os.close(fd)
        self.store = []

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.join()

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.join()

    def join(self, seconds=20):
        """Its wait status."""
        end = time.monotonic() + seconds
        while self.is_there():
            assert time.monotonic() < end, "it does not end"
            self.listen(0.02)
        self.listen(0)
        return self.status
