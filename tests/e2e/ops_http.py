#!/usr/bin/env python3
"""ops_http.py: every route of the HTTP API, asked well and badly.

ops_http.py PORT RTR_PORT EXPECTED_CSV

Prints one "ok" a check and ends with 1 at the first that fails.
"""
import csv
import http.client
import json
import os
import re
import socket
import subprocess
import sys

PORT, RTR_PORT, EXPECTED = int(sys.argv[1]), sys.argv[2], sys.argv[3]
with open(EXPECTED) as f:
    ROWS = [tuple(row) for row in list(csv.reader(f))[1:]]


def check(holds, what, *more):
    if not holds:
        print("not ok:", what, *more)
        sys.exit(1)
    print("ok:", what)


def ask(target, method="GET", body=None, headers=None):
    c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    c.request(method, target, body, headers or {})
    r = c.getresponse()
    text = r.read()
    c.close()
    return r, text


def raw(octets):
    """Send octets as they are; everything that comes back."""
    s = socket.create_connection(("127.0.0.1", PORT), 20)
    got = b""
    try:
        s.sendall(octets)
        s.shutdown(socket.SHUT_WR)
        while piece := s.recv(65536):
            got += piece
    except OSError as error:
        # Cut while we still spoke: fine.  Silence is not.
        if isinstance(error, TimeoutError):
            raise
    s.close()
    return got


def rtr_table():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rtr.py")
    return subprocess.run([sys.executable, path, "table", "127.0.0.1",
                           RTR_PORT], capture_output=True, check=True,
                          text=True).stdout.split()


def plain_routes():
    r, text = ask("/")
    check(r.status == 200 and b"/api/v1/validity/ASN/PREFIX" in text, "/")
    for line in text.decode().splitlines()[2:]:
        method, path = line.split()[:2]
        path = path.replace("ASN", "AS1").replace("PREFIX", "192.0.2.0/24")
        body = '{"routes":[]}' if method == "POST" else None
        if path == "/api/v1/why":
            path += "?prefix=10.0.0.0/8"
        if path == "/validity" and method == "GET":
            path += "?asn=1&prefix=192.0.2.0/24"
        r, text = ask(path, method, body)
        check(r.status == 200 and len(text) > 0, f"{method} {path}")
        check(r.headers["X-Content-Type-Options"] == "nosniff" and
              r.headers["Content-Type"], "its headers")
        if method == "GET":
            h, text = ask(path, "HEAD")
            check(h.status == 200 and text == b"" and h.headers[
                "Content-Type"] == r.headers["Content-Type"],
                f"HEAD {path}")
    check(ask("/healthz")[1] == b"alive\n", "alive")
    check(ask("/readyz")[1] == b"ready\n", "ready")


def exports():
    r, text = ask("/json")
    doc = json.loads(text)
    got = {("AS%d" % v["asn"], v["prefix"], str(v["maxLength"]), v["ta"])
           for v in doc["roas"]}
    check(got == set(ROWS), "/json holds the expected set")
    check(doc["metadata"]["generated"] > 1700000000 and
          doc["metadata"]["buildtime"], "and tells when it was made")
    check(all(v["expires"] > 1700000000 for v in doc["roas"]), "and expiry")
    tag = r.headers["ETag"]
    check(r.headers["Last-Modified"].endswith(" GMT"), "Last-Modified")
    again, text = ask("/json", headers={"If-None-Match": tag})
    check(again.status == 304 and text == b"", "304 for what is known")
    again, text = ask("/json", headers={"If-None-Match": '"other"'})
    check(again.status == 200 and text, "200 for what is not")
    r, text = ask("/csv")
    lines = text.decode().splitlines()
    check(lines[0] == "ASN,IP Prefix,Max Length,Trust Anchor,Expires" and
          {tuple(line.split(",")[:4]) for line in lines[1:]} == set(ROWS),
          "/csv holds the expected set")


def validity():
    asn, prefix, most, _ = ROWS[0]
    address, length = prefix.split("/")
    wanted = [
        (asn, prefix, "valid", None, "matched"),
        ("AS64511", prefix, "invalid", "as", "unmatched_as"),
        (asn, address + "/32", "invalid", "length", "unmatched_length"),
        ("AS64511", "192.0.2.0/24", "not-found", None, None)]
    documents = []
    for a, p, state, reason, where in wanted:
        r, text = ask(f"/api/v1/validity/{a}/{p}")
        doc = json.loads(text)
        v = doc["validated_route"]["validity"]
        check(r.status == 200 and v["state"] == state and
              v.get("reason") == reason, f"{a} {p} {state}", text)
        check(doc["validated_route"]["route"] ==
              {"origin_asn": a, "prefix": p}, "its route")
        for name in ("matched", "unmatched_as", "unmatched_length"):
            check(isinstance(v["VRPs"][name], list), name)
        if where:
            check({"asn": asn, "prefix": prefix, "max_length": most} in
                  v["VRPs"][where], f"listed under {where}")
        again = json.loads(ask(f"/validity?prefix={p}&asn={a}")[1])
        check(again == doc, "by query as well")
        documents.append(doc["validated_route"])
    routes = {"routes": [{"asn": a, "prefix": p} for a, p, *_ in wanted]}
    r, text = ask("/validity", "POST", json.dumps(routes))
    check(json.loads(text)["validated_routes"] == documents, "by POST")
    r, text = ask("/validity", "POST", iter([json.dumps(routes).encode()]))
    check(json.loads(text)["validated_routes"] == documents, "in chunks")
    many = {"routes": [{"asn": int(a[2:]), "prefix": p}
                       for a, p, *_ in ROWS] * 8}
    del many["routes"][10000:]
    r, text = ask("/validity", "POST", json.dumps(many))
    got = json.loads(text)["validated_routes"]
    check(len(got) == len(many["routes"]) and
          all(v["validity"]["state"] == "valid" for v in got), "many")


def refusals():
    for target, status, parameter in (
            ("/nothing", 404, None), ("/json/", 404, None),
            ("/validity?asn=x&prefix=::/0", 400, "asn"),
            ("/validity?asn=1&prefix=x", 400, "prefix"),
            ("/validity?asn=1&prefix=192.0.2.1/24", 400, "prefix"),
            ("/api/v1/validity/AS1/nonsense", 400, "prefix"),
            ("/json?select=1", 400, "select"),
            ("/validity?asn=%00", 400, None),
            ("/" + "x" * 5000, 414, None)):
        r, text = ask(target)
        check(r.status == status, f"{target[:40]} {status}", r.status)
        check(json.loads(text).get("parameter") == parameter,
              "names what is wrong")
    for method, target, allow in (
            ("POST", "/json", "GET, HEAD"), ("DELETE", "/metrics",
                                             "GET, HEAD"),
            ("PUT", "/validity", "GET, HEAD, POST")):
        r, text = ask(target, method)
        check(r.status == 405 and r.headers["Allow"] == allow,
              f"{method} {target} 405", r.status)
    r, text = ask("/validity", "POST", '{"routes":[{"asn":"x"}]}')
    check(r.status == 400 and json.loads(text)["parameter"] ==
          "routes[0].asn", "a bad route in a body is named")
    got = raw(b"POST /validity HTTP/1.1\r\nHost: x\r\n"
              b"Content-Length: 1048577\r\n\r\n")
    check(got.startswith(b"HTTP/1.1 413 "), "a body too long by its head")
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    got = raw(b"POST /validity HTTP/1.1\r\nHost: x\r\n"
              b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 17 +
              b"0\r\n\r\n")
    check(got.startswith(b"HTTP/1.1 413 "), "a body too long by its chunks",
          got[:80])
    r, text = ask("/validity", "POST", " " * (1048576 - 13) +
                  '{"routes":[]}')
    check(r.status == 200, "the longest body", r.status)


def garbage():
    """Every octet in every parameter, as it is: no 200, no 5xx, no crash."""
    good = (b"GET /validity?asn=%sAS1&prefix=192.0.2.0/24 HTTP/1.1",
            b"GET /validity?asn=1&prefix=%s192.0.2.0/24 HTTP/1.1",
            b"GET /api/v1/validity/%sAS1/192.0.2.0/24 HTTP/1.1",
            b"GET /api/v1/validity/AS1/%s192.0.2.0/24 HTTP/1.1",
            b"GET /json%s HTTP/1.1", b"%s /json HTTP/1.1",
            b"GET /json HTTP/%s")
    bad = []
    for line in good:
        for octet in range(256):
            for piece in (bytes([octet]), b"%%%02x" % octet,
                          bytes([octet]) * 3000):
                got = raw(line.replace(b"%s", piece) +
                          b"\r\nHost: x\r\nConnection: close\r\n\r\n")
                if re.match(rb"HTTP/1\.[01] (2|5(?!05))", got):
                    bad.append((line, piece[:4], got[:40]))
    # A question mark ends a path and an ampersand a parameter; %30 is a
    # digit; blanks around a target, and what follows a raw NUL, the library
    # takes away: these few may be good requests.
    odd = [b for b in bad if b[1][:1] not in b"?& \t\r\n0\x0b\x0c\0" and
           b[1][:3] not in (b"%30", b"%3f", b"%26")]
    check(not odd, "no octet does harm", odd[:5])
    for octets in (b"", b"\r\n" * 1000, b"\0" * 65536, b"GET", os.urandom(
            65536), b"GET / HTTP/1.1\r\n" + b"A: " + b"x" * 65536,
            b"GET / HTTP/1.1\r\n" + b"A:b\r\n" * 20000 + b"\r\n"):
        got = raw(octets)
        check(not re.match(rb"HTTP/1\.[01] 2", got), "no 200 for garbage")


def connections():
    c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    for _ in range(50):
        c.request("GET", "/healthz")
        check(c.getresponse().read() == b"alive\n", "one connection")
    local = c.sock.getsockname()
    check(c.sock.getsockname() == local, "that stays")
    c.close()
    got = raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    check(got.count(b"alive\n") == 3, "three requests in one piece")
    held = [socket.create_connection(("127.0.0.1", PORT), 20)
            for _ in range(70)]
    closed = 0
    for s in held:
        s.settimeout(0.05)
        try:
            closed += s.recv(1) == b""
        except TimeoutError:
            pass
        except ConnectionError:
            closed += 1
    check(closed == 6, "64 connections from one address, no more", closed)
    held[0].settimeout(20)
    held[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    check(held[0].recv(4096).startswith(b"HTTP/1.1 200"), "they are served")
    for s in held:
        s.close()
    check(ask("/healthz")[0].status == 200, "and others after them")


SAMPLE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)'
    r'(\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"'
    r'(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*")*\})? (-?[0-9.]+)\Z')


def metrics():
    r, text = ask("/metrics")
    check(r.headers["Content-Type"].startswith("text/plain; version=0.0.4"),
          "/metrics")
    values, types = {}, {}
    for line in text.decode().splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            check(name not in types, f"{name} once")
            types[name] = kind
        elif not line.startswith("# HELP "):
            m = SAMPLE.match(line)
            check(m and m.group(1) in types and line not in values,
                  "a sample", line)
            values[m.group(1) + (m.group(2) or "")] = float(m.group(3))
    four = sum(":" not in row[1] for row in ROWS)
    check(values['waymark_vrps_unique{family="ipv4"}'] == four and
          values['waymark_vrps_unique{family="ipv6"}'] == len(ROWS) - four,
          "VRPs")
    check(values['waymark_vrps{ta="ta0",family="ipv4"}'] == four, "by TA")
    check(values["waymark_ready"] == 1 and
          values['waymark_run_result{result="ok"}'] == 1, "ready")
    check(values['waymark_rtr_pdus_total{direction="in",'
                 'type="reset_query"}'] >= 1, "PDUs")
    check(values['waymark_rtr_connections_total{result="accepted"}'] >= 1,
          "connections")
    check(values["process_resident_memory_bytes"] > 1e6 and
          5 < values["process_open_fds"] < 200, "process",
          values["process_open_fds"])
    check(values['waymark_objects{ta="ta0",type="roa",state="valid"}'] > 0,
          "objects")


def main():
    before = rtr_table()
    check(len(before) == len({row[:3] for row in ROWS}), "a router")
    plain_routes()
    exports()
    validity()
    refusals()
    garbage()
    connections()
    metrics()
    check(rtr_table() == before, "the router has the same")


main()
