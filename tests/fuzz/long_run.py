#!/usr/bin/python3
"""Runs the fuzz targets one after the other, in turns, until each has had enough, over as many runs as it takes: counts and
corpora are kept in a directory. Prints the table of docs/reliability.md. Exit code 1 if a target found something.

usage: long_run.py STATE [--programs build/asan/tests/fuzz] [--minutes 60] [--executions 10000000] [--hours 8]
A target has had enough after so many executions, or after so many hours of CPU time if it is slower than that allows.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TURN = 120  # seconds of one target at a time


def load(path):
    return json.loads(path.read_text()) if path.exists() else {}


def save(path, counts):
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(counts, indent=1, sort_keys=True))
    os.replace(beside, path)


def run_turn(program, state, seconds):
    """(executions, seconds of CPU, output if it failed)"""
    name = program.name.removeprefix("fuzz_")
    corpus = state / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [program, f"-max_total_time={seconds}", "-max_len=16384", "-timeout=60", "-rss_limit_mb=2048", "-print_final_stats=1",
         f"-artifact_prefix={state}/{name}-", corpus, HERE / "seeds" / name],
        capture_output=True, text=True, errors="replace", env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    return int(found.group(1)) if found else 0, cpu, done.stderr if done.returncode else ""


def print_table(counts):
    print("| target | executions | CPU hours | target | executions | CPU hours |\n|---|---|---|---|---|---|")
    cells = [f"{name} | {one['executions']:,} | {one['cpu'] / 3600:.2f}" for name, one in sorted(counts.items())]
    for at in range(0, len(cells), 2):
        print("| " + " | ".join(cells[at:at + 2] + [" | | "] * (2 - len(cells[at:at + 2]))) + " |")
    print(f"\n{sum(one['executions'] for one in counts.values()):,} executions of {len(counts)} targets, "
          f"{sum(one['cpu'] for one in counts.values()) / 3600:.1f} CPU hours")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=pathlib.Path)
    parser.add_argument("--programs", type=pathlib.Path, default=HERE.parents[1] / "build/asan/tests/fuzz")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--executions", type=int, default=10_000_000)
    parser.add_argument("--hours", type=float, default=8)
    options = parser.parse_args()
    programs = sorted(path for path in options.programs.glob("fuzz_*") if path.is_file() and os.access(path, os.X_OK))
    if not programs:
        sys.exit(f"{options.programs} has no fuzz targets: cmake --preset asan && cmake --build --preset asan")
    options.state.mkdir(parents=True, exist_ok=True)
    file = options.state / "counts.json"
    counts = load(file)
    failed = False
    end = time.monotonic() + options.minutes * 60

    def missing(program):
        one = counts.get(program.name.removeprefix("fuzz_"), {"executions": 0, "cpu": 0})
        return 0 if one["cpu"] >= options.hours * 3600 else max(0, options.executions - one["executions"])

    while time.monotonic() < end and any(missing(program) for program in programs):
        for program in programs:
            seconds = min(TURN, int(end - time.monotonic()))
            if not missing(program) or seconds < 1:
                continue
            executions, cpu, output = run_turn(program, options.state, seconds)
            name = program.name.removeprefix("fuzz_")
            one = counts.setdefault(name, {"executions": 0, "cpu": 0})
            one["executions"] += executions
            one["cpu"] += cpu
            save(file, counts)
            if output:
                failed = True
                print(f"{name}: found something, see {options.state}\n{output[-2000:]}", file=sys.stderr, flush=True)
    print_table(counts)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
