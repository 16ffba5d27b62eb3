#!/usr/bin/python3
"""What reports that come back cost: RCPT of other mail while they are taken in, and the memory of a million soft scores.

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
    with Lab() as lab:
        message = lab.directory / "message.eml"
        message.write_text(MESSAGE)
        daemon = lab.add(Signpostd(lab, LIMITS + FEEDBACK))
        daemon.new_ring("feedback.keys")
        daemon.start()
        ring = lab.directory / "keys" / "feedback.keys"
        load = [BENCH / "tests/bench/bench_load", daemon.milter, "--eml", message, "-c", 1, "--rcpts", 50, "-t", options.seconds]
        reports = [BENCH / "tests/bench/bench_reports", "send", daemon.milter, ring, options.rate]
        alone, beside, taken = [], [], []
        for _ in range(options.rounds):
            alone.append(words(run(*load, timeout=120)))
            with subprocess.Popen([str(word) for word in reports + [options.seconds + 2]], stdout=subprocess.PIPE, text=True) as sender:
                beside.append(words(run(*load, timeout=120)))
                taken.append(words(sender.communicate(timeout=120)[0]))
                if sender.returncode != 0:
                    sys.exit("not every report was taken")
        print("| RCPT of other mail, four limits, 1 connection | p50 | p99 |\n|---|---|---|")
        for name, rows in (("alone", alone), (f"beside {options.rate} reports a second", beside)):
            print(f"| {name} | {statistics.median(row['rcpt_us'] for row in rows):.1f} us | "
                  f"{statistics.median(row['rcpt_p99_us'] for row in rows):.1f} us |")
        ratios = [b["rcpt_p99_us"] / a["rcpt_p99_us"] for a, b in zip(alone, beside)]
        print(f"| beside of alone, median of {options.rounds} rounds | | {statistics.median(ratios):.2f} |")
        print(f"\ntaken: {statistics.median(row['per_second'] for row in taken):.0f} a second, each in "
              f"{statistics.median(row['ms'] for row in taken):.1f} ms, p99 {statistics.median(row['p99_ms'] for row in taken):.1f} ms")
        store = lab.directory / "scores"
        store.mkdir()
        print("soft scores:", run(BENCH / "tests/bench/bench_reports", "scores", store, options.scores, timeout=600).strip())


if __name__ == "__main__":
    main()
