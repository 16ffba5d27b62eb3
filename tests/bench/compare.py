#!/usr/bin/python3
"""Contestants on unix sockets, one message after the other, and the table of ratios. Started by compare.sh, which says how."""
import argparse
import base64
import datetime
import os
import pathlib
import platform
import re
import shutil
import statistics
import sys

sys.dont_write_bytecode = True

from contest import BENCH, LIMITS  # noqa: E402  (before the others: it says where they are)
from lab import SOURCE, Child, Lab, run, wait_for  # noqa: E402
from signpostd import Signpostd  # noqa: E402

HEAD = """\
From: The Shop <news@example.com>
To: Ann <ann@example.net>
Subject: News of November
Date: Mon, 23 Nov 2026 12:00:00 +0000
Message-ID: <1@example.com>
MIME-Version: 1.0
"""

KEY = """\
[[dkim.key]]
domain   = "example.com"
selector = "s1"
file     = "{dir}/keys/example.com.s1.pem"
"""

TWO_KEYS = KEY + """\
[[dkim.key]]
domain   = "example.com"
selector = "e1"
file     = "{dir}/keys/example.com.e1.pem"
"""

PIPELINE = KEY + """\
[[tenant]]
name   = "bench"
logins = ["bench"]
stream = "bulk"
[tracking]
host     = "click.example.com"
key_file = "{dir}/keys/tracking.keys"
""" + LIMITS

OPENDKIM = """\
Mode                s
Domain              example.com
Selector            s1
KeyFile             {key}
Canonicalization    relaxed/relaxed
SignatureAlgorithm  rsa-sha256
Socket              local:{socket}
InternalHosts       {internal}
RequireSafeKeys     no
Background          no
Syslog              no
UMask               000
"""

RSPAMD = """\
options {{
  pidfile = "{dir}/pid"; filters = "dkim"; local_addrs = ["127.0.0.0/8"]; hs_cache_dir = "{dir}/";
  dns {{ nameserver = ["127.0.0.1"]; timeout = 0.1s; retransmits = 1; }}
  control_socket = "{dir}/control.sock mode=0600"; history_file = "{dir}/history"; stats_file = "{dir}/stats";
  url_tld = "/usr/share/rspamd/effective_tld_names.dat"; disable_monitoring = true;
}}
logging {{ type = "file"; filename = "{dir}/log"; level = "error"; }}
actions {{ reject = 1000; add_header = 999; greylist = 998; }}
modules {{ path = "/usr/share/rspamd/plugins/dkim_signing.lua"; }}
dkim_signing {{
  enabled = true; sign_local = true; sign_authenticated = true; use_domain = "header"; allow_hdrfrom_mismatch = true;
  allow_username_mismatch = true; try_fallback = false; check_pubkey = false; use_esld = false;
  domain {{ example.com {{ path = "{key}"; selector = "s1"; }} }}
}}
worker "rspamd_proxy" {{
  bind_socket = "{socket} mode=0666"; milter = yes; timeout = 120s; max_retries = 1; count = {workers};
  upstream "local" {{ default = yes; self_scan = yes; }}
}}
"""


MARKS = ("<!-- made by tests/bench/compare.sh --document -->", "<!-- end of what was made -->")


def write_messages(directory):
    """The three messages of the table: name -> file."""
    text = HEAD + "Content-Type: text/plain; charset=utf-8\n\n" + "A line of text, as people write it.\n" * 52
    items = "".join(f'<p>{"x" * 560}</p>\n<a href="https://shop.example/offer/{i}?week=48&amp;kind=tea">Read</a>\n'
                    for i in range(30))
    letter = HEAD + "Content-Type: text/html; charset=utf-8\n\n<html><body>\n" + items + "</body></html>\n"
    attached = base64.encodebytes(bytes(range(256)) * 3100).decode()
    large = (HEAD + 'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nSee the file.\n'
             "--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n" + attached + "--b--\n")
    messages = {}
    for name, content in (("text 2 KiB", text), ("newsletter 20 KiB", letter), ("attachment 1 MiB", large)):
        messages[name] = directory / (name.split()[0] + ".eml")
        messages[name].write_text(content)
    return messages


class Contestants:
    """Starts each contestant that is there; `addresses` maps name to (socket address, pid)."""

    def __init__(self, lab, listings, before=None):
        self.lab = lab
        self.key = lab.directory / "key.pem"
        run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.key)
        self.key.chmod(0o644)
        self.addresses = {}
        self.floor()
        self.signpost("signpost, signing only", "sign", KEY, 0)
        self.signpost("signpost, RSA and Ed25519", "two", TWO_KEYS, 0)
        self.signpost("signpost, whole pipeline", "full", PIPELINE, listings)
        if before:
            self.signpost("before, signing only", "sign-before", KEY, 0, before)
            self.signpost("before, whole pipeline", "full-before", PIPELINE, listings, before)
        if shutil.which("opendkim"):
            self.opendkim()
        if shutil.which("rspamd"):
            self.rspamd()

    def child(self, name, command, socket_path):
        child = self.lab.add(Child(command, self.lab.directory / f"{len(self.addresses)}.out"))
        wait_for(lambda: socket_path.exists() or not child.is_running(), f"{name} to listen")
        if not child.is_running():
            raise RuntimeError(f"{name} did not start: {child.text()}")
        self.addresses[name] = (f"unix:{socket_path}", child.pid)

    def floor(self):
        socket_path = self.lab.directory / "floor.sock"
        self.child("floor", [BENCH / "tests/bench/bench_floor", f"unix:{socket_path}", self.key], socket_path)

    def signpost(self, name, directory, config, listings, programs=None):
        (self.lab.directory / directory).mkdir()
        place = argparse.Namespace(directory=self.lab.directory / directory)
        daemon = self.lab.add(Signpostd(place, config))
        daemon.programs = programs or daemon.programs
        shutil.copy(self.key, daemon.key_file("example.com", "s1"))
        daemon.key_file("example.com", "s1").chmod(0o600)
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", daemon.key_file("example.com", "e1"))
        daemon.key_file("example.com", "e1").chmod(0o600)
        daemon.new_ring("tracking.keys")
        daemon.start()
        if listings:
            file = self.lab.directory / "listings"
            file.write_text("".join(f"gone{number}@example.net\n" for number in range(listings)))
            daemon.ctl("suppress", "import", file, "reason=hard-bounce")
        self.addresses[name] = (daemon.milter, daemon.child.pid)

    def opendkim(self):
        directory = self.lab.directory
        (directory / "internal").write_text("127.0.0.0/8\n")
        config = directory / "opendkim.conf"
        config.write_text(OPENDKIM.format(key=self.key, socket=directory / "opendkim.sock", internal=directory / "internal"))
        self.child("opendkim", ["opendkim", "-f", "-x", config], directory / "opendkim.sock")

    def rspamd(self):
        directory = self.lab.directory / "rspamd"
        directory.mkdir()
        directory.chmod(0o777)
        config = self.lab.directory / "rspamd.conf"
        config.write_text(RSPAMD.format(dir=directory, key=self.key, socket=directory / "rspamd.sock", workers=os.cpu_count()))
        self.child("rspamd", ["rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", config], directory / "rspamd.sock")


def measure(address, pid, message, options):
    line = run(BENCH / "tests/bench/bench_load", address, "--eml", message, "-c", options.connections, "-t",
               options.seconds, "--pid", pid)
    return {key: float(value) for key, value in (word.split("=") for word in line.split())}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", help="a contestant by the start of its name; may be repeated")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--before", type=pathlib.Path, metavar="PROGRAMS",
                        help="the directory of signpostd and signpostctl of another build: both are measured in one run")
    parser.add_argument("--document", action="store_true", help="write the table into docs/performance.md")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--listings", type=int, default=100000)
    options = parser.parse_args()
    with Lab() as lab:
        messages = write_messages(lab.directory)
        addresses = Contestants(lab, options.listings, options.before).addresses
        if options.only:
            addresses = {name: place for name, place in addresses.items() if name.startswith(tuple(options.only))}
        print(f"{options.connections} connections, RSA-2048, {options.listings} listings and 4 limits in the whole pipeline; "
              f"medians of {options.rounds} rounds of {options.seconds:g} s\n")
        print("| message | filter | CPU ms a message | of the floor | messages/s | RCPT µs |\n|---|---|---|---|---|---|")
        table = {}
        for name, message in messages.items():
            results = {contestant: [] for contestant in addresses}
            for _ in range(options.rounds):
                for contestant, (address, pid) in addresses.items():
                    results[contestant].append(measure(address, pid, message, options))
            table[name] = {contestant: {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
                           for contestant, rounds in results.items()}
            print_rows(name, table[name])
        if options.document:
            write_document(table, options)


def print_rows(message, results):
    for contestant, middle in results.items():
        print(f"| {message} | {contestant} | {middle['cpu_ms']:.3f} | {middle['cpu_ms'] / results['floor']['cpu_ms']:.2f} "
              f"| {middle['per_second']:.0f} | {middle['rcpt_us']:.0f} |", flush=True)


def machine():
    names = re.findall(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return f"{os.cpu_count()} x {names[0] if names else platform.machine()}"


def write_document(table, options):
    """Replaces what stands between the two marks in docs/performance.md."""
    path = SOURCE / "docs/performance.md"
    commit = run("git", "-C", SOURCE, "rev-parse", "--short", "HEAD").strip()
    changed = run("git", "-C", SOURCE, "status", "--porcelain", "--untracked-files=no").strip()
    contestants = [name for name in next(iter(table.values())) if name != "floor"]
    lines = [f"Commit `{commit}`{' with changes' if changed else ''}, {datetime.date.today()}, {machine()}; "
             f"{options.connections} connections, RSA-2048, {options.listings:,} listings; medians of {options.rounds} rounds of "
             f"{options.seconds:g} s. CPU a message as a multiple of the floor, and messages a second:", "",
             "| message | floor | " + " | ".join(name.removeprefix("signpost, ") for name in contestants) + " |",
             "|---" * (len(contestants) + 2) + "|"]
    for message, results in table.items():
        floor = results["floor"]
        cells = [f"{results[name]['cpu_ms'] / floor['cpu_ms']:.2f}; {results[name]['per_second']:,.0f}" for name in contestants]
        lines.append(f"| {message} | {floor['cpu_ms']:.3f} ms; {floor['per_second']:,.0f} | " + " | ".join(cells) + " |")
    text = path.read_text()
    begin, end = (text.index(mark) for mark in MARKS)
    path.write_text(text[:begin] + MARKS[0] + "\n" + "\n".join(lines) + "\n" + text[end:])


if __name__ == "__main__":
    main()
