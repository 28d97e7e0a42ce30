#!/usr/bin/env python3
"""https.py: an HTTPS server that behaves as badly as it is told to.

https.py --cert PEM --key PEM [--script JSON] [--root DIR] [--log FILE]
         [--address ADDR] [--port N] [--tls-max 1.1|1.2|1.3]
https.py make-cert DIR [NAME|ADDR]...

It listens on ADDR (127.0.0.1) and a free port, prints the port as its first
line, and serves until it is killed.  A thread a connection, HTTP/1.1 with
keep-alive, standard library only.  make-cert writes DIR/ca.pem, cert.pem and
key.pem (one certificate that is its own authority) for localhost, 127.0.0.1 to
127.0.0.9 and what is named besides; it needs the openssl program.

A request is answered by its rule in the script, else by a file below DIR (with
an ETag; 304 and gzip where asked for), else by 404.  The script is read again
whenever it changes; replace it by a rename.

    { "/notification.xml": RULE or [RULE, RULE, ...],
      "/slow/*": RULE,                        # everything below
      "@connect": "stall" | "close" | "garbage" | "tls-stall" }

In a list the first request takes the first rule, the next the second; the last
stays ("@again": true as the last: begin anew).  A RULE is an object, all of
whose keys may be left out:

  what is sent
    status      200; reason "OK"; version "HTTP/1.1"
    headers     [["Name", "value"], ...] besides the usual; "{origin}" in a value
                becomes https://HOST:PORT as the client asked
    head        the whole head as one text, instead of all that
    redirect    "URI": 302 (or `status`) with this Location, "{origin}" too
    early       N: so many "103 Early Hints" heads before
    many        N header fields more
    big         one header field more, of N octets
    body        text; or file: a path (below DIR, or absolute); or, when there
                is a file for the request, that
    hex         the body in hexadecimal
    bomb        {"octets": N, "fill": " ", "head": "", "tail": ""}: `head`, N
                octets of `fill`, `tail`, made on the fly; with gzip each 10 GB
                are 10 MB (beyond 64 MiB the checksum at the end is wrong)
    gzip        true: compressed, with its header field, whoever asked
    etag        "\\"text\\"": this ETag, and 304 to who shows it; false: none
    modified    "HTTP date": the same with Last-Modified
  how it is framed
    length      N: Content-Length is wrong by N (+5: five octets never come)
                "none": ends with the connection
                "chunked": in chunks of `chunk` octets (4096)
    chunk_fault "overflow" | "garbage" | "unended": of the last chunk
  how it is sent
    drip        [OCTETS, MS]: so many, a pause, and on; `drip_at`: "body"
                (default), "headers" or "status", from where on
    stall       {"at": "status" | "headers" | "body", "after": K, "ms": MS}:
                silence before octet K of that part; without ms for ever
    reset       K: TCP reset before octet K of the body
    close       K: TCP closed before octet K of the body, without TLS's end
    keep        false: ends the connection after the answer

The log has a JSON object a line: {"event": "connect" | "request" | "end" |
"fail", "time", "connection", "peer", and of a request "method", "path",
"headers"; of an end "path", "status", "sent" (octets of head and body)}.
"""
import argparse
import gzip
import hashlib
import itertools
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import warnings
import zlib

BLOCK = 1 << 20
REASONS = {200: "OK", 201: "Created", 204: "No Content", 206: "Partial Content",
           301: "Moved Permanently", 302: "Found", 304: "Not Modified",
           404: "Not Found", 500: "Internal Server Error"}


class Gone(Exception):
    """The answer ends here, and the connection with it."""


class Log:
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8") if path else None
        self.lock = threading.Lock()

    def write(self, event, **more):
        if self.file:
            line = json.dumps({"event": event, "time": time.time(), **more})
            with self.lock:
                self.file.write(line + "\n")
                self.file.flush()


class Script:
    """The rules, as the file has them now, and who has had which."""

    def __init__(self, path):
        self.path, self.stamp, self.rules, self.turns = path, None, {}, {}
        self.lock = threading.Lock()

    def load(self):
        if not self.path:
            return
        s = os.stat(self.path)
        stamp = (s.st_ino, s.st_mtime_ns, s.st_size)
        if stamp == self.stamp:
            return
        with open(self.path, encoding="utf-8") as f:
            rules = json.load(f)
        # A path whose rules stayed the same goes on where it was.
        self.turns = {path: turn for path, turn in self.turns.items()
                      if rules.get(path) == self.rules.get(path)}
        self.rules, self.stamp = rules, stamp

    def find(self, key):
        """The rule for a path or "@connect"; None when there is none."""
        with self.lock:
            self.load()
            if key not in self.rules:
                stars = [k for k in self.rules if k.endswith("*")
                         and key.startswith(k[:-1])]
                if not stars or key.startswith("@"):
                    return None
                key = max(stars, key=len)
            rule = self.rules[key]
            if not isinstance(rule, list):
                return rule
            turn = self.turns.get(key, 0)
            self.turns[key] = turn + 1
            if rule[-1] == {"@again": True}:
                return rule[turn % (len(rule) - 1)]
            return rule[min(turn, len(rule) - 1)]


def pieces_of_bomb(bomb, packed):
    """The octets of a bomb, plain or as gzip, a block at a time."""
    head, tail = (bomb.get(k, "").encode() for k in ("head", "tail"))
    fill = bomb.get("fill", " ").encode()
    block = (fill * (BLOCK // len(fill) + 1))[:BLOCK]
    whole, rest = divmod(int(bomb["octets"]), len(block))
    if not packed:
        yield head
        yield from itertools.repeat(block, whole)
        yield block[:rest] + tail
        return
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield pack.compress(head) + pack.flush(zlib.Z_FULL_FLUSH)
    if whole <= 64:
        for _ in range(whole):
            yield pack.compress(block)
    else:
        # A block behind a full flush does not depend on what came before.
        same = pack.compress(block) + pack.flush(zlib.Z_FULL_FLUSH)
        yield from itertools.repeat(same, whole)
    yield pack.compress(block[:rest] + tail) + pack.flush()


class Answer:
    """One answer: what it is made of, and its way out."""

    def __init__(self, link, rule, request):
        self.link, self.rule, self.request = link, rule, request
        self.sent, self.keep = 0, rule.get("keep", True)
        self.status = rule.get("status", 302 if "redirect" in rule else 200)
        self.fields, self.pieces, self.size = [], [], 0

    # What is sent

    def origin(self, text):
        host = self.request["headers"].get("host", "")
        return text.replace("{origin}", "https://" + host)

    def octets(self):
        """The body as one piece, or None for a bomb."""
        rule = self.rule
        if "bomb" in rule:
            return None
        if "body" in rule:
            return rule["body"].encode()
        if "hex" in rule:
            return bytes.fromhex(rule["hex"])
        path = self.link.server.file(rule.get("file"), self.request["path"])
        if path:
            with open(path, "rb") as f:
                return f.read()
        if not rule.keys() - {"keep"}:
            self.status = 404
        return b""

    def is_known(self, etag, modified):
        asked = self.request["headers"]
        if "if-none-match" in asked:
            return bool(etag) and etag in asked["if-none-match"]
        return bool(modified) and modified == asked.get("if-modified-since")

    def tags(self, body):
        etag = self.rule.get("etag")
        if etag is None and self.status == 200 and body is not None and \
                not self.rule.keys() & {"body", "hex", "redirect"}:
            etag = '"%s"' % hashlib.sha256(body).hexdigest()[:32]
        modified = self.rule.get("modified")
        if etag:
            self.fields.append(("ETag", etag))
        if modified:
            self.fields.append(("Last-Modified", modified))
        return self.status == 200 and self.is_known(etag, modified)

    def make_body(self):
        body = self.octets()
        packed = self.rule.get("gzip")
        if self.tags(body):
            self.status = 304
            return
        if body is None:
            self.pieces = pieces_of_bomb(self.rule["bomb"], packed)
            self.size = None
        else:
            if packed is None and self.rule.keys() <= {"drip", "file"} and \
                    "gzip" in self.request["headers"].get(
                        "accept-encoding", ""):
                packed = True
            if packed:
                body = gzip.compress(body, 6, mtime=0)
            self.pieces, self.size = [body], len(body)
        if packed:
            self.fields.append(("Content-Encoding", "gzip"))

    def make_head(self):
        rule = self.rule
        if "head" in rule:
            return b"", rule["head"].encode("latin-1")
        length = rule.get("length", 0)
        if length == "chunked":
            self.fields.append(("Transfer-Encoding", "chunked"))
        elif length == "none" or self.size is None:
            self.keep = False
        elif self.status not in (204, 304):
            self.fields.append(("Content-Length", str(self.size + length)))
        if "redirect" in rule:
            self.fields.append(("Location", self.origin(rule["redirect"])))
        self.fields += [(n, self.origin(v)) for n, v in rule.get("headers", [])]
        self.fields += [("X-Many-%d" % i, "x")
                        for i in range(rule.get("many", 0))]
        if rule.get("big"):
            self.fields.append(("X-Big", "x" * rule["big"]))
        if not self.keep:
            self.fields.append(("Connection", "close"))
        early = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" * \
            rule.get("early", 0)
        status = "%s %d %s\r\n" % (
            rule.get("version", "HTTP/1.1"), self.status,
            rule.get("reason", REASONS.get(self.status, "Whatever")))
        head = "".join("%s: %s\r\n" % field for field in self.fields) + "\r\n"
        return early + status.encode("latin-1"), head.encode("latin-1")

    # How it is sent

    def cut(self, part, start, piece):
        """Where in `piece`, that begins at octet `start` of `part`, something
        happens: (offset, what to do) in order."""
        rule, cuts = self.rule, []
        stall = rule.get("stall")
        if stall and stall.get("at", "body") == part:
            cuts.append((stall.get("after", 0), self.stall))
        if part == "body":
            for name, do in (("reset", self.link.reset),
                             ("close", self.link.drop)):
                if name in rule:
                    cuts.append((rule[name], do))
        cuts = [(at - start, do) for at, do in cuts
                if start <= at < start + len(piece) or
                (at == start == 0 and not piece)]
        return sorted(cuts, key=lambda c: c[0])

    def stall(self):
        ms = self.rule["stall"].get("ms")
        if ms is not None:
            time.sleep(ms / 1000)
            return
        # For ever is until the other side goes.
        try:
            while self.link.tls.recv(4096):
                pass
        except OSError:
            pass
        raise Gone

    def put(self, part, piece):
        parts = ("status", "headers", "body")
        drip = self.rule.get("drip")
        if not drip or parts.index(part) < parts.index(
                self.rule.get("drip_at", "body")):
            self.link.send(piece)
        else:
            for i in range(0, len(piece), drip[0]):
                self.link.send(piece[i:i + drip[0]])
                time.sleep(drip[1] / 1000)
        self.sent += len(piece)

    def send_part(self, part, start, piece):
        at = 0
        for offset, do in self.cut(part, start, piece):
            self.put(part, piece[at:offset])
            at = offset
            do()
        self.put(part, piece[at:])

    def frame(self):
        """The body's pieces as they go out, framed."""
        if self.rule.get("length") != "chunked":
            yield from self.pieces
            return
        step = self.rule.get("chunk", 4096)
        for piece in self.pieces:
            for i in range(0, len(piece), step):
                part = piece[i:i + step]
                yield b"%x\r\n%s\r\n" % (len(part), part)
        yield {"overflow": b"fffffffffffffffff\r\nmore",
               "garbage": b"\x00\xffzz\r\n\r\n",
               "unended": b"7fffffff\r\nmore",
               None: b"0\r\n\r\n"}[self.rule.get("chunk_fault")]

    def send(self):
        self.make_body()
        status, head = self.make_head()
        self.send_part("status", 0, status)
        self.send_part("headers", 0, head)
        start = 0
        for piece in self.frame():
            self.send_part("body", start, piece)
            start += len(piece)
        lies = self.rule.get("length", 0)
        if self.rule.get("chunk_fault") or "head" in self.rule or \
                (isinstance(lies, int) and lies != 0):
            self.keep = False


class Link:
    """One connection."""

    def __init__(self, server, plain, number):
        self.server, self.plain, self.number = server, plain, number
        self.tls, self.buffer = None, b""

    def send(self, octets):
        if octets:
            self.tls.sendall(octets)

    def reset(self):
        self.tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        self.drop()

    def drop(self):
        # Closing the descriptor alone leaves TLS without its end.
        os.close(self.tls.detach())
        raise Gone

    def read_request(self):
        while b"\r\n\r\n" not in self.buffer:
            more = self.tls.recv(65536)
            if not more or len(self.buffer) > BLOCK:
                raise Gone
            self.buffer += more
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        fields = (line.split(":", 1) for line in lines)
        return {"method": method, "path": path,
                "headers": {n.lower(): v.strip() for n, v in fields}}

    def answer(self):
        """One request and its answer; whether another may come."""
        request = self.read_request()
        self.server.log.write("request", connection=self.number, **request)
        rule = self.server.script.find(request["path"].split("?")[0])
        answer = Answer(self, rule or {}, request)
        try:
            answer.send()
        finally:
            self.server.log.write(
                "end", connection=self.number, path=request["path"],
                status=answer.status, sent=answer.sent)
        return answer.keep and \
            request["headers"].get("connection", "").lower() != "close"

    def greet(self):
        """Before and with TLS's handshake."""
        how = self.server.script.find("@connect")
        if how == "close":
            raise Gone
        if how == "garbage":
            self.plain.sendall(b"SSH-2.0-not what you think\r\n")
            raise Gone
        if how in ("stall", "tls-stall"):
            # The one says nothing; the other takes what is said.
            while how == "tls-stall" and self.plain.recv(65536):
                pass
            time.sleep(86400)
        self.tls = self.server.context.wrap_socket(
            self.plain, server_side=True, suppress_ragged_eofs=True)

    def run(self):
        log = self.server.log
        try:
            self.plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.greet()
            while self.answer():
                pass
            self.tls.unwrap()
        except Gone:
            pass
        except (OSError, ValueError, KeyError, TypeError) as e:
            log.write("fail", connection=self.number, why=repr(e))
        finally:
            for s in (self.tls, self.plain):
                if s:
                    s.close()


class Server:
    def __init__(self, args):
        self.root, self.log = args.root, Log(args.log)
        self.script = Script(args.script)
        self.context = self.make_context(args)
        self.socket = socket.create_server((args.address, args.port),
                                           backlog=1024)

    @staticmethod
    def make_context(args):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.cert, args.key)
        if args.tls_max:
            # The old ones need that OpenSSL and Python look away.
            warnings.simplefilter("ignore")
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = getattr(
                ssl.TLSVersion, "TLSv" + args.tls_max.replace(".", "_"))
        return context

    def file(self, named, path):
        """The file for a request, or None."""
        if named and os.path.isabs(named):
            return named
        name = (named or path.split("?")[0]).lstrip("/")
        if not self.root or ".." in name.split("/"):
            return None
        full = os.path.join(self.root, name)
        return full if os.path.isfile(full) else None

    def run(self):
        print(self.socket.getsockname()[1], flush=True)
        for number in itertools.count(1):
            plain, peer = self.socket.accept()
            self.log.write("connect", connection=number,
                           peer="%s:%d" % peer[:2])
            threading.Thread(target=Link(self, plain, number).run,
                             daemon=True).start()


def make_cert(folder, names):
    os.makedirs(folder, exist_ok=True)
    hosts = ["localhost"] + ["127.0.0.%d" % i for i in range(1, 10)] + names
    alt = ",".join(("IP:" if h.replace(".", "").isdigit() or ":" in h
                    else "DNS:") + h for h in hosts)
    key, cert, ca = (os.path.join(folder, n)
                     for n in ("key.pem", "cert.pem", "ca.pem"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj",
         "/CN=Waymark test server", "-addext", "subjectAltName=" + alt,
         "-keyout", key, "-out", cert], check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(cert, "rb") as f, open(ca, "wb") as g:
        g.write(f.read())


def main():
    if sys.argv[1:2] == ["make-cert"]:
        make_cert(sys.argv[2], sys.argv[3:])
        return
    p = argparse.ArgumentParser(usage=__doc__)
    for option in ("cert", "key"):
        p.add_argument("--" + option, required=True)
    for option in ("script", "root", "log", "tls-max"):
        p.add_argument("--" + option)
    p.add_argument("--address", default="127.0.0.1")
    p.add_argument("--port", type=int, default=0)
    try:
        Server(p.parse_args()).run()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
