"""measure: what the benchmarks share.

Running a program and seeing what it took, the RSA limit of this machine, and
rpki-client on the same tree.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BIN = os.environ.get("WAYMARK_BIN", os.path.join(TOP, "build/release/bin"))


class Usage:
    """What a process took: seconds, KiB, exit code."""

    def __init__(self):
        self.wall = self.cpu = 0.0
        self.peak = self.anonymous = self.code = 0


def watch(pid, usage, ended):
    """Until it ends, look at the memory that is no file's."""
    pause = 0.001
    while not ended.wait(pause):
        try:
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                found = re.search(r"RssAnon:\s+(\d+)", file.read())
            if found:
                usage.anonymous = max(usage.anonymous, int(found.group(1)))
        except OSError:
            pass
        pause = min(2 * pause, 0.02)


def timed(*command, **more):
    """Run a command to its end."""
    usage, ended, began = Usage(), threading.Event(), time.monotonic()
    child = subprocess.Popen(command, **more)
    watcher = threading.Thread(target=watch, args=(child.pid, usage, ended))
    try:
        watcher.start()
        _, status, spent = os.wait4(child.pid, 0)
        usage.wall = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    finally:
        ended.set()
        child.kill()
    watcher.join()
    usage.cpu = spent.ru_utime + spent.ru_stime
    usage.peak, usage.code = spent.ru_maxrss, child.returncode
    return usage


def rsa_limit(seconds):
    """Verifications of RSA 2048: a second over all cores, and a second of
    processor time.  Half of that goes into signing, which is measured too."""
    cores = os.cpu_count()
    with tempfile.TemporaryFile("w+") as out:
        usage = timed("openssl", "speed", "-seconds", str(seconds), "-multi",
                      str(cores), "rsa2048", stdout=out,
                      stderr=subprocess.DEVNULL)
        out.seek(0)
        line = [x for x in out if re.match(r"rsa\s+2048", x)][-1]
    rate = float(line.split()[-1])
    return rate, rate * seconds / (usage.cpu / 2)


def peer(world, wall):
    """rpki-client -n on the same tree."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(
            os.path.abspath(world))) as work:
        cache, out = work + "/cache", work + "/out"
        shutil.copytree(world + "/repo", cache)
        os.mkdir(out)
        for extra in (".rsync", ".rrdp", "ta"):
            os.makedirs(f"{cache}/{extra}")
        command = ["rpki-client", "-n", "-c", "-d", cache]
        for name in sorted(os.listdir(world)):
            if not name.endswith(".tal"):
                continue
            tal = f"{world}/{name}"
            with open(tal, encoding="ascii") as f:
                uri = [x.strip() for x in f if x.startswith("rsync://")][0]
            ta = f"{cache}/ta/{name[:-4]}"
            os.mkdir(ta)
            shutil.copy(f"{world}/repo/{uri[8:]}", ta)
            command += ["-t", tal]
        subprocess.run(["chown", "-R", "_rpki-client", work], check=True)
        os.chmod(work, 0o755)
        theirs = timed(*command, out, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        if theirs.code:
            sys.exit(f"rpki-client: exit {theirs.code}")
        with open(out + "/csv", encoding="ascii") as f:
            vrps = sum(1 for _ in f) - 1
        with open(world + "/expected.csv", encoding="ascii") as f:
            want = sum(1 for _ in f) - 1
        print(f"rpki-client -n: {vrps} VRPs of {want}, wall {theirs.wall:.2f} s, CPU "
              f"{theirs.cpu:.2f} s; ours is {theirs.wall / wall:.1f} times as "
              "fast (aim 5)", flush=True)
