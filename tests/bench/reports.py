#!/usr/bin/python3
"""What reports that come back cost: RCPT of other mail while they are taken in, and the memory of a million soft scores. The same
reports to another signpostd tell apart what two cores and the generator cost.

usage: reports.py [--rate 1000] [--seconds 5] [--rounds 5] [--scores 1000000] (needs the preset bench built)
"""
import argparse
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True

from contest import BENCH, LIMITS  # noqa: E402  (before the others: it says where they are)
from lab import Lab, run  # noqa: E402
from signpostd import Signpostd  # noqa: E402

FEEDBACK = """\
[feedback]
key_file = "{dir}/keys/feedback.keys"
bounce_domain = "bounce.example.com"
"""
MESSAGE = "From: a@example.com\nTo: b@example.net\nSubject: x\n\ntext\n"


def words(line):
    return {key: float(value) for key, value in (word.split("=") for word in line.split())}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scores", type=int, default=1_000_000)
    options = parser.parse_args()
    with Lab() as lab, Lab() as other_lab:
        message = lab.directory / "message.eml"
        message.write_text(MESSAGE)
        daemon, other = (house.add(Signpostd(house, LIMITS + FEEDBACK)) for house in (lab, other_lab))
        for one in (daemon, other):
            one.new_ring("feedback.keys")
            one.start()
        load = [BENCH / "tests/bench/bench_load", daemon.milter, "--eml", message, "-c", 1, "--rcpts", 50, "-t", options.seconds]
        rows = {"alone": [], "beside the same reports to another signpostd": [], "beside reports to this one": []}
        taken = []
        for _ in range(options.rounds):
            for name, receiver in zip(rows, (None, other, daemon)):
                if receiver is None:
                    rows[name].append(words(run(*load, timeout=120)))
                    continue
                command = [BENCH / "tests/bench/bench_reports", "send", receiver.milter, receiver.directory / "keys" / "feedback.keys",
                           options.rate, options.seconds + 2]
                with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as sender:
                    rows[name].append(words(run(*load, timeout=120)))
                    taken.append(words(sender.communicate(timeout=120)[0]))
                    if sender.returncode != 0:
                        sys.exit("not every report was taken")
        print(f"| RCPT of other mail, four limits, 1 connection, {options.rate} reports a second | p50 | p99 |\n|---|---|---|")
        for name, measured in rows.items():
            print(f"| {name} | {statistics.median(row['rcpt_us'] for row in measured):.1f} us | "
                  f"{statistics.median(row['rcpt_p99_us'] for row in measured):.1f} us |")
        _, elsewhere, here = rows.values()
        ratios = [b["rcpt_p99_us"] / a["rcpt_p99_us"] for a, b in zip(elsewhere, here)]
        print(f"| the last of the second, median of {options.rounds} rounds | | {statistics.median(ratios):.2f} |")
        print(f"\ntaken: {statistics.median(row['per_second'] for row in taken):.0f} a second, each in "
              f"{statistics.median(row['ms'] for row in taken):.1f} ms, p99 {statistics.median(row['p99_ms'] for row in taken):.1f} ms")
        store = lab.directory / "scores"
        store.mkdir()
        print("soft scores:", run(BENCH / "tests/bench/bench_reports", "scores", store, options.scores, timeout=600).strip())


if __name__ == "__main__":
    main()
