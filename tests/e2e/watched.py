#!/usr/bin/env python3
"""watched.py: a program under a deadline, and the memory that it took.

watched.py SECONDS LOG COMMAND...

Output of the command goes to LOG (stdout) and LOG.err.  Prints one line of
shell: code=N ms=N anon=N hwm=N.  `anon` is the largest RssAnon seen in
/proc/PID/status, every 5 ms: what the program allocated.  `hwm` is VmHWM, the
peak of all resident pages as the kernel kept it, pages of mapped files (the
store) too.  Both in KiB, of the process alone, without its children.  The code
is 124 when the deadline passed, 128 + N for signal N.
"""
import subprocess
import sys
import time


def memory(pid, most):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            for line in f:
                name, _, value = line.partition(":")
                if name in most:
                    most[name] = max(most[name], int(value.split()[0]))
    except OSError:
        pass


def main():
    seconds, log, command = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
    most, code = {"RssAnon": 0, "VmHWM": 0}, None
    began = time.monotonic()
    with open(log, "wb") as out, open(log + ".err", "wb") as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=err)
        while child.poll() is None:
            memory(child.pid, most)
            if time.monotonic() - began > seconds:
                child.kill()
                code = 124
                break
            time.sleep(0.005)
        child.wait()
    ms = int((time.monotonic() - began) * 1000)
    if code is None:
        code = child.returncode if child.returncode >= 0 else \
            128 - child.returncode
    print(f"code={code} ms={ms} anon={most['RssAnon']} hwm={most['VmHWM']}")


main()
