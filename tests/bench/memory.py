#!/usr/bin/python3
"""Memory of signpostd, whole pipeline: an idle connection (new, and one that has carried a message), and a message while it is
held and while it goes through, as a multiple of its size.

usage: memory.py [--connections 2000] [--megabytes 10] (as root, and the preset bench built)
"""
import argparse
import pathlib
import resource
import sys

sys.dont_write_bytecode = True

import contest  # noqa: E402,F401  (before the others: it says where they are)
from compare import PIPELINE  # noqa: E402
from lab import Lab, wait_for  # noqa: E402
from milter import Milter  # noqa: E402
from signpostd import Signpostd  # noqa: E402

NO_REPLY = {b"L": 0x80, b"N": 0x40000, b"B": 0x80000}
CHUNK = 65535


def kibibytes(pid, key="Rss"):
    """Of the process' own pages: what the mapped store takes comes and goes."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(key + ":"))


class Sender(Milter):
    def tell(self, command, payload=b""):
        self.send(command, payload)
        if not self.steps & NO_REPLY[command]:
            self.answer()

    def begin_message(self, body):
        self.begin("bench", "news@example.com")
        self.rcpt("user@example.net")
        for name, value in (("From", "news@example.com"), ("To", "user@example.net"), ("Subject", "x"),
                            ("Content-Type", "text/html"), ("MIME-Version", "1.0")):
            self.tell(b"L", f"{name}\0{value}\0".encode())
        self.tell(b"N")
        for at in range(0, len(body), CHUNK):
            self.tell(b"B", body[at:at + CHUNK])

    def end_message(self):
        """Returns the verdict; what is changed before it is read and dropped."""
        self.send(b"E")
        while True:
            command, _ = self.receive()
            if command in (b"a", b"c", b"y", b"t", b"r"):
                return command


def high_water(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM:"))


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
        connection.end_message()
    print_row("after a small newsletter on each, KiB each", f"{(kibibytes(pid, 'Anonymous') - begin) / count:.1f}")
    for connection in connections:
        connection.close()


def held(daemon, pid, what, body):
    """Four messages before their end, then the first of them to its end."""
    senders = [Sender(daemon.socket) for _ in range(4)]
    begin = kibibytes(pid, "Anonymous")
    for sender in senders:
        sender.begin_message(body)
    wait_for(lambda: f"held-bytes={len(body) * len(senders)}" in daemon.ctl("stats"), "the bodies to be held")
    before = kibibytes(pid, "Anonymous")
    print_row(f"{what}: held, times its size", f"{(before - begin) * 1024 / len(body) / len(senders):.2f}")
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # the high-water mark starts anew
    now = high_water(pid)
    verdict = senders[0].end_message()
    growth = (high_water(pid) - now) * 1024 / len(body)
    print_row(f"{what}: at most while it goes through ({verdict.decode()}), times its size", f"{1 + growth:.2f}")
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
