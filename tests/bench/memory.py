#!/usr/bin/python3
"""Memory of signpostd, whole pipeline: an idle connection (new, and one that has carried a message), and a message while it is
held and while it goes through, as a multiple of its size.

usage: memory.py [--connections 2000] [--megabytes 10] (as root, and the preset bench built)
"""
import argparse
import pathlib
import re
import resource
import sys

sys.dont_write_bytecode = True

import contest  # noqa: E402,F401  (before the others: it says where they are)
from compare import PIPELINE  # noqa: E402
from lab import Lab, wait_for  # noqa: E402
from milter import MessageMilter  # noqa: E402
from signpostd import Signpostd  # noqa: E402


def kibibytes(pid, key="Rss"):
    """Of the process' own pages: what the mapped store takes comes and goes."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(key + ":"))


class Sender(MessageMilter):
    def begin_message(self, body):
        self.begin("bench", "news@example.com")
        self.rcpt("user@example.net")
        self.fields(("From", "news@example.com"), ("To", "user@example.net"), ("Subject", "x"),
                    ("Content-Type", "text/html"), ("MIME-Version", "1.0"))
        self.body(body)


def high_water(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM:"))


def held_bytes(daemon):
    return int(re.search(r"held-bytes=(\d+)", daemon.ctl("stats")).group(1))


def print_row(what, figure):
    print(f"| {what} | {figure} |", flush=True)


def idle(milter, pid, count):
    begin = kibibytes(pid, "Anonymous")
    connections = [Sender(milter) for _ in range(count)]
    for connection in connections:  # a round trip: the connection has its thread's state
        connection.begin("bench", "news@example.com")
        connection.rcpt("user@example.net")
        connection.send(b"A")
    fresh = kibibytes(pid, "Anonymous")
    print_row(f"{count} connections that have asked about a recipient, KiB each", f"{(fresh - begin) / count:.1f}")
    for connection in connections:
        connection.begin_message(b'<a href="https://shop.example/">x</a>\r\n' * 30)
        connection.end()
    print_row("after a small newsletter on each, KiB each", f"{(kibibytes(pid, 'Anonymous') - begin) / count:.1f}")
    for connection in connections:
        connection.close()


def held(daemon, pid, what, body):
    """Four messages before their end, then the first of them to its end."""
    senders = [Sender(daemon.socket) for _ in range(4)]
    begin = kibibytes(pid, "Anonymous")
    for sender in senders:
        sender.begin_message(body)
    wait_for(lambda: held_bytes(daemon) >= len(body) * len(senders), "the bodies to be held")
    before = kibibytes(pid, "Anonymous")
    print_row(f"{what}: held, times its size", f"{(before - begin) * 1024 / len(body) / len(senders):.2f}")
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # the high-water mark starts anew
    now = high_water(pid)
    verdict, _ = senders[0].end()
    growth = (high_water(pid) - now) * 1024 / len(body)
    print_row(f"{what}: at most while it goes through ({verdict}), times its size", f"{1 + growth:.2f}")
    for sender in senders:
        sender.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--megabytes", type=int, default=10)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    link = b'<p>A line of text, as people write it.</p><a href="https://shop.example/">x</a>\r\n'
    plain = b"A line of text, as people write it.\r\n"
    size = options.megabytes << 20
    with Lab() as lab:
        daemon = lab.add(Signpostd(lab, PIPELINE))
        daemon.genkey("example.com", "s1")
        daemon.new_ring("tracking.keys")
        daemon.start()
        pid = daemon.child.pid
        print("| what | figure |\n|---|---|")
        print_row("started, MiB", f"{kibibytes(pid) / 1024:.1f}")
        idle(daemon.socket, pid, options.connections)
        held(daemon, pid, f"{options.megabytes} MiB without a link", plain * (size // len(plain)))
        sparse = plain * 100 + link
        held(daemon, pid, f"{options.megabytes} MiB, a link every 4 KiB", sparse * (size // len(sparse)))
        held(daemon, pid, f"{options.megabytes} MiB, nothing but links", link * (size // len(link)))


if __name__ == "__main__":
    main()
