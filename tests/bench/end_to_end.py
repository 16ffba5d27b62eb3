#!/usr/bin/python3
"""End to end: smtp-source, a private Postfix, smtp-sink, everything on loopback; the filter on a unix and on an inet socket.

    tests/bench/end_to_end.py [--rounds 5] [--messages 400] [--connections 10] [--message "newsletter 20 KiB"]

Needs root, Postfix, and the preset `bench` with the targets signpostd, signpostctl and bench_floor. Each contestant has a port
of the one Postfix, and all take turns in every round, forwards and backwards. Prints messages a second until the client has its
last 250, and until the queue is empty, and the CPU time of all programs together; each also as a multiple of the floor filter on
a unix socket in the same round. Medians.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import sys
import time

sys.dont_write_bytecode = True

from contest import BENCH, LIMITS  # noqa: E402  (before the others: it says where they are)
from compare import KEY, OPENDKIM, write_messages  # noqa: E402
from lab import Child, Lab, free_port, is_listening, run, wait_for  # noqa: E402
from postfix import Postfix, why_not  # noqa: E402
from signpostd import Signpostd  # noqa: E402

# smtp-source does not log in: the tenant is known by its sender, and the four limits count by it.
PIPELINE = KEY + """\
[[tenant]]
name   = "bench"
sender_domains = ["example.com"]
stream = "bulk"
[tracking]
host     = "click.example.com"
key_file = "{dir}/keys/tracking.keys"
""" + LIMITS.replace('"login"', '"tenant"')

SETTINGS = {
    "default_process_limit": "100", "default_destination_concurrency_limit": "50", "initial_destination_concurrency": "50",
    "qmgr_message_active_limit": "20000", "smtp_connection_cache_on_demand": "yes",
    "smtp_connection_cache_destinations": "static:all", "smtpd_client_connection_count_limit": "0",
}


class Filters:
    """Starts each filter twice; `addresses` maps (name, family) to its socket as smtpd_milters takes it."""

    def __init__(self, lab):
        self.lab = lab
        self.key = lab.directory / "key.pem"
        run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.key)
        self.key.chmod(0o644)
        self.addresses = {("no filter", ""): ""}
        for family in ("unix", "inet"):
            self.simple("floor", family, lambda socket: [BENCH / "tests/bench/bench_floor", socket, self.key])
        for family in ("unix", "inet"):
            self.signpost("signpost, signing only", family, KEY)
        for family in ("unix", "inet"):
            self.signpost("signpost, whole pipeline", family, PIPELINE)
        for family in ("unix", "inet") if shutil.which("opendkim") else ():
            self.simple("opendkim", family, self.opendkim)

    def simple(self, name, family, command):
        """`command` gives the command line for a socket as libmilter spells it."""
        port, path = free_port(), self.lab.directory / f"{name}.sock"
        unix = family == "unix"
        child = self.lab.add(Child(command(f"unix:{path}" if unix else f"inet:{port}@127.0.0.1"),
                                   self.lab.directory / f"{name}-{family}.out"))
        wait_for(lambda: (path.exists() if unix else is_listening(port)) or not child.is_running(), f"{name} to listen")
        if not child.is_running():
            raise RuntimeError(f"{name} did not start: {child.text()}")
        if unix:
            path.chmod(0o666)
        self.addresses[name, family] = f"unix:{path}" if unix else f"inet:127.0.0.1:{port}"

    def opendkim(self, socket):
        config = self.lab.directory / f"opendkim-{socket.partition(':')[0]}.conf"
        internal = self.lab.directory / "internal"
        internal.write_text("127.0.0.0/8\n")
        text = OPENDKIM.format(key=self.key, socket="-", internal=internal)
        config.write_text(text.replace("local:-", socket))
        return ["opendkim", "-f", "-x", config]

    def signpost(self, name, family, config):
        place = self.lab.directory / f"{name.split()[-1]}-{family}"
        place.mkdir()
        daemon = self.lab.add(Signpostd(argparse.Namespace(directory=place), config,
                                        port=free_port() if family == "inet" else None))
        shutil.copy(self.key, daemon.key_file("example.com", "s1"))
        daemon.key_file("example.com", "s1").chmod(0o600)
        daemon.new_ring("tracking.keys")
        daemon.start()
        self.addresses[name, family] = f"inet:127.0.0.1:{daemon.port}" if family == "inet" else daemon.milter


def cpu_seconds_of_all():
    """That Postfix, the filters, the sink and the client have used, those that have ended included."""
    parents, spent = {}, {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(entry.parent.name)
        parents[pid] = int(fields[1])
        own = () if pid == os.getpid() else fields[11:13]
        spent[pid] = sum(map(int, (*own, *fields[13:15])))

    def is_ours(pid):
        while pid not in (0, os.getpid()):
            pid = parents.get(pid, 0)
        return pid != 0

    return sum(ticks for pid, ticks in spent.items() if is_ours(pid)) / os.sysconf("SC_CLK_TCK")


def send(port, message, count, connections):
    run("smtp-source", "-d", "-s", connections, "-m", count, "-f", "news@example.com", "-t", "user@example.net", "-F", message,
        f"127.0.0.1:{port}")


def measure(postfix, port, message, options):
    """Messages a second, taken by Postfix and delivered, and CPU milliseconds a message."""
    cpu = cpu_seconds_of_all()
    start = time.monotonic()
    send(port, message, options.messages, options.connections)
    taken = time.monotonic()
    postfix.wait_until_empty()
    empty = time.monotonic()
    return (options.messages / (taken - start), options.messages / (empty - start),
            (cpu_seconds_of_all() - cpu) * 1000 / options.messages)


def start_postfix(lab, addresses):
    """Postfix in front of smtp-sink, and the port of each contestant."""
    sink = free_port()
    lab.add(Child(["smtp-sink", "-u", "nobody", f"127.0.0.1:{sink}", "1000"], lab.directory / "sink.out"))
    wait_for(lambda: is_listening(sink), "smtp-sink to listen")
    ports = {contestant: free_port() for contestant in addresses}
    services = "".join(f"127.0.0.1:{ports[contestant]} inet n - n - 100 smtpd\n  -o smtpd_milters={address}\n"
                       for contestant, address in addresses.items())
    postfix = lab.add(Postfix(lab, sink, "", SETTINGS, services))
    return postfix.start(), ports


def print_rows(results):
    def middle(rounds, others, column):
        return statistics.median(mine[column] / theirs[column] for mine, theirs in zip(rounds, others))

    print("| filter | socket | taken a second | of the floor on unix | inet of unix | delivered a second | of the floor on unix"
          " | inet of unix | CPU ms a message, all programs | of the floor on unix |\n|---|---|---|---|---|---|---|---|---|---|")
    for (name, family), rounds in results.items():
        cells = []
        for column, digits in ((0, 0), (1, 0), (2, 2)):
            cells.append(f"{statistics.median(one[column] for one in rounds):.{digits}f}")
            cells.append(f"{middle(rounds, results['floor', 'unix'], column):.2f}")
            if column < 2:
                cells.append(f"{middle(rounds, results[name, 'unix'], column):.2f}" if family == "inet" else "")
        print(f"| {name} | {family} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=400, help="of each contestant in a round")
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--only", action="append", help="a filter by the start of its name, beside the floor; may be repeated")
    parser.add_argument("--message", default="newsletter 20 KiB", help="one of compare.py's messages")
    options = parser.parse_args()
    if why_not():
        sys.exit(f"end_to_end.py: {why_not()}")
    with Lab() as lab:
        message = write_messages(lab.directory)[options.message]
        addresses = Filters(lab).addresses
        if options.only:
            addresses = {(name, family): place for (name, family), place in addresses.items()
                         if name.startswith(("floor", *options.only))}
        postfix, ports = start_postfix(lab, addresses)
        print(f"{options.message}, {options.connections} connections, RSA-2048, Postfix in front of smtp-sink, "
              f"{os.cpu_count()} cores; medians of {options.rounds} rounds of {options.messages} messages\n", flush=True)
        results = {contestant: [] for contestant in addresses}
        for port in ports.values():
            measure(postfix, port, message, argparse.Namespace(messages=20, connections=options.connections))
        for turn in range(options.rounds):
            for contestant in list(results)[::-1 if turn % 2 else 1]:
                results[contestant].append(measure(postfix, ports[contestant], message, options))
        print_rows(results)


if __name__ == "__main__":
    main()
