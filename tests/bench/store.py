#!/usr/bin/python3
"""The suppression list at size: import, lookups meanwhile and afterwards, durable adds; against LMDB and libmilter alone.

usage: store.py [--listings 10000000] [--seconds 3] [--rounds 3] (needs 10 GB of disk, and the preset bench built)
"""
import argparse
import random
import statistics
import sys
import threading
import time

sys.dont_write_bytecode = True

from contest import BENCH, LIMITS, cpu_seconds  # noqa: E402  (before the others: it says where they are)
from lab import Child, Lab, run, wait_for  # noqa: E402
from signpostd import Signpostd  # noqa: E402

MESSAGE = "From: a@example.com\nTo: b@example.net\nSubject: x\n\ntext\n"


def words(line):
    return {key: float(value) for key, value in (word.split("=") for word in line.split())}


def bench(*command):
    return words(run(BENCH / "tests/bench/bench_store", *command, timeout=600))


def write_addresses(path, count):
    """As they come from a mail log: in no order, over 5,000 domains of which few have most."""
    chance = random.Random(1)
    domains = [f"d{number}.example" for number in range(5000)]
    weights = [1 / (number + 1) for number in range(5000)]
    with open(path, "w") as file:
        for begin in range(0, count, 100_000):
            at = chance.choices(domains, weights, k=min(100_000, count - begin))
            file.writelines(f"{chance.getrandbits(44):011x}@{domain}\n" for domain in at)


def status_of(pid, key):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key)) // 1024


class Bench:
    def __init__(self, lab, options):
        self.lab = lab
        self.options = options
        self.message = lab.directory / "message.eml"
        self.message.write_text(MESSAGE)
        self.daemon = lab.add(Signpostd(lab, LIMITS)).start()
        null = lab.directory / "null.sock"
        self.null = lab.add(Child([BENCH / "tests/bench/bench_floor", f"unix:{null}"], lab.directory / "null.out"))
        wait_for(null.exists, "the null filter to listen")
        self.filters = {"libmilter alone": f"unix:{null}", "signpost": self.daemon.milter}

    def rcpt(self, address, connections, seconds):
        return words(run(BENCH / "tests/bench/bench_load", address, "--eml", self.message, "-c", connections, "-t",
                         seconds, "--rcpts", 50, "--rcpt", "%x@d1.example"))["rcpt_us"]

    def show_rcpt(self, name):
        for connections in (1, 8):
            found = {one: [] for one in self.filters}
            for _ in range(self.options.rounds):
                for one, address in self.filters.items():
                    found[one].append(self.rcpt(address, connections, self.options.seconds))
            middle = {one: statistics.median(values) for one, values in found.items()}
            ratio = middle["signpost"] / middle["libmilter alone"]
            print(f"RCPT, {name}, {connections} connection(s): " +
                  ", ".join(f"{one} {value:.1f} us" for one, value in middle.items()) + f", ratio {ratio:.2f}", flush=True)

    def show_adds(self, name):
        place = self.lab.directory / "commits"
        found = {"raw commits": []}
        for turn in range(self.options.rounds):
            (place / name / str(turn)).mkdir(parents=True)
            found["raw commits"].append(bench("commits", place / name / str(turn), self.options.seconds)["per_second"])
            for clients in (1, 8, 32):
                found.setdefault(f"{clients} client(s)", []).append(
                    bench("adds", self.daemon.control_socket, clients, self.options.seconds)["per_second"])
        print(f"durable adds a second, {name}: " +
              ", ".join(f"{one} {statistics.median(values):.0f}" for one, values in found.items()), flush=True)

    def show_import(self, file, what):
        """Imports while somebody looks up; prints what it took."""
        stop = threading.Event()
        seen, memory = [], [0]
        pid = self.daemon.child.pid

        def watch():
            while not stop.wait(0.05):
                memory.append(status_of(pid, "RssAnon"))
                if self.options.lookups:
                    seen.append(self.rcpt(self.daemon.milter, 1, 1))

        watcher = threading.Thread(target=watch)
        watcher.start()
        before = cpu_seconds(pid)
        began = time.monotonic()
        answer = run(self.daemon.programs / "signpostctl", "-s", self.daemon.control_socket, "suppress", "import", file,
                     "reason=hard-bounce", timeout=3600)
        took = time.monotonic() - began
        used = cpu_seconds(pid) - before
        stop.set()
        watcher.join()
        print(f"import {what}: {answer.splitlines()[0]}; {took:.1f} s, {used:.1f} s CPU of the daemon, its own memory at "
              f"most {max(memory)} MiB, and {status_of(pid, 'RssFile')} MiB of the mapped file" +
              (f"; RCPT meanwhile, medians of each second: {min(seen):.0f} to {max(seen):.0f} us" if seen else ""), flush=True)
        return took


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lookups", action="store_true", help="look up during the import (takes CPU from it)")
    options = parser.parse_args()
    with Lab() as lab:
        subject = Bench(lab, options)
        subject.show_rcpt("empty list")
        subject.show_adds("nearly empty list")
        file = lab.directory / "addresses"
        write_addresses(file, options.listings)
        took = subject.show_import(file, f"{options.listings} lines")
        raw = lab.directory / "raw"
        raw.mkdir()
        loaded = bench("load", subject.daemon.directory / "store" / "list.mdb", raw)
        print(f"raw sorted load of the same {loaded['pairs']:.0f} pairs: {loaded['seconds']:.1f} s; import reaches "
              f"{loaded['seconds'] / took:.2f} of its speed", flush=True)
        subject.show_rcpt(f"{options.listings} listings")
        subject.show_adds(f"{options.listings} listings")


if __name__ == "__main__":
    main()
