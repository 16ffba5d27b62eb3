#!/usr/bin/python3
"""Redirects a second and their latency, signpost-web and a bare Beast server in turns; then the same while slow clients sit
there. Started by web.sh, which says how."""
import argparse
import re
import resource
import socket
import statistics
import sys

sys.dont_write_bytecode = True

from contest import BENCH, cpu_seconds  # noqa: E402  (before the others: it says where they are)
from lab import Child, Lab, free_port, is_listening, run, wait_for  # noqa: E402
from web_scenario import HOST, TARGET, Web  # noqa: E402


def wrk(port, path, options):
    """Redirects a second and the 99th percentile in milliseconds."""
    text = run("wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "--latency", "-H", f"Host: {HOST}",
               "-H", "User-Agent: Mozilla/5.0 Firefox/140.0", f"http://127.0.0.1:{port}{path}")
    if re.search(r"Socket errors|Non-2xx", text):
        raise RuntimeError(text)
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


class Slow:
    """Clients that have sent half a request and send no more. The server ends each after its 10 seconds; a new one comes."""

    def __init__(self, port, count):
        self.port = port
        self.sockets = [self.open() for _ in range(count)]

    def open(self):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        client.sendall(f"GET /c/A HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode())
        return client

    def stop(self):
        for client in self.sockets:
            client.close()


def measure(contestants, options):
    rows = {name: [] for name in contestants}
    for _ in range(options.rounds):
        for name, (port, path, pid, slow) in contestants.items():
            sitting = Slow(port, slow) if slow else None
            before = cpu_seconds(pid)
            rate, p99 = wrk(port, path, options)
            cpu = (cpu_seconds(pid) - before) * 1e6 / (rate * options.seconds)
            rows[name].append((rate, p99, cpu))
            if sitting:
                sitting.stop()
    return {name: [statistics.median(column) for column in zip(*values)] for name, values in rows.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--slow", type=int, default=5000)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Lab() as lab:
        web = Web(lab).start()
        lab.add(web.child)
        port = free_port()
        beast = lab.add(Child([BENCH / "tests" / "bench" / "bench_beast", port, TARGET], lab.directory / "beast.log"))
        wait_for(lambda: is_listening(port), "bench_beast to listen")
        path = web.mint("click", TARGET, "anonymous")
        table = measure({"bare Beast": (port, path, beast.pid, 0),
                         "signpost-web": (web.ports[0], path, web.child.pid, 0),
                         f"bare Beast, {options.slow} slow": (port, path, beast.pid, options.slow),
                         f"signpost-web, {options.slow} slow": (web.ports[0], path, web.child.pid, options.slow)}, options)
    base = table["bare Beast"][0]
    print(f"| server ({options.connections} connections) | redirects/s | of bare Beast | p99 ms | CPU µs each |")
    print("|---|---|---|---|---|")
    for name, (rate, p99, cpu) in table.items():
        print(f"| {name} | {rate:.0f} | {rate / base:.2f} | {p99:.1f} | {cpu:.1f} |")


if __name__ == "__main__":
    main()
