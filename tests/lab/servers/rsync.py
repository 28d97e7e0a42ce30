#!/usr/bin/python3
"""rsync.py [OPTION]... -- rsync://HOST/BEHAVIOUR/[FILE] DESTINATION

In the place of the rsync program: behaves as the name of the module says.

exit-N        ends with exit code N, and complains
signal-N      ends itself by a signal
version       as --version does
tell          writes what it was started with into DESTINATION/argv.txt and
              so on: arguments, environment, descriptors, limits, groups
hang          says nothing and stays
deaf          the same, without heeding SIGTERM
orphans       the same, and leaves processes behind: in the group, and out of
              it; and more whenever one of these loses its parent
leaves        ends well, but leaves processes that go on writing
prints        says without end
line          says one line without end
writes        writes one file without end
sparse        as many octets as no module may have, and stays
deep          makes 4,096 folders in one another
evil          links, devices, FIFOs, odd and hidden names beside good files
large         files just within the limit, and just beyond
none          ends well, and nothing has come
file          ends well with one file, "file" (or FILE itself)
link          the one file is a link to /etc/passwd
folder        the one file is a folder

The process ids of all that it starts go to PIDS, a file beside DESTINATION's
parent, so that a test can look for them.
"""
import os
import signal
import stat
import sys
import time

OBJECT_MAX = 20000000
LOCKED = 0o6755


def put(path, text="text of an object\n", mode=0o644):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def note(pids):
    with open(pids, "a") as file:
        file.write(f"{os.getpid()}\n")


def forked(pids, leave, body):
    """Fork twice, perhaps leave the group, and do `body` as an orphan."""
    if os.fork():
        return
    if leave:
        os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    note(pids)
    body()
    os._exit(0)


def stay():
    while True:
        time.sleep(60)


def deaf(pids):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(pids)
    stay()


def orphans(pids):
    def again():
        forked(pids, True, stay)
        stay()
    for leave in (False, True):
        forked(pids, leave, again)
    deaf(pids)


def leaves(to, pids):
    def write():
        n = 0
        while True:
            n += 1
            put(os.path.join(to, f"late{n}.roa"))
            time.sleep(0.001)
    put(os.path.join(to, "good.roa"))
    for leave in (False, True):
        forked(pids, leave, write)
    time.sleep(0.1)


def tell(to):
    put(os.path.join(to, "argv.txt"), "\n".join(sys.argv[1:]))
    put(os.path.join(to, "environ.txt"), "\n".join(
        sorted(f"{k}={v}" for k, v in os.environ.items())))
    fds = []
    for fd in range(64):
        try:
            fds.append(f"{fd} {stat.S_IFMT(os.fstat(fd).st_mode):o}")
        except OSError:
            pass
    put(os.path.join(to, "fds.txt"), "\n".join(fds))
    ignored = [line for line in open("/proc/self/status")
               if line.startswith(("SigBlk", "SigIgn"))]
    put(os.path.join(to, "signals.txt"), "".join(ignored))
    limits = [" ".join(line.split()[:5]) for line in
              open("/proc/self/limits")
              if line.startswith(("Max file size", "Max core file size",
                                  "Max address space"))]
    put(os.path.join(to, "limits.txt"), "\n".join(limits))
    put(os.path.join(to, "group.txt"), f"{os.getpgid(0) == os.getpid()}")


def prints():
    while True:
        os.write(1, b"nothing to say\n" * 1000)
        os.write(2, b"and nothing to complain of\n" * 1000)


def line():
    while True:
        os.write(2, b"\x1b[2J\x07a" * 1000)


def writes(to):
    with open(os.path.join(to, "endless.roa"), "wb") as file:
        while True:
            file.write(bytes(1 << 20))


def sparse(to):
    for n in range(120):
        with open(os.path.join(to, f"f{n}.roa"), "wb") as file:
            file.truncate(OBJECT_MAX)
    stay()


def deep(to):
    put(os.path.join(to, "good.roa"))
    os.chdir(to)
    for _ in range(4096):
        os.mkdir("d")
        os.chdir("d")
    put("deepest.roa")


def evil(to):
    def at(name):
        return os.path.join(to, name)
    put(at("good.roa"))
    os.mkdir(at("sub"))
    put(at("sub/good.cer"))
    put(at("setuid.roa"), mode=LOCKED)
    put(at("locked.roa"), mode=0o400)
    os.symlink("/etc/passwd", at("link.roa"))
    os.symlink("good.roa", at("inner.roa"))
    os.symlink("/etc", at("linked"))
    os.symlink("sub", at("back"))
    put(at("hard.roa"))
    os.link(at("hard.roa"), at("harder.roa"))
    os.mkfifo(at("fifo.roa"))
    if os.geteuid() == 0:
        os.mknod(at("null.roa"), stat.S_IFCHR | 0o666, os.makedev(1, 3))
        os.mknod(at("disk.roa"), stat.S_IFBLK | 0o666, os.makedev(7, 0))
    for name in (".hidden.roa", "UPPER.ROA", "two.dots.roa", "noext",
                 "long.roas", ".roa", "sp ace.roa", "nl\n.roa", "\x7f.roa",
                 "%2e%2e.roa", "a.r1a"):
        put(at(name))
    for name in (".hid", "q?m", "h#sh", "a b", "%zz", "%2f", "back\\slash"):
        os.mkdir(at(name))
        put(at(name + "/in.roa"))
    os.mkdir(at("a%20b"))
    put(at("a%20b/in.roa"))


def large(to):
    for name, size in (("most.roa", OBJECT_MAX), ("more.roa", OBJECT_MAX + 1),
                       ("none.roa", 0)):
        with open(os.path.join(to, name), "wb") as file:
            file.truncate(size)


def main():
    if "--version" in sys.argv:
        print("rsync  version 3.2.7  protocol version 31")
        return 0
    uri, to = sys.argv[-2:]
    behaviour = uri.split("/")[3]
    word, _, number = behaviour.partition("-")
    number = int(number or 0)
    staging = os.path.dirname(os.path.dirname(os.path.abspath(
        to.rstrip("/") + ("/x" if to.endswith("/") else ""))))
    pids = os.path.join(os.path.dirname(staging), "PIDS")
    note(pids)
    if word == "exit":
        print("rsync: [Receiver] something \x1b[31m\xff went wrong\n"
              "rsync error: in another line", file=sys.stderr)
        return number
    if word == "signal":
        os.kill(os.getpid(), number)
    if word == "file":
        put(to)
    if word == "link":
        os.symlink("/etc/passwd", to)
    if word == "folder":
        os.mkdir(to)
    act = {"tell": lambda: tell(to), "hang": stay,
           "deaf": lambda: deaf(pids), "orphans": lambda: orphans(pids),
           "leaves": lambda: leaves(to, pids), "prints": prints,
           "line": line, "writes": lambda: writes(to),
           "sparse": lambda: sparse(to), "deep": lambda: deep(to),
           "evil": lambda: evil(to), "large": lambda: large(to)}.get(word)
    if act:
        act()
    return 0


sys.exit(main())
