#!/usr/bin/env python3
"""differential.py: random trees with random faults, before three validators.

differential.py BIN WORK DIFFERENCES SEED TREES SECONDS

Each CA of a tree has addresses and AS numbers of its own and one fault, so that
a VRP, router key or ASPA that one validator finds and another does not leads to
the fault.  Such a difference must stand in DIFFERENCES, a table in Markdown, as
the name of the fault and that of the other validator.  Prints what does not.
No tree is begun after SECONDS.
"""
import base64
import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time

BIN, WORK, DIFFERENCES = sys.argv[1:4]
SEED, TREES, SECONDS = (int(arg) for arg in sys.argv[4:7])
EXT = "tbs[7].extensions."
SIA = EXT + "sia.value.list."
CRLDP = EXT + "crldp.value.points.point"

# Of a CA with AS numbers of its own, {k} and {l}: a router certificate, an
# ASPA, and changes of them.
ASN = "set {c} resources=\"{p} AS{k}-AS{l}\""


def router(resources, *changes):
    return [ASN, "extra ca={c} type=router name={c}-k.cer resources=\"" +
            resources + "\""] + ["mutate object={c}-k.cer " + change
                                for change in changes]


def aspa(*changes, providers="64500 64501", resources="AS{k}"):
    return [ASN, "extra ca={c} type=aspa name={c}-a.asa asn={k} list=\"" +
            providers + "\" resources=\"" + resources + "\""] + [
                "mutate object={c}-a.asa " + change for change in changes]


# Name -> lines of a story; {c} is the CA, {r} its first ROA.
FAULTS = {
    "router-good": router("AS{k}"),
    "router-two-as": router("AS{k} AS{l}"),
    "router-as-range": router("AS{k}-AS{l}"),
    "router-addresses": router("AS{k} {half}"),
    "router-inherit": router("inherit-asn"),
    "router-overclaim": router("AS4000000000"),
    "router-no-purpose": router("AS{k}", EXT + "extendedKeyUsage=remove"),
    "router-other-purpose": router("AS{k}", EXT + "extendedKeyUsage.value."
                                   "purposes.router=hex:2b06010505070301"),
    "router-two-purposes": router("AS{k}", EXT + "extendedKeyUsage.value."
                                  "purposes=last:06082b06010505070301"),
    "router-curve": router("AS{k}", "tbs.spki.algorithm.curve="
                           "oid:1.3.132.0.34"),
    "router-point": router("AS{k}", "tbs.spki.key.point=flip:100"),
    "router-ski": router("AS{k}", EXT + "ski.value.keyid=flip:3"),
    "router-key-usage": router("AS{k}", EXT + "keyUsage.value.bits="
                               "hex:0106"),
    "router-signature": router("AS{k}", "signature=flip:9"),
    "router-expired": router("AS{k}", "tbs.validity.notAfter="
                             "utctime:2001-01-01T00:00:00Z"),
    "router-no-crldp": router("AS{k}", EXT + "crldp=remove"),
    "router-revoked": router("AS{k}") + ["fault object={c}-k.cer "
                                         "kind=revoked"],
    "router-missing": router("AS{k}") + ["fault object={c}-k.cer "
                                         "kind=missing"],
    "aspa-good": aspa(),
    "aspa-as0": aspa(providers="0"),
    "aspa-as0-and-more": aspa(providers="0 64500"),
    "aspa-own-provider": aspa("content.providers[0]=int:{k}",
                              providers="5 64501"),
    "aspa-order": aspa("content.providers[0]=swap"),
    "aspa-twice": aspa("content.providers[0]=dup"),
    "aspa-version-0": aspa("content.explicit=remove"),
    "aspa-none": aspa("content.providers=hex:"),
    "aspa-overclaim": aspa(resources="AS4000000000"),
    "aspa-addresses": aspa(resources="AS{k} {half}"),
    "aspa-inherit": aspa(resources="inherit-asn"),
    "aspa-signature": aspa("signerInfo.signature=flip:9"),
    "aspa-revoked": aspa() + ["fault object={c}-a.asa kind=revoked"],
    "aspa-missing": aspa() + ["fault object={c}-a.asa kind=missing"],
    "roa-missing": ["fault object={r}.roa kind=missing"],
    "roa-hash": ["fault object={r}.roa kind=hash"],
    "roa-unlisted": ["fault object={r}.roa kind=unlisted"],
    "roa-revoked": ["fault object={r}.roa kind=revoked"],
    "roa-empty": ["fault object={r}.roa kind=empty"],
    "roa-cut": ["fault object={r}.roa kind=cut"],
    "roa-grown": ["fault object={r}.roa kind=grown"],
    "roa-expired": ["mutate object={r}.roa ee.tbs.validity.notAfter="
                    "utctime:2001-01-01T00:00:00Z"],
    "roa-future": ["mutate object={r}.roa ee.tbs.validity.notBefore="
                   "utctime:2049-01-01T00:00:00Z"],
    "roa-maxlength-33": ["mutate object={r}.roa content.ipAddrBlocks.ipv4."
                         "addresses[0].maxLength=int:33"],
    "roa-maxlength-low": ["mutate object={r}.roa content.ipAddrBlocks.ipv4."
                          "addresses[0].maxLength=int:3"],
    "roa-as-negative": ["mutate object={r}.roa content.asID=int:-1"],
    "roa-as-large": ["mutate object={r}.roa content.asID=int:4294967296"],
    "roa-version-0": ["mutate object={r}.roa encap.content=first:a003020100"],
    "roa-version-1": ["mutate object={r}.roa encap.content=first:a003020101"],
    "roa-family-twice": ["mutate object={r}.roa content.ipAddrBlocks.ipv4="
                         "dup"],
    "roa-family-safi": ["mutate object={r}.roa content.ipAddrBlocks.ipv4."
                        "family=hex:000101"],
    "roa-no-addresses": ["mutate object={r}.roa content.ipAddrBlocks.ipv4."
                         "addresses=hex:"],
    "roa-tail": ["mutate object={r}.roa encap.content=last:0500"],
    "roa-signature": ["mutate object={r}.roa signerInfo.signature=flip:9"],
    "roa-digest": ["mutate object={r}.roa signedAttrs.messageDigest.values."
                   "value=flip:9"],
    "roa-sid": ["mutate object={r}.roa signerInfo.sid=flip:9"],
    "roa-no-signing-time": ["mutate object={r}.roa signedAttrs.signingTime="
                            "remove"],
    "roa-signing-time-twice": ["mutate object={r}.roa signedAttrs."
                               "signingTime=dup"],
    "roa-two-signers": ["mutate object={r}.roa signedData.signerInfos."
                        "signerInfo=dup"],
    "roa-two-certificates": ["mutate object={r}.roa signedData.certificates."
                             "ee=dup"],
    "roa-cms-version": ["mutate object={r}.roa signedData.version=int:1"],
    "roa-indefinite": ["mutate object={r}.roa signedData=length:indefinite"],
    "roa-long-length": ["mutate object={r}.roa signedData.encap=length:long"],
    "roa-type": ["mutate object={r}.roa signedData.encap.eContentType="
                 "oid:1.2.840.113549.1.9.16.1.26"],
    "roa-algorithm-rsa-sha256": ["mutate object={r}.roa signerInfo."
                                 "signatureAlgorithm.oid="
                                 "oid:1.2.840.113549.1.1.11"],
    "roa-as-resources": ["set {r} resources=\"{p} AS{n}\""],
    "roa-narrow-ee": ["set {r} resources=\"{half}\""],
    "roa-overclaim": ["set {r} prefix=\"192.0.2.0/24\""],
    "roa-signed-object": ["mutate object={r}.roa ee." + SIA + "signedObject."
                          "uri=text:rsync://t.example/repo/{c}/other.roa"],
    "roa-crldp": ["mutate object={r}.roa ee." + CRLDP + ".name.fullName.uri="
                  "text:rsync://t.example/repo/{c}/other.crl"],
    "roa-no-crldp": ["mutate object={r}.roa ee." + EXT + "crldp=remove"],
    "roa-aia": ["mutate object={r}.roa ee." + EXT + "aia.value.list."
                "caIssuers.uri=text:rsync://t.example/repo/other.cer"],
    "roa-no-aia": ["mutate object={r}.roa ee." + EXT + "aia=remove"],
    "roa-issuer": ["mutate object={r}.roa ee.tbs.issuer.rdn.cn.value="
                   "text:other"],
    "roa-key-usage": ["mutate object={r}.roa ee." + EXT + "keyUsage.value."
                      "bits=hex:06c0"],
    "roa-two-names": ["mutate object={r}.roa ee.tbs.subject.rdn=dup"],
    "roa-extension-twice": ["mutate object={r}.roa ee." + EXT + "ski=dup"],
    "roa-ski": ["mutate object={r}.roa ee." + EXT + "ski.value.keyid=flip:1"],
    "roa-version-2": ["mutate object={r}.roa ee.tbs[0].version=int:1"],
    "roa-serial-negative": ["mutate object={r}.roa ee.tbs.serial=int:-5"],
    "roa-serial-zero": ["set {r} serial=0"],
    "roa-time-type": ["mutate object={r}.roa ee.tbs.validity.notAfter="
                      "gentime:2040-01-01T00:00:00Z"],
    "roa-no-critical-ip": ["mutate object={r}.roa ee." + EXT +
                           "ip.critical=remove"],
    "roa-unused-bits": ["mutate object={r}.roa content.ipAddrBlocks.ipv4."
                        "addresses[0].address=hex:040a0f"],
    "file-unknown": ["file ca={c} name={c}-note.zzz text=\"" + "hello " * 30 +
                     "\""],
    "file-small": ["file ca={c} name={c}-note.zzz text=\"hello\""],
    "file-unknown-missing": ["file ca={c} name={c}-note.zzz text=\"hello\"",
                             "fault object={c}-note.zzz kind=missing"],
    "file-name-capitals": ["file ca={c} name={c}-note.ZZZ text=\"" +
                           "hello " * 30 + "\""],
    "file-name-dots": ["file ca={c} name={c}.a.zzz text=\"" + "hello " * 30 +
                       "\""],
    "cer-revoked": ["fault object={c}.cer kind=revoked"],
    "cer-expired": ["mutate object={c}.cer tbs.validity.notAfter="
                    "utctime:2001-01-01T00:00:00Z"],
    "cer-overclaim": ["set {c} resources=\"{p} 192.0.2.0/24\""],
    "cer-overclaim-as": ["set {c} resources=\"{p} AS4000000000\""],
    "cer-inherit": ["set {c} resources=\"inherit\""],
    "cer-range-as-prefix": ["mutate object={c}.cer " + EXT + "ip.value."
                            "blocks.ipv4.addresses[0]=raw:"
                            "300a0303000a{x}0303000a{x}"],
    "cer-as-range-of-one": ["set {c} resources=\"{p} AS64500\"",
                            "mutate object={c}.cer " + EXT + "asn.value.ids."
                            "asnum.list=hex:300a020300fbf4020300fbf4"],
    "cer-path-length": ["mutate object={c}.cer " + EXT + "basicConstraints."
                        "value.constraints=last:020105"],
    "cer-key-usage": ["mutate object={c}.cer " + EXT + "keyUsage.value."
                      "bits=hex:0186"],
    "cer-unknown-critical": ["mutate object={c}.cer " + EXT + "ski=after:"
                             "300e06052a030405060101ff04020500"],
    "cer-unknown-extension": ["mutate object={c}.cer " + EXT + "ski=after:"
                              "300b06052a0304050604020500"],
    "cer-no-policy": ["mutate object={c}.cer " + EXT + "policies=remove"],
    "cer-no-manifest": ["mutate object={c}.cer " + SIA +
                        "rpkiManifest=remove"],
    "cer-notify-http": ["set {c} notify=http://t.example/n.xml"],
    "cer-aki": ["mutate object={c}.cer " + EXT + "aki.value.id.keyid=flip:1"],
    "cer-name-utf8": ["mutate object={c}.cer tbs.subject.rdn.cn.value="
                      "tag:0x0c"],
    "cer-sia-outside": ["mutate object={c}.cer " + SIA + "rpkiManifest.uri="
                        "text:rsync://t.example/repo/{c}x/{c}.mft"],
    "crl-missing": ["fault object={c}.crl kind=missing"],
    "crl-stale": ["mutate object={c}.crl tbs.nextUpdate="
                  "utctime:2001-02-01T00:00:00Z",
                  "mutate object={c}.crl tbs.thisUpdate="
                  "utctime:2001-01-01T00:00:00Z"],
    "crl-signature": ["mutate object={c}.crl signature=flip:9"],
    "crl-issuer": ["mutate object={c}.crl tbs.issuer.rdn.cn.value=text:other"],
    "crl-no-number": ["mutate object={c}.crl tbs.extensions.crlNumber="
                      "remove"],
    "crl-number-critical": ["mutate object={c}.crl tbs.extensions.crlNumber."
                            "oid=after:0101ff"],
    "crl-aki": ["mutate object={c}.crl tbs.extensions.aki.value.id.keyid="
                "flip:1"],
    "crl-empty-list": ["mutate object={c}.crl tbs.nextUpdate=after:3000"],
    "crl-entry-reason": ["mutate object={c}.crl tbs.nextUpdate=after:"
                         "3022302002010a170d3239313233313233303030305a300c"
                         "300a0603551d1504030a0101"],
    "crl-version-1": ["mutate object={c}.crl tbs.version=remove"],
    "crl-future": ["mutate object={c}.crl tbs.thisUpdate="
                   "utctime:2045-01-01T00:00:00Z",
                   "mutate object={c}.crl tbs.nextUpdate="
                   "utctime:2046-01-01T00:00:00Z"],
    "mft-missing": ["fault object={c}.mft kind=missing"],
    "mft-stale": ["mutate object={c}.mft content.thisUpdate="
                  "time:2001-01-01T00:00:00Z",
                  "mutate object={c}.mft content.nextUpdate="
                  "time:2001-02-01T00:00:00Z"],
    "mft-future": ["mutate object={c}.mft content.thisUpdate="
                   "time:2045-01-01T00:00:00Z",
                   "mutate object={c}.mft content.nextUpdate="
                   "time:2046-01-01T00:00:00Z"],
    "mft-number-negative": ["mutate object={c}.mft content.manifestNumber="
                            "int:-1"],
    "mft-number-large": ["mutate object={c}.mft content.manifestNumber="
                         "hex:008000000000000000000000000000000000000000"],
    "mft-version-0": ["mutate object={c}.mft encap.content=first:a003020100"],
    "mft-hash-algorithm": ["mutate object={c}.mft content.fileHashAlg="
                           "oid:2.16.840.1.101.3.4.2.3"],
    "mft-file-twice": ["mutate object={c}.mft content.fileList[0]=dup"],
    "mft-signed-object": ["mutate object={c}.mft ee." + SIA + "signedObject."
                          "uri=text:rsync://t.example/repo/{c}/other.mft"],
    "mft-grown": ["fault object={c}.mft kind=grown"],
    "mft-resources": ["mutate object={c}.mft ee." + EXT + "ip.value.blocks."
                      "ipv4.inherit=raw:30050303000a{x}"],
    "mft-no-signing-time": ["mutate object={c}.mft signedAttrs.signingTime="
                            "remove"],
    "gbr-broken": ["extra ca={c} type=gbr name={c}-g.gbr",
                   "mutate object={c}-g.gbr signerInfo.signature=flip:9"],
}

# rpki-client 8.2 (Debian 12) ends by a signal, without a set, once the point
# of a CA fails for these.
ENDS_RPKI_CLIENT = {
    "crl-aki", "crl-future", "crl-issuer", "crl-missing",
    "crl-number-critical", "crl-signature", "crl-stale", "file-name-dots",
    "file-unknown-missing", "mft-future", "mft-hash-algorithm",
    "mft-missing", "mft-number-negative", "mft-resources", "mft-stale",
    "mft-version-0", "roa-hash", "roa-missing"}


def tree(rng, choice):
    """A story, and the fault of each second octet of IPv4."""
    story = ["ta name=t", "ca name=top parent=t resources=\"10.0.0.0/8 "
             "AS64496-AS64511 AS100000-AS100999\""]
    faults, late, cause = rng.sample(sorted(choice), 24), [], {}
    asn = 1000
    for number, fault in enumerate(faults):
        c, x = f"c{number}", number + 10
        prefix = f"10.{x}.0.0/16"
        cause[str(x)] = fault
        lines = {c: f"ca name={c} parent=top resources=\"{prefix}\""}
        for part in range(rng.randint(1, 3)):
            r = f"{c}r{part}"
            lines[r] = (f"roa ca={c} asn={asn} name={r} prefix=\""
                        f"10.{x}.{part * 16}.0/20-{rng.randint(21, 32)}\"")
            asn += 1
        if rng.random() < 0.4:
            lines[c + "k"] = (f"ca name={c}k parent={c} "
                              f"resources=\"10.{x}.128.0/17\"")
            lines[c + "kr"] = (f"roa ca={c}k asn={asn} name={c}kr prefix=\""
                               f"10.{x}.128.0/17\"")
            asn += 1
        key = 100000 + number * 10
        cause[f"AS{key}"] = cause[f"AS{key + 1}"] = fault
        names = dict(c=c, r=c + "r0", p=prefix, n=asn, x=f"{x:02x}", k=key,
                     l=key + 1, half=f"10.{x}.0.0/21")
        for line in FAULTS[fault]:
            line = line.format(**names)
            if line.startswith("set "):
                _, name, pair = line.split(" ", 2)
                key = pair.split("=")[0]
                kept = re.sub(rf' {key}=("[^"]*"|\S*)', "", lines[name])
                lines[name] = kept + " " + pair
            else:
                late.append(line)
        story += lines.values()
    return story + late, cause


def triples(path):
    if not os.path.exists(path):
        return set()
    with open(path) as f:
        return {tuple(row[:3]) for row in list(csv.reader(f))[1:]}


def others(path):
    """Router keys and ASPAs of a JSON as both have it, by their AS number."""
    if not os.path.exists(path):
        return set()
    with open(path) as f:
        data = json.load(f)
    found = {(f"AS{k['asn']}", k["ski"].upper(),
              base64.b64decode(k["pubkey"])) for k in data["bgpsec_keys"]}
    return found | {(f"AS{a['customer_asid']}", *a["providers"])
                    for a in data.get("aspas", [])}


def is_vrp(row):
    return len(row) == 3 and "/" in str(row[1])


def place(row):
    """What leads from a payload to its fault."""
    return row[1].split(".")[1] if is_vrp(row) else row[0]


def run(folder, name, command, codes=(0,)):
    with open(f"{folder}/{name}.log", "w") as log:
        done = subprocess.run(command, stdout=log, stderr=log, timeout=120,
                              check=False)
    if done.returncode not in codes:
        sys.exit(f"not ok: {name} in {folder}: exit {done.returncode}")


def ours(folder):
    run(folder, "ours", [BIN + "/validator", "once", "--local",
                         folder + "/repo", "--tal", folder, "--output",
                         f"csv={folder}/ours.csv", "--output",
                         f"json={folder}/ours.json"], (0, 3))
    return triples(folder + "/ours.csv") | others(folder + "/ours.json")


def rpki_client(folder):
    cache, out = folder + "/cache", folder + "/out"
    shutil.copytree(folder + "/repo", cache)
    for sub in ("ta/t", ".rsync", ".rrdp"):
        os.makedirs(f"{cache}/{sub}")
    shutil.copy(folder + "/repo/t.example/repo/t.cer", cache + "/ta/t/")
    os.mkdir(out)
    subprocess.run(["chown", "-R", "_rpki-client", cache, out],
                   capture_output=True, check=False)
    run(folder, "rpki-client", ["rpki-client", "-n", "-c", "-j", "-d", cache,
                                "-t", folder + "/t.tal", out])
    return triples(out + "/csv") | others(out + "/json")


def fort(folder):
    shutil.copytree(folder + "/repo", folder + "/fort")
    run(folder, "fort", [
        "fort", "--mode=standalone", "--tal", folder + "/t.tal",
        "--local-repository", folder + "/fort", "--work-offline=true",
        "--http.enabled=false", "--rsync.enabled=false", "--output.roa",
        folder + "/fort.csv", "--output.format", "csv", "--daemon=false"])
    return triples(folder + "/fort.csv")


OTHERS = {"rpki-client": rpki_client, "fort": fort}


def explained():
    rows = set()
    with open(DIFFERENCES) as f:
        for line in f:
            cells = [cell.strip(" `") for cell in line.split("|")]
            if len(cells) > 3 and cells[1] in FAULTS:
                rows |= {(cells[1], who.strip(" `"))
                         for who in cells[2].split(",")}
    return rows


def main():
    known, seen, unknown = explained(), set(), set()
    began, trees = time.monotonic(), 0
    for number in range(TREES):
        if time.monotonic() - began > SECONDS:
            break
        trees += 1
        rng = random.Random(SEED + number)
        gentle = number % 2 == 0
        story, cause = tree(rng, set(FAULTS) - ENDS_RPKI_CLIENT if gentle
                            else FAULTS)
        folder = f"{WORK}/tree{number}"
        os.mkdir(folder)
        with open(folder + "/story", "w") as f:
            f.write("\n".join(story) + "\n")
        run(folder, "lab", [BIN + "/lab", "world", folder + "/story", "--out",
                            folder, "--keys", BIN + "/lab.keys"])
        mine = ours(folder)
        for who, judge in OTHERS.items() if gentle else [("fort", fort)]:
            # FORT prints VRPs alone
            of = {row for row in mine if who != "fort" or is_vrp(row)}
            for row in of ^ judge(folder):
                fault = cause.get(place(row), "?")
                seen.add((fault, who))
                if (fault, who) not in known:
                    unknown.add((fault, who, "more" if row in mine
                                 else "fewer", number + SEED))
        if not os.environ.get("KEEP"):
            shutil.rmtree(folder)
    for fault, who, more, seed in sorted(unknown):
        print(f"not ok: {fault}: we have {more} than {who}, seed {seed}")
    print(f"{trees} trees, {len(seen - {u[:2] for u in unknown})} known "
          f"differences seen, {len(unknown)} not explained")
    sys.exit(bool(unknown))


main()
