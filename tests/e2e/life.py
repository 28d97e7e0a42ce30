"""life.py: rtrd's lives on one state folder, for tests that end many of them.

    life = Life()
    life.wish(1)                     # the stand-in validates to generation 1
    life.start()
    life.run()                       # a run now, to its end
    life.ask()                       # Answer(session, serial, generation)
    life.kill()

The validator is the stand-in of tests/shim.  A set of its is told from every
other by its generation, and is that generation's or nobody's: see Rows.

WAYMARK_BIN is the folder of the programs.  Everything that is started ends with
this process.
"""
import atexit
import collections
import ctypes
import mmap
import os
import random
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rtr  # noqa: E402  (beside this file)

BIN = os.environ["WAYMARK_BIN"]
OPEN, WRITE, SYNC, RENAME, CLOSE, UNLINK, CUT, ACCEPT = \
    (1 << n for n in range(8))
STATE = OPEN | WRITE | SYNC | RENAME | CLOSE | UNLINK | CUT
FAIL, KILL, HALF = range(3)
PDEATHSIG = 1
FAILED = []
LIBC = ctypes.CDLL(None, use_errno=True)

# What a router has: generation None for no data.
Answer = collections.namedtuple("Answer", "session serial generation")
NOTHING = Answer(None, None, None)


def number(name, default):
    """How much to try: the variable, or what CI has time for."""
    return int(os.environ.get(name) or default)


def check(holds, what, *more):
    print("ok:" if holds else "not ok:", what, *more, flush=True)
    if not holds:
        FAILED.append(what)


def fail(text):
    print("not ok:", text, flush=True)
    sys.exit(1)


def end():
    """The exit code tells whether all checks held."""
    sys.stdout.flush()
    sys.exit(bool(FAILED))


def work_folder():
    """A folder of our own, which goes at the end."""
    path = os.path.realpath(tempfile.mkdtemp(prefix="waymark."))
    if not os.environ.get("KEEP"):
        atexit.register(shutil.rmtree, path, True)
    return path


def descriptors(count):
    """We may have so many; the end of the test where that cannot be."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < count:
        print(f"SKIPPED: no {count} descriptors, {hard} at most")
        sys.exit(77)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def free_port():
    while True:
        port = random.randrange(12000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("", port))
            except OSError:
                continue
        return port


def sanitizers(program):
    """The runtimes that must come before everything else."""
    out = subprocess.run(["ldd", program], capture_output=True, text=True,
                         check=False).stdout
    return [word for word in out.split()
            if word.startswith("/") and "san.so" in word]


def is_sanitized():
    with open(BIN + "/rtrd", "rb") as f:
        return b"__asan_init" in f.read()


RESET = struct.pack(">BBHI", 1, rtr.RESET, 0, 8)


def connect(port, source="127.0.0.1", small=False):
    """A connection from an address; a small one takes little."""
    s = socket.socket()
    s.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
    if small:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    s.bind((source, 0))
    s.settimeout(10)
    s.connect(("127.0.0.1", port))
    return s


def stalled(port, count, net):
    """So many that ask for all and read nothing, from 127.0.net.x."""
    held = []
    for n in range(count):
        s = connect(port, f"127.0.{net}.{n // 60 + 1}", small=True)
        s.sendall(RESET)
        held.append(s)
    return held


def is_closed(s, wait_s=0):
    """By the other side, whatever there is to be read before that."""
    poll = select.poll()
    poll.register(s, select.POLLRDHUP)
    return bool(poll.poll(wait_s * 1000))


def full_set(port, length=None, source="127.0.0.1"):
    """Seconds that the whole set takes, and its length; without one given, it
    is read PDU by PDU."""
    s = connect(port, source)
    s.settimeout(60)
    began, n, kind = time.monotonic(), 0, None
    s.sendall(RESET)
    pipe = s.makefile("rb", 1 << 20)
    while length is None and kind != rtr.END:
        kind, size = struct.unpack(">xBxxI", pipe.read(8))
        pipe.read(size - 8)
        n += size
    buffer = bytearray(1 << 20)
    while length is not None and n < length:
        got = s.recv_into(buffer)
        if got == 0:
            break
        n += got
    took = time.monotonic() - began
    s.close()
    return took, n


def median(numbers):
    return sorted(numbers)[len(numbers) // 2]


class Rows:
    """The sets of the stand-in: which rows are there in which generation."""

    def __init__(self, count):
        self.count = count
        self.common = frozenset(self.row(i, 0) for i in range(count)
                                if i % 10 != 0)

    @staticmethod
    def row(i, generation):
        asn = 64496 + i if i % 10 else 1000000 + generation
        return f"AS{asn},{1 + (i >> 16)}.{i >> 8 & 255}.{i & 255}.0/24,24"

    def of(self, generation):
        return self.common | {self.row(i, generation)
                              for i in range(0, self.count, 10)}

    def generation(self, table):
        """Whose set this is; the end of the test for a mixture."""
        for row in table:
            asn = int(row[2:row.index(",")])
            if asn >= 1000000:
                if table != self.of(asn - 1000000):
                    break
                return asn - 1000000
        fail(f"a set that was never published: {len(table)} rows, "
             f"{len(table ^ self.common)} beside the common ones")


class Plan:
    """What fails in rtrd: see tests/shim/faults.c."""

    def __init__(self, path):
        with open(path, "wb") as f:
            f.write(bytes(28))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 28)

    def set(self, ops, skip=0, count=-1, errno=0, action=FAIL):
        # the calls that it is for last, and none before
        self.clear()
        self.map[4:28] = struct.pack("<IiiiII", action, skip, count, errno,
                                     0, 0)
        self.map[0:4] = struct.pack("<I", ops)

    def clear(self):
        self.map[0:4] = bytes(4)

    @property
    def seen(self):
        return struct.unpack_from("<I", self.map, 20)[0]

    @property
    def hit(self):
        return struct.unpack_from("<I", self.map, 24)[0]


class Router(rtr.Router):
    """One that counts what it is told, and may come from another address."""

    def __init__(self, port, source="127.0.0.1", version=1, timeout=20):
        # pylint: disable=super-init-not-called
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout, (source, 0))
        self.version, self.table, self.keys = version, set(), set()
        self.session = self.serial = None
        self.was_reset = False

    def pdu(self):
        head = self.read(8)
        version, kind, field, length = struct.unpack(">BBHI", head)
        if version != self.version:
            raise AssertionError(f"version {version}")
        self.was_reset |= kind == rtr.CACHE_RESET
        return kind, field, self.read(length - 8)

    def sync(self):
        self.query()
        self.take()

    def close(self):
        self.socket.close()


class Life:
    """A state folder, and rtrd on it when it is started."""

    def __init__(self, count=200):
        work = self.work = work_folder()
        self.port, self.http = free_port(), free_port()
        self.state, self.tal = work + "/state", work + "/tal"
        self.rows = Rows(count)
        os.makedirs(self.state, exist_ok=True)
        os.makedirs(self.tal, exist_ok=True)
        with open(self.tal + "/stand-in.tal", "w"):
            pass
        self.plan = Plan(work + "/plan")
        self.record = None  # where all calls are written down
        self.process, self.lines, self.all_lines = None, [], []
        self.news = threading.Condition()
        atexit.register(self.kill)

    def wish(self, generation, mode="good", age=0, ends=0):
        """What the next run is to come to."""
        with open(self.tal + "/next.aside", "w") as f:
            f.write(f"{self.rows.count} {generation} {age} {ends} {mode}\n")
        os.rename(self.tal + "/next.aside", self.tal + "/next")

    def environment(self):
        env = dict(os.environ)
        env["LD_PRELOAD"] = ":".join(
            sanitizers(BIN + "/rtrd") + [BIN + "/libfaults.so"])
        env["WAYMARK_FAULTS_DIR"] = os.path.realpath(self.state)
        env["WAYMARK_FAULTS_NAME"] = "rtrd"
        env["WAYMARK_FAULTS_PLAN"] = self.work + "/plan"
        if self.record:
            env["WAYMARK_FAULTS_LOG"] = self.record
        return env

    def command(self, *args):
        return [BIN + "/rtrd", "--tal", self.tal, "--local", self.tal,
                "--validator", BIN + "/stand-in", "--state-dir", self.state,
                "--control-socket", self.work + "/rtrd.sock",
                "--http-listen", f"127.0.0.1:{self.http}",
                "--rtr-listen", f"127.0.0.1:{self.port}",
                "--rtr-notify-interval", "0", "--run-gap", "0",
                "--refresh", "86400", *args]

    def start(self, *args, shim=True, limits=(), before=()):
        """Begin a life; `limits` are (resource, number), `before` a command
        that runs rtrd."""
        def child():
            LIBC.prctl(PDEATHSIG, signal.SIGKILL)
            for what, most in limits:
                resource.setrlimit(what, (most, most))

        self.lines = []
        self.process = subprocess.Popen(
            [*before, *self.command(*args)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=self.environment() if shim else None, preexec_fn=child)
        threading.Thread(target=self.listen, daemon=True,
                         args=(self.process.stderr, self.lines)).start()

    def listen(self, pipe, lines):
        for line in pipe:
            with self.news:
                lines.append(line.decode(errors="backslashreplace").rstrip())
                self.all_lines.append(lines[-1])
                self.news.notify_all()

    def count(self, *words):
        with self.news:
            return sum(any(w in line for w in words) for line in self.lines)

    def says(self, *words, n=1, timeout=20):
        """Wait until the log of this life has n lines with one of these."""
        with self.news:
            return self.news.wait_for(
                lambda: sum(any(w in line for w in words)
                            for line in self.lines) >= n, timeout)

    def must_say(self, *words, n=1, timeout=20):
        if not self.says(*words, n=n, timeout=timeout):
            fail(f"no {words} in the log: {self.lines[-8:]}")

    def loaded(self):
        """Until the stored set was read, or was none; False: rtrd ended."""
        end_at = time.monotonic() + 20
        while time.monotonic() < end_at:
            if self.says(" run start", timeout=0.2):
                return True
            if self.process.poll() is not None:
                return False
        fail(f"no start within 20 s: {self.lines[-8:]}")

    def ends(self, *words, timeout=20):
        """Until the log has another line with one of these, or rtrd is gone."""
        before, end_at = self.count(*words), time.monotonic() + timeout
        while self.alive() and self.count(*words) == before:
            if time.monotonic() > end_at:
                fail(f"neither {words} nor an end: {self.lines[-8:]}")
            time.sleep(0.002)

    def run(self, timeout=20):
        """A run now, to its end; its last line."""
        words = " run done ", " run failed ", " run waiting "
        # each start has one end; one that is under way may be of before
        begun = self.count(" run start")
        self.process.send_signal(signal.SIGUSR1)
        self.must_say(*words, n=begun + 1, timeout=timeout)
        with self.news:
            return [line for line in self.lines
                    if any(w in line for w in words)][-1]

    def begin(self, *args, **more):
        """Start, and be served what is wished for."""
        self.start(*args, **more)
        self.must_say(" run done ", timeout=60)

    def children(self):
        """Process ids of what rtrd has started."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat") as f:
                        parent = f.read().rsplit(")", 1)[1].split()[1]
                except OSError:
                    continue
                if int(parent) == self.process.pid:
                    found.append(int(name))
        return found

    def kill(self):
        """SIGKILL, and no run of this life goes on in the next one."""
        if self.process is None or self.process.poll() is not None:
            return
        # nothing is started any more
        self.process.send_signal(signal.SIGSTOP)
        for pid in self.children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(20)

    def alive(self):
        return self.process.poll() is None

    def ask(self, have=None, version=1):
        """What a router gets that has nothing, or `have`, an Answer; and
        whether that took a Cache Reset, as self.was_reset."""
        r = Router(self.port, version=version)
        try:
            if have is not None and have.session is not None:
                r.session, r.serial = have.session, have.serial
                r.table = set(self.rows.of(have.generation))
            r.sync()
        except rtr.NoData:
            return NOTHING
        finally:
            self.was_reset = r.was_reset
            r.close()
        return Answer(r.session, r.serial, self.rows.generation(r.table))

    def metric(self, name):
        with urllib.request.urlopen(
                f"http://127.0.0.1:{self.http}/metrics", timeout=10) as f:
            for line in f.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        return None

    def figures(self):
        """Resident KiB, descriptors, CPU seconds."""
        with open(f"/proc/{self.process.pid}/statm") as f:
            rss = int(f.read().split()[1]) * 4
        with open(f"/proc/{self.process.pid}/stat") as f:
            times = f.read().rsplit(")", 1)[1].split()[11:13]
        fds = len(os.listdir(f"/proc/{self.process.pid}/fd"))
        return rss, fds, sum(map(int, times)) / os.sysconf("SC_CLK_TCK")

    def no_sanitizer(self):
        for line in self.all_lines:
            if "runtime error:" in line or "ERROR: " in line and \
                    "Sanitizer" in line or "Assertion" in line:
                fail("speaks: " + line)
